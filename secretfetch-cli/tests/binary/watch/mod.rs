//! `watch`: the files follow the secrets, and outlive failures.

mod configuration;
mod hooks;
mod settle;
mod signals;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

use crate::scene::{Invocation, Scene, wait_for};

/// Beside a server of two secrets, with a configuration for both.
fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("db", r#"{"PASSWORD":"first"}"#);
    store.create_text("url", "postgres://first");
    let config = "directory: out\nlayout: generation\nfiles:\n\
        \x20 - {path: app.env, format: env, secretId: db}\n  - {path: url, secretId: url}\n";
    Scene::serving(FakeSecretsManager::start(&store)).with_file("config.yaml", config)
}

fn watch(scene: &Scene) -> Invocation {
    scene.command(&["watch", "--config", "config.yaml", "--interval", "1s"])
}

#[track_caller]
fn wait_for_text(scene: &Scene, name: &str, text: &str) {
    let read = || fs::read_to_string(scene.path(name)).unwrap_or_default();
    wait_for(&format!("{name} has {text:?}"), || read() == text);
}

/// Beside a local store of two secrets, with a configuration for both that ends with these lines.
fn local(lines: &str) -> Scene {
    let scene = Scene::new().with_file("config.yaml", local_config(lines));
    rotate(&scene, "first", "first");
    scene
}

fn local_config(lines: &str) -> String {
    format!(
        "store: file:secrets.json\ndirectory: out\nfiles:\n  - {{path: a, secretId: a}}\n  - {{path: b, secretId: b}}\n{lines}"
    )
}

/// Has the local store's secrets be these, at one instant.
fn rotate(scene: &Scene, a: &str, b: &str) {
    replace(scene, "secrets.json", &format!(r#"{{"a": "{a}", "b": "{b}"}}"#));
}

fn replace(scene: &Scene, name: &str, text: &str) {
    scene.write("replacement", text);
    fs::rename(scene.path("replacement"), scene.path(name)).unwrap();
}

#[test]
fn the_files_follow_the_secrets_until_a_signal() {
    let scene = scene();
    let running = watch(&scene).start();
    wait_for_text(&scene, "out/app.env", "PASSWORD=first\n");
    scene.store().put_text("db", r#"{"PASSWORD":"second"}"#);
    wait_for_text(&scene, "out/app.env", "PASSWORD=second\n");
    // Rounds in which nothing changed leave the generation alone.
    let generation = fs::read_link(scene.path("out/..data")).unwrap();
    let asked = scene.server().requests().len();
    wait_for("two more rounds", || scene.server().requests().len() > asked + 3);
    assert_eq!(fs::read_link(scene.path("out/..data")).unwrap(), generation);
    let output = running.end("TERM");
    output.assert_done();
    let stderr = output.stderr();
    assert_eq!(stderr.matches("app.env").count(), 3, "two reports and one note are for a person to read:\n{stderr}");
    assert_eq!(fs::read_dir(scene.path("out")).unwrap().count(), 4);
}

#[test]
fn a_failing_round_keeps_the_files_and_the_next_one_mends_them() {
    let scene = scene();
    let running = watch(&scene).start();
    wait_for_text(&scene, "out/url", "postgres://first");
    scene.store().put_text("url", "postgres://second");
    scene.store().inject(Fault::access_denied().on("url").times(1_000_000));
    let asked = scene.server().requests().len();
    wait_for("two more rounds", || scene.server().requests().len() > asked + 4);
    assert_eq!(scene.read("out/url"), "postgres://first");
    scene.store().clear_faults();
    wait_for_text(&scene, "out/url", "postgres://second");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["secretsmanager:GetSecretValue", "kept as they are", "up to date again"]);
}

#[test]
fn the_first_round_must_succeed() {
    let scene = scene();
    scene.store().delete("url");
    let output = scene.command(&["watch", "--config", "config.yaml"]).run();
    assert_eq!(output.code(), 3, "{}", output.stderr());
    assert!(!scene.path("out").exists());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let scene = scene();
    for arguments in [
        &["watch", "--config", "config.yaml", "--interval", "10ms"][..],
        &["watch", "--config", "config.yaml", "--interval", "often"],
        &["watch", "--secret-id", "url", "--output", "-"],
    ] {
        let output = scene.command(arguments).run();
        assert_eq!(output.code(), 2, "{}", output.stderr());
    }
    assert_eq!(scene.server().requests().len(), 0);
}

/// Runs `watch` with credentials that are rotated while it runs: the first ones are refused from then on.
fn assert_follows(scene: &Scene, command: Invocation, rotate: impl FnOnce()) {
    let keys = |keys: &[&str]| {
        let used: Vec<_> = scene.server().requests().into_iter().filter_map(|request| request.access_key_id).collect();
        keys.iter().all(|key| used.iter().any(|used| used == key))
    };
    let running = command.start();
    wait_for("a round with the first key", || keys(&["AKIAFIRST"]));
    wait_for_text(scene, "out/url", "postgres://first");
    rotate();
    scene.store().put_text("url", "postgres://second");
    scene.store().inject(Fault::invalid_token().on_operation(Operation::GetSecretValue).times(2));
    wait_for("a round with the second key", || keys(&["AKIASECOND"]));
    wait_for_text(scene, "out/url", "postgres://second");
    let output = running.end("TERM");
    let stderr = output.stderr();
    assert!(stderr.contains("AWS does not know the credentials"), "{stderr}");
}

#[test]
fn a_credentials_file_that_was_rotated_is_read_when_its_old_key_is_refused() {
    let scene = scene();
    let path = scene.path("credentials");
    let write = |id: &str| {
        let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = testing\n");
        scene.write("credentials.new", text);
        fs::rename(scene.path("credentials.new"), &path).unwrap();
    };
    write("AKIAFIRST");
    let command = watch(&scene).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let command = command.variable("AWS_SHARED_CREDENTIALS_FILE", &path).variable("AWS_CONFIG_FILE", "/nonexistent");
    assert_follows(&scene, command, || write("AKIASECOND"));
}

#[test]
fn a_web_identitys_token_is_the_one_that_its_file_has_at_that_time() {
    let scene = scene();
    let path = scene.path("token");
    // The claims of the second are `{"exp": 1700000000}`, in November 2023: STS refuses it.
    let [good, expired] = ["e30", "eyJleHAiOjE3MDAwMDAwMDB9"].map(|claims| format!("e30.{claims}.c2lnbmF0dXJl"));
    fs::write(&path, &good).unwrap();
    let command = watch(&scene).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let command = command
        .variable("AWS_WEB_IDENTITY_TOKEN_FILE", &path)
        .variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
    let running = command.variable("AWS_ENDPOINT_URL_STS", scene.server().url()).start();
    let asked = |operation| scene.count(operation);
    wait_for_text(&scene, "out/url", "postgres://first");
    assert_eq!(asked(Operation::AssumeRoleWithWebIdentity), 1);
    fs::write(&path, expired).unwrap();
    scene.store().put_text("url", "postgres://second");
    scene.store().inject(Fault::expired_token().on_operation(Operation::GetSecretValue).times(2));
    wait_for("a second request to STS", || asked(Operation::AssumeRoleWithWebIdentity) >= 2);
    fs::write(&path, good).unwrap();
    wait_for_text(&scene, "out/url", "postgres://second");
    let output = running.end("TERM");
    let stderr = output.stderr();
    assert!(stderr.contains("the web-identity token or the credentials have expired"), "{stderr}");
}

#[test]
fn a_source_that_comes_with_a_rotation_is_found() {
    let scene = scene();
    let (old, new) = (scene.path("old"), scene.path("new"));
    let profile = |id: &str| format!("[profile app]\naws_access_key_id = {id}\naws_secret_access_key = testing\n");
    fs::write(&old, profile("AKIAFIRST")).unwrap();
    fs::write(&new, profile("AKIASECOND")).unwrap();
    // As a projected volume changes: by the link.
    let path = scene.path("aws-config");
    std::os::unix::fs::symlink(&old, &path).unwrap();
    let command = watch(&scene)
        .arguments(["--profile", "app"])
        .variable("AWS_CONFIG_FILE", &path)
        .variable("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    assert_follows(&scene, command, || {
        std::os::unix::fs::symlink(&new, scene.path("link")).unwrap();
        fs::rename(scene.path("link"), &path).unwrap();
    });
}

#[test]
fn a_local_store_that_changes_is_followed_and_a_broken_one_keeps_the_files() {
    let scene = scene();
    let write = |text: &str| {
        scene.write("new.json", text);
        fs::rename(scene.path("new.json"), scene.path("secrets.json")).unwrap();
    };
    write(r#"{"db": {"PASSWORD": "first"}, "url": "a"}"#);
    let running = watch(&scene).arguments(["--store", "file:secrets.json"]).start();
    wait_for_text(&scene, "out/app.env", "PASSWORD=first\n");
    write(r#"{"db": {"PASSWORD": "second"}, "url": "b"}"#);
    wait_for_text(&scene, "out/app.env", "PASSWORD=second\n");
    write(r#"{"db": {"#);
    std::thread::sleep(Duration::from_millis(1500));
    wait_for_text(&scene, "out/url", "b");
    write(r#"{"db": {"PASSWORD": "third"}, "url": "c"}"#);
    wait_for_text(&scene, "out/app.env", "PASSWORD=third\n");
    let output = running.end("TERM");
    output.assert_done();
    let stderr = output.stderr();
    assert!(stderr.contains("the local store is not valid JSON") && stderr.contains("kept as they are"), "{stderr}");
}

/// The tag in a request, and the status of its answer.
type Asked = (Option<String>, u16);

/// A server with one text, whose tag is the text itself. A connection of it ends when it has answered twice and is asked a third
/// time. What it is asked with, and the status that it answers.
fn tagging(text: &Arc<Mutex<&'static str>>) -> (String, Arc<Mutex<Vec<Asked>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (text, log) = (text.clone(), asked.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            for _ in 0..2 {
                let lines = stream.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
                let head: Vec<String> = lines.collect();
                if head.is_empty() {
                    break;
                }
                let tag = head.iter().find_map(|line| line.strip_prefix("if-none-match: ")).map(str::to_owned);
                let text = *text.lock().unwrap();
                let (status, answer) = match tag.as_deref() == Some(&format!("\"{text}\"")) {
                    true => (304, "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned()),
                    false => {
                        let length = text.len();
                        (200, format!("HTTP/1.1 200 OK\r\netag: \"{text}\"\r\ncontent-length: {length}\r\n\r\n{text}"))
                    }
                };
                log.lock().unwrap().push((tag, status));
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
            let _ = stream.read_line(&mut String::new());
        }
    });
    (url, asked)
}

#[test]
fn what_has_a_tag_is_sent_again_only_when_it_has_changed() {
    let text = Arc::new(Mutex::new("first"));
    let (url, asked) = tagging(&text);
    let config = format!(
        "directory: out\nstores: {{web: {{https: {{url: '{url}'}}}}}}\nfiles:\n  - {{path: x, store: web, secretId: x}}\n"
    );
    let scene = Scene::new().with_file("config.yaml", config);
    let running = watch(&scene).start();
    let wait_for_polls = |polls| wait_for("polls", || asked.lock().unwrap().len() >= polls);
    wait_for_polls(4);
    assert_eq!(scene.read("out/x"), "first");
    *text.lock().unwrap() = "second";
    wait_for_text(&scene, "out/x", "second");
    let polls = asked.lock().unwrap().len();
    wait_for_polls(polls + 1);
    let output = running.end("TERM");
    output.assert_done();
    let stderr = output.stderr();
    assert!(!stderr.contains("again"), "a connection that has been given up is no news:\n{stderr}");
    let asked = asked.lock().unwrap().clone();
    let [first, second] = ["first", "second"].map(|text| Some(format!("\"{text}\"")));
    assert_eq!(asked[..3], [(None, 200), (first.clone(), 304), (first.clone(), 304)]);
    let rest: Vec<_> = asked[3..].iter().skip_while(|poll| **poll == (first.clone(), 304)).cloned().collect();
    assert_eq!(rest[..2], [(first, 200), (second, 304)]);
}

#[test]
fn polls_go_one_after_the_other_over_one_connection() {
    let store = FakeSecretStore::new().in_region("eu-west-1");
    let mut files = String::new();
    for n in 0..100 {
        store.create_text(&format!("s{n}"), "value");
        files.push_str(&format!("  - {{path: s{n}, secretId: s{n}}}\n"));
    }
    let config = format!("directory: out\nfiles:\n{files}");
    let scene = Scene::serving(FakeSecretsManager::start(&store)).with_file("config.yaml", config);
    let running = watch(&scene).start();
    let requests = || scene.server().requests();
    wait_for("the files", || requests().len() >= 5 && scene.path("out/s99").exists());
    assert_eq!(requests().len(), 5);
    wait_for("two polls", || requests().len() >= 15);
    running.end("TERM").assert_done();
    let connections: Vec<_> = requests()[5..15].iter().map(|request| request.connection.unwrap()).collect();
    assert!(connections.iter().all(|connection| *connection == connections[0]), "{connections:?}");
    let operations = scene.count(Operation::BatchGetSecretValue);
    assert_eq!(operations, requests().len());
}
