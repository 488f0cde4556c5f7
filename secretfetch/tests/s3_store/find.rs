//! The objects under a prefix.

use std::io::Write as _;

use secretfetch_testkit::{Fault, Operation, assert_requests};

use crate::apart::apart;
use crate::scene::{BUCKET, fetch, find, names, open_at, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn every_object_under_a_prefix_comes_in_the_order_of_the_keys_however_it_is_cut_into_pages() {
    apart(async |_| {
        let (fake, server) = serving();
        let mut keys: Vec<String> = (0..25).rev().map(|n| format!("team/app/{n}")).collect();
        let odd = ["a b", "a+b", "a%20b", "<&>\"'", "é世\u{1f511}", "/", "//x", "../x", "#?", " "];
        keys.extend(odd.map(|key| format!("team/app/{key}")));
        for key in &keys {
            fake.put_object(BUCKET, key, format!("<{key}>"));
        }
        for key in ["team/app/", "team/app/folder/", "team/app2", "team/App/x", "team/ap"] {
            fake.put_object(BUCKET, key, "");
        }
        fake.put_object(BUCKET, "team/app/gone", "");
        fake.delete_object(BUCKET, "team/app/gone");
        keys.retain(|key| !key.ends_with('/'));
        keys.sort();
        let store = open_at(server.url());
        for pages in [&[][..], &[3, 1, 10]] {
            server.paginate(pages);
            let found = find(&store, "team/app/").await.unwrap();
            assert_eq!(names(&found), keys);
            for secret in &found {
                assert_eq!(secret.value.expose_text(), Some(format!("<{}>", secret.name).as_str()));
            }
        }
        assert_requests(&fake).by(Operation::ListObjectsV2).at_least(4);
        assert_eq!(names(&find(&store, "team/ap").await.unwrap()).len(), keys.len() + 2);
        assert!(find(&store, "nothing/").await.unwrap().is_empty());
        assert_eq!(names(&find(&store, "team/app/a+").await.unwrap()), ["team/app/a+b"]);
    });
}

#[test]
fn what_is_gone_between_list_and_get_is_left_out_and_what_is_denied_is_not() {
    apart(async |_| {
        let (fake, server) = serving();
        for key in ["a", "b", "c"] {
            fake.put_object(BUCKET, key, key);
        }
        let store = open_at(server.url());
        let delete = |store: &secretfetch_testkit::FakeSecretStore| _ = store.delete_object(BUCKET, "b");
        fake.inject(Fault::meanwhile(delete).on_operation(Operation::GetObject).on("b").once());
        assert_eq!(names(&find(&store, "").await.unwrap()), ["a", "c"]);
        fake.inject(Fault::access_denied().on("c"));
        let error = find(&store, "").await.unwrap_err();
        assert_eq!(told(&error, &["`c`", "s3:GetObject"]), ("accessDenied", false));
    });
}

#[test]
fn a_key_that_no_secret_can_have_is_told() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a/b\nc", "x");
        fake.put_object(BUCKET, "b", "x");
        let store = open_at(server.url());
        let error = find(&store, "a/").await.unwrap_err();
        assert_eq!(told(&error, &["a/b\\nc", "rename the object"]), ("unrepresentable", false));
        assert_eq!(names(&find(&store, "b").await.unwrap()), ["b"]);
        assert!(fetch(&store, "b").await.is_ok());
    });
}

fn page(keys: impl Iterator<Item = String>, bytes: u64, token: &str) -> Vec<u8> {
    let contents: String =
        keys.map(|key| format!("<Contents><Key>{key}</Key><Size>{bytes}</Size></Contents>")).collect();
    let body = format!(
        "<ListBucketResult><IsTruncated>true</IsTruncated>{contents}<NextContinuationToken>{token}\
         </NextContinuationToken></ListBucketResult>"
    );
    answer("200 OK", "content-type: application/xml\r\n", body)
}

#[test]
fn pages_without_an_end_end() {
    apart(async |_| {
        type Page = fn(usize) -> Vec<u8>;
        let pages: [Page; 4] = [
            // The same token again; other tokens, and nothing on the pages, only folders, or nothing that was asked for.
            |_| page(["a/x".to_owned()].into_iter(), 1, "token"),
            |n| page(std::iter::empty(), 1, &n.to_string()),
            |n| page([format!("a/{n}/")].into_iter(), 1, &n.to_string()),
            |n| page([format!("b/{n}")].into_iter(), 1, &n.to_string()),
        ];
        for pages in pages {
            let server = Server::start(move |n, _, _, stream| _ = stream.write_all(&pages(n)));
            let error = find(&open_at(&server.url), "a/").await.unwrap_err();
            assert_eq!(told(&error, &["have no end"]), ("invalidResponse", true));
        }
    });
}

#[test]
fn more_than_a_search_may_bring_is_refused_before_any_of_it_is_fetched() {
    apart(async |_| {
        type Page = fn(usize) -> Vec<u8>;
        let pages: [Page; 2] = [
            |n| page((0..1000).map(|m| format!("a/{n}/{m}")), 1, &n.to_string()),
            |n| page((0..10).map(|m| format!("a/{n}/{m}")), 1_000_000, &n.to_string()),
        ];
        for pages in pages {
            let server = Server::start(move |n, _, _, stream| _ = stream.write_all(&pages(n)));
            let error = find(&open_at(&server.url), "a/").await.unwrap_err();
            let words = ["`a/`", "10000 objects", "16 MiB", "longer prefix"];
            assert_eq!(told(&error, &words), ("wrongShape", false));
            assert!(server.heads().iter().all(|head| head.contains("list-type=2")));
        }
    });
}

#[test]
fn a_listing_that_is_none_or_broken_is_no_shorter_listing() {
    apart(async |_| {
        let object = "<Contents><Key>a</Key><Size>1</Size></Contents>";
        for body in [
            "<html>please log in, hunter2</html>".to_owned(),
            String::new(),
            format!("<ListBucketResult>{object}"),
            format!("<ListBucketResult>{object}<Contents><Key>b</Key><Si ze=1>1</Size></Contents></ListBucketResult>"),
            format!("<ListBucketResult>{object}<Contents><Key>b</Key>< /Contents></ListBucketResult>"),
            format!("<ListBucketResult><KeyCount>2</KeyCount>{object}</ListBucketResult>"),
            format!("<ListBucketResult>{object}<Contents><Key>b</Key></Contents></ListBucketResult>"),
            "<ListBucketResult><Contents><Key>%zz</Key><Size>1</Size></Contents></ListBucketResult>".to_owned(),
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>".to_owned(),
        ] {
            let server = Server::always(answer("200 OK", "", &body));
            let error = find(&open_at(&server.url), "").await.unwrap_err();
            assert_eq!(told(&error, &["not a listing of S3"]), ("invalidResponse", true), "{body}");
            assert_eq!(error.primary().region().unwrap().as_str(), "eu-west-1");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    });
}
