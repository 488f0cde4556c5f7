//! The port: which it is, and when there is one.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::{Listening, local_scene, scene, watch};
use crate::scene::wait_for;

#[test]
fn a_port_without_an_address_is_every_interface() {
    let scene = local_scene();
    let watch = Listening::of(&scene, watch(&scene, &["--listen", ":0"])).ready();
    let port = watch.address.port();
    assert!(watch.address.ip().is_unspecified());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    // A second address of the loopback interface, where nothing is that listens on the first alone.
    assert!(TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), port)).is_ok());
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
        assert!(watch.address.is_ipv6());
        assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_ok());
    }
    watch.end();
}

#[test]
#[ignore = "needs strace"]
fn where_there_is_no_ipv6_every_interface_is_those_of_ipv4() {
    let scene = local_scene();
    // `-D`: the watch is our child, and the tracer is not.
    let strace =
        "exec strace -D -f -qq -o trace -e trace=socket -e inject=socket:error=EAFNOSUPPORT:when=1 \"$0\" \"$@\" 2>log";
    let arguments = ["watch", "--config", "config.yaml", "--interval", "1s", "--listen", ":0"];
    let watch = Listening::of(&scene, scene.shell(strace).arguments(arguments)).ready();
    assert_eq!(watch.address.ip(), Ipv4Addr::UNSPECIFIED);
    watch.end();
}

#[test]
fn an_address_is_that_interface_alone() {
    let scene = local_scene();
    let watch = Listening::start(&scene).ready();
    assert_eq!(watch.address.ip(), Ipv4Addr::LOCALHOST);
    assert!(TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), watch.address.port())).is_err());
    watch.end();
}

#[test]
fn the_address_can_be_a_variable() {
    let scene = local_scene();
    let command = watch(&scene, &[]).variable("SECRETFETCH_LISTEN", "127.0.0.1:0");
    Listening::of(&scene, command.variable("SECRETFETCH_MAX_STALE", "1h")).ready().end();
}

#[test]
fn a_port_that_cannot_be_had_ends_the_run_before_anything_is_fetched() {
    let scene = scene();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (listen, says) in [(address.as_str(), "choose another one"), ("192.0.2.1:8080", "no such address")] {
        let outcome = watch(&scene, &["--listen", listen]).run();
        let log = scene.read("log");
        assert_eq!(outcome.code(), 2, "{log}");
        assert!(log.contains(&format!("error: cannot listen on {listen}: ")) && log.contains(says), "{log}");
    }
    let everywhere = format!(":{}", taken.local_addr().unwrap().port());
    assert_eq!(watch(&scene, &["--listen", &everywhere]).run().code(), 2, "{}", scene.read("log"));
    assert_eq!(scene.server().requests().len(), 0);
    assert!(!scene.path("out").exists());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let scene = scene();
    for (arguments, says) in [
        (&["--listen", "8080"][..], "is not an address such as `:8080`"),
        (&["--listen", "localhost:8080"], "is not an address such as `:8080`"),
        (&["--max-stale", "1h"], "nothing listens"),
        (&["--listen", ":0", "--max-stale", "soon"], "--max-stale"),
        (&["--listen", ":0", "--max-stale", "1s"], "longer than the interval"),
        (&["--listen", ":0", "--max-stale", "0s"], "--max-stale"),
    ] {
        let outcome = watch(&scene, arguments).run();
        let log = scene.read("log");
        assert_eq!(outcome.code(), 2, "{arguments:?}: {log}");
        assert!(log.contains(says), "{arguments:?}: {log}");
    }
    assert_eq!(scene.server().requests().len(), 0);
}

/// What this user listens on, by the ports that the system tells of: a watch shows its own descriptors to root only.
fn listens(user: u32) -> Vec<u16> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let ports = tables.iter().flat_map(|table| table.lines()).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // 0A is TCP_LISTEN.
        let is_it = fields.get(3) == Some(&"0A") && fields.get(7)?.parse() == Ok(user);
        is_it.then(|| u16::from_str_radix(fields[1].rsplit(':').next()?, 16).ok())?
    });
    ports.collect()
}

#[test]
#[ignore = "needs root"]
fn nothing_listens_unless_told() {
    for (listen, count) in [(&[][..], 0), (&["--listen", "127.0.0.1:0"], 1)] {
        let scene = local_scene().with_program_for_everyone();
        fs::create_dir(scene.path("out")).unwrap();
        let scene = scene.with_unprivileged_owner_of("out");
        let arguments = [&["watch", "--config", "config.yaml", "--interval", "1s"], listen].concat();
        let running = scene.command(&arguments).start();
        wait_for("the files", || scene.path("out/url").exists());
        assert_eq!(listens(scene.uid()).len(), count, "{listen:?}");
        running.end("TERM").assert_done();
    }
}

/// How often the threads of a process have been woken.
fn wakeups(id: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let status = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("status")).unwrap_or_default());
    let count = |status: String| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok())
    };
    status.filter_map(count).sum()
}

#[test]
fn while_nobody_asks_nothing_wakes_it_between_two_rounds() {
    let scene = local_scene();
    let script = "exec \"$0\" watch --config config.yaml --listen 127.0.0.1:0 2>log";
    let watch = Listening::of(&scene, scene.shell(script)).ready();
    let id = watch.running.id();
    // The connections of those who asked have an end of their own.
    thread::sleep(Duration::from_secs(6));
    let before = wakeups(id);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(wakeups(id), before);
    watch.get("/livez");
    wait_for("a wakeup that is counted", || wakeups(id) > before);
    watch.end();
}

#[test]
fn a_port_is_free_again_as_soon_as_a_run_has_ended() {
    let scene = local_scene();
    let watch_it = Listening::start(&scene).ready();
    let address: SocketAddr = watch_it.address;
    let _open = watch_it.connect();
    watch_it.end();
    Listening::of(&scene, watch(&scene, &["--listen", &address.to_string()])).ready().end();
}
