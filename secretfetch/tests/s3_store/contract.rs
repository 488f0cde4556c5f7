//! The contract of every store.

use secretfetch_testkit::contract::{self, Prepared, Rule, SeedSecret, Subject};

use crate::apart::apart;
use crate::labelled::Labelled;
use crate::scene::{BUCKET, open_at, serving};

struct S3;

impl Subject for S3 {
    type Store = Labelled;

    async fn prepare(&self, secrets: &[SeedSecret]) -> Prepared<Labelled> {
        let (fake, server) = serving();
        let seeds = || secrets.iter().filter(|secret| !secret.scheduled_for_deletion);
        for seed in seeds() {
            fake.put_object(BUCKET, &seed.name, seed.current().expose_bytes());
        }
        Prepared::new(Labelled::new(open_at(server.url()), seeds())).with_faults_of(&fake).keeping(server)
    }
}

#[test]
fn the_store_keeps_the_contract() {
    apart(async |_| {
        let report = contract::run(&S3).await;
        // Objects have no ARNs and no stages, and are deleted at once; `objects` has their versions.
        let left_out: Vec<Rule> = report.not_applicable().iter().map(|part| part.rule).collect();
        assert_eq!(left_out, [Rule::Identity, Rule::Version, Rule::NotFound], "{report:?}");
    });
}
