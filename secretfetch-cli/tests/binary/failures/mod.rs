//! What the binary tells when it fails: the exit code, the text, the JSON document and log lines, the termination
//! message, all with the same facts.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

use crate::scene::{Running, Scene, wait_for};

mod documents;
mod exit_codes;
mod termination;
mod usage;

const SECRETS: &str = r#"{"db": {"username": "app", "password": "it's\n\"\\$"}, "url": "postgres://db"}"#;

/// Beside a server of one secret, with a local store and a termination log.
fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region("ca-central-1");
    store.create_text("vinsguru/prod", r#"{"username":"app"}"#);
    let scene = Scene::serving(FakeSecretsManager::start(&store)).with_file("secrets.json", SECRETS);
    let termination = scene.write("termination", "old");
    scene.with_variables([("SECRETFETCH_TERMINATION_LOG", termination)])
}

/// The termination message.
#[track_caller]
fn termination(scene: &Scene) -> String {
    scene.read("termination")
}

/// Starts a run on a secret that never comes, and waits until it is asked for.
fn start_hanging(scene: &Scene, arguments: &[&str]) -> Running {
    // The connection of a run before this one may still be open.
    wait_for("the end of the requests before", || scene.store().in_flight() == 0);
    scene.store().clear_faults();
    scene.store().inject(Fault::hang());
    let fixed = ["fetch", "--secret-id", "vinsguru/prod", "--output", "out/x"];
    let running = scene.command(&[&fixed, arguments].concat()).start();
    wait_for("the request", || scene.store().in_flight() > 0);
    running
}
