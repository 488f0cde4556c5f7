//! Answers that are none of Parameter Store, or of another question.

use secretfetch::SecretStore as _;

use crate::apart::apart;
use crate::scene::{fetch, open_at, request, told};
use crate::scripted::{Server, answer};

fn serving(body: &str) -> Server {
    Server::always(answer("200 OK", "content-type: application/x-amz-json-1.1\r\n", body))
}

#[test]
fn an_answer_that_is_none_is_told_and_not_shown() {
    apart(async |_| {
        for body in [
            "<html>please log in, hunter2</html>",
            "",
            "null",
            "{}",
            r#"{"Parameters": [{"Name": "/a", "Value": "hunter2""#,
            r#"{"Parameters": [{"Name": "/a", "Value": ["hunter2"]}]}"#,
            r#"{"Parameters": {"Name": "/a", "Value": "hunter2"}}"#,
            r#"{"Parameters": [{"Name": "/b", "Value": "hunter2"}]}"#,
            r#"{"Parameters": [{"Name": "/A", "Value": "hunter2"}], "InvalidParameters": ["/b"]}"#,
            r#"{"Parameters": [], "InvalidParameters": []}"#,
        ] {
            let server = serving(body);
            let error = fetch(&open_at(&server.url), "/a").await.unwrap_err();
            assert_eq!(told(&error, &["/a", "eu-west-1"]), ("invalidResponse", true), "{body}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    });
}

#[test]
fn another_version_than_the_one_asked_for_is_no_answer() {
    apart(async |_| {
        let server = serving(r#"{"Parameters": [{"Name": "/a", "Value": "hunter2", "Version": 4}]}"#);
        let error = open_at(&server.url).fetch(&request("/a").with_version_id("3".parse().unwrap())).await.unwrap_err();
        assert_eq!(told(&error, &["/a"]), ("invalidResponse", true));
    });
}

#[test]
fn fields_that_are_not_known_and_another_order_are_no_matter() {
    apart(async |_| {
        let server = serving(
            r#"{"New": {"x": [1]}, "Parameters": [{"Other": null, "Name": "/b", "Value": "B"},
                {"Value": "A", "Name": "/a", "Version": 1e0, "LastModifiedDate": "soon", "Tier": "x"}],
                "InvalidParameters": ["/c"], "ResultMetadata": {}}"#,
        );
        let results = open_at(&server.url).fetch_many(&["/a", "/b", "/c"].map(request)).await;
        let head = server.heads().remove(0);
        assert!(head.starts_with("POST / HTTP/1.1\r\n"), "{head}");
        for line in ["x-amz-target: AmazonSSM.GetParameters", "content-type: application/x-amz-json-1.1"] {
            assert!(head.lines().any(|known| known.eq_ignore_ascii_case(line)), "{head}");
        }
        assert_eq!(results[0].as_ref().unwrap().value.expose_text(), Some("A"));
        assert_eq!(results[1].as_ref().unwrap().value.expose_text(), Some("B"));
        assert!(results[2].as_ref().unwrap_err().is_not_found());
    });
}

#[test]
fn a_refusal_of_unknown_text_is_not_repeated_in_the_message() {
    apart(async |_| {
        for (body, kind) in [
            (r#"{"__type": "hunter2 <b>", "message": "hunter2"}"#, "invalidResponse"),
            (r#"{"__type": "ValidationException", "message": "hunter2"}"#, "config"),
            (r#"{"__type": "AccessDeniedException", "message": "hunter2"}"#, "accessDenied"),
        ] {
            let server = Server::always(answer("400 Bad Request", "", body));
            let error = fetch(&open_at(&server.url), "/a").await.unwrap_err();
            assert_eq!(told(&error, &["/a"]).0, kind, "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    });
}
