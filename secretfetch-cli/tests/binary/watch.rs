//! `watch`: the files follow the secrets, and outlive failures.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

struct Scene {
    dir: tempfile::TempDir,
    server: FakeSecretsManager,
}

impl Scene {
    fn new() -> Self {
        let store = FakeSecretStore::new().in_region("eu-west-1");
        store.create_text("db", r#"{"PASSWORD":"first"}"#);
        store.create_text("url", "postgres://first");
        let scene = Scene { dir: tempfile::tempdir().unwrap(), server: FakeSecretsManager::start(&store) };
        let config = "directory: out\nlayout: generation\nfiles:\n\
            \x20 - {path: app.env, format: env, secretId: db}\n  - {path: url, secretId: url}\n";
        fs::write(scene.path("config.yaml"), config).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretfetch"));
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        command.envs(self.server.environment());
        command
    }

    fn watch(&self) -> Child {
        self.command(&["watch", "--config", "config.yaml", "--interval", "1s"]).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits for a file's text.
    #[track_caller]
    fn wait_for(&self, name: &str, text: &str) {
        let read = || fs::read_to_string(self.path(name)).unwrap_or_default();
        wait(|| read() == text, &format!("{name} has {text:?}"));
    }

    fn end(&self, child: Child) -> (Option<i32>, String) {
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

#[track_caller]
fn wait(mut condition: impl FnMut() -> bool, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_files_follow_the_secrets_until_a_signal() {
    let scene = Scene::new();
    let child = scene.watch();
    scene.wait_for("out/app.env", "PASSWORD=first\n");
    scene.server.store().put_text("db", r#"{"PASSWORD":"second"}"#);
    scene.wait_for("out/app.env", "PASSWORD=second\n");
    // Rounds in which nothing changed leave the generation alone.
    let generation = fs::read_link(scene.path("out/..data")).unwrap();
    let asked = scene.server.requests().len();
    wait(|| scene.server.requests().len() > asked + 3, "two more rounds");
    assert_eq!(fs::read_link(scene.path("out/..data")).unwrap(), generation);
    let (code, stderr) = scene.end(child);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr.matches("app.env").count(), 3, "two reports and one note are for a person to read:\n{stderr}");
    assert_eq!(fs::read_dir(scene.path("out")).unwrap().count(), 4);
}

#[test]
fn a_failing_round_keeps_the_files_and_the_next_one_mends_them() {
    let scene = Scene::new();
    let child = scene.watch();
    scene.wait_for("out/url", "postgres://first");
    scene.server.store().put_text("url", "postgres://second");
    scene.server.store().inject(Fault::access_denied().on("url").times(1_000_000));
    let asked = scene.server.requests().len();
    wait(|| scene.server.requests().len() > asked + 4, "two more rounds");
    assert_eq!(fs::read_to_string(scene.path("out/url")).unwrap(), "postgres://first");
    scene.server.store().clear_faults();
    scene.wait_for("out/url", "postgres://second");
    let (code, stderr) = scene.end(child);
    assert_eq!(code, Some(0), "{stderr}");
    for text in ["secretsmanager:GetSecretValue", "kept as they are", "up to date again"] {
        assert!(stderr.contains(text), "{text:?} is not in:\n{stderr}");
    }
}

#[test]
fn the_first_round_must_succeed() {
    let scene = Scene::new();
    scene.server.store().delete("url");
    let output = scene.command(&["watch", "--config", "config.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!scene.path("out").exists());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let scene = Scene::new();
    for arguments in [
        &["watch", "--config", "config.yaml", "--interval", "10ms"][..],
        &["watch", "--config", "config.yaml", "--interval", "often"],
        &["watch", "--secret-id", "url", "--output", "-"],
    ] {
        let output = scene.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(scene.server.requests().len(), 0);
}

/// Runs `watch` with credentials that are rotated while it runs: the first ones are refused from then on.
fn assert_follows(scene: &Scene, mut command: Command, rotate: impl FnOnce()) {
    let keys = |keys: &[&str]| {
        let used: Vec<_> = scene.server.requests().into_iter().filter_map(|request| request.access_key_id).collect();
        keys.iter().all(|key| used.iter().any(|used| used == key))
    };
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait(|| keys(&["AKIAFIRST"]), "a round with the first key");
    scene.wait_for("out/url", "postgres://first");
    rotate();
    scene.server.store().put_text("url", "postgres://second");
    scene.server.store().inject(Fault::invalid_token().on_operation(Operation::GetSecretValue).times(2));
    wait(|| keys(&["AKIASECOND"]), "a round with the second key");
    scene.wait_for("out/url", "postgres://second");
    let (_, stderr) = scene.end(child);
    assert!(stderr.contains("AWS does not know the credentials"), "{stderr}");
}

#[test]
fn a_credentials_file_that_was_rotated_is_read_when_its_old_key_is_refused() {
    let scene = Scene::new();
    let path = scene.path("credentials");
    let write = |id: &str| {
        let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = testing\n");
        fs::write(scene.path("credentials.new"), text).unwrap();
        fs::rename(scene.path("credentials.new"), &path).unwrap();
    };
    write("AKIAFIRST");
    let mut command = scene.command(&["watch", "--config", "config.yaml", "--interval", "1s"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("AWS_SHARED_CREDENTIALS_FILE", &path).env("AWS_CONFIG_FILE", "/nonexistent");
    assert_follows(&scene, command, || write("AKIASECOND"));
}

#[test]
fn a_web_identitys_token_is_the_one_that_its_file_has_at_that_time() {
    let scene = Scene::new();
    let path = scene.path("token");
    // The claims of the second are `{"exp": 1700000000}`, in November 2023: STS refuses it.
    let [good, expired] = ["e30", "eyJleHAiOjE3MDAwMDAwMDB9"].map(|claims| format!("e30.{claims}.c2lnbmF0dXJl"));
    fs::write(&path, &good).unwrap();
    let mut command = scene.command(&["watch", "--config", "config.yaml", "--interval", "1s"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("AWS_WEB_IDENTITY_TOKEN_FILE", &path).env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
    let child = command.env("AWS_ENDPOINT_URL_STS", scene.server.url()).stderr(Stdio::piped()).spawn().unwrap();
    let asked = |operation| scene.server.requests().iter().filter(|request| request.operation == operation).count();
    scene.wait_for("out/url", "postgres://first");
    assert_eq!(asked(Operation::AssumeRoleWithWebIdentity), 1);
    fs::write(&path, expired).unwrap();
    scene.server.store().put_text("url", "postgres://second");
    scene.server.store().inject(Fault::expired_token().on_operation(Operation::GetSecretValue).times(2));
    wait(|| asked(Operation::AssumeRoleWithWebIdentity) >= 2, "a second request to STS");
    fs::write(&path, good).unwrap();
    scene.wait_for("out/url", "postgres://second");
    let (_, stderr) = scene.end(child);
    assert!(stderr.contains("the web-identity token or the credentials have expired"), "{stderr}");
}

#[test]
fn a_source_that_comes_with_a_rotation_is_found() {
    let scene = Scene::new();
    let (old, new) = (scene.path("old"), scene.path("new"));
    let profile = |id: &str| format!("[profile app]\naws_access_key_id = {id}\naws_secret_access_key = testing\n");
    fs::write(&old, profile("AKIAFIRST")).unwrap();
    fs::write(&new, profile("AKIASECOND")).unwrap();
    // As a projected volume changes: by the link.
    let path = scene.path("aws-config");
    std::os::unix::fs::symlink(&old, &path).unwrap();
    let mut command = scene.command(&["watch", "--config", "config.yaml", "--interval", "1s", "--profile", "app"]);
    command.env("AWS_CONFIG_FILE", &path).env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    assert_follows(&scene, command, || {
        std::os::unix::fs::symlink(&new, scene.path("link")).unwrap();
        fs::rename(scene.path("link"), &path).unwrap();
    });
}

#[test]
fn a_local_store_that_changes_is_followed_and_a_broken_one_keeps_the_files() {
    let scene = Scene::new();
    let write = |text: &str| {
        fs::write(scene.path("new.json"), text).unwrap();
        fs::rename(scene.path("new.json"), scene.path("secrets.json")).unwrap();
    };
    write(r#"{"db": {"PASSWORD": "first"}, "url": "a"}"#);
    let mut command = scene.command(&["watch", "--config", "config.yaml", "--interval", "1s"]);
    let child = command.args(["--store", "file:secrets.json"]).stderr(Stdio::piped()).spawn().unwrap();
    scene.wait_for("out/app.env", "PASSWORD=first\n");
    write(r#"{"db": {"PASSWORD": "second"}, "url": "b"}"#);
    scene.wait_for("out/app.env", "PASSWORD=second\n");
    write(r#"{"db": {"#);
    std::thread::sleep(Duration::from_millis(1500));
    scene.wait_for("out/url", "b");
    write(r#"{"db": {"PASSWORD": "third"}, "url": "c"}"#);
    scene.wait_for("out/app.env", "PASSWORD=third\n");
    let (code, stderr) = scene.end(child);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("the local store is not valid JSON") && stderr.contains("kept as they are"), "{stderr}");
}
