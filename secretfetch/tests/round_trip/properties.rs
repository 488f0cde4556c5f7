use proptest::prelude::*;
use secretfetch_readers::check;

use crate::generate::{config, flat, members};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn java_reads_back_any_secret(members in flat()) {
        check::properties("java", &members);
    }

    #[test]
    fn java_reads_back_nested_secrets_under_spring_names(members in members()) {
        check::properties("java", &members);
    }

    #[test]
    fn quarkus_reads_back_what_it_does_not_lose(members in flat()) {
        check::properties("quarkus", &members);
    }

    #[test]
    fn spring_reads_back_what_it_does_not_change(members in flat()) {
        check::properties("spring", &members);
    }
}
