//! Hostile endpoints and wrong settings: each ends in time, with a failure that says what it is.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::process::{CREDENTIALS, Line, failure, run, run_against};
use crate::server::{JSON, Server, closed_address};

#[test]
fn one_attempt_is_made_and_a_5xx_is_worth_another() {
    let server = Server::always("503 Service Unavailable", JSON, r#"{"__type":"InternalServiceError"}"#);
    let (kind, retryable, text) = failure(run_against(&server.url, "", &[]));
    assert_eq!((kind.as_str(), retryable), ("serviceUnavailable", true), "{text}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_is_not_secrets_managers_is_told_and_not_repeated() {
    let page = "<html>please log in, hunter2</html>";
    for (status, body) in [
        ("200 OK", page),
        ("302 Found", page),
        ("403 Forbidden", page),
        ("200 OK", r#"{"SecretString": "hunter2"#),
        ("200 OK", r#"{"SecretString": ["hunter2"]}"#),
        ("200 OK", r#"{"hunter2": 1}"#),
        ("200 OK", ""),
    ] {
        let server = Server::always(status, "text/html", body);
        let (kind, retryable, text) = failure(run_against(&server.url, "", &[]));
        assert_eq!((kind.as_str(), retryable), ("invalidResponse", true), "{status} {body}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("prod/db") && text.contains("eu-west-1"), "{text}");
    }
}

#[test]
fn a_silent_or_slow_endpoint_ends_in_time() {
    let silent = Server::start(|_, _, _| std::thread::sleep(Duration::from_secs(30)));
    let dripping = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    for server in [silent, dripping] {
        let started = Instant::now();
        let (kind, retryable, text) = failure(run_against(&server.url, "attempt=500", &[]));
        assert_eq!((kind.as_str(), retryable), ("timeout", true), "{text}");
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_refused_and_a_broken_connection_are_connection_failures() {
    let address = closed_address();
    let (kind, retryable, text) = failure(run_against(&format!("http://{address}"), "", &[]));
    assert_eq!((kind.as_str(), retryable), ("connect", true), "{text}");
    assert!(text.contains("connection refused") && text.contains(&address), "{text}");

    let broken = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"SecretString\": \"hunter2");
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let (kind, retryable, text) = failure(run_against(&broken.url, "", &[]));
    assert_eq!((kind.as_str(), retryable), ("connect", true), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn an_unknown_host_is_a_dns_failure() {
    let (kind, retryable, text) = failure(run_against("http://no-such-host.invalid:4566", "", &[]));
    assert_eq!((kind.as_str(), retryable), ("dns", true), "{text}");
}

#[test]
fn a_huge_answer_is_refused_whether_or_not_it_says_so() {
    let announced = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\n\r\n");
    });
    let chunked = Server::start(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 0x10_0000], b"\r\n"].concat();
        for _ in 0..50 {
            if stream.write_all(&chunk).is_err() {
                return;
            }
        }
        let _ = stream.write_all(b"0\r\n\r\n");
    });
    for server in [announced, chunked] {
        let (kind, retryable, text) = failure(run_against(&server.url, "", &[]));
        assert_eq!((kind.as_str(), retryable), ("invalidResponse", false), "{text}");
        assert!(text.contains("2 MiB"), "{text}");
    }
}

#[test]
fn a_region_is_needed_only_by_a_request_that_names_none() {
    let server = Server::values();
    let variables = [CREDENTIALS[0], CREDENTIALS[1], ("AWS_ENDPOINT_URL", server.url.as_str())];
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka";
    let mut lines = run(&format!("{arn},db"), "", &variables);
    let (kind, _, text) = failure(lines.remove(1));
    assert_eq!(kind, "config");
    assert!(text.contains("no AWS region is configured") && text.contains("AWS_REGION"), "{text}");
    assert_eq!(lines, [Line::Secret("<kafka>".to_owned())]);
}

#[test]
fn wrong_settings_are_config_failures_that_name_the_setting() {
    let server = Server::always("200 OK", JSON, "{}");
    for (options, variables, word) in [
        ("endpoint=localhost:4566", vec![], "endpoint URL"),
        ("role=admin", vec![], "role"),
        ("", vec![("AWS_REGION", "eu west")], "AWS_REGION"),
        ("", vec![("HTTPS_PROXY", "ftp://user:hunter2@proxy")], "HTTPS_PROXY"),
        ("endpoint=https://127.0.0.1:1", vec![("AWS_CA_BUNDLE", "/nonexistent/ca.pem")], "/nonexistent/ca.pem"),
    ] {
        let (kind, retryable, text) = failure(run_against(&server.url, options, &variables));
        assert_eq!((kind.as_str(), retryable), ("config", false), "{text}");
        assert!(text.contains(word) && !text.contains("hunter2"), "{text}");
    }
    // Over http no roots are needed, so none are read.
    let line = run_against(&server.url, "", &[("AWS_CA_BUNDLE", "/nonexistent/ca.pem")]);
    assert_eq!(failure(line).0, "invalidResponse");
}

#[test]
fn an_endpoint_that_does_not_speak_tls_is_told() {
    // Any bytes that are no TLS record will do; a TLS greeting has no line end that a script could wait for.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        std::thread::sleep(Duration::from_secs(5));
    });
    let (kind, _, text) = failure(run_against(&url, "", &[]));
    assert_eq!(kind, "connect");
    assert!(text.contains("TLS"), "{text}");
}

#[test]
fn https_goes_through_the_proxy_and_a_refusal_names_it() {
    let proxy = Server::always("403 Forbidden", "text/plain", "hunter2");
    let address = proxy.url.trim_start_matches("http://").to_owned();
    let url = format!("http://user:hunter2@{address}");
    let variables = [("HTTPS_PROXY", url.as_str()), ("NO_PROXY", "169.254.0.0/16")];
    let (kind, retryable, text) = failure(run_against("https://sm.example.invalid", "", &variables));
    assert_eq!((kind.as_str(), retryable), ("connect", true), "{text}");
    assert!(text.contains(&address) && text.contains("HTTPS_PROXY") && !text.contains("hunter2"), "{text}");
    let (head, _) = proxy.requests().remove(0);
    assert!(head.starts_with("CONNECT sm.example.invalid:443 "), "{head}");
    assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic"), "{head}");

    // Plain http never does: those are credential endpoints and local fakes.
    let server = Server::values();
    assert_eq!(run_against(&server.url, "", &variables), Line::Secret("<prod/db>".to_owned()));
}
