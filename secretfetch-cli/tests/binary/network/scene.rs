//! The binary in an environment of its own, beside a fake Secrets Manager.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};
use serde_json::Value;

/// What a run promises beyond its timeout.
const GRACE: Duration = Duration::from_secs(1);
/// What a machine under load may add to that: starting a process, waking it up, taking it down.
const SLACK: Duration = Duration::from_secs(5);

pub(crate) const REGION: &str = "ca-central-1";
pub(crate) const SECRET: &str = "vinsguru/prod";

/// A fake with one secret, and a directory for what the binary reads and writes.
pub(crate) struct Scene {
    pub(crate) server: FakeSecretsManager,
    directory: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let store = FakeSecretStore::new().in_region(REGION);
        store.create_text(SECRET, "the value");
        Scene { server: FakeSecretsManager::start(&store), directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let scene = Scene::new();
        for fault in faults {
            scene.store().inject(fault);
        }
        scene
    }

    pub(crate) fn store(&self) -> &FakeSecretStore {
        self.server.store()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// How often the fake was asked for this.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.server.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// The access key ids that the requests to Secrets Manager were signed with.
    pub(crate) fn access_keys(&self) -> Vec<String> {
        let requests = self.server.requests().into_iter();
        let about_secrets = requests.filter(|request| !request.secret_ids.is_empty());
        about_secrets.filter_map(|request| request.access_key_id).collect()
    }

    /// A fetch of the one secret into a file, in an environment with a region and the fake's endpoint, and
    /// without credentials.
    pub(crate) fn bare(&self) -> Fetch {
        self.program(env!("CARGO_BIN_EXE_secretfetch")).arguments(&[
            "fetch",
            "--secret-id",
            SECRET,
            "--output",
            "out/file",
            "--report",
            "json",
        ])
    }

    /// As [`bare`](Self::bare), with static credentials.
    pub(crate) fn fetch(&self) -> Fetch {
        self.bare().variable("AWS_ACCESS_KEY_ID", "AKIATESTING").variable("AWS_SECRET_ACCESS_KEY", "testing")
    }

    /// A fetch of several secrets into a file each, with static credentials.
    pub(crate) fn fetch_all(&self, sources: &[&str]) -> Fetch {
        let files = sources.iter().enumerate();
        let files: String = files.map(|(n, source)| format!("  - {{path: f{n}, {source}}}\n")).collect();
        self.fetch_config(&format!("directory: out\nfiles:\n{files}"))
    }

    pub(crate) fn fetch_config(&self, config: &str) -> Fetch {
        self.write("config.yaml", config);
        self.program(env!("CARGO_BIN_EXE_secretfetch"))
            .arguments(&["fetch", "--config", "config.yaml", "--report", "json"])
            .variable("AWS_ACCESS_KEY_ID", "AKIATESTING")
            .variable("AWS_SECRET_ACCESS_KEY", "testing")
    }

    pub(crate) fn program(&self, program: &str) -> Fetch {
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).env_clear();
        Fetch { command, timeout: Duration::from_secs(60) }
            .variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.server.url())
            .variable("AWS_REGION", REGION)
            .variable("AWS_EC2_METADATA_DISABLED", "true")
            .variable("HOME", "/nonexistent")
    }
}

/// A run of the binary that is about to start.
#[must_use = "nothing runs until `run` or `start`"]
pub(crate) struct Fetch {
    command: Command,
    timeout: Duration,
}

impl Fetch {
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn timeout(mut self, seconds: u64) -> Self {
        self.timeout = Duration::from_secs(seconds);
        self
    }

    /// Another user, for what root may do and others may not.
    pub(crate) fn user(mut self, id: u32) -> Self {
        use std::os::unix::process::CommandExt as _;
        self.command.uid(id).gid(id);
        self
    }

    /// Runs it, and holds it to its timeout.
    #[track_caller]
    pub(crate) fn run(self) -> Run {
        self.start().join().unwrap()
    }

    pub(crate) fn start(mut self) -> JoinHandle<Run> {
        // A variable, and so for every way in which the program is called.
        self.command.env("SECRETFETCH_TIMEOUT", format!("{}s", self.timeout.as_secs()));
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = self.command.spawn().unwrap();
        let longest = self.timeout + GRACE + SLACK;
        thread::spawn(move || {
            let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
            let stdout = thread::spawn(move || read(&mut out));
            let stderr = thread::spawn(move || read(&mut err));
            let mut peak = 0;
            let status = loop {
                match child.try_wait().unwrap() {
                    Some(status) => break status,
                    None if started.elapsed() > longest => {
                        let _ = child.kill();
                        let _ = child.wait();
                        panic!("still running after {longest:?}:\n{}", stderr.join().unwrap());
                    }
                    None => peak = peak_memory(child.id()).unwrap_or(peak),
                }
                thread::sleep(Duration::from_millis(5));
            };
            let took = started.elapsed();
            let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
            let report = serde_json::from_str(&stdout).unwrap_or_default();
            Run { code: status.code(), stderr, report, took, peak }
        })
    }
}

fn read(stream: &mut impl std::io::Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// A server with one answer, which is not the fake's; its thread ends with the request's body.
pub(crate) fn answer_once(status: &str, content_type: &str, body: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\nconnection: close");
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut asked = vec![0; length];
        reader.read_exact(&mut asked).unwrap();
        write!(reader.get_mut(), "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        String::from_utf8(asked).unwrap()
    });
    (url, server)
}

/// The most memory that the process has had up to now, in KiB (proc_pid_status(5)).
fn peak_memory(pid: u32) -> Option<u64> {
    let mut status = String::new();
    std::fs::File::open(format!("/proc/{pid}/status")).ok()?.read_to_string(&mut status).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) report: Value,
    pub(crate) took: Duration,
    /// In KiB.
    pub(crate) peak: u64,
}

impl Run {
    /// How often it has said that it waits.
    pub(crate) fn waits(&self) -> usize {
        self.stderr.lines().filter(|line| line.starts_with("warning: ") && line.contains("; asking again in ")).count()
    }

    /// Asserts that it came through after one failure, which it has told in these words with `ENDPOINT` for
    /// the fake's address, and one more request than would have done.
    #[track_caller]
    pub(crate) fn assert_waited_once(&self, scene: &Scene, operation: Operation, words: &str) {
        self.assert_done();
        assert_eq!((scene.count(operation), self.waits()), (2, 1), "{words}: {}", self.stderr);
        let words = words.replace("ENDPOINT", &format!("`{}`", scene.server.address()));
        let told = format!("warning: {words}; asking again in ");
        assert!(self.stderr.starts_with(&told), "not {told}: {}", self.stderr);
        assert!(self.stderr.contains("s (1 of 1 secrets are open)"), "{}", self.stderr);
    }

    pub(crate) fn failures(&self) -> &[Value] {
        self.report["failures"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn assert_done(&self) {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
    }

    /// Asserts that there is one failure, of this kind, and that it says these words.
    #[track_caller]
    pub(crate) fn assert_fails(&self, code: i32, kind: &str, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        let [failure] = self.failures() else { panic!("not one failure: {}\n{}", self.report, self.stderr) };
        assert_says(failure, kind, words);
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in:\n{}", self.stderr);
        }
    }

    /// As [`assert_fails`](Self::assert_fails), for a failure of the one secret.
    #[track_caller]
    pub(crate) fn assert_secret_fails(&self, code: i32, kind: &str, words: &[&str]) {
        self.assert_fails(code, kind, words);
        let failure = &self.failures()[0];
        assert_eq!(
            (failure["secretId"].as_str(), failure["region"].as_str()),
            (Some(SECRET), Some(REGION)),
            "{failure}"
        );
    }
}

/// Asserts the kind of a failure, that it has a remedy of one sentence, and that it says these words.
#[track_caller]
pub(crate) fn assert_says(failure: &Value, kind: &str, words: &[&str]) {
    assert_eq!(failure["kind"], kind, "{failure}");
    let (message, hint) = (failure["message"].as_str().unwrap(), failure["hint"].as_str().unwrap_or_default());
    let all = format!("{message}; {hint}");
    assert!(!hint.is_empty() && !hint.contains(". "), "no remedy of one sentence: {all}");
    for word in words {
        assert!(all.contains(word), "{word:?} is not in: {all}");
    }
}
