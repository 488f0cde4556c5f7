//! A second region, which has the same parameters.

use secretfetch::{ErrorKind, Failover, SsmStoreConfig};
use secretfetch_testkit::{Fault, Operation, assert_requests};

use crate::apart::apart;
use crate::scene::{fetch, find, open, serving, told};

#[test]
fn names_arns_and_paths_are_asked_for_in_the_second_region() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/app/a", "here");
        let there = fake.in_region("us-west-2");
        there.put_parameter("/app/a", "there");
        let failover = Failover::to("us-west-2".parse().unwrap()).with_endpoint_url(server.url());
        let config = || SsmStoreConfig::default().with_endpoint_url(server.url()).with_failover(failover.clone());
        fake.inject(Fault::region_away("eu-west-1"));
        for id in ["/app/a".to_owned(), fake.parameter_arn("/app/a")] {
            let store = open(config());
            for _ in 0..2 {
                assert_eq!(fetch(&store, &id).await.unwrap_err().kind(), ErrorKind::Connect);
            }
            let secret = fetch(&store, &id).await.unwrap();
            assert_eq!(secret.value.expose_text(), Some("there"));
            assert_eq!(secret.region.as_ref().unwrap().as_str(), "us-west-2");
        }
        assert_eq!(server.requests().pop().unwrap().secret_ids, [there.parameter_arn("/app/a")]);

        let store = open(config());
        for _ in 0..2 {
            assert_eq!(find(&store, "/app/").await.unwrap_err().kind(), ErrorKind::Connect);
        }
        assert_eq!(find(&store, "/app/").await.unwrap()[0].value.expose_text(), Some("there"));
        assert_requests(&fake).by(Operation::GetParametersByPath).in_region("us-west-2").exactly(1);

        let store = open(config());
        for _ in 0..2 {
            assert!(fetch(&store, "/app/only-here").await.is_err());
        }
        let error = fetch(&store, "/app/only-here").await.unwrap_err();
        assert_eq!(told(&error, &["no replica", "eu-west-1 is away"]), ("connect", true));
    });
}
