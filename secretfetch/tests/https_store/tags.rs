//! Entity tags: what has not changed is not sent again.

use std::sync::{Arc, Mutex};

use crate::scene::Scene;
use crate::server::{Server, answer, header, ok};

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let state = Arc::new(Mutex::new(("\"0123456789abcdef0123456789abcdef\"", "old")));
    let now = state.clone();
    let server = Server::start(move |head, stream| {
        let (tag, body) = *now.lock().unwrap();
        let answer = match header(head, "if-none-match") {
            Some(known) if known == tag => "HTTP/1.1 304 Not Modified\r\n\r\n".into(),
            _ => answer("200 OK", &format!("etag: {tag}\r\n"), body),
        };
        let _ = stream.write_all(&answer);
    });
    let fetcher = Scene::new().fetcher(&format!("url: '{}'", server.url)).await.unwrap();
    let value = async |id| {
        let secret = fetcher.fetch_secret(id).await.unwrap();
        assert_eq!(secret.name, id);
        (secret.value.expose_text().unwrap().to_owned(), secret.version_id.clone())
    };
    let old = value("x").await;
    assert_eq!((old.0.as_str(), old.1.as_ref().unwrap().as_str()), ("old", "0123456789abcdef0123456789abcdef"));
    assert_eq!(value("x").await, old);
    // The same under another name, and another path that nothing is known of.
    assert_eq!(value("/x").await, old);
    assert_eq!(value("y").await, old);
    *state.lock().unwrap() = ("W/\"new\"", "new");
    assert_eq!(value("x").await.0, "new");
    assert_eq!(value("x").await.0, "new");
    let sent: Vec<Option<String>> =
        server.heads().iter().map(|head| header(head, "if-none-match").map(str::to_owned)).collect();
    let old = Some("\"0123456789abcdef0123456789abcdef\"".to_owned());
    assert_eq!(sent, [None, old.clone(), old.clone(), None, old, Some("W/\"new\"".to_owned())]);
}

#[tokio::test]
async fn an_answer_that_must_not_be_kept_or_has_no_tag_is_asked_for_again() {
    for headers in ["", "etag: unquoted\r\n", "etag: \"x\"\r\ncache-control: private, No-Store\r\n"] {
        let server = Server::always(answer("200 OK", headers, "a"));
        let fetcher = Scene::new().fetcher(&format!("url: '{}'", server.url)).await.unwrap();
        for _ in 0..2 {
            assert!(fetcher.fetch_secret("x").await.is_ok());
        }
        assert!(server.heads().iter().all(|head| header(head, "if-none-match").is_none()), "{headers}");
    }
}

#[tokio::test]
async fn that_nothing_has_changed_is_no_value_where_nothing_is_known() {
    let server = Server::always("HTTP/1.1 304 Not Modified\r\n\r\n");
    let error = Scene::new().fetch(&format!("url: '{}'", server.url), "x").await.unwrap_err();
    assert!(error.to_string().contains("has not changed") && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn what_was_refused_in_between_is_asked_for_in_full() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_, stream| {
        let answer = match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            1 => answer("404 Not Found", "", ""),
            2 => ok("b"),
            _ => answer("200 OK", "etag: \"x\"\r\n", "a"),
        };
        let _ = stream.write_all(&answer);
    });
    let fetcher = Scene::new().fetcher(&format!("url: '{}'", server.url)).await.unwrap();
    assert!(fetcher.fetch_secret("x").await.is_ok());
    assert!(fetcher.fetch_secret("x").await.unwrap_err().is_not_found());
    assert_eq!(fetcher.fetch_secret("x").await.unwrap().value.expose_text(), Some("b"));
    let sent: Vec<bool> = server.heads().iter().map(|head| header(head, "if-none-match").is_some()).collect();
    assert_eq!(sent, [false, true, false]);
}
