//! A bucket in another region than the one that is asked.

use std::io::Write as _;

use secretfetch::SecretStore as _;
use secretfetch_testkit::assert_requests;

use crate::apart::apart;
use crate::scene::{BUCKET, config_at, fetch, find, open, open_at, request, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn a_bucket_elsewhere_is_followed_once_and_remembered() {
    apart(async |_| {
        let (fake, server) = serving();
        let there = fake.in_region("us-west-2");
        there.create_bucket("acme-west");
        there.put_object("acme-west", "a", "A");
        there.put_object("acme-west", "b", "B");
        let mut config = config_at(server.url());
        config.bucket = "acme-west".to_owned();
        let store = open(config);
        let secret = fetch(&store, "a").await.unwrap();
        assert_eq!(secret.value.expose_text(), Some("A"));
        assert_eq!(secret.region.as_ref().unwrap().as_str(), "us-west-2");
        assert_requests(&fake).in_region("eu-west-1").exactly(1);
        for result in store.fetch_many(&["a", "b"].map(request)).await {
            result.unwrap();
        }
        assert_eq!(find(&store, "").await.unwrap().len(), 2);
        assert_requests(&fake).in_region("eu-west-1").exactly(1);
    });
}

fn malformed(region: &str) -> Vec<u8> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>The \
         authorization header is malformed; the region 'eu-west-1' is wrong; expecting '{region}'</Message>\
         <Region>{region}</Region></Error>"
    );
    answer("400 Bad Request", "content-type: application/xml\r\n", body)
}

fn redirect(region: &str) -> Vec<u8> {
    let body = "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed \
                using the specified endpoint.</Message><Endpoint>acme-config.s3.amazonaws.com</Endpoint></Error>";
    answer("301 Moved Permanently", &format!("x-amz-bucket-region: {region}\r\nx-amz-request-id: 1\r\n"), body)
}

/// Answers as a bucket in us-west-2, told in one way.
fn elsewhere(tell: fn(&str) -> Vec<u8>) -> Server {
    Server::start(move |_, head, _, stream| {
        let object = answer("200 OK", "etag: \"x\"\r\n", "A");
        let answer = if head.contains("/us-west-2/s3/aws4_request") { object } else { tell("us-west-2") };
        let _ = stream.write_all(&answer);
    })
}

#[test]
fn both_ways_of_telling_the_region_are_followed() {
    apart(async |_| {
        for tell in [malformed as fn(&str) -> Vec<u8>, redirect] {
            let server = elsewhere(tell);
            let store = open_at(&server.url);
            assert_eq!(fetch(&store, "a").await.unwrap().value.expose_text(), Some("A"));
            assert_eq!(fetch(&store, "b").await.unwrap().value.expose_text(), Some("A"));
            assert_eq!(server.heads().len(), 3);
        }
    });
}

#[test]
fn nobody_is_followed_into_another_partition_nor_in_circles() {
    apart(async |_| {
        for tell in [malformed as fn(&str) -> Vec<u8>, redirect] {
            for (region, requests) in [("cn-north-1", 1), ("us-gov-west-1", 1)] {
                let server = Server::always(tell(region));
                let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
                let words = ["`a`", "`acme-config`", region, "`region`"];
                assert_eq!(told(&error, &words), ("config", false));
                assert_eq!(server.heads().len(), requests);
            }
            let server = Server::start(move |n, _, _, stream| {
                let region = if n % 2 == 0 { "us-west-2" } else { "us-east-1" };
                let _ = stream.write_all(&tell(region));
            });
            let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`acme-config`", "`region`"]), ("config", false));
            assert_eq!(server.heads().len(), 2);
        }
    });
}

#[test]
fn a_redirect_that_tells_no_region_that_could_be_is_not_followed() {
    apart(async |_| {
        for answer in [
            answer("301 Moved Permanently", "location: http://127.0.0.1:1/\r\n", ""),
            redirect("hunter2 <b>"),
            redirect("../x"),
        ] {
            let server = Server::always(answer);
            let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert_eq!(error.secret_id(), Some(request("a").secret_id()));
            assert_eq!(server.heads().len(), 1, "{error}");
        }
    });
}

#[test]
fn an_authorization_that_is_malformed_for_another_reason_is_not_about_the_region() {
    apart(async |_| {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the \
                    Credential is mal-formed; expecting \"&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request\".\
                    </Message></Error>";
        let server = Server::always(answer("400 Bad Request", "", body));
        let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
        assert_eq!(told(&error, &["access key"]), ("credentialsRejected", false));
        assert!(!error.to_string().contains(BUCKET), "{error}");
    });
}
