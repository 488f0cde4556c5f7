//! A request that is sent.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::*;

/// Answers every connection with these bytes, and gives on what it was asked.
fn server(answer: impl Into<Vec<u8>>, pause: Duration) -> (u16, Receiver<String>) {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, requests) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(count @ 1..) => request.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
            if asked.send(String::from_utf8(request).unwrap()).is_err() {
                return;
            }
            thread::sleep(pause);
            let _ = stream.write_all(&answer);
        }
    });
    (port, requests)
}

fn next(requests: &Receiver<String>) -> String {
    requests.recv_timeout(Duration::from_secs(30)).unwrap()
}

#[test]
fn a_request_names_the_changed_paths_and_no_value() {
    let (port, requests) = server("HTTP/1.1 204 No Content\r\n\r\n", Duration::ZERO);
    let scene = scene(&[&format!(
        "http: {{url: \"http://127.0.0.1:{port}/actuator/refresh?x=1\", headers: {{X-From: secretfetch}}}}"
    )]);
    let running = start(&scene);
    rotate(&scene, CANARY, CANARY);
    let request = next(&requests);
    let paths = format!("{0}/a,{0}/b", scene.path("out").display());
    assert!(request.starts_with("POST /actuator/refresh?x=1 HTTP/1.1\r\n"), "{request}");
    for line in [
        format!("Host: 127.0.0.1:{port}"),
        "Content-Length: 0".to_owned(),
        "X-From: secretfetch".to_owned(),
        "Secretfetch-Changed-Count: 2".to_owned(),
        format!("Secretfetch-Changed: {paths}"),
    ] {
        assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} in {request}");
    }
    assert!(!request.contains(CANARY), "{request}");
    thread::sleep(Duration::from_millis(500));
    assert!(requests.try_recv().is_err(), "a request that succeeded is not repeated");
    let output = running.end("TERM");
    output.assert_done();
    assert!(!output.stderr().contains(CANARY), "{}", output.stderr());
    output.assert_tells(&["answered 204"]);
}

#[test]
fn another_answer_is_a_failure_that_is_tried_again_and_never_shown() {
    for (answer, told) in [
        (format!("HTTP/1.1 500 {CANARY}\r\n\r\n{CANARY}"), "answered 500"),
        (format!("HTTP/1.1 302 Found\r\nLocation: http://{CANARY}/\r\n\r\n"), "a redirect is not followed"),
        (format!("{CANARY}\r\n\r\n"), "does not speak HTTP/1"),
        ("x".repeat(100_000), "does not speak HTTP/1"),
    ] {
        let (port, requests) = server(answer, Duration::ZERO);
        let scene = scene(&[&format!("http: {{url: \"http://localhost:{port}/\", method: PUT}}")]);
        let running = start(&scene);
        rotate(&scene, "second", "first");
        for _ in 0..3 {
            assert!(next(&requests).starts_with("PUT / HTTP/1.1\r\n"));
        }
        thread::sleep(Duration::from_millis(300));
        let output = running.end("TERM");
        output.assert_done();
        output.assert_tells(&[told, "3 attempts"]);
        assert!(!output.stderr().contains(CANARY), "{}", output.stderr());
    }
}

#[test]
fn a_server_that_never_answers_holds_neither_a_round_nor_the_end() {
    let (port, requests) = server("", Duration::from_secs(300));
    let scene = scene(&[&format!("http: {{url: \"http://127.0.0.1:{port}/\", timeout: 60s}}")]);
    let mut running = start(&scene);
    rotate(&scene, "second", "first");
    next(&requests);
    rotate(&scene, "third", "first");
    wait_for_text(&scene, "out/a", "third");
    let began = std::time::Instant::now();
    running.signal("TERM");
    wait_for("the end", || running.code().is_some());
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let scene = scene(&[&format!("http: {{url: \"http://127.0.0.1:{port}/\", timeout: 1s}}")]);
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for_text(&scene, "out/a", "second");
    thread::sleep(Duration::from_millis(800));
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["cannot ask 127.0.0.1", "refused"]);
}
