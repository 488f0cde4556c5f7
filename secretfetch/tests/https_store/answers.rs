//! What an answer's body becomes, and what is refused.

use std::io::Write;
use std::time::{Duration, Instant};

use secretfetch::{ErrorKind, Fetcher, Plan};

use crate::scene::{Scene, fetch};
use crate::server::{Server, answer, header, ok, path};

#[tokio::test]
async fn the_body_is_the_value_byte_for_byte() {
    for body in [&b""[..], b"a", b"{\"a\": 1}\r\n", b" \n\t", b"\xef\xbb\xbfa", "ä世".as_bytes(), b"a\0b"] {
        let server = Server::always(ok(body));
        let secret = fetch(&format!("url: '{}'", server.url), "x").await.unwrap();
        assert!(!secret.value.is_binary());
        assert_eq!(secret.value.expose_bytes(), body);
        assert_eq!(secret.name, "x");
    }
    let bytes: Vec<u8> = (0..=255).collect();
    let server = Server::always(ok(&bytes));
    let secret = fetch(&format!("url: '{}'", server.url), "x").await.unwrap();
    assert!(secret.value.is_binary());
    assert_eq!(secret.value.expose_bytes(), bytes);
}

#[tokio::test]
async fn a_body_in_chunks_is_the_whole_of_them() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let server = Server::always(format!("{head}3\r\nabc\r\n1\r\n\n\r\n0\r\n\r\n"));
    let secret = fetch(&format!("url: '{}'", server.url), "x").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("abc\n"));
}

#[tokio::test]
async fn a_path_is_asked_for_under_the_url() {
    let server = Server::start(|head, stream| _ = stream.write_all(&ok(path(head))));
    let settings = format!("url: '{}/base/', headers: {{Accept: application/vnd.github.raw+json, X-A: b}}", server.url);
    let secret = fetch(&settings, "a b/ä.json?ref=x").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("/base/a%20b/%C3%A4.json?ref=x"));
    let head = &server.heads()[0];
    assert!(head.starts_with("GET "), "{head}");
    for (name, value) in [
        ("host", server.url.strip_prefix("http://").unwrap()),
        ("accept", "application/vnd.github.raw+json"),
        ("accept-encoding", "identity"),
        ("user-agent", concat!("secretfetch/", env!("CARGO_PKG_VERSION"))),
        ("x-a", "b"),
    ] {
        assert_eq!(header(head, name), Some(value), "{head}");
    }
    assert_eq!(header(head, "authorization"), None);
}

#[tokio::test]
async fn an_answer_may_have_as_many_bytes_as_the_bound_and_not_one_more() {
    let chunked = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
            .into_bytes()
    };
    for (length, fits) in [(10, true), (11, false)] {
        let body = "x".repeat(length);
        for answer in [ok(&body), chunked(&body)] {
            let server = Server::always(answer);
            let fetched = fetch(&format!("url: '{}', maxBytes: 10", server.url), "x").await;
            assert_eq!(fetched.is_ok(), fits);
            if let Err(error) = fetched {
                assert_eq!(error.kind(), ErrorKind::WrongShape);
                assert!(!error.is_retryable());
                assert!(
                    error.to_string().contains("larger than 10 bytes") && error.to_string().contains("maxBytes"),
                    "{error}"
                );
            }
        }
    }
    for (length, fits) in [(1 << 20, true), ((1 << 20) + 1, false), (3 << 20, false)] {
        let server = Server::always(ok(vec![b'x'; length]));
        let fetched = fetch(&format!("url: '{}'", server.url), "x").await;
        assert_eq!(fetched.as_ref().map(|secret| secret.value.expose_bytes().len()).ok(), fits.then_some(length));
        if let Err(error) = fetched {
            assert!(error.to_string().contains("larger than 1 MiB"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_body_without_end_is_given_up_at_the_bound() {
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while stream.write_all(b"4\r\nabcd\r\n").is_ok() {}
    });
    let error = fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
    assert!(error.to_string().contains("larger than 1 MiB"), "{error}");
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_in_time() {
    let server = Server::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        while stream.write_all(b"x").and_then(|()| stream.flush()).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let begun = Instant::now();
    let scene = Scene::new();
    let fetcher = scene.fetcher(&format!("url: '{}'", server.url)).await.unwrap().with_timeout(Duration::from_secs(1));
    let error = fetcher.fetch_secret("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retryable() && begun.elapsed() < Duration::from_secs(5), "{error}");
    assert!(error.to_string().contains("was not complete"), "{error}");
    assert!(!error.to_string().contains("VPC"), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_value() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhunter2",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7\r\nhunter2\r\n",
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        });
        let error = fetch(&format!("url: '{url}'"), "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_retryable() && !error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    for encoding in ["gzip", "br", "identity, gzip", "identity\r\ncontent-encoding: gzip", "x-unknown"] {
        let server = Server::always(answer("200 OK", &format!("content-encoding: {encoding}\r\n"), "hunter2"));
        let error = fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert!(!error.is_retryable() && error.to_string().contains("compresses"), "{error}");
    }
    let server = Server::always(answer("200 OK", "content-encoding: identity\r\n", "a"));
    assert!(fetch(&format!("url: '{}'", server.url), "x").await.is_ok());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_can_be_optional() {
    let server = Server::always(answer("404 Not Found", "", "hunter2"));
    let error = fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    assert_eq!(error.secret_id().unwrap().as_str(), "x");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    // However large the page is that says so.
    let server = Server::always(answer("404 Not Found", "", vec![b'x'; 3 << 19]));
    let error = fetch(&format!("url: '{}', maxBytes: 10", server.url), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
}

#[tokio::test]
async fn a_page_of_html_is_told_as_one_where_keys_are_wanted() {
    let page = "<!DOCTYPE html><title>hunter2</title>";
    let server = Server::always(answer("200 OK", "content-type: text/html; charset=utf-8\r\n", page));
    let scene = Scene::new();
    let settings = format!("url: '{}'", server.url);
    let fetcher = scene.fetcher(&settings).await.unwrap();
    assert_eq!(fetcher.fetch_secret("x").await.unwrap().value.expose_text(), Some(page), "as it is");
    let error = fetcher.fetch::<std::collections::BTreeMap<String, String>>("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongShape);
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let text = format!(
        "stores: {{web: {{https: {{{settings}}}}}}}\nstore: web\nfiles: [{{path: f, secretId: x, format: json}}]\n"
    );
    let plan = Plan::new(secretfetch::Config::from_text(&text, scene.path()).unwrap()).unwrap();
    let error = fetcher.render(&plan).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::WrongShape);
    assert!(error.to_string().contains("HTML") && !error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn what_is_throttled_is_asked_again() {
    let server = {
        let count = std::sync::atomic::AtomicUsize::new(0);
        Server::start(move |_, stream| {
            let answer = match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => answer("429 Too Many Requests", "retry-after: 1\r\n", ""),
                1 => answer("403 Forbidden", "x-ratelimit-remaining: 0\r\n", ""),
                2 => answer("503 Service Unavailable", "", ""),
                _ => ok("a"),
            };
            let _ = stream.write_all(&answer);
        })
    };
    let scene = Scene::new();
    let plan = Plan::new(scene.config(&format!("url: '{}'", server.url)).unwrap()).unwrap();
    let secret = Fetcher::open(&plan).await.unwrap().fetch_secret("x").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("a"));
    assert_eq!(server.heads().len(), 4);
}

#[tokio::test]
async fn where_nobody_listens_it_says_what_to_check_and_nothing_of_aws() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = fetch(&format!("url: 'http://127.0.0.1:{port}'"), "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("`url`") && !error.to_string().contains("VPC"), "{error}");
    let error = fetch("url: 'https://no-such-host.invalid'", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Dns);
    assert!(error.to_string().contains("`url`") && !error.to_string().contains("region"), "{error}");
}

#[tokio::test]
async fn many_paths_are_answered_in_their_order_and_one_failure_touches_no_other() {
    let server = Server::start(|head, stream| {
        let answer = if path(head) == "/7" { answer("404 Not Found", "", "") } else { ok(path(head)) };
        let _ = stream.write_all(&answer);
    });
    let scene = Scene::new();
    let plan = Plan::new(scene.config(&format!("url: '{}'", server.url)).unwrap()).unwrap();
    let fetcher = Fetcher::open(&plan).await.unwrap();
    let ids: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let fetches = ids.iter().map(|id| fetcher.fetch_secret(id.as_str()));
    for (id, result) in ids.iter().zip(futures_util::future::join_all(fetches).await) {
        match result {
            Ok(secret) => assert_eq!(secret.value.expose_text().unwrap(), format!("/{id}")),
            Err(error) => assert!(id == "7" && error.is_not_found(), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_fetch_that_is_given_up_leaves_the_store_usable() {
    let server = Server::start(|head, stream| {
        if path(head) == "/slow" {
            std::thread::sleep(Duration::from_secs(2));
        }
        let _ = stream.write_all(&ok("a"));
    });
    let fetcher = Scene::new().fetcher(&format!("url: '{}'", server.url)).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(100), fetcher.fetch_secret("slow")).await.is_err());
    let begun = Instant::now();
    assert!(fetcher.fetch_secret("x").await.is_ok());
    assert!(begun.elapsed() < Duration::from_secs(1));
}
