//! Name look-ups, in a mount namespace with a resolv.conf of its own: nothing leaves the machine.

use std::net::UdpSocket;
use std::time::Duration;

use crate::network::fetch::{scene, with_keys};
use crate::scene::{Invocation, Scene};

/// Runs the binary where `nameserver` is the only one. Needs root.
fn resolving_at(scene: &Scene, nameserver: &str) -> Invocation {
    let resolv = scene.write("resolv.conf", format!("nameserver {nameserver}\n"));
    let hosts = scene.write("hosts", "127.0.0.1 localhost\n");
    let script = "mount --bind \"$0\" /etc/resolv.conf && mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";
    let unshare = scene
        .program("unshare")
        .variable("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .arguments(["--mount", "--propagation", "private", "sh", "-c", script, &resolv, &hosts])
        .arguments([env!("CARGO_BIN_EXE_secretfetch"), "fetch", "--secret-id", "x", "--output", "out/file"])
        .arguments(["--report", "json"])
        .variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://secretsmanager.example.test");
    with_keys(unshare)
}

#[test]
#[ignore = "needs root and unshare"]
fn a_name_server_that_keeps_silent_is_told_and_holds_up_nothing() {
    let mute = UdpSocket::bind("127.77.53.1:53").unwrap();
    let scene = scene();
    // What is left of two seconds, or the connection's own limit, if that much is left.
    for (timeout, limit) in [(2, "within 1."), (10, "within 3.1 s")] {
        let run = resolving_at(&scene, "127.77.53.1").timeout(timeout).run();
        let words = ["the look-up of the host name did not end", limit, "secretsmanager.example.test", "DNS"];
        run.assert_reports(5, "dns", &words);
    }
    mute.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let (length, _) = mute.recv_from(&mut [0; 512]).unwrap();
    assert!(length > 12, "the look-up went to the mute server");
}

#[test]
#[ignore = "needs root and unshare"]
fn a_name_that_nobody_knows_is_told_and_asked_again() {
    let scene = scene();
    // Nobody listens there: the look-up fails at once.
    let run = resolving_at(&scene, "127.77.53.2").timeout(2).run();
    run.assert_reports(5, "dns", &["cannot resolve the host name", "secretsmanager.example.test", "attempts"]);
    assert!(run.waits() > 0, "{}", run.stderr());
}
