//! A service that is busy, broken or silent, or is none of S3.

use std::time::Duration;

use secretfetch::Call;
use secretfetch_testkit::{Fault, assert_requests};

use crate::apart::apart;
use crate::scene::{BUCKET, fetch, find, open_at, serving, told};
use crate::scripted::{Server, answer};

#[test]
fn each_fault_is_told_as_what_it_is_and_asked_once() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a", "A");
        for (fault, expected) in [
            (Fault::throttled(), ("throttled", true)),
            (Fault::internal_error(), ("serviceUnavailable", true)),
            (Fault::unavailable(), ("serviceUnavailable", true)),
            (Fault::status(503), ("serviceUnavailable", true)),
            (Fault::html_page(502), ("serviceUnavailable", true)),
            (Fault::reset(), ("connect", true)),
            (Fault::html_page(200), ("invalidResponse", true)),
            (Fault::html_page(403), ("invalidResponse", true)),
            (Fault::status(200), ("invalidResponse", true)),
            (Fault::status(418), ("invalidResponse", true)),
            (Fault::redirect("http://127.0.0.1:1/"), ("invalidResponse", true)),
            (Fault::expired_token(), ("credentialsRejected", false)),
            (Fault::invalid_token(), ("credentialsRejected", false)),
        ] {
            let name = format!("{fault:?}");
            fake.clear_requests();
            fake.inject(fault);
            // One that has had an answer would ask again, over another connection, where the first one is reset.
            let store = open_at(server.url());
            for error in [fetch(&store, "a").await.unwrap_err(), find(&store, "").await.unwrap_err()] {
                assert_eq!(told(&error, &[]), expected, "{name}: {error}");
            }
            assert_requests(&fake).exactly(2);
            fake.clear_faults();
            assert!(fetch(&store, "a").await.is_ok());
        }
    });
}

#[test]
fn a_busy_service_says_how_much_is_too_much() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.inject(Fault::throttled());
        let error = fetch(&open_at(server.url()), "a").await.unwrap_err();
        assert_eq!(told(&error, &["`a`", "5,500 reads a second"]), ("throttled", true));
    });
}

#[test]
fn a_refusal_that_is_half_empty_or_in_html_is_told_by_its_status() {
    apart(async |_| {
        for (status, body, expected) in [
            ("403 Forbidden", "", ("invalidResponse", true)),
            ("403 Forbidden", "<Error><Code>Acc", ("invalidResponse", true)),
            ("404 Not Found", "", ("invalidResponse", true)),
            ("404 Not Found", "<html>hunter2</html>", ("invalidResponse", true)),
            ("400 Bad Request", "<Error><Code>hunter2 is my password</Code></Error>", ("invalidResponse", true)),
            ("500 Internal Server Error", "<Error><Code>hunter2 is</Code></Error>", ("serviceUnavailable", true)),
            ("503 Slow Down", "<Error><Code>SlowDown</Code><Message>hunter2</Message></Error>", ("throttled", true)),
            ("403 Forbidden", "<Error><Code>AccessDenied</Code><Message>hunter2</Message>", ("invalidResponse", true)),
            ("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>\n", ("accessDenied", false)),
            (
                "403 Forbidden",
                "<Error><Code>AccountProblem</Code><Message>hunter2</Message></Error>",
                ("invalidResponse", false),
            ),
            ("200 OK", "<Error><Code>InternalError</Code></Error>", ("invalidResponse", true)),
        ] {
            let server = Server::always(answer(status, "", body));
            let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
            assert_eq!(told(&error, &["`a`", "eu-west-1"]), expected, "{status} {body}: {error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    });
}

#[test]
fn an_archived_object_is_told_with_the_way_to_restore_it() {
    apart(async |_| {
        let body = "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage \
                    class</Message><StorageClass>GLACIER</StorageClass></Error>";
        let server = Server::always(answer("403 Forbidden", "", body));
        let error = fetch(&open_at(&server.url), "a").await.unwrap_err();
        assert_eq!(told(&error, &["archived", "restore-object"]), ("wrongShape", false));
    });
}

#[test]
fn a_service_that_never_answers_is_told_before_the_call_ends() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_object(BUCKET, "a", "A");
        let store = open_at(server.url());
        for fault in [Fault::hang(), Fault::trickle(Duration::from_secs(2))] {
            fake.clear_faults();
            fake.inject(fault);
            let end = tokio::time::Instant::now() + Duration::from_secs(1);
            let call = || Call::current().with_deadline(end);
            let both = async { (call().run(fetch(&store, "a")).await, call().run(find(&store, "")).await) };
            let (fetched, found) = tokio::time::timeout_at(end + Duration::from_secs(1), both).await.unwrap();
            for error in [fetched.unwrap_err(), found.unwrap_err()] {
                assert_eq!(told(&error, &["`127.0.0.1:"]), ("timeout", true));
            }
        }
    });
}
