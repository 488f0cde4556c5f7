//! What the file system can refuse: exit 7, every target as it was, nothing left behind. Also as a user who is not root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

/// A user of no name and no rights.
const NOBODY: u32 = 54_321;

/// A volume, inputs, and a copy of the binary that every user can reach.
struct Scene {
    dir: tempfile::TempDir,
    user: Option<u32>,
}

impl Scene {
    /// Runs as the user who runs the test.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // By another process: one of our own threads' children would hold a descriptor that is open for writing.
        let copied = Command::new("cp").args([env!("CARGO_BIN_EXE_secretfetch"), "."]).current_dir(dir.path()).status();
        assert!(copied.unwrap().success());
        fs::create_dir(dir.path().join("volume")).unwrap();
        fs::write(dir.path().join("secrets.json"), r#"{"one":"first","two":"second","keys":{"A":"a","B":"b"}}"#)
            .unwrap();
        Scene { dir, user: None }
    }

    /// Runs as a user who is not root, and who owns the volume.
    fn unprivileged() -> Self {
        let mut scene = Self::new();
        if rustix::process::geteuid().is_root() {
            scene.user = Some(NOBODY);
            chown(scene.path("volume"), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        scene
    }

    fn uid(&self) -> u32 {
        self.user.unwrap_or_else(|| rustix::process::geteuid().as_raw())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn config(&self, text: &str) {
        fs::write(self.path("config.yaml"), format!("store: file:secrets.json\ndirectory: volume\n{text}")).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("secretfetch"));
        command.args(arguments).current_dir(self.dir.path()).env_clear();
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn fetch(&self) -> Output {
        self.run(&["fetch", "--config", "config.yaml"])
    }

    /// Runs a shell script in a mount namespace of its own, as root, in the scene's directory.
    fn in_mount_namespace(&self, script: &str) -> Output {
        Command::new("unshare")
            .args(["--mount", "--propagation", "private", "sh", "-euc", script])
            .current_dir(self.dir.path())
            .output()
            .unwrap()
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

const TWO: &str = "files: [{path: one, secretId: one}, {path: two, secretId: two}]\n";
const TWO_AS_A_GENERATION: &str =
    "layout: generation\nfiles: [{path: one, secretId: one}, {path: two, secretId: two}]\n";

#[track_caller]
fn assert_fails(output: &Output, code: i32, texts: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for text in texts {
        assert!(stderr.contains(text), "{text:?} is not in:\n{stderr}");
    }
}

#[track_caller]
fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_that_may_not_be_written_is_told_before_and_after() {
    let scene = Scene::unprivileged();
    set_mode(&scene.path("volume"), 0o555);
    for config in [TWO, TWO_AS_A_GENERATION, "files: [{path: sub/one, secretId: one}]\n"] {
        scene.config(config);
        for command in ["fetch", "check"] {
            let output = scene.run(&[command, "--config", "config.yaml"]);
            assert_fails(&output, 7, &[&format!("permission denied for user {}", scene.uid()), "fsGroup"]);
        }
    }
    assert_eq!(scene.names("volume"), [""; 0]);
}

/// In a sticky directory only the owner of a file may replace it, which only the last step finds out.
#[test]
#[ignore = "needs root"]
fn when_the_last_rename_is_refused_the_ones_before_it_are_taken_back() {
    let scene = Scene::unprivileged();
    chown(scene.path("volume"), Some(0), Some(0)).unwrap();
    set_mode(&scene.path("volume"), 0o1777);
    fs::write(scene.path("volume/two"), "theirs").unwrap();
    for before in [None, Some("old")] {
        if let Some(text) = before {
            fs::write(scene.path("volume/one"), text).unwrap();
            chown(scene.path("volume/one"), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        for config in [TWO, TWO_AS_A_GENERATION] {
            scene.config(config);
            assert_fails(
                &scene.fetch(),
                7,
                &["it is user 0's, and in a sticky directory only that user can replace it", "two"],
            );
            assert_eq!(fs::read_to_string(scene.path("volume/one")).ok().as_deref(), before, "{config}");
            assert_eq!(scene.read("volume/two"), "theirs");
            assert_eq!(scene.names("volume").len(), 1 + usize::from(before.is_some()), "{:?}", scene.names("volume"));
        }
    }
}

#[test]
#[ignore = "needs root"]
fn a_full_volume_keeps_the_old_files() {
    let scene = Scene::new();
    let large = "x".repeat(60_000);
    fs::write(scene.path("large.json"), format!(r#"{{"one":"{large}1","two":"{large}2","three":"{large}3"}}"#))
        .unwrap();
    for layout in ["plain", "generation"] {
        let files = "files: [{path: one, secretId: one}, {path: sub/two, secretId: two}";
        scene.config(&format!("name: app\nlayout: {layout}\n{files}]\n"));
        fs::write(
            scene.path("more.yaml"),
            format!("name: app\nstore: file:large.json\ndirectory: volume\nlayout: {layout}\n{files}, {{path: three, secretId: three}}]\n"),
        )
        .unwrap();
        let output = scene.in_mount_namespace(
            "mount -t tmpfs -o size=128k,mode=0777 none volume
             ./secretfetch fetch -q --config config.yaml
             ./secretfetch fetch --config more.yaml && exit 1 || echo exit $?
             cat volume/one volume/sub/two
             find volume -type f -o -type l | sort | wc -l",
        );
        // A generation has its mark, `..data`, and a symlink for each name.
        let count = if layout == "plain" { 2 } else { 2 + 1 + 3 };
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("exit 7\nfirstsecond{count}\n"));
        assert!(String::from_utf8_lossy(&output.stderr).contains("no space is left"));
    }
}

/// What a killed run left fills the volume: the next run needs its space.
#[test]
#[ignore = "needs root"]
fn a_volume_that_a_killed_run_filled_heals() {
    let scene = Scene::new();
    fs::write(scene.path("secrets.json"), format!(r#"{{"one":"{}","two":"second"}}"#, "x".repeat(60_000))).unwrap();
    for (config, left) in
        [(TWO, ".secretfetch-abcdefabcdef.tmp"), (TWO_AS_A_GENERATION, "..2026_01_02_03_04_05.6/half")]
    {
        scene.config(config);
        let output = scene.in_mount_namespace(&format!(
            "mount -t tmpfs -o size=128k,mode=0777 none volume
             mkdir -p $(dirname volume/{left})
             head -c 200000 /dev/zero >volume/{left} || true
             ./secretfetch fetch -q --config config.yaml
             cat volume/two
             find volume -name '.secretfetch-*' -o -name half",
        ));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "second", "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A mount in what an earlier run left, or in its place, is never entered.
#[test]
#[ignore = "needs root"]
fn a_mount_in_what_is_left_stays_and_is_told() {
    let scene = Scene::new();
    fs::create_dir_all(scene.path("other/deep")).unwrap();
    fs::write(scene.path("other/deep/theirs"), "theirs").unwrap();
    scene.config(TWO_AS_A_GENERATION);
    for left in ["..2026_01_02_03_04_05.6", "..2026_01_02_03_04_05.6/deep"] {
        let output = scene.in_mount_namespace(&format!(
            "mkdir -p volume/{left}
             mount --bind other volume/{left}
             ./secretfetch fetch --config config.yaml
             umount volume/{left}
             cat volume/two other/deep/theirs",
        ));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "secondtheirs", "{stderr}");
        assert!(stderr.contains("an earlier run left `volume/..2026_01_02_03_04_05.6`"), "{stderr}");
        assert!(stderr.contains("it is a mount, or has one in it"), "{stderr}");
    }
}

#[test]
fn limits_of_the_process_leave_nothing() {
    let scene = Scene::new();
    let large = "x".repeat(3000);
    fs::write(scene.path("secrets.json"), format!(r#"{{"one":"first","two":"{large}"}}"#)).unwrap();
    for config in [TWO, TWO_AS_A_GENERATION] {
        scene.config(config);
        // In blocks of 512 bytes.
        let run = |limit: &str| {
            let script = format!("ulimit {limit}; exec ./secretfetch fetch --config config.yaml");
            Command::new("sh").args(["-c", &script]).current_dir(scene.dir.path()).env_clear().output().unwrap()
        };
        assert_fails(&run("-f 4"), 7, &["RLIMIT_FSIZE", "two"]);
        assert_eq!(scene.names("volume"), [""; 0]);
        // So few descriptors that each step of a run is refused once.
        let failed = (4..24).filter(|limit| {
            let output = run(&format!("-n {limit}"));
            if output.status.success() {
                fs::remove_dir_all(scene.path("volume")).unwrap();
                fs::create_dir(scene.path("volume")).unwrap();
                return false;
            }
            assert_eq!(scene.names("volume"), [""; 0], "{limit}: {}", String::from_utf8_lossy(&output.stderr));
            output.status.code() == Some(7)
        });
        assert!(failed.count() > 0, "no limit was met while files were written");
    }
}

#[test]
#[ignore = "needs root"]
fn a_read_only_volume_and_a_file_that_is_a_mount_are_named() {
    let scene = Scene::new();
    fs::write(scene.path("volume/two"), "theirs").unwrap();
    fs::write(scene.path("other"), "other").unwrap();
    for (config, command) in
        [(TWO, "fetch"), (TWO, "check"), (TWO_AS_A_GENERATION, "fetch"), (TWO_AS_A_GENERATION, "check")]
    {
        scene.config(config);
        let output = scene.in_mount_namespace(&format!(
            "mount --bind other volume/two
             ./secretfetch {command} --config config.yaml && exit 1 || echo exit $?
             umount volume/two
             mount --bind volume volume
             mount -o remount,bind,ro volume
             ./secretfetch {command} --config config.yaml && exit 1 || echo exit $?"
        ));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "exit 7\nexit 7\n", "{stderr}");
        assert!(stderr.contains("a mount of its own") && stderr.contains("subPath"), "{stderr}");
        assert!(stderr.contains("read-only"), "{stderr}");
        assert_eq!(scene.names("volume"), ["two"]);
        assert_eq!((scene.read("volume/two"), scene.read("other")), ("theirs".to_owned(), "other".to_owned()));
    }
}

#[test]
fn what_is_in_the_way_is_named_by_check_too() {
    let scene = Scene::new();
    fs::create_dir(scene.path("volume/two")).unwrap();
    symlink("/etc", scene.path("volume/out")).unwrap();
    let outside = "files: [{path: out/secret, secretId: one}]\n";
    for (config, text) in [
        (TWO, "a directory is in the way"),
        (TWO_AS_A_GENERATION, "a directory is in the way"),
        (outside, "leads out of the directory"),
    ] {
        scene.config(config);
        for command in ["fetch", "check"] {
            assert_fails(&scene.run(&[command, "--config", "config.yaml"]), 7, &[text]);
        }
        assert_eq!(scene.names("volume"), ["out", "two"]);
    }
    assert!(!Path::new("/etc/secret").exists());
}

#[test]
fn an_owner_that_cannot_be_set_is_refused_before_anything_is_fetched() {
    let scene = Scene::unprivileged();
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("one", "first");
    let server = FakeSecretsManager::start(&store);
    let fetch = |owner: &str| {
        scene
            .command(&["fetch", "--secret-id", "one", "--output", "volume/one", "--owner", owner])
            .envs(server.environment())
            .output()
            .unwrap()
    };
    assert_fails(&fetch("1"), 7, &["cannot give files to user 1"]);
    assert_fails(&fetch(&format!("{}:1", scene.uid())), 7, &["is not in group 1"]);
    assert_eq!(server.requests().len(), 0);
    assert_done(&fetch(&scene.uid().to_string()));
}

#[test]
#[ignore = "needs root"]
fn root_gives_files_and_new_directories_to_their_owner() {
    let scene = Scene::new();
    for layout in ["plain", "generation"] {
        scene.config(&format!(
            "layout: {layout}\nfiles: [{{path: {layout}/one, secretId: one, owner: \"54321:1000\"}}]\n"
        ));
        assert_done(&scene.fetch());
        for name in [layout.to_owned(), format!("{layout}/one")] {
            let found = fs::metadata(scene.path("volume").join(name)).unwrap();
            assert_eq!((found.uid(), found.gid()), (NOBODY, 1000));
        }
        let mut cat = Command::new("cat");
        let read = cat.arg(scene.path(&format!("volume/{layout}/one"))).uid(NOBODY).gid(NOBODY).output().unwrap();
        assert_eq!(read.stdout, b"first", "{}", String::from_utf8_lossy(&read.stderr));
    }
}

#[test]
fn check_tells_whether_another_user_could_read() {
    let scene = Scene::unprivileged();
    let check = |config: &str, user: &str| {
        scene.config(config);
        scene.run(&["check", "--config", "config.yaml", "--as-uid", user])
    };
    let (me, mode) = (scene.uid(), "files: [{path: sub/one, secretId: one, mode: \"0444\"}]\n");
    assert_done(&check(TWO, &me.to_string()));
    assert_fails(&check(TWO, "1234"), 7, &["user 1234 could not read it: it would have mode 0440", "fsGroup"]);
    assert_fails(&check(TWO_AS_A_GENERATION, "1234"), 7, &["user 1234 could not read it"]);
    // Directories that are created for a file let in whoever may read it.
    assert_done(&check(mode, "1234"));
    assert_done(&check(&format!("layout: generation\n{mode}"), "1234"));
    // A volume with `fsGroup`: the files get its group.
    let group = fs::metadata(scene.path("volume")).unwrap().gid();
    set_mode(&scene.path("volume"), 0o2770);
    assert_done(&check(TWO, &format!("1234:{group}")));
    assert_fails(&check(TWO, "1234:4321"), 7, &["volume` has mode 2770"]);
    assert_eq!(scene.names("volume"), [""; 0]);
    assert_fails(&check(TWO, "me"), 2, &["--as-uid", "not a user with its groups"]);
    assert_fails(&scene.run(&["check", "--config", "config.yaml", "--as-uid", "1", "--offline"]), 2, &["--as-uid"]);
}

#[test]
fn the_note_and_the_remedy_are_those_of_the_mode() {
    let scene = Scene::unprivileged();
    let config = |mode: &str| scene.config(&format!("files: [{{path: one, secretId: one, mode: \"{mode}\"}}]\n"));
    let told = |arguments: &[&str]| {
        let output = scene.run(&[&["check", "--config", "config.yaml"], arguments].concat());
        String::from_utf8(output.stderr).unwrap()
    };
    let group = fs::metadata(scene.path("volume")).unwrap().gid();
    for (directory, mode, words, not) in [
        (0o755, "0440", "and its group can read", "runAsUser"),
        (0o755, "0400", "`runAsUser`), or set the mode 0440 with `fsGroup`", "and its group"),
        // The group of such a directory is given to the file, and helps one that lets its group read.
        (0o2770, "0440", "", "note: only"),
        (0o2770, "0400", "the mode 0440 with `fsGroup`", "and its group"),
        (0o755, "0444", "", "note: only"),
    ] {
        set_mode(&scene.path("volume"), directory);
        config(mode);
        let told = told(&[]);
        assert!(told.contains(words) && !told.contains(not), "{directory:o} {mode}: {told}");
    }
    set_mode(&scene.path("volume"), 0o2770);
    config("0400");
    let told = told(&["--as-uid", &format!("1234:{group}")]);
    assert!(
        told.contains("set `fsGroup` on the pod to one of its groups, with the mode 0440")
            && told.contains("(`--mode`, `--owner`, or `mode`, `owner` in the configuration)"),
        "{told}"
    );
}

/// What `check` says of a reader is what the reader finds.
#[test]
#[ignore = "needs root"]
fn the_reader_finds_what_check_foretold() {
    for volume in [0o755, 0o750, 0o2775] {
        for mode in ["0400", "0440", "0444"] {
            for (layout, path) in
                [("plain", "one"), ("plain", "sub/one"), ("generation", "one"), ("generation", "sub/one")]
            {
                for owner in ["", ", owner: \"54321\"", ", owner: \"7:1000\""] {
                    let scene = Scene::new();
                    set_mode(&scene.path("volume"), volume);
                    chown(scene.path("volume"), None, Some(1000)).unwrap();
                    scene.config(&format!(
                        "layout: {layout}\nfiles: [{{path: {path}, secretId: one, mode: \"{mode}\"{owner}}}]\n"
                    ));
                    for gid in [1000, NOBODY] {
                        let reader = format!("{NOBODY}:{gid}");
                        let foretold = scene.run(&["check", "-q", "--config", "config.yaml", "--as-uid", &reader]);
                        assert_done(&scene.run(&["fetch", "-q", "--config", "config.yaml"]));
                        let mut cat = Command::new("cat");
                        let found =
                            cat.arg(scene.path(&format!("volume/{path}"))).uid(NOBODY).gid(gid).output().unwrap();
                        assert_eq!(
                            foretold.status.success(),
                            found.status.success(),
                            "{volume:o} {mode} {layout} {path} {owner} {gid}: {}{}",
                            String::from_utf8_lossy(&foretold.stderr),
                            String::from_utf8_lossy(&found.stderr),
                        );
                        fs::remove_dir_all(scene.path("volume")).unwrap();
                        fs::create_dir(scene.path("volume")).unwrap();
                        chown(scene.path("volume"), None, Some(1000)).unwrap();
                        set_mode(&scene.path("volume"), volume);
                    }
                }
            }
        }
    }
}

/// A panic is met where a program meets it in earnest: a thread that the system does not give.
#[test]
#[ignore = "needs root"]
fn a_panic_is_exit_1_and_shows_its_place_only() {
    let scene = Scene::unprivileged();
    let mut command = Command::new("prlimit");
    command
        // One for the work, one that watches over it, and none for the look-up of the name.
        .args(["--nproc=2", "./secretfetch", "fetch", "--secret-id", "one", "--output", "volume/one"])
        .args(["--report", "json"])
        .current_dir(scene.dir.path())
        .env_clear()
        .env("AWS_ENDPOINT_URL", "http://localhost:1")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "canary-3Hq")
        .env("SECRETFETCH_TERMINATION_LOG", "volume/termination")
        .uid(NOBODY)
        .gid(NOBODY);
    fs::write(scene.path("volume/termination"), "").unwrap();
    chown(scene.path("volume/termination"), Some(NOBODY), None).unwrap();
    let output = command.output().unwrap();
    assert_fails(&output, 1, &["internal error at", "a defect in secretfetch"]);
    assert!(scene.read("volume/termination").starts_with("exit 1 (internal)"), "{}", scene.read("volume/termination"));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["exitCode"], &report["failures"][0]["kind"]), (&1.into(), &"internal".into()));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("3Hq"));
}

#[test]
#[ignore = "needs root"]
fn a_system_that_gives_no_thread_is_told() {
    let scene = Scene::unprivileged();
    scene.config(TWO);
    let mut command = Command::new("prlimit");
    command.args(["--nproc=1", "./secretfetch", "fetch", "--config", "config.yaml"]);
    let output = command.current_dir(scene.dir.path()).env_clear().uid(NOBODY).gid(NOBODY).output().unwrap();
    assert_fails(&output, 1, &["cannot start a thread", "pids"]);
    assert_eq!(scene.names("volume"), [""; 0]);
}

/// While a run waits for AWS, its memory is nobody's but root's, and no core file can be made of it.
#[test]
fn a_run_cannot_be_attached_to_or_dumped() {
    let scene = Scene::unprivileged();
    let store = FakeSecretStore::new();
    store.inject(Fault::hang());
    let server = FakeSecretsManager::start(&store);
    let mut command = scene.command(&["fetch", "-q", "--secret-id", "one", "--output", "volume/one"]);
    command.envs(server.environment());
    let mut child = command.spawn().unwrap();
    // Once it has asked, it is at work.
    let asked = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !server.requests().is_empty()
    });
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let owner = fs::metadata(format!("/proc/{}/mem", child.id())).unwrap().uid();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(asked);
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    assert_ne!(scene.uid(), 0);
    assert_eq!(owner, 0);
}
