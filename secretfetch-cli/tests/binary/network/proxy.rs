//! A proxy in between that is not there, keeps silent, or refuses.

use std::net::TcpListener;

use secretfetch_testkit::{BlackHole, ReservedAddress};

use crate::network::answer::answer_once;
use crate::network::fetch::{REGION, SECRET, assert_secret_fails, fetch, scene};
use crate::scene::{Invocation, Scene};

/// Https is what goes through a proxy; the name is the proxy's to look up.
const ENDPOINT: &str = "https://secretsmanager.example.test";

fn through(scene: &Scene, proxy: &str) -> Invocation {
    fetch(scene).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", ENDPOINT).variable("HTTPS_PROXY", proxy)
}

#[test]
fn a_proxy_that_is_not_there_or_drops_packets_is_named() {
    let (nobody, hole) = (ReservedAddress::new(), BlackHole::new());
    let scene = scene();
    let words = format!("through the proxy {} (HTTPS_PROXY)", nobody.address());
    let run = through(&scene, &nobody.url()).timeout(1).run();
    assert_secret_fails(&run, 5, "connect", &[&words, "secretsmanager.example.test", "proxy cannot be reached"]);
    let words = format!("no connection to `secretsmanager.example.test` through the proxy {}", hole.address());
    assert_secret_fails(&through(&scene, &hole.url()).timeout(4).run(), 5, "timeout", &[&words, "3.1 s"]);
}

#[test]
fn a_proxy_that_takes_the_connection_and_says_nothing_is_named() {
    // The system accepts for a listener, up to its queue; nobody reads.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap();
    let run = through(&scene(), &format!("http://{address}")).timeout(4).run();
    let words = format!("through the proxy {address} (HTTPS_PROXY) within 3.1 s");
    assert_secret_fails(&run, 5, "timeout", &[&words, "NO_PROXY"]);
}

#[test]
fn a_proxy_that_refuses_is_told_from_an_endpoint_that_does() {
    // To the fake, CONNECT is nothing that it knows.
    let scene = scene();
    let run = through(&scene, &scene.server().url()).timeout(1).run();
    let words = format!("through the proxy {} (HTTPS_PROXY): the proxy refuses it", scene.server().address());
    assert_secret_fails(&run, 5, "connect", &[&words, "NO_PROXY"]);
    assert!(run.stderr().contains(SECRET) && run.stderr().contains(REGION), "{}", run.stderr());
}

#[test]
fn a_proxy_that_wants_a_password_is_asked_once() {
    for user in ["", "me:hunter2@"] {
        let (url, proxy) = answer_once("407 Proxy Authentication Required", "text/plain", String::new());
        let scene = scene();
        let run = through(&scene, &url.replace("http://", &format!("http://{user}"))).run();
        let words = format!("through the proxy {} (HTTPS_PROXY)", url.trim_start_matches("http://"));
        assert_secret_fails(&run, 2, "config", &[&words, "user name and password", "407", "percent-encoded"]);
        assert_eq!(run.waits(), 0, "{}", run.stderr());
        assert!(!run.stderr().contains("hunter2"), "{}", run.stderr());
        proxy.join().unwrap();
    }
}

#[test]
fn a_proxy_of_another_kind_for_all_programs_is_said_once_and_not_used() {
    let scene = scene();
    let run = fetch(&scene).variable("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1").run();
    run.assert_done();
    assert_eq!(run.stderr().matches("warning: ALL_PROXY is not used").count(), 1, "{}", run.stderr());
    assert!(!run.stderr().contains("hunter2"), "{}", run.stderr());
    let run = fetch(&scene).variable("HTTPS_PROXY", "socks5://127.0.0.1:1").run();
    run.assert_reports(2, "config", &["HTTPS_PROXY is not the URL of an http or https proxy"]);
}

#[test]
fn exceptions_reach_the_endpoint_itself() {
    let nobody = ReservedAddress::new();
    let address = nobody.address();
    let port = address.to_string().rsplit_once(':').unwrap().1.to_owned();
    for (exception, through) in [
        ("*.0.0.1".to_owned(), true),
        (format!("127.0.0.1:{port}"), false),
        ("127.0.0.1:1".to_owned(), true),
        ("127.0.0.0/8".to_owned(), false),
        ("*".to_owned(), false),
    ] {
        let scene = scene();
        let fetch = fetch(&scene).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("https://{address}"));
        let proxy = ReservedAddress::new();
        let run = fetch.variable("HTTPS_PROXY", proxy.url()).variable("NO_PROXY", &exception).timeout(1).run();
        assert_eq!(run.stderr().contains("through the proxy"), through, "{exception}: {}", run.stderr());
    }
}
