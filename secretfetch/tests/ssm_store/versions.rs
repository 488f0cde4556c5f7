//! Versions, labels, ARNs and regions.

use secretfetch::{ErrorKind, SecretStore as _};
use secretfetch_testkit::assert_requests;

use crate::apart::apart;
use crate::scene::{fetch, open_at, request, serving, told};

#[test]
fn a_version_is_asked_for_by_its_number_or_by_a_label() {
    apart(async |_| {
        let (fake, server) = serving();
        for text in ["one", "two", "three"] {
            fake.put_parameter("/a", text);
        }
        fake.label_parameter("/a", 1, &["stable", "prod"]);
        let store = open_at(server.url());
        let id = |id: &str| request("/a").with_version_id(id.parse().unwrap());
        let stage = |stage: &str| request("/a").with_version_stage(stage.parse().unwrap());
        let requests = [request("/a"), id("1"), id("2"), stage("stable"), stage("prod"), stage("AWSCURRENT")];
        let expected = [("three", "3"), ("one", "1"), ("two", "2"), ("one", "1"), ("one", "1"), ("three", "3")];
        let results = store.fetch_many(&requests).await;
        for (result, (text, version)) in results.into_iter().zip(expected) {
            let secret = result.unwrap();
            assert_eq!((secret.value.expose_text(), secret.name.as_str()), (Some(text), "/a"));
            assert_eq!(secret.version_id.as_ref().unwrap().as_str(), version);
        }
        let by_label = store.fetch(&stage("stable")).await.unwrap();
        assert_eq!(by_label.version_stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>(), ["stable"]);
        for (request, word) in [(id("9"), "no version `9`"), (stage("nope"), "the label `nope`")] {
            let error = store.fetch(&request).await.unwrap_err();
            assert_eq!(told(&error, &["/a", word, "get-parameter-history"]), ("versionNotFound", false));
        }
    });
}

#[test]
fn what_cannot_be_a_version_is_not_asked_for() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        let store = open_at(server.url());
        let id = request("/a").with_version_id("01234567-89ab-cdef-0123-456789abcdef".parse().unwrap());
        let both = request("/a").with_version_id("1".parse().unwrap()).with_version_stage("x".parse().unwrap());
        for (request, kind) in [(id, ErrorKind::VersionNotFound), (both, ErrorKind::Config)] {
            let results = store.fetch_many(&[request.clone(), crate::scene::request("/a")]).await;
            let error = results[0].as_ref().unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(error.secret_id(), Some(request.secret_id()));
            assert!(results[1].is_ok());
        }
        assert_requests(&fake).only_for(["/a"]).exactly(2);
    });
}

#[test]
fn an_arn_is_asked_for_in_its_own_region() {
    apart(async |_| {
        let (fake, server) = serving();
        let there = fake.in_region("us-east-1");
        there.put_parameter("/app/a", "there");
        fake.put_parameter("/app/a", "here");
        let store = open_at(server.url());
        let arns = [fake.parameter_arn("/app/a"), there.parameter_arn("/app/a")];
        let secret = fetch(&store, &arns[0]).await.unwrap();
        assert_eq!((secret.value.expose_text(), secret.arn.as_ref().unwrap().as_str()), (Some("here"), &*arns[0]));
        let secret = fetch(&store, &arns[1]).await.unwrap();
        assert_eq!(secret.value.expose_text(), Some("there"));
        assert_eq!(secret.region.as_ref().unwrap().as_str(), "us-east-1");
        assert_requests(&fake).in_region("us-east-1").exactly(1);
        let by_name = store.fetch(&request("/app/a").with_region("us-east-1".parse().unwrap())).await.unwrap();
        assert_eq!(by_name.value.expose_text(), Some("there"));
        let error = fetch(&store, &format!("{}x", arns[1])).await.unwrap_err();
        assert_eq!(told(&error, &["us-east-1 was asked, as the ARN says"]), ("secretNotFound", false));
    });
}
