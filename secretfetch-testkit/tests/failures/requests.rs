//! Assertions on requests.

use secretfetch::{SecretStore as _, VersionStage};
use secretfetch_testkit::{FakeSecretsManager, Operation, assert_requests};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{panic_of, panics_here, request, store};

#[tokio::test]
async fn requests_are_counted() {
    let store = store();
    assert_requests(&store).none().exactly(0).at_most(0).at_least(0);
    panics_here!(assert_requests(&store).exactly(1), "there was no request");
    for id in ["prod/db", "prod/db", "prod/api"] {
        store.fetch(&request(id)).await.unwrap();
    }
    assert_requests(&store).exactly(3).at_least(3).at_most(3);
    panics_here!(assert_requests(&store).none(), "the requests: expected none, not 3");
    panics_here!(assert_requests(&store).exactly(2), "expected 2, not 3");
    panics_here!(assert_requests(&store).at_least(4), "expected at least 4, not 3");
    panics_here!(assert_requests(&store).at_most(2), "expected at most 2, not 3");
}

#[tokio::test]
async fn some_requests_are_meant() {
    let store = store();
    let arn = store.arn("prod/db");
    for asked in [request(&arn), request("prod/api"), request("prod/db").with_region("eu-west-1".parse().unwrap())] {
        _ = store.fetch(&asked).await;
    }
    assert_requests(&store).by(Operation::GetSecretValue).exactly(3);
    assert_requests(&store).by(Operation::BatchGetSecretValue).none();
    assert_requests(&store).in_region("eu-west-1").in_order(["prod/db"]);
    assert_requests(&store).for_secret("prod/db").exactly(2);
    assert_requests(&store).for_secret("prod/db").in_region("us-east-1").only_for(["prod/db"]);
    panics_here!(assert_requests(&store).in_region("no region"), "region");

    let panicked = panic_of(|| {
        assert_requests(&store).for_secret("prod/api").by(Operation::GetSecretValue).none();
    });
    let expected = format!(
        "the requests for \"prod/api\" by GetSecretValue: expected none, not 1\n\
         there were:\n\
         \x20   1. GetSecretValue \"{arn}\" in us-east-1, in memory\n\
         *   2. GetSecretValue \"prod/api\" in us-east-1, in memory\n\
         \x20   3. GetSecretValue \"prod/db\" in eu-west-1, in memory"
    );
    assert_eq!(panicked.message, expected);
}

#[tokio::test]
async fn the_secrets_that_were_asked_for_are_told_by_any_name() {
    let store = store();
    for id in [&store.arn("prod/db"), "prod/api", "prod/db"] {
        store.fetch(&request(id)).await.unwrap();
    }
    assert_requests(&store).in_order(["prod/db", "prod/api", "prod/db"]).only_for(["prod/api", "prod/db"]);
    panics_here!(assert_requests(&store).in_order(["prod/api", "prod/db", "prod/db"]), "in this order");
    panics_here!(assert_requests(&store).in_order(["prod/db", "prod/api"]), "in this order");
    panics_here!(assert_requests(&store).only_for(["prod/db"]), r#"nobody should have asked for {"prod/api"}"#);
    panics_here!(assert_requests(&store).only_for(["prod/db", "prod/api", "x"]), r#"nobody asked for ["x"]"#);
}

#[tokio::test]
async fn a_secret_that_is_asked_for_twice_is_found_by_any_name() {
    let store = store();
    store.fetch(&request("prod/db")).await.unwrap();
    store.fetch(&request("prod/api")).await.unwrap();
    _ = store.fetch(&request("prod/db").with_version_stage("AWSPREVIOUS".parse().unwrap())).await;
    _ = store.fetch(&request("prod/db").with_region("eu-west-1".parse().unwrap())).await;
    assert_requests(&store).none_twice();
    store.fetch(&request(&store.arn("prod/db")).with_version_stage(VersionStage::current())).await.unwrap();
    panics_here!(assert_requests(&store).none_twice(), "asked for more than once");
}

#[tokio::test]
async fn the_most_requests_at_once_are_remembered() {
    let store = store();
    store.inject(secretfetch_testkit::Fault::latency(std::time::Duration::from_millis(5)));
    let requests = vec![request("prod/db"); 4];
    store.fetch_many(&requests).await;
    store.fetch(&requests[0]).await.unwrap();
    assert_eq!((store.in_flight(), store.most_in_flight()), (0, 4));
    assert_requests(&store).at_most_in_flight(4);
    panics_here!(assert_requests(&store).at_most_in_flight(3), "at most 3 under way at once, not 4");
    store.clear_requests();
    assert_requests(&store).at_most_in_flight(0);
}

#[tokio::test]
async fn connections_are_counted() {
    let store = store();
    let server = FakeSecretsManager::start(&store);
    store.fetch(&request("prod/db")).await.unwrap();
    assert_requests(&store).on_connections(0);
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = "GET /v1/credentials HTTP/1.1\r\nhost: x\r\nauthorization: x\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    }
    assert_requests(&store).on_connections(2);
    panics_here!(assert_requests(&store).on_connections(1), "ContainerCredentials in us-east-1, on connection 2");
}
