use proptest::prelude::*;
use secretfetch_readers::check;

use crate::generate::{config, members};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_secret_keeps_its_tokens_and_order(members in members()) {
        check::json(&members);
    }

    /// Mostly not JSON, but near it.
    #[test]
    fn any_text_is_read_as_serde_json_reads_it(text in r#"[ \n]?\{("[ab\\"u0dDc8]{0,6}"[:,] ?|[\[\]{}:,"]|-?[0-9]{1,3}|[.eE+-]|true|null|\PC){0,12}\}[ x]?"#) {
        check::json_text(&text);
    }

    #[test]
    fn an_object_with_blanks_is_read(members in members(), blank in "[ \t\r\n]{0,3}") {
        let text = secretfetch_readers::json::object(&members);
        check::json_text(&format!("{blank}{text}{blank}"));
    }
}

#[test]
fn nesting_deeper_than_serde_json_goes_is_kept() {
    let deep = |levels: usize| format!("{{\"a\":{}1e400{}}}", "[".repeat(levels), "]".repeat(levels));
    check::json_text(&deep(400));
    check::json_text(&deep(2000));
}
