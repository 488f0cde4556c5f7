//! A fake Secrets Manager, a directory with a local store and a termination log, and the binary.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use boon::{Compiler, Schemas};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};
use serde_json::Value;

const SECRETS: &str = r#"{"db": {"username": "app", "password": "it's\n\"\\$"}, "url": "postgres://db"}"#;

pub(crate) struct Scene {
    dir: tempfile::TempDir,
    pub(crate) server: FakeSecretsManager,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let store = FakeSecretStore::new().in_region("ca-central-1");
        store.create_text("vinsguru/prod", r#"{"username":"app"}"#);
        let scene = Scene { dir: tempfile::tempdir().unwrap(), server: FakeSecretsManager::start(&store) };
        fs::write(scene.path("secrets.json"), SECRETS).unwrap();
        fs::write(scene.path("termination"), "old").unwrap();
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn termination(&self) -> String {
        fs::read_to_string(self.path("termination")).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_secretfetch"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("SECRETFETCH_TERMINATION_LOG", self.path("termination"))
            .envs(self.server.environment())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts a run on a secret that never comes, and waits until it is asked for.
    pub(crate) fn start_hanging(&self, arguments: &[&str]) -> Child {
        // The connection of a run before this one may still be open.
        self.wait_for_requests(|in_flight| in_flight == 0);
        self.server.store().clear_faults();
        self.server.store().inject(Fault::hang());
        let fixed = ["fetch", "--secret-id", "vinsguru/prod", "--output", "out/x"];
        let mut command = self.command(&[&fixed, arguments].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.wait_for_requests(|in_flight| in_flight > 0);
        child
    }

    fn wait_for_requests(&self, enough: impl Fn(usize) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !enough(self.server.store().in_flight()) {
            assert!(Instant::now() < deadline, "waited for 20 s");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Sends a signal and waits for the end.
pub(crate) fn end(child: Child, signal: &str) -> Output {
    let kill = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    child.wait_with_output().unwrap()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The one JSON document on standard output, which the published schema describes.
#[track_caller]
pub(crate) fn document(output: &Output) -> Value {
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&output.stdout)));
    if let Err(error) = validate(&document) {
        panic!("{error}\n{document:#}");
    }
    document
}

pub(crate) fn validate(document: &Value) -> Result<(), String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("report.json", report_schema()).unwrap();
    let schema = compiler.compile("report.json", &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    schemas.validate(document, schema).map_err(|error| format!("{error:#}"))
}

pub(crate) fn report_schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The lines of standard error, each of which is one JSON object.
#[track_caller]
pub(crate) fn log_lines(output: &Output) -> Vec<Value> {
    let lines = stderr(output).lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}
