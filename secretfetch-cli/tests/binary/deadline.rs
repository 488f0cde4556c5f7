//! Whatever holds the one thread that works, the run ends in its time and on a signal, and says what it waited for. A run
//! that hangs is ended by `timeout`, with another exit code than any of ours.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Scene { dir: tempfile::tempdir().unwrap() };
        assert!(Command::new("mkfifo").arg(scene.path("fifo")).status().unwrap().success());
        fs::write(scene.path("secrets.json"), r#"{"s": "value"}"#).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=1", "30", env!("CARGO_BIN_EXE_secretfetch")]).args(arguments);
        command.current_dir(self.dir.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command
    }

    #[track_caller]
    fn ends(&self, arguments: &[&str], code: i32, words: &[&str]) {
        let output = self.command(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{word:?} is not in: {stderr}");
        }
    }
}

#[track_caller]
fn wait(mut condition: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("not within a minute");
}

/// Sends the signal until the run has ended: it may not have begun to listen.
fn terminate(child: &mut Child) -> Option<i32> {
    for _ in 0..300 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    None
}

#[test]
fn an_input_that_nobody_writes_is_given_up_in_time() {
    let scene = Scene::new();
    let one = ["--secret-id", "s", "--output", "out", "--timeout", "1s"];
    scene.ends(&["fetch", "--config", "fifo", "--timeout", "1s"], 5, &["another input was not read within 1.0 s"]);
    scene.ends(&[&["fetch", "--store", "file:fifo"][..], &one].concat(), 5, &["not read within 1.0 s"]);
    scene.ends(&[&["check", "--store", "file:fifo"][..], &one].concat(), 5, &["not read within 1.0 s"]);
    scene.ends(&["watch", "--config", "fifo", "--timeout", "1s"], 5, &["not read within 1.0 s"]);
    assert!(!scene.path("out").exists());
}

#[test]
fn a_signal_is_answered_while_an_input_is_waited_for() {
    let scene = Scene::new();
    for (command, code) in [("fetch", 143), ("watch", 0)] {
        // The signal is for secretfetch itself.
        let mut child = Command::new(env!("CARGO_BIN_EXE_secretfetch"))
            .args([command, "--config", "fifo"])
            .current_dir(scene.dir.path())
            .env_clear()
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Not before it listens: until then a signal ends any process by itself, without a code.
        thread::sleep(Duration::from_millis(500));
        assert_eq!(terminate(&mut child), Some(code), "{command}");
    }
}

#[test]
fn watch_is_stopped_amid_a_round() {
    let scene = Scene::new();
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("s", "value");
    let server = FakeSecretsManager::start(&store);
    let mut child = Command::new(env!("CARGO_BIN_EXE_secretfetch"))
        .args(["watch", "--secret-id", "s", "--output", "out", "--interval", "1s", "--report", "json"])
        .current_dir(scene.dir.path())
        .env_clear()
        .envs(server.environment())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(|| scene.path("out").exists());
    store.inject(Fault::hang().times(100));
    let asked = server.requests().len();
    wait(|| server.requests().len() > asked);
    assert_eq!(terminate(&mut child), Some(0));
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    let last: serde_json::Value = serde_json::from_str(report.lines().last().unwrap()).unwrap();
    assert_eq!(last, serde_json::json!({ "status": "ok", "exitCode": 0, "signal": "SIGTERM" }));
}

#[test]
fn a_full_pipe_behind_standard_error_holds_up_nothing() {
    let scene = Scene::new();
    // More than a pipe takes.
    let name = |n: usize| format!("directory/{}{n}", "x".repeat(200));
    let files: Vec<String> = (0..400).map(|n| format!("{{path: {}, secretId: s}}", name(n))).collect();
    let config = format!("store: file:secrets.json\ntimeout: 8s\nfiles: [{}]\n", files.join(", "));
    fs::write(scene.path("config.yaml"), config).unwrap();
    for signal in [false, true] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_secretfetch"))
            .args(["fetch", "--config", "config.yaml"])
            .current_dir(scene.dir.path())
            .env_clear()
            .env("SECRETFETCH_TERMINATION_LOG", scene.path("log"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait(|| scene.path(&name(399)).exists());
        let code = if signal {
            terminate(&mut child)
        } else {
            let ended = (0..300).find_map(|_| {
                thread::sleep(Duration::from_millis(100));
                child.try_wait().unwrap()
            });
            ended.unwrap_or_else(|| panic!("it still runs: {:?}", child.kill())).code()
        };
        // The files were there before the first line.
        assert_eq!(code, Some(if signal { 143 } else { 7 }));
        let told = fs::read_to_string(scene.path("log")).unwrap();
        let words = if signal { "ended by SIGTERM" } else { "nobody reads standard output or error" };
        assert!(told.contains(words), "{told}");
        fs::remove_dir_all(scene.path("directory")).unwrap();
    }
}

#[test]
fn a_report_that_nobody_reads_is_told_and_the_files_stand() {
    let scene = Scene::new();
    let run = "fetch --store file:secrets.json --secret-id s --output out --report json";
    let program = env!("CARGO_BIN_EXE_secretfetch");
    for script in [
        format!("{{ sleep 0.3; {program} {run}; echo $? >code; }} | true"),
        format!("{program} {run} >/dev/full; echo $? >code"),
        format!("{program} {run} >&-; echo $? >code"),
    ] {
        let output =
            Command::new("sh").args(["-c", &script]).current_dir(scene.dir.path()).env_clear().output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(fs::read_to_string(scene.path("code")).unwrap(), "7\n", "{script}: {stderr}");
        assert!(stderr.contains("the files are written, and only the report is missing"), "{stderr}");
        assert_eq!(fs::read_to_string(scene.path("out")).unwrap(), "value");
        fs::remove_file(scene.path("out")).unwrap();
    }
    for arguments in ["schema", "--help", "fetch --help"] {
        let script = format!("{{ sleep 0.3; {program} {arguments}; echo $? >code; }} | true");
        let output =
            Command::new("sh").args(["-c", &script]).current_dir(scene.dir.path()).env_clear().output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("internal"), "{output:?}");
        assert_ne!(fs::read_to_string(scene.path("code")).unwrap(), "1\n", "{arguments}");
    }
}
