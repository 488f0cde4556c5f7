//! `probe`: the same answers as an exit code, for images without curl.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use secretfetch_testkit::Fault;

use super::{Listening, local_scene, scene, watch};
use crate::scene::{Outcome, Scene};

fn probe(scene: &Scene, what: &str, listen: &str) -> Outcome {
    let termination = scene.write("termination", "of the watch");
    let command = scene.command(&["probe", what, "--listen", listen]);
    let outcome = command.variable("SECRETFETCH_TERMINATION_LOG", termination).within(Duration::from_secs(10)).run();
    assert_eq!(scene.read("termination"), "of the watch", "the container runs on");
    outcome
}

#[test]
fn a_probe_is_the_answer_as_an_exit_code() {
    let scene = scene();
    scene.store().inject(Fault::latency(Duration::from_secs(5)).once());
    let watch = Listening::of(&scene, watch(&scene, &["--listen", ":0"]));
    let listen = format!(":{}", watch.address.port());
    probe(&scene, "ready", &listen).assert_fails(5, &["not ready: the first set of files is not written yet"]);
    let live = probe(&scene, "live", &listen);
    live.assert_done();
    assert_eq!((live.stdout(), live.stderr()), ("live\n", ""));
    let watch = watch.ready();
    let ready = probe(&scene, "ready", &listen);
    ready.assert_done();
    assert_eq!((ready.stdout(), ready.stderr()), ("ready\n", ""));
    // As in a container, where both have the same environment.
    let by_variable = scene.command(&["probe", "ready"]).variable("SECRETFETCH_LISTEN", &listen).run();
    by_variable.assert_done();
    watch.end();
    probe(&scene, "live", &listen).assert_fails(5, &["cannot ask the watch on 127.0.0.1:", "Connection refused"]);
}

#[test]
fn a_probe_that_cannot_know_where_to_ask_is_refused() {
    let scene = Scene::new();
    scene.run(&["probe", "ready"]).assert_fails(2, &["does not know where", "SECRETFETCH_LISTEN"]);
    probe(&scene, "ready", ":0").assert_fails(2, &["port 0", "name the port"]);
    scene.run(&["probe", "redy", "--listen", ":1"]).assert_fails(2, &["`redy` is neither `ready` nor `live`"]);
    scene.run(&["probe", "--listen", ":1"]).assert_fails(2, &["is required for '<ready|live>'"]);
    scene.run(&["probe", "ready", "live"]).assert_fails(2, &["unexpected argument 'live'"]);
    scene.run(&["probe", "ready", "--report", "json", "--listen", ":1"]).assert_fails(2, &["standard output"]);
}

/// Something that is not a watch; it sends these bytes, one after the other if it is told to be slow.
fn stranger(bytes: &'static [u8], is_slow: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for byte in bytes.chunks(if is_slow { 1 } else { 1 << 20 }) {
            if stream.write_all(byte).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(if is_slow { 100 } else { 0 }));
        }
        if is_slow {
            thread::sleep(Duration::from_secs(60));
        }
        // A connection that is closed with something unread is reset.
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    address
}

#[test]
fn another_program_on_the_port_is_not_taken_for_a_watch() {
    let scene = local_scene();
    for (bytes, says) in [
        (&b"SSH-2.0-OpenSSH_9.6\r\n"[..], "does not answer as a watch does"),
        (b"", "does not answer as a watch does"),
        (b"\xff\xfe\x00", "does not answer as a watch does"),
        (b"HTTP/1.1 404 Not Found\r\n\r\nno such page", "answers /readyz with HTTP status 404"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "answers /readyz with HTTP status 204"),
        (b"HTTP/1.1 503 x\r\n\r\na\x1b[31m\nb", "error: a\\u{1b}[31m; see"),
        (&[b'x'; 1 << 20], "does not answer as a watch does"),
    ] {
        let address = stranger(bytes, false).to_string();
        probe(&scene, "ready", &address).assert_fails(5, &[says]);
    }
}

#[test]
fn a_probe_waits_a_second_unless_it_is_told_otherwise() {
    let scene = Scene::new();
    for bytes in [&b""[..], &[b'x'; 1000]] {
        let outcome = probe(&scene, "live", &stranger(bytes, true).to_string());
        outcome.assert_fails(5, &["did not answer within 1.0 s"]);
        assert!((900..4000).contains(&outcome.took.as_millis()), "{:?}", outcome.took);
    }
    let address = stranger(b"", true).to_string();
    let outcome = scene.command(&["probe", "live", "--listen", &address, "--timeout", "200ms"]).run();
    outcome.assert_fails(5, &["did not answer within 0.2 s"]);
}
