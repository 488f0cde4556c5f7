//! A PostgreSQL of one's own: a new cluster in a temporary directory, on a socket there.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use tokio_postgres::{Client, Config, NoTls};

const SUPERUSER: &str = "superuser";
const PASSWORD: &str = "of the superuser";

/// Ends with its value.
pub(crate) struct Postgres {
    dir: TempDir,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let postgres = Postgres { dir: tempfile::tempdir().unwrap() };
        fs::write(postgres.path("password"), PASSWORD).unwrap();
        if is_root() {
            succeed(Command::new("chown").args(["-R", "postgres"]).arg(postgres.dir.path()));
        }
        let mut initdb = program("initdb");
        initdb.args(["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C", "--username", SUPERUSER]);
        initdb.arg("--pwfile").arg(postgres.path("password")).arg("--pgdata").arg(postgres.path("data"));
        succeed(&mut initdb);
        // Each login is in its log, the refused ones too.
        let settings = "listen_addresses=''\nfsync=off\nlog_connections=on\n";
        let socket = format!("unix_socket_directories='{}'\n", postgres.host());
        let configuration = postgres.path("data/postgresql.conf");
        fs::write(&configuration, fs::read_to_string(&configuration).unwrap() + settings + &socket).unwrap();
        postgres.control(&["start", "--wait"]);
        postgres
    }

    /// The directory of the socket, which takes the place of a host.
    pub(crate) fn host(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// How many logins there were, and how many of them were refused.
    pub(crate) fn logins(&self, users: &[&str]) -> (usize, usize) {
        let log = fs::read_to_string(self.path("log")).unwrap();
        let count = |what: &dyn Fn(&str) -> String| users.iter().map(|user| log.matches(&what(user)).count()).sum();
        let good: usize = count(&|user| format!("connection authorized: user={user} "));
        let refused: usize = count(&|user| format!("password authentication failed for user \"{user}\""));
        (good + refused, refused)
    }

    pub(crate) async fn superuser(&self) -> Client {
        self.log_in(SUPERUSER, PASSWORD).await.unwrap()
    }

    pub(crate) async fn log_in(&self, user: &str, password: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host(self.host()).dbname("postgres").user(user).password(password).application_name("test");
        let (client, driver) = config.connect(NoTls).await?;
        tokio::spawn(driver);
        Ok(client)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = program("pg_ctl");
        command.arg("--pgdata").arg(self.path("data")).arg("--log").arg(self.path("log"));
        succeed(command.args(["--silent"]).args(arguments));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.path("data/postmaster.pid").exists() {
            self.control(&["stop", "--mode", "immediate"]);
        }
    }
}

/// One of PostgreSQL's programs. It refuses to run as root, and is the user `postgres` then.
fn program(name: &str) -> Command {
    let path = bin().map_or_else(|| name.into(), |bin| bin.join(name).into_os_string());
    let words: Vec<OsString> = match is_root() {
        true => vec!["runuser".into(), "-u".into(), "postgres".into(), "--".into(), path],
        false => vec![path],
    };
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir("/");
    command
}

/// Where Debian has the programs of its newest version, outside of `PATH`.
fn bin() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(|path| version(path))?;
    Some(newest.join("bin"))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}

#[track_caller]
fn succeed(command: &mut Command) {
    // Of files and not of pipes: the server that `pg_ctl` starts keeps them open.
    let Output { status, stderr, .. } = match command.stdout(std::process::Stdio::null()).output() {
        Ok(output) => output,
        Err(error) => panic!("cannot run {command:?} (Debian's package is `postgresql`): {error}"),
    };
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
}
