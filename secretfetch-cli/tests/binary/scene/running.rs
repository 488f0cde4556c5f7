//! A run in the background.

use std::io::{Read, Write as _};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::scene::Outcome;

/// A run in the background, which ends with the test at the latest.
pub(crate) struct Running {
    child: Child,
    started: Instant,
    longest: Duration,
}

impl Running {
    pub(super) fn new(mut child: Child, input: Vec<u8>, started: Instant, longest: Duration) -> Self {
        if let Some(mut stdin) = child.stdin.take() {
            thread::spawn(move || {
                // One that refuses its arguments may be gone before it has read anything.
                let _ = stdin.write_all(&input);
            });
        }
        Running { child, started, longest }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit code, if it has ended. Nobody reads its output for that.
    pub(crate) fn code(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|status| status.code().unwrap())
    }

    /// Sends a signal, by the name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Sends a signal, and waits for the end.
    #[track_caller]
    pub(crate) fn end(mut self, signal: &str) -> Outcome {
        self.signal(signal);
        self.longest = self.started.elapsed() + Duration::from_secs(30);
        self.wait()
    }

    /// Kills it, and waits for the end.
    #[track_caller]
    pub(crate) fn kill(mut self) -> Outcome {
        self.child.kill().unwrap();
        self.wait()
    }

    /// Reads the output to its end, which must come in time.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        let (mut out, mut err) = (self.child.stdout.take().unwrap(), self.child.stderr.take().unwrap());
        let stdout = thread::spawn(move || read(&mut out));
        let stderr = thread::spawn(move || read(&mut err));
        let mut peak = 0;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if self.started.elapsed() > self.longest => {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    let stderr = stderr.join().unwrap();
                    panic!("still running after {:?}:\n{}", self.longest, String::from_utf8_lossy(&stderr));
                }
                None => peak = peak_memory(self.id()).unwrap_or(peak),
            }
            thread::sleep(Duration::from_millis(2));
        };
        let took = self.started.elapsed();
        Outcome { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), took, peak }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The most memory that the process has had up to now, in KiB (proc_pid_status(5)).
fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// Waits for what a run in the background, or its server, is about to do.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
