//! The account's clock, as it is seen over the wire.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::serving;
use crate::signer::at;

#[tokio::test]
async fn the_times_of_secrets_are_the_accounts() {
    let server = serving(0);
    server.store().set_time(at(1_800_000_000));
    server.store().create_text("s", "value");
    server.store().advance(Duration::from_secs(60));
    let mut client = Client::connect(&server).await;
    let (_, deleted) = client.call("DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7})).await;
    assert_eq!(deleted["DeletionDate"], json!(1_800_000_060.0 + 7.0 * 86_400.0));
    let (_, described) = client.call("DescribeSecret", json!({"SecretId": "s"})).await;
    assert_eq!(described["CreatedDate"], json!(1_800_000_000.0));
    server.store().advance(Duration::from_secs(8 * 86_400));
    let (_, gone) = client.call("DescribeSecret", json!({"SecretId": "s"})).await;
    assert_eq!(gone["__type"], "ResourceNotFoundException");
}
