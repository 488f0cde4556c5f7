//! Objects by their keys and versions, byte for byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secretfetch::{Call, ErrorKind, SecretStore as _, StoreEvent};
use secretfetch_testkit::{Fault, Operation, assert_requests};

use crate::apart::apart;
use crate::scene::{BUCKET, fetch, open_at, request, serving, told};

#[test]
fn the_bytes_of_an_object_come_as_they_lie_there() {
    apart(async |_| {
        let (fake, server) = serving();
        let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let contents: [&[u8]; 7] =
            [b"", b"text\r\n", &every_byte, b"\x1f\x8b\x08gzip", b"\xef\xbb\xbfbom", b"\0", b"{\"a\": 1.0}\n"];
        for (n, content) in contents.iter().enumerate() {
            fake.put_object(BUCKET, &format!("dir/{n}"), content);
        }
        let store = open_at(server.url());
        let requests: Vec<_> = (0..contents.len()).map(|n| request(&format!("dir/{n}"))).collect();
        for (content, result) in contents.iter().zip(store.fetch_many(&requests).await) {
            let secret = result.unwrap();
            assert_eq!(secret.value.expose_bytes(), *content);
            assert_eq!(secret.value.is_binary(), std::str::from_utf8(content).is_err());
            assert_eq!(secret.region.as_ref().unwrap().as_str(), "eu-west-1");
        }
    });
}

#[test]
fn a_key_is_any_text() {
    apart(async |_| {
        let (fake, server) = serving();
        let keys = [
            "a",
            "/leading",
            "a//b",
            "//",
            "a/../b",
            "./a/.",
            "..",
            "a b",
            " a ",
            "a+b",
            "a%20b",
            "%",
            "%2F",
            "a?b=c",
            "a#b",
            "a&b=c;d",
            "é世\u{1f511}",
            "e\u{301}",
            "it's(1)*!~",
            "\"<>\\^`{|}[]@:,$=",
            "a:b",
            "trailing/",
            "versionId=1",
        ];
        let store = open_at(server.url());
        for key in keys {
            fake.put_object(BUCKET, key, format!("<{key}>"));
        }
        for key in keys {
            let secret = fetch(&store, key).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
            assert_eq!((secret.value.expose_text(), secret.name.as_str()), (Some(format!("<{key}>").as_str()), key));
            assert_eq!(server.requests().pop().unwrap().secret_ids, [key]);
        }
    });
}

#[test]
fn a_version_is_asked_for_by_its_id_and_a_delete_marker_is_none() {
    apart(async |_| {
        let (fake, server) = serving();
        let first = fake.put_object(BUCKET, "a", "one");
        let second = fake.put_object(BUCKET, "a", "two");
        let store = open_at(server.url());
        let of = |id: &str| request("a").with_version_id(id.parse().unwrap());
        let secret = store.fetch(&of(&first)).await.unwrap();
        assert_eq!((secret.value.expose_text(), secret.version_id.as_ref().unwrap().as_str()), (Some("one"), &*first));
        let secret = fetch(&store, "a").await.unwrap();
        assert_eq!((secret.value.expose_text(), secret.version_id.as_ref().unwrap().as_str()), (Some("two"), &*second));

        let marker = fake.delete_object(BUCKET, "a");
        let error = fetch(&store, "a").await.unwrap_err();
        assert_eq!(told(&error, &["`a`", "has no object", BUCKET, "eu-west-1"]), ("secretNotFound", false));
        assert_eq!(store.fetch(&of(&second)).await.unwrap().value.expose_text(), Some("two"));
        let error = store.fetch(&of(&marker)).await.unwrap_err();
        assert_eq!(told(&error, &["`a`", "delete marker", "list-object-versions"]), ("versionNotFound", false));
        let error = store.fetch(&of("nO.sUcH_VersIon")).await.unwrap_err();
        assert_eq!(told(&error, &["`a`", "no version with this id"]), ("versionNotFound", false));
        let stage = request("a").with_version_id(first.parse().unwrap());
        assert!(store.fetch(&stage.with_version_stage("AWSCURRENT".parse().unwrap())).await.is_ok());
    });
}

#[test]
fn an_object_has_no_stages_but_the_current_one() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a", "one");
        let store = open_at(server.url());
        let stage = |stage: &str| request("a").with_version_stage(stage.parse().unwrap());
        assert!(store.fetch(&stage("AWSCURRENT")).await.is_ok());
        let error = store.fetch(&stage("AWSPREVIOUS")).await.unwrap_err();
        assert_eq!(told(&error, &["`a`", "`AWSPREVIOUS`", "versionId"]), ("versionNotFound", false));
        assert_requests(&fake).exactly(1);
    });
}

#[test]
fn many_objects_come_in_order_some_at_once_and_each_is_told_of_once() {
    apart(async |_| {
        let (fake, server) = serving();
        let keys: Vec<_> = (0..100).map(|n| format!("k/{n}")).collect();
        for key in keys.iter().filter(|key| *key != "k/40") {
            fake.put_object(BUCKET, key, key);
        }
        fake.inject(Fault::latency(Duration::from_millis(5)));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let call = Call::current().with_observer(move |event| {
            if let StoreEvent::Answered { secrets } = event {
                counted.fetch_add(*secrets, Ordering::SeqCst);
            }
        });
        let requests: Vec<_> = keys.iter().map(|key| request(key)).collect();
        let store = open_at(server.url());
        let results = call.run(store.fetch_many(&requests)).await;
        for (key, result) in keys.iter().zip(results) {
            match result {
                Ok(secret) => assert_eq!(secret.value.expose_text(), Some(key.as_str())),
                Err(error) => assert_eq!((key.as_str(), error.kind()), ("k/40", ErrorKind::SecretNotFound)),
            }
        }
        assert_eq!(count.load(Ordering::SeqCst), 100);
        assert_requests(&fake).by(Operation::GetObject).exactly(100).at_most_in_flight(16);
        assert!(fake.most_in_flight() > 1);
    });
}
