//! Clients that want to keep others out, or the rounds from their turn.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Listening, limited, local_scene, write_secrets};
use crate::scene::{Scene, wait_for};

/// How long it takes until a change is in the files.
fn follows(scene: &Scene, value: &str) -> Duration {
    write_secrets(scene, value);
    let started = Instant::now();
    wait_for("the change", || scene.read("out/url") == value);
    started.elapsed()
}

#[test]
fn a_client_that_never_finishes_is_left_after_a_few_seconds() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    let started = Instant::now();
    let silent = watch.connect();
    let mut slow = watch.connect();
    slow.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\n").unwrap();
    let mut dripping = watch.connect();
    let drips = thread::spawn(move || {
        // Until it is closed, or for twice as long as it may take.
        (0..300)
            .take_while(|_| dripping.write_all(b"x").is_ok())
            .for_each(|_| thread::sleep(Duration::from_millis(100)));
    });
    assert_eq!(watch.get("/readyz").0, 200, "others are answered meanwhile");
    for mut stream in [silent, slow] {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    }
    drips.join().unwrap();
    let took = started.elapsed();
    assert!((Duration::from_secs(4)..Duration::from_secs(15)).contains(&took), "{took:?}");
    watch.end();
}

#[test]
fn thousands_of_connections_keep_nobody_out_and_the_files_fresh() {
    let scene = local_scene();
    // Far fewer descriptors than connections: it has as many open as it wants, and not as others want.
    let watch = limited(&scene, "ulimit -n 128", &["--listen", "127.0.0.1:0"]);
    let watch = Listening::of(&scene, watch).ready();
    let mut open: Vec<_> = (0..2000).map(|_| watch.connect()).collect();
    for stream in open.iter_mut().step_by(2) {
        // Those that were closed already say so.
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\n");
    }
    let started = Instant::now();
    assert_eq!(watch.get("/livez").0, 200);
    assert!(started.elapsed() < Duration::from_secs(3), "a newcomer waits for nobody: {:?}", started.elapsed());
    assert!(follows(&scene, "second") < Duration::from_secs(10));
    assert_eq!(watch.get("/metrics").0, 200);
    drop(open);
    assert_eq!(watch.get("/readyz").0, 200);
    watch.end();
}

#[test]
fn those_who_ask_without_a_pause_do_not_keep_the_rounds_from_their_turn() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let ask = || {
            let mut asked = 0;
            while !is_over.load(Ordering::Relaxed) {
                assert_eq!(watch.get("/metrics").0, 200);
                asked += 1;
            }
            asked
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        let took: Vec<Duration> = ["second", "third"].map(|value| follows(&scene, value)).into();
        is_over.store(true, Ordering::Relaxed);
        let asked: u32 = clients.into_iter().map(|client| client.join().unwrap()).sum();
        assert!(asked > 100, "{asked} requests are no flood");
        assert!(took.iter().all(|took| *took < Duration::from_secs(10)), "{took:?}");
    });
    watch.end();
}

/// The memory that a process has now, in KiB (proc_pid_status(5)).
fn memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap()
}

#[test]
fn clients_that_do_not_read_share_the_memory_of_what_they_ask_for() {
    let scene = local_scene();
    let files: String = (0..2000).map(|n| format!("  - {{path: {n:0>100}, secretId: prod/url}}\n")).collect();
    scene.write("config.yaml", format!("store: file:secrets.json\ndirectory: out\nfiles:\n{files}"));
    let watch = Listening::start(&scene).ready();
    let page = watch.get("/metrics").1.len() as u64;
    assert!(page > 500_000, "{page}");
    let before = memory(watch.running.id());
    let open: Vec<_> = (0..60)
        .map(|_| {
            let mut stream = watch.connect();
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            stream
        })
        .collect();
    assert_eq!(watch.get("/livez").0, 200);
    let grown = memory(watch.running.id()).saturating_sub(before) * 1024;
    assert!(grown < 10 * page, "{grown} bytes for a page of {page} bytes");
    drop(open);
    watch.end();
}

/// The time that a process has spent on a processor, in hundredths of a second (proc_pid_stat(5), fields 14 and 15).
fn processor_time(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn without_descriptors_it_waits_instead_of_spinning() {
    let scene = local_scene();
    let watch = limited(&scene, "ulimit -n 32", &["--listen", "127.0.0.1:0"]);
    let watch = Listening::of(&scene, watch).ready();
    let mut open: Vec<_> = (0..100).map(|_| watch.connect()).collect();
    thread::sleep(Duration::from_millis(500));
    let before = processor_time(watch.running.id());
    thread::sleep(Duration::from_secs(3));
    let spent = processor_time(watch.running.id()) - before;
    assert!(spent < 100, "{spent} hundredths of a second in three seconds");
    // A round may fail without a descriptor; the next one finds it.
    open.clear();
    assert!(follows(&scene, "second") < Duration::from_secs(30));
    assert_eq!(watch.get("/readyz").0, 200);
    watch.end();
}

#[test]
fn garbage_is_answered_with_an_error_or_not_at_all() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    let long_header = format!("GET /readyz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many_headers = format!("GET /readyz HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(10_000));
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(1 << 20));
    let random: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(100_000).collect();
    for (name, bytes) in [
        ("TLS", &b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"[..]),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("zeros", &[0; 10_000]),
        ("random", &random),
        ("no method", b" /readyz HTTP/1.1\r\n\r\n"),
        ("no version", b"GET /readyz\r\n\r\n"),
        ("a header without a name", b"GET /readyz HTTP/1.1\r\n: x\r\n\r\n"),
        ("two lengths", b"POST /readyz HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        ("a long header", long_header.as_bytes()),
        ("many headers", many_headers.as_bytes()),
        ("a long path", long_path.as_bytes()),
    ] {
        let mut stream = watch.connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{name}: {answer}");
        assert_eq!(watch.get("/livez").0, 200, "after {name}");
    }
    assert!(!watch.log().contains("error"), "a client's errors are not ours: {}", watch.log());
    watch.end();
}

#[test]
fn a_connection_is_for_one_request() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    let request = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = watch.send(format!("{request}{request}not a request at all").as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
    let body = "POST /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx";
    let answer = watch.send(body.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    // One that says no more, and still listens.
    let mut stream = watch.connect();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    watch.end();
}

#[test]
fn open_connections_do_not_hold_the_end() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    let _open: Vec<_> = (0..50).map(|_| watch.connect()).collect();
    let started = Instant::now();
    watch.end();
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}
