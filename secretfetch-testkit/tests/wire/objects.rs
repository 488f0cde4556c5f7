//! S3's REST API, as a client that nobody here wrote would see it.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Iam, KmsKey, ObjectEncryption, Operation};

use crate::client::{Answer, Client};
use crate::signer::{Signer, element, text};

const BUCKET: &str = "acme-config";
const KEY_ARN: &str = "arn:aws:kms:ca-central-1:123456789012:key/1234abcd";
const ANYONE: &str = "arn:aws:sts::123456789012:assumed-role/app/i-0";

fn serving() -> FakeSecretsManager {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_bucket(BUCKET);
    FakeSecretsManager::start(&store)
}

fn signed_for(region: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/{region}/s3/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0123abcd"
    )
}

async fn ask(server: &FakeSecretsManager, line: &str, headers: &[(&str, &str)]) -> Answer {
    let authorization = signed_for("ca-central-1");
    let mut all = vec![("authorization", authorization.as_str())];
    all.extend(headers);
    Client::connect(server).await.send(&format!("{line} HTTP/1.1"), &all, "").await.unwrap()
}

async fn get(server: &FakeSecretsManager, target: &str) -> Answer {
    ask(server, &format!("GET {target}"), &[]).await
}

/// Status, code and message.
#[track_caller]
fn refusal(answer: &Answer) -> (u16, &str, &str) {
    assert_eq!(answer.headers["content-type"], "application/xml");
    (answer.status, element(answer, "Code"), element(answer, "Message"))
}

fn enforce(server: &FakeSecretsManager, statements: &str) {
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let iam = Iam::new().with_identity_policy(policy.parse().unwrap()).unwrap();
    server.store().enforce(iam.with_key(KmsKey::new(KEY_ARN)));
}

#[tokio::test]
async fn an_object_comes_byte_for_byte_with_what_headers_tell_of_it() {
    let server = serving();
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    server.store().set_time(crate::signer::at(784_111_777));
    let version = server.store().put_object(BUCKET, "app/key.bin", &bytes);
    let answer = get(&server, "/acme-config/app/key.bin").await;
    assert_eq!((answer.status, answer.body == bytes), (200, true));
    for (name, value) in [
        ("x-amz-version-id", version.as_str()),
        ("x-amz-server-side-encryption", "AES256"),
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("content-type", "binary/octet-stream"),
        ("content-length", "100000"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    assert_eq!(answer.headers["etag"].len(), 34);
    server.store().put_object(BUCKET, "empty", "");
    let empty = get(&server, "/acme-config/empty").await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    assert_eq!(empty.headers["etag"], "\"d41d8cd98f00b204e9800998ecf8427e\"");
}

#[tokio::test]
async fn a_head_has_the_headers_and_no_body() {
    let server = serving();
    server.store().put_object(BUCKET, "a", "four");
    let mut client = Client::connect(&server).await;
    let authorization = signed_for("ca-central-1");
    let headers = [("authorization", authorization.as_str())];
    for (target, status, length) in [("/acme-config/a", 200, Some("4")), ("/acme-config/b", 404, None)] {
        let answer = client.send(&format!("HEAD {target} HTTP/1.1"), &headers, "").await.unwrap();
        assert_eq!(answer.status, status);
        assert!(length.is_none_or(|length| answer.headers["content-length"] == length));
    }
    let bucket = client.send("HEAD /acme-config HTTP/1.1", &headers, "").await.unwrap();
    assert_eq!((bucket.status, bucket.headers["x-amz-bucket-region"].as_str()), (200, "ca-central-1"));
}

#[tokio::test]
async fn a_bucket_is_named_by_the_path_or_by_the_host() {
    let server = serving();
    server.store().put_object(BUCKET, "a", "1");
    let authorization = signed_for("ca-central-1");
    for (host, target) in [
        ("localhost", "/acme-config/a"),
        ("acme-config.localhost:4566", "/a"),
        ("acme-config.s3.ca-central-1.amazonaws.com", "/a"),
        ("acme-config.s3.amazonaws.com", "/a"),
        ("s3.ca-central-1.amazonaws.com", "/acme-config/a"),
        ("acme-config.anywhere.example", "/a"),
    ] {
        let mut client = Client::connect(&server).await;
        let headers = [("authorization", authorization.as_str())];
        let answer = client.send_to(host, &format!("GET {target} HTTP/1.1"), &headers, "").await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"1".as_slice()), "{host}{target}");
    }
}

#[tokio::test]
async fn a_key_may_be_anything() {
    let server = serving();
    for (key, target) in [
        ("/leading", "//leading"),
        ("a//b", "/a//b"),
        ("../a/./b/..", "/../a/./b/.."),
        ("a b", "/a%20b"),
        ("a+b", "/a+b"),
        ("a+c", "/a%2Bc"),
        ("%2F", "/%252F"),
        ("é世\u{1F511}", "/%C3%A9%E4%B8%96%F0%9F%94%91"),
        ("latest/api/token", "/latest/api/token"),
        ("_secretfetch/health", "/_secretfetch/health"),
        ("\r\n\0<&>\"'", "/%0D%0A%00%3C%26%3E%22%27"),
    ] {
        server.store().put_object(BUCKET, key, key);
        let answer = get(&server, &format!("/acme-config{target}")).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, key.as_bytes()), "{key:?}");
        assert_eq!(server.requests().last().unwrap().secret_ids, [key]);
    }
    for target in ["/acme-config/%", "/acme-config/%FF"] {
        assert_eq!(refusal(&get(&server, target).await), (400, "InvalidURI", "Couldn't parse the specified URI."));
    }
}

#[tokio::test]
async fn versions_are_read_by_their_ids_and_markers_are_told_as_such() {
    let server = serving();
    let first = server.store().put_object(BUCKET, "a", "one");
    server.store().put_object(BUCKET, "a", "two");
    let marker = server.store().delete_object(BUCKET, "a");
    let of = |id: &str| format!("/acme-config/a?versionId={id}");
    let answer = get(&server, &of(&first)).await;
    assert_eq!((answer.status, text(&answer), answer.headers["x-amz-version-id"].as_str()), (200, "one", &*first));
    assert_eq!(server.requests()[0].version_id, Some(first));

    let deleted = get(&server, "/acme-config/a").await;
    assert_eq!(refusal(&deleted), (404, "NoSuchKey", "The specified key does not exist."));
    assert_eq!(deleted.headers["x-amz-delete-marker"], "true");
    let marked = get(&server, &of(&marker)).await;
    let text = "The specified method is not allowed against this resource.";
    assert_eq!(refusal(&marked), (405, "MethodNotAllowed", text));
    assert_eq!(marked.headers["x-amz-delete-marker"], "true");
    let unknown = get(&server, &of(&"A".repeat(32))).await;
    assert_eq!(refusal(&unknown), (404, "NoSuchVersion", "The specified version does not exist."));
    assert_eq!(element(&unknown, "Key"), "a");
    for id in ["", "1"] {
        assert_eq!(refusal(&get(&server, &of(id)).await).1, "InvalidArgument");
    }
    server.store().put_object(BUCKET, "a", "back");
    assert_eq!(get(&server, "/acme-config/a").await.status, 200);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let server = serving();
    let key = get(&server, "/acme-config/no%26thing").await;
    assert_eq!(refusal(&key), (404, "NoSuchKey", "The specified key does not exist."));
    assert_eq!(element(&key, "Key"), "no&amp;thing");
    let bucket = get(&server, "/missing-bucket/a").await;
    assert_eq!(refusal(&bucket), (404, "NoSuchBucket", "The specified bucket does not exist"));
    assert_eq!(element(&bucket, "BucketName"), "missing-bucket");
    // A bucket of another partition is not there.
    let authorization = signed_for("cn-north-1");
    let mut client = Client::connect(&server).await;
    let headers = [("authorization", authorization.as_str())];
    let china = client.send("GET /acme-config/a HTTP/1.1", &headers, "").await.unwrap();
    assert_eq!(refusal(&china).1, "NoSuchBucket");
}

#[tokio::test]
async fn a_bucket_elsewhere_is_a_redirect_or_a_malformed_header_by_the_way_that_it_was_asked() {
    let server = serving();
    server.store().in_region("eu-west-1").create_bucket("acme-eu");
    server.store().in_region("eu-west-1").put_object("acme-eu", "a", "1");
    let authorization = signed_for("ca-central-1");
    let headers = [("authorization", authorization.as_str())];
    for (host, line) in [
        ("localhost", "GET /acme-eu/a HTTP/1.1"),
        ("acme-eu.s3.ca-central-1.amazonaws.com", "GET /a HTTP/1.1"),
        ("localhost", "GET /acme-eu?list-type=2 HTTP/1.1"),
    ] {
        let answer = Client::connect(&server).await.send_to(host, line, &headers, "").await.unwrap();
        assert_eq!((answer.status, element(&answer, "Code")), (301, "PermanentRedirect"), "{host}");
        assert_eq!(element(&answer, "Endpoint"), "acme-eu.s3.eu-west-1.amazonaws.com");
        assert_eq!(answer.headers["x-amz-bucket-region"], "eu-west-1");
        assert!(!answer.headers.contains_key("location"));
    }
    for host in ["acme-eu.localhost", "acme-eu.s3.amazonaws.com", "acme-eu.s3.eu-west-1.amazonaws.com"] {
        let answer = Client::connect(&server).await.send_to(host, "GET /a HTTP/1.1", &headers, "").await.unwrap();
        let message =
            "The authorization header is malformed; the region 'ca-central-1' is wrong; expecting 'eu-west-1'";
        assert_eq!(refusal(&answer), (400, "AuthorizationHeaderMalformed", message), "{host}");
        assert_eq!(element(&answer, "Region"), "eu-west-1");
    }
    let headers = [("authorization", authorization.as_str())];
    let host = "s3.eu-west-1.amazonaws.com";
    let line = "GET /acme-eu?location HTTP/1.1";
    let answer = Client::connect(&server).await.send_to(host, line, &headers, "").await.unwrap();
    assert_eq!(refusal(&answer).1, "AuthorizationHeaderMalformed");
    let location = get(&server, "/acme-eu?location").await;
    assert!(text(&location).contains(">eu-west-1</LocationConstraint>"), "{}", text(&location));
    let authorization = signed_for("eu-west-1");
    let headers = [("authorization", authorization.as_str())];
    let answer = Client::connect(&server).await.send("GET /acme-eu/a HTTP/1.1", &headers, "").await.unwrap();
    assert_eq!((answer.status, text(&answer)), (200, "1"));
}

#[tokio::test]
async fn the_owner_of_a_bucket_must_be_the_expected_one() {
    let server = serving();
    server.store().create_bucket_of("999999999999", "acme-other");
    server.store().put_object("acme-other", "a", "1");
    for (owner, status) in [("999999999999", 200), ("123456789012", 403)] {
        let answer = ask(&server, "GET /acme-other/a", &[("x-amz-expected-bucket-owner", owner)]).await;
        assert_eq!(answer.status, status);
        if status == 403 {
            assert_eq!(refusal(&answer), (403, "AccessDenied", "Access Denied"));
        }
    }
}

#[tokio::test]
async fn a_policy_decides_over_objects_and_over_what_is_told_of_missing_ones() {
    let server = serving();
    for key in ["app/a", "web/a"] {
        server.store().put_object(BUCKET, key, "1");
    }
    enforce(&server, r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-config/app/*"}"#);
    assert_eq!(get(&server, "/acme-config/app/a").await.status, 200);
    let denied = get(&server, "/acme-config/web/a").await;
    let said = |action: &str, resource: &str| {
        format!(
            "User: {ANYONE} is not authorized to perform: {action} on resource: \"arn:aws:s3:::acme-config{resource}\" \
             because no identity-based policy allows the {action} action"
        )
    };
    assert_eq!(refusal(&denied), (403, "AccessDenied", said("s3:GetObject", "/web/a").as_str()));
    // Who may not list the bucket is not told that a key is missing.
    let missing = get(&server, "/acme-config/app/missing").await;
    assert_eq!(refusal(&missing), (403, "AccessDenied", said("s3:ListBucket", "").as_str()));
    let deleted = server.store().delete_object(BUCKET, "app/a");
    assert_eq!(refusal(&get(&server, "/acme-config/app/a").await).1, "AccessDenied");
    let version = get(&server, &format!("/acme-config/app/a?versionId={deleted}")).await;
    assert_eq!(refusal(&version).2, said("s3:GetObjectVersion", "/app/a"));
    let list = get(&server, "/acme-config?list-type=2").await;
    assert_eq!(refusal(&list).2, said("s3:ListBucket", ""));
    enforce(
        &server,
        r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::acme-config",
            "Condition": {"StringEquals": {"s3:prefix": "app/"}}}"#,
    );
    assert_eq!(get(&server, "/acme-config?list-type=2&prefix=app%2F").await.status, 200);
    assert_eq!(get(&server, "/acme-config?list-type=2").await.status, 403);
}

#[tokio::test]
async fn a_key_of_kms_has_to_be_allowed_through_s3_and_for_this_object() {
    let server = serving();
    server.store().put_encrypted_object(BUCKET, "a", "1", ObjectEncryption::kms("1234abcd"));
    server.store().put_encrypted_object(BUCKET, "managed", "1", ObjectEncryption::kms("alias/aws/s3"));
    let answer = get(&server, "/acme-config/a").await;
    assert_eq!(answer.headers["x-amz-server-side-encryption"], "aws:kms");
    assert_eq!(answer.headers["x-amz-server-side-encryption-aws-kms-key-id"], KEY_ARN);
    let read = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    enforce(&server, read);
    let denied = get(&server, "/acme-config/a").await;
    let (status, code, message) = refusal(&denied);
    assert_eq!((status, code), (403, "AccessDenied"));
    let start = format!(
        "User: {ANYONE} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext"
    );
    assert!(message.starts_with(&start), "{message}");
    assert_eq!(get(&server, "/acme-config/managed").await.status, 200);
    let decrypt = |service: &str, object: &str| {
        format!(
            r#"{read}, {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "{KEY_ARN}", "Condition": {{"StringEquals":
                {{"kms:ViaService": "{service}.ca-central-1.amazonaws.com",
                  "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-config/{object}"}}}}}}"#
        )
    };
    for (service, object, status) in [("s3", "a", 200), ("s3", "b", 403), ("secretsmanager", "a", 403)] {
        enforce(&server, &decrypt(service, object));
        assert_eq!(get(&server, "/acme-config/a").await.status, status, "{service} {object}");
    }
}

#[tokio::test]
async fn with_a_bucket_key_the_key_of_kms_has_to_be_allowed_for_the_bucket() {
    let server = serving();
    server.store().put_encrypted_object(BUCKET, "a", "1", ObjectEncryption::kms_with_bucket_key("1234abcd"));
    let answer = get(&server, "/acme-config/a").await;
    assert_eq!(answer.headers["x-amz-server-side-encryption"], "aws:kms");
    assert_eq!(answer.headers["x-amz-server-side-encryption-bucket-key-enabled"], "true");
    for (about, status) in [("acme-config", 200), ("acme-config/a", 403)] {
        let policy = format!(
            r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}, {{"Effect": "Allow", "Action": "kms:Decrypt",
                "Resource": "{KEY_ARN}", "Condition": {{"StringEquals": {{"kms:EncryptionContext:aws:s3:arn":
                "arn:aws:s3:::{about}"}}}}}}"#
        );
        enforce(&server, &policy);
        assert_eq!(get(&server, "/acme-config/a").await.status, status, "{about}");
    }
}

#[tokio::test]
async fn a_listing_has_its_pages_and_names_that_xml_cannot_hold() {
    let server = serving();
    for key in ["app/a", "app/b c+", "app/\u{1}", "app2/x", "<&>"] {
        server.store().put_object(BUCKET, key, "12345");
    }
    server.store().delete_object(BUCKET, "app/a");
    let all = get(&server, "/acme-config?list-type=2&encoding-type=url&prefix=app%2F").await;
    let keys: Vec<&str> = text(&all).split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(keys, ["app/%01", "app/b+c%2B"]);
    assert_eq!([element(&all, "KeyCount"), element(&all, "IsTruncated"), element(&all, "Size")], ["2", "false", "5"]);
    let plain = get(&server, "/acme-config?list-type=2&prefix=%3C").await;
    assert_eq!(element(&plain, "Key"), "&lt;&amp;&gt;");
    let folded = get(&server, "/acme-config?list-type=2&delimiter=%2F&max-keys=2").await;
    assert_eq!([element(&folded, "IsTruncated"), element(&folded, "Key")], ["true", "&lt;&amp;&gt;"]);
    let token = element(&folded, "NextContinuationToken").replace('=', "%3D").replace('+', "%2B");
    let rest = get(&server, &format!("/acme-config?list-type=2&delimiter=%2F&continuation-token={token}")).await;
    assert!(text(&rest).contains("<CommonPrefixes><Prefix>app2/</Prefix></CommonPrefixes>"), "{}", text(&rest));
    server.store().paginate(&[0, 1]);
    assert_eq!(element(&get(&server, "/acme-config?list-type=2").await, "KeyCount"), "0");
    assert_eq!(refusal(&get(&server, "/acme-config?list-type=2&max-keys=x").await).1, "InvalidArgument");
    // What the fake does not do is not passed over.
    for query in ["", "?versions", "?list-type=2&fetch-owner=true"] {
        assert_eq!(refusal(&get(&server, &format!("/acme-config{query}")).await).0, 501, "{query}");
    }
}

#[tokio::test]
async fn faults_befall_s3_in_its_own_words_and_requests_are_written_down() {
    let server = serving();
    server.store().put_object(BUCKET, "a", "value");
    for (fault, status, code) in [
        (Fault::throttled(), 503, "SlowDown"),
        (Fault::internal_error(), 500, "InternalError"),
        (Fault::unavailable(), 503, "ServiceUnavailable"),
        (Fault::expired_token(), 400, "ExpiredToken"),
        (Fault::invalid_token(), 403, "InvalidAccessKeyId"),
        (Fault::access_denied(), 403, "AccessDenied"),
        (Fault::kms_access_denied(), 403, "AccessDenied"),
    ] {
        server.store().inject(fault.on("a").on_operation(Operation::GetObject).once());
        let answer = get(&server, "/acme-config/a").await;
        assert_eq!((answer.status, element(&answer, "Code")), (status, code));
        assert_eq!(get(&server, "/acme-config/a").await.status, 200);
    }
    server.store().inject(Fault::throttled().on("b"));
    assert_eq!(get(&server, "/acme-config/a").await.status, 200);
    server.store().clear_requests();
    server.store().inject(Fault::html_page(502).once());
    assert_eq!(get(&server, "/acme-config/a").await.headers["content-type"], "text/html");
    get(&server, "/acme-config?list-type=2").await;
    let said: Vec<String> = server.requests().iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("GetObject \"a\" in ca-central-1, bucket acme-config, on connection "), "{said:?}");
    assert!(said[1].starts_with("ListObjectsV2 in ca-central-1, bucket acme-config, on connection "), "{said:?}");
}

#[tokio::test]
async fn a_signature_of_s3_is_of_the_path_encoded_once() {
    let server = serving();
    server.store().put_object(BUCKET, "a//b/../%2F +é", "1");
    let signer = Signer::from(&server.store().create_access_key("arn:aws:iam::123456789012:user/alice"));
    server.require_signatures();
    let path = "/acme-config/a//b/../%252F%20%2B%C3%A9";
    let get = async |signer: &Signer, signed: &str, sent: &str, payload: &str| {
        let headers = signer.s3_headers("GET", signed, payload);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Client::connect(&server).await.send(&format!("GET {sent} HTTP/1.1"), &headers, "").await.unwrap()
    };
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for payload in [empty, "UNSIGNED-PAYLOAD"] {
        let answer = get(&signer, path, path, payload).await;
        assert_eq!(answer.status, 200, "{}", text(&answer));
    }
    // The same key, otherwise encoded on its way.
    assert_eq!(get(&signer, path, "/acme-config/a//b/../%252F%20+%c3%a9", empty).await.status, 200);
    assert_eq!(refusal(&get(&signer, path, "/acme-config/a", empty).await).1, "SignatureDoesNotMatch");
    let normalized = get(&signer, "/acme-config/a/%252F%20%2B%C3%A9", path, empty).await;
    assert_eq!(refusal(&normalized).1, "SignatureDoesNotMatch");
    let other = get(&signer, path, path, &"0".repeat(64)).await;
    assert_eq!(refusal(&other).1, "XAmzContentSHA256Mismatch");
    let nobody = get(&Signer::new("AKIANOBODY", "guess"), path, path, empty).await;
    assert_eq!((refusal(&nobody).1, element(&nobody, "AWSAccessKeyId")), ("InvalidAccessKeyId", "AKIANOBODY"));
    let token = get(&signer.clone().with_token("wrong"), path, path, empty).await;
    assert_eq!(refusal(&token).1, "InvalidToken");
    let late = std::time::SystemTime::now() - std::time::Duration::from_secs(16 * 60);
    let late = get(&Signer { time: late, ..signer }, path, path, empty).await;
    assert_eq!(refusal(&late).1, "RequestTimeTooSkewed");
    let anonymous = Client::connect(&server).await.send(&format!("GET {path} HTTP/1.1"), &[], "").await.unwrap();
    assert_eq!(refusal(&anonymous), (403, "AccessDenied", "Access Denied"));
}

#[tokio::test]
async fn a_client_makes_buckets_and_objects_by_itself() {
    let server = serving();
    let send = async |line: &str, headers: &[(&str, &str)], body: &str| {
        let authorization = signed_for("ca-central-1");
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend(headers);
        Client::connect(&server).await.send(&format!("{line} HTTP/1.1"), &all, body).await.unwrap()
    };
    assert_eq!(refusal(&send("PUT /made", &[], "").await).1, "IllegalLocationConstraintException");
    let here =
        "<CreateBucketConfiguration><LocationConstraint>ca-central-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(send("PUT /made", &[], here).await.status, 200);
    assert_eq!(refusal(&send("PUT /made", &[], here).await).1, "BucketAlreadyOwnedByYou");
    assert_eq!(refusal(&send("PUT /Bad_Name", &[], here).await).1, "InvalidBucketName");
    let put = send("PUT /made/a", &[("content-type", "text/plain")], "one").await;
    assert!(put.status == 200 && !put.headers.contains_key("x-amz-version-id"));
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(send("PUT /made?versioning", &[], enabled).await.status, 200);
    assert_eq!(refusal(&send("PUT /made?versioning", &[], "").await).1, "MalformedXML");
    let chunked = [("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("content-encoding", "aws-chunked")];
    let put = send("PUT /made/a", &chunked, "3\r\ntwo\r\n0\r\n\r\n").await;
    assert_eq!(put.status, 200, "{}", text(&put));
    assert_eq!(text(&get(&server, "/made/a").await), "two");
    let first = get(&server, "/made/a?versionId=null").await;
    assert_eq!((text(&first), first.headers["content-type"].as_str()), ("one", "text/plain"));
    assert_eq!(refusal(&send("PUT /made/a", &chunked, "3\r\nt").await).1, "IncompleteBody");
    let deleted = send("DELETE /made/a", &[], "").await;
    assert_eq!((deleted.status, deleted.headers["x-amz-delete-marker"].as_str()), (204, "true"));
    let long = format!("PUT /made/{}", "k".repeat(1025));
    assert_eq!(refusal(&send(&long, &[], "").await).1, "KeyTooLongError");
    let copy = send("PUT /made/b", &[("x-amz-copy-source", "/made/a")], "").await;
    assert_eq!(refusal(&copy).1, "NotImplemented");
}

#[tokio::test]
async fn a_reset_leaves_no_bucket() {
    let server = serving();
    server.store().reset();
    assert_eq!(refusal(&get(&server, "/acme-config/a").await).1, "NoSuchBucket");
}
