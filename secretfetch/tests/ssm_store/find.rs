//! What is below a path.

use std::io::Write as _;

use secretfetch::{Find, SecretStore as _};
use secretfetch_testkit::{Operation, assert_requests};

use crate::apart::apart;
use crate::scene::{find, open_at, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn everything_below_a_path_comes_in_the_order_of_the_names_however_it_is_cut_into_pages() {
    apart(async |_| {
        let (fake, server) = serving();
        let mut names: Vec<String> = (0..25).rev().map(|n| format!("/team/app/{n}")).collect();
        names.extend(["/team/app/deep/er/x", "/team/app2/no", "/team/app", "/team/App/no"].map(str::to_owned));
        for name in &names {
            fake.put_secure_parameter(name, format!("<{name}>"));
        }
        names.retain(|name| name.starts_with("/team/app/"));
        names.sort();
        let store = open_at(server.url());
        for pages in [&[][..], &[3, 0, 1, 0, 0, 10]] {
            server.paginate(pages);
            let found = find(&store, "/team/app/").await.unwrap();
            assert_eq!(found.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), names);
            for secret in &found {
                assert_eq!(secret.value.expose_text(), Some(format!("<{}>", secret.name).as_str()));
                assert!(secret.version_id.as_ref().is_some_and(|id| id.as_str() == "1") && secret.arn.is_some());
            }
        }
        assert_requests(&fake).by(Operation::GetParametersByPath).at_least(4);
        assert_eq!(find(&store, "/").await.unwrap().len(), 29);
        assert!(find(&store, "/nothing/").await.unwrap().is_empty());
    });
}

#[test]
fn a_search_goes_to_the_region_that_it_names() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.in_region("us-east-1").put_parameter("/app/a", "there");
        let there = Find::by_prefix("/app/").with_region("us-east-1".parse().unwrap());
        let found = open_at(server.url()).find(&there).await.unwrap();
        assert_eq!(found[0].value.expose_text(), Some("there"));
        assert_eq!(found[0].region.as_ref().unwrap().as_str(), "us-east-1");
    });
}

#[test]
fn what_is_not_a_path_is_refused_before_anything_is_asked() {
    apart(async |_| {
        let (fake, server) = serving();
        let error = find(&open_at(server.url()), "team").await.unwrap_err();
        assert_eq!(told(&error, &["`team`", "begins and ends with a slash"]), ("config", false));
        assert_requests(&fake).none();
    });
}

fn page(names: impl Iterator<Item = String>, value: &str, token: &str) -> Vec<u8> {
    let entries: Vec<_> = names.map(|name| serde_json::json!({"Name": name, "Value": value})).collect();
    answer("200 OK", "", serde_json::json!({"Parameters": entries, "NextToken": token}).to_string())
}

#[test]
fn pages_without_an_end_end() {
    apart(async |_| {
        type Page = fn(usize) -> Vec<u8>;
        let pages: [Page; 3] = [
            // The same token again; other tokens, and nothing on the pages, or nothing that was asked for.
            |_| page(["/a/x".to_owned()].into_iter(), "", "token"),
            |n| page(std::iter::empty(), "", &n.to_string()),
            |n| page([format!("/b/{n}")].into_iter(), "", &n.to_string()),
        ];
        for pages in pages {
            let server = Server::start(move |n, _, _, stream| _ = stream.write_all(&pages(n)));
            let error = find(&open_at(&server.url), "/a/").await.unwrap_err();
            assert_eq!(told(&error, &["have no end"]), ("invalidResponse", true));
            assert_eq!(error.primary().region().unwrap().as_str(), "eu-west-1");
        }
    });
}

#[test]
fn more_than_a_search_may_bring_is_refused() {
    apart(async |_| {
        type Page = fn(usize) -> Vec<u8>;
        let pages: [Page; 2] = [
            |n| page((0..1000).map(|m| format!("/a/{n}/{m}")), "", &n.to_string()),
            |n| page((0..10).map(|m| format!("/a/{n}/{m}")), &"x".repeat(100_000), &n.to_string()),
        ];
        for pages in pages {
            let server = Server::start(move |n, _, _, stream| _ = stream.write_all(&pages(n)));
            let error = find(&open_at(&server.url), "/a/").await.unwrap_err();
            let words = ["`/a/`", "10000 parameters", "16 MiB", "longer path"];
            assert_eq!(told(&error, &words), ("wrongShape", false));
        }
    });
}
