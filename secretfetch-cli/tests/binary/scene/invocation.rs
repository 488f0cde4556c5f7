//! A run that is about to start.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::scene::{Outcome, Running};

/// What a run promises beyond its timeout.
pub(crate) const GRACE: Duration = Duration::from_secs(1);
/// What a machine under load may add to that: starting a process, waking it up, taking it down.
const SLACK: Duration = Duration::from_secs(5);

/// A run that is about to start, and how long it may take.
#[must_use = "nothing runs until `run` or `start`"]
pub(crate) struct Invocation {
    command: Command,
    input: Vec<u8>,
    longest: Duration,
}

impl Invocation {
    pub(super) fn new(program: &OsStr, directory: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(directory).env_clear();
        // The timeout of a run that is not given another.
        Invocation { command, input: Vec::new(), longest: Duration::from_secs(60) + GRACE + SLACK }
    }

    pub(crate) fn arguments(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn variables(
        mut self,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        self.command.envs(variables);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// What standard input has; nothing, if it is not said.
    pub(crate) fn input(mut self, input: &[u8]) -> Self {
        self.input = input.to_vec();
        self
    }

    /// Another user, for what root may do and others may not.
    pub(crate) fn user(mut self, id: u32) -> Self {
        self.command.uid(id).gid(id);
        self
    }

    /// Another group than the user's own.
    pub(crate) fn group(mut self, id: u32) -> Self {
        self.command.gid(id);
        self
    }

    /// Gives the run a timeout, by a variable and so for every way in which the program is called, and holds it to that.
    pub(crate) fn timeout(self, seconds: u64) -> Self {
        self.variable("SECRETFETCH_TIMEOUT", format!("{seconds}s")).within(Duration::from_secs(seconds) + GRACE + SLACK)
    }

    /// Holds the run to a time.
    pub(crate) fn within(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Runs it to its end, which must come in time.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts it in the background.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        let stdin = if self.input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let command = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let child = command.spawn().unwrap();
        Running::new(child, self.input, started, self.longest)
    }
}
