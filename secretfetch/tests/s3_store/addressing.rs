//! Where the bucket's name stands in a URL.

use secretfetch::{Addressing, S3StoreConfig};

use crate::apart::apart;
use crate::scene::{BUCKET, config_at, fetch, find, open, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn an_endpoint_of_ones_own_has_the_bucket_in_the_path() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "dir/a b", "A");
        for addressing in [Addressing::Auto, Addressing::Path] {
            let store = open(config_at(server.url()).with_addressing(addressing));
            assert_eq!(fetch(&store, "dir/a b").await.unwrap().value.expose_text(), Some("A"), "{addressing}");
            assert_eq!(find(&store, "dir/").await.unwrap().len(), 1, "{addressing}");
        }
    });
}

#[test]
fn the_name_is_in_the_path_or_in_the_host() {
    apart(async |_| {
        let server = Server::always(answer("200 OK", "etag: \"x\"\r\n", "A"));
        fetch(&open(config_at(&server.url).with_addressing(Addressing::Path)), "a//+").await.unwrap();
        let head = server.heads().remove(0);
        assert!(head.starts_with("GET /acme-config/a//%2B HTTP/1.1\r\n"), "{head}");

        // No name server has such a host (RFC 6761): the failure tells which one was looked up.
        let nowhere = config_at("http://s3.invalid:4566").with_addressing(Addressing::Virtual);
        let error = fetch(&open(nowhere), "a").await.unwrap_err();
        assert_eq!(told(&error, &["`acme-config.s3.invalid:4566`"]), ("dns", true));
    });
}

#[test]
fn a_bucket_that_cannot_be_is_a_mistake_of_the_configuration() {
    apart(async |_| {
        let (_, server) = serving();
        for name in ["", "a/b", "arn:aws:s3:::acme-config", ".."] {
            let error = fetch(&open(S3StoreConfig::new(name).with_endpoint_url(server.url())), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`bucket`"]), ("config", false));
        }
        let error = fetch(&open(config_at(server.url()).with_bucket_owner("me")), "a").await.unwrap_err();
        assert_eq!(told(&error, &["`bucketOwner`", "12 digits"]), ("config", false));
        let other = S3StoreConfig::new("not-there").with_endpoint_url(server.url());
        let error = fetch(&open(other), "a").await.unwrap_err();
        assert_eq!(told(&error, &["there is no bucket `not-there`"]), ("config", false));
    });
}
