//! The binary in a directory of its own, in an environment with nothing but what the test gives, and beside a fake
//! Secrets Manager where it needs one.
//!
//! A [`Scene`] is where it runs, an [`Invocation`] how, and an [`Outcome`] what became of it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Operation};

pub(crate) use invocation::{GRACE, Invocation};
pub(crate) use outcome::{Outcome, assert_says};
pub(crate) use running::{Running, wait_for};

mod invocation;
mod outcome;
pub(crate) mod report;
mod running;

/// The users of scenes, one after the other, of no name and no rights. What the system counts for a user, such as
/// processes, it counts for one scene.
static USERS: AtomicU32 = AtomicU32::new(54_400);

/// Where the binary runs.
pub(crate) struct Scene {
    directory: tempfile::TempDir,
    program: PathBuf,
    variables: Vec<(OsString, OsString)>,
    user: Option<u32>,
    server: Option<FakeSecretsManager>,
}

impl Scene {
    /// An empty directory and an empty environment.
    pub(crate) fn new() -> Self {
        Scene {
            directory: tempfile::tempdir().unwrap(),
            program: PathBuf::from(env!("CARGO_BIN_EXE_secretfetch")),
            variables: Vec::new(),
            user: None,
            server: None,
        }
    }

    /// Beside a server, with the variables that lead to it.
    pub(crate) fn serving(server: FakeSecretsManager) -> Self {
        let variables = server.environment();
        Scene::new().beside(server).with_variables(variables)
    }

    /// Beside a server that the environment does not lead to.
    pub(crate) fn beside(mut self, server: FakeSecretsManager) -> Self {
        self.server = Some(server);
        self
    }

    /// With variables for every run.
    pub(crate) fn with_variables(
        mut self,
        variables: impl IntoIterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
    ) -> Self {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    pub(crate) fn with_file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(name, content);
        self
    }

    /// With a copy of the binary that every user can reach, `secretfetch` in the directory.
    pub(crate) fn with_program_for_everyone(mut self) -> Self {
        fs::set_permissions(self.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = self.path("secretfetch");
        // By another process: a child of another test would hold our descriptor, open for writing, for a moment.
        assert!(Command::new("cp").arg(&self.program).arg(&copy).status().unwrap().success());
        self.program = copy;
        self
    }

    /// With a user who is not root to run it, and who owns the directory of this name.
    pub(crate) fn with_unprivileged_owner_of(mut self, name: &str) -> Self {
        if rustix::process::geteuid().is_root() {
            let user = USERS.fetch_add(1, Ordering::Relaxed);
            chown(self.path(name), Some(user), Some(user)).unwrap();
            self.user = Some(user);
        }
        self
    }

    /// The user whom the binary runs as.
    pub(crate) fn uid(&self) -> u32 {
        self.user.unwrap_or_else(|| rustix::process::geteuid().as_raw())
    }

    pub(crate) fn server(&self) -> &FakeSecretsManager {
        self.server.as_ref().expect("a scene beside a server")
    }

    /// The server's store.
    pub(crate) fn store(&self) -> &FakeSecretStore {
        self.server().store()
    }

    /// What the server was asked for.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.server().requests().iter().map(|request| request.operation).collect()
    }

    /// How often the server was asked for this.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.operations().into_iter().filter(|asked| *asked == operation).count()
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, and returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What is in a directory.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn make_fifo(&self, name: &str) {
        assert!(Command::new("mkfifo").arg(self.path(name)).status().unwrap().success());
    }

    /// A run of the binary.
    pub(crate) fn command(&self, arguments: &[&str]) -> Invocation {
        let invocation = self.program(&self.program).arguments(arguments);
        match self.user {
            Some(user) => invocation.user(user),
            None => invocation,
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).run()
    }

    /// A run of another program in the same directory and environment, as the user who runs the test.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Invocation {
        Invocation::new(program.as_ref(), self.directory.path()).variables(self.variables.iter().cloned())
    }

    /// A run of a shell script in which `"$0"` is the binary.
    pub(crate) fn shell(&self, script: &str) -> Invocation {
        self.program("sh").arguments(["-c", script]).arguments([&self.program])
    }
}
