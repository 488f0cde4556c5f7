//! What a `watch` answers on the port that it was told.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

use crate::scene::{Invocation, Outcome, Running, Scene, wait_for};

mod hostile;
mod pages;
mod port;
mod probe;

/// What every secret's value has in it.
const CANARY: &str = "canary-8Kd2";

const CONFIG: &str = "directory: out\nfiles:\n  - {path: app.env, format: env, secretId: prod/db}\n\
    \x20 - {path: url, secretId: prod/url}\n";

/// Beside a server of two secrets, with a configuration for both.
fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("prod/db", format!(r#"{{"PASSWORD":"{CANARY}"}}"#));
    store.create_text("prod/url", CANARY);
    Scene::serving(FakeSecretsManager::start(&store)).with_file("config.yaml", CONFIG)
}

/// With the same secrets in a file.
fn local_scene() -> Scene {
    let scene = Scene::new().with_file("config.yaml", format!("store: file:secrets.json\n{CONFIG}"));
    write_secrets(&scene, CANARY);
    scene
}

fn write_secrets(scene: &Scene, value: &str) {
    scene.write("new.json", format!(r#"{{"prod/db": {{"PASSWORD": "{value}"}}, "prod/url": "{value}"}}"#));
    fs::rename(scene.path("new.json"), scene.path("secrets.json")).unwrap();
}

fn watch(scene: &Scene, arguments: &[&str]) -> Invocation {
    limited(scene, "", arguments)
}

/// After a command of the shell, which can set a limit. What it says goes into the file `log`, so that it can be read
/// while it runs.
fn limited(scene: &Scene, limit: &str, arguments: &[&str]) -> Invocation {
    let _ = fs::remove_file(scene.path("log"));
    let script = format!("{limit}\nexec \"$0\" \"$@\" 2>log");
    let watch = ["watch", "--config", "config.yaml", "--interval", "1s"];
    scene.shell(&script).arguments(watch).arguments(arguments)
}

/// A `watch` that listens.
struct Listening<'a> {
    scene: &'a Scene,
    running: Running,
    address: SocketAddr,
}

impl<'a> Listening<'a> {
    /// On a port of its own of the loopback interface.
    fn start(scene: &'a Scene) -> Self {
        Listening::of(scene, watch(scene, &["--listen", "127.0.0.1:0"]))
    }

    fn of(scene: &'a Scene, invocation: Invocation) -> Self {
        let running = invocation.start();
        let address = || {
            let log = fs::read_to_string(scene.path("log")).unwrap_or_default();
            log.lines().find_map(|line| line.strip_prefix("note: listening on ")?.parse().ok())
        };
        wait_for("the address in the log", || address().is_some());
        Listening { scene, running, address: address().unwrap() }
    }

    /// As it is started, and asked until it is ready.
    fn ready(self) -> Self {
        wait_for("it is ready", || self.get("/readyz").0 == 200);
        self
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// What comes back for these bytes; nothing, if the connection is reset.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        let mut answer = Vec::new();
        let _ = stream.write_all(bytes);
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    /// The status and the text.
    fn get(&self, path: &str) -> (u16, String) {
        let answer = self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        let (head, text) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        assert!(head.starts_with("HTTP/1.1 "), "{head}");
        (head[9..12].parse().unwrap(), text.to_owned())
    }

    /// The value of a series.
    fn metric(&self, series: &str) -> Option<f64> {
        let (status, text) = self.get("/metrics");
        assert_eq!(status, 200);
        text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    fn log(&self) -> String {
        self.scene.read("log")
    }

    /// Stops it, which must succeed.
    fn end(self) -> Outcome {
        let outcome = self.running.end("TERM");
        outcome.assert_done();
        outcome
    }
}
