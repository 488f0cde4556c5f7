//! A service that is busy, broken or silent.

use std::io::Write as _;
use std::time::{Duration, Instant};

use secretfetch::{Call, Fetcher, RetryPolicy, SecretStore as _};
use secretfetch_testkit::{Fault, assert_requests};

use crate::apart::apart;
use crate::scene::{fetch, find, open_at, request, serving, told, values};
use crate::scripted::Server;

#[test]
fn each_fault_is_told_as_what_it_is_and_asked_once() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        for (fault, expected) in [
            (Fault::throttled(), ("throttled", true)),
            (Fault::internal_error(), ("serviceUnavailable", true)),
            (Fault::unavailable(), ("serviceUnavailable", true)),
            (Fault::status(503), ("serviceUnavailable", true)),
            (Fault::html_page(502), ("serviceUnavailable", true)),
            (Fault::reset(), ("connect", true)),
            (Fault::reset_body(), ("connect", true)),
            (Fault::truncated_body(), ("connect", true)),
            (Fault::malformed_body(), ("invalidResponse", true)),
            (Fault::html_page(200), ("invalidResponse", true)),
            (Fault::html_page(403), ("invalidResponse", true)),
            (Fault::status(200), ("invalidResponse", true)),
            (Fault::status(418), ("invalidResponse", true)),
            (Fault::redirect("http://127.0.0.1:1/"), ("invalidResponse", true)),
            (Fault::large_body(3 << 20), ("invalidResponse", false)),
            (Fault::expired_token(), ("credentialsRejected", false)),
            (Fault::invalid_token(), ("credentialsRejected", false)),
        ] {
            let name = format!("{fault:?}");
            fake.clear_requests();
            fake.inject(fault);
            // One that has had an answer would ask again, over another connection, where the first one is reset.
            let store = open_at(server.url());
            for error in [fetch(&store, "/a").await.unwrap_err(), find(&store, "/").await.unwrap_err()] {
                assert_eq!(told(&error, &[]), expected, "{name}: {error}");
            }
            assert_requests(&fake).exactly(2);
            fake.clear_faults();
            assert!(fetch(&store, "/a").await.is_ok());
        }
    });
}

#[test]
fn a_request_too_many_is_told_with_the_quota_and_those_after_it_are_spaced() {
    apart(async |_| {
        let (fake, server) = serving();
        let names: Vec<_> = (0..50).map(|n| format!("/app/{n}")).collect();
        for name in &names {
            fake.put_parameter(name, name);
        }
        let store = open_at(server.url());
        fake.inject(Fault::throttled().once());
        let error = fetch(&store, "/app/0").await.unwrap_err();
        assert_eq!(told(&error, &["40 requests a second"]), ("throttled", true));
        let started = Instant::now();
        assert_eq!(values(&store, names.iter().map(String::as_str)).await, names);
        // Five requests, with 50 ms between each two.
        assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    });
}

#[test]
fn a_run_outlasts_a_busy_service_and_ends_where_it_stays_so() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        let waits = (Duration::from_millis(10), Duration::from_millis(20));
        let retry = RetryPolicy::default().with_waits(waits.0, waits.1).with_attempts(3);
        let fetcher = Fetcher::new(open_at(server.url())).with_retry(retry);
        fake.inject(Fault::throttled().times(2));
        assert_eq!(fetcher.fetch_secret("/a").await.unwrap().value.expose_text(), Some("A"));
        assert_requests(&fake).exactly(3);
        fake.inject(Fault::throttled());
        let error = fetcher.fetch_secret("/a").await.unwrap_err();
        assert_eq!(told(&error, &["/a", "smaller groups"]), ("throttled", true));
        assert_requests(&fake).exactly(6);
    });
}

#[test]
fn a_service_that_never_answers_is_told_before_the_call_ends() {
    apart(async |_| {
        let (fake, server) = serving();
        fake.put_parameter("/a", "A");
        let store = open_at(server.url());
        for fault in [Fault::hang(), Fault::trickle(Duration::from_millis(100))] {
            fake.clear_faults();
            fake.inject(fault);
            let end = tokio::time::Instant::now() + Duration::from_secs(1);
            let call = || Call::current().with_deadline(end);
            let both = async { (call().run(fetch(&store, "/a")).await, call().run(find(&store, "/")).await) };
            let (fetched, found) = tokio::time::timeout_at(end + Duration::from_secs(1), both).await.unwrap();
            for error in [fetched.unwrap_err(), found.unwrap_err()] {
                assert_eq!(told(&error, &["`127.0.0.1:"]), ("timeout", true));
                assert_eq!(error.primary().region().unwrap().as_str(), "eu-west-1");
            }
        }
    });
}

#[test]
fn an_answer_without_an_end_is_not_read_to_it() {
    apart(async |_| {
        let server = Server::start(|_, _, _, stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x1_0000], b"\r\n"].concat();
            while stream.write_all(&chunk).is_ok() {}
        });
        let results = open_at(&server.url).fetch_many(&["/a", "/b"].map(request)).await;
        for (id, result) in ["/a", "/b"].into_iter().zip(results) {
            let error = result.unwrap_err();
            assert_eq!(told(&error, &[id, "larger than any of Parameter Store"]), ("invalidResponse", false));
        }
    });
}
