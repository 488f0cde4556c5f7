//! Redirects: on the same server, and nowhere else.

use secretfetch::ErrorKind;

use crate::scene::{Scene, fetch};
use crate::server::{Server, answer, header, ok, path};

/// Redirects `/n` to `/n-1` and so on, down to `/0`.
fn chain() -> Server {
    Server::start(|head, stream| {
        let n: u32 = path(head).trim_start_matches('/').parse().unwrap();
        let answer = match n {
            0 => ok("a"),
            n => answer("302 Found", &format!("location: /{}\r\n", n - 1), "hunter2"),
        };
        let _ = stream.write_all(&answer);
    })
}

#[tokio::test]
async fn five_redirects_are_followed_and_not_six() {
    let server = chain();
    let secret = fetch(&format!("url: '{}'", server.url), "5").await.unwrap();
    assert_eq!((secret.name.as_str(), secret.value.expose_text()), ("5", Some("a")));
    let error = fetch(&format!("url: '{}'", server.url), "6").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    assert!(!error.is_retryable() && error.to_string().contains("more than 5 times"), "{error}");
    assert_eq!(server.heads().len(), 12);
}

#[tokio::test]
async fn a_token_goes_with_a_redirect_on_the_same_server_and_to_no_other() {
    let other = Server::always(ok("hunter2"));
    let elsewhere = other.url.clone();
    let server = Server::start(move |head, stream| {
        let answer = match path(head) {
            "/same" => answer("307 Temporary Redirect", "location: there?x=y\r\n", ""),
            "/other" => answer("301 Moved Permanently", &format!("location: {elsewhere}/x?hunter2\r\n"), ""),
            _ => ok("a"),
        };
        let _ = stream.write_all(&answer);
    });
    let scene = Scene::with_secrets(&[("token", "t0ken")]);
    let settings = format!("url: '{}', bearer: {{secretId: token, store: 'file:secrets.json'}}", server.url);
    let secret = scene.fetch(&settings, "same").await.unwrap();
    assert_eq!(secret.value.expose_text(), Some("a"));
    assert_eq!(server.paths(), ["/same", "/there?x=y"]);
    assert!(server.heads().iter().all(|head| header(head, "authorization") == Some("Bearer t0ken")));
    let error = scene.fetch(&settings, "other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    let text = error.to_string();
    assert!(text.contains(&other.url) && !text.contains("hunter2") && !error.is_retryable(), "{text}");
    assert!(other.heads().is_empty(), "the other server was not asked");
}
