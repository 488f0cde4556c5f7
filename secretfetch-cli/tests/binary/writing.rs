//! What the file system can refuse: exit 7, every target as it was, nothing left behind. Also as a user who is not root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

use crate::scene::{Outcome, Scene, wait_for};

/// A user of no name and no rights.
const NOBODY: u32 = 54_321;

/// With a volume, inputs, and a copy of the binary that every user can reach; as the user who runs the test.
fn scene() -> Scene {
    let secrets = r#"{"one":"first","two":"second","keys":{"A":"a","B":"b"}}"#;
    let scene = Scene::new().with_program_for_everyone().with_file("secrets.json", secrets);
    fs::create_dir(scene.path("volume")).unwrap();
    scene
}

/// As a user who is not root, and who owns the volume.
fn unprivileged() -> Scene {
    scene().with_unprivileged_owner_of("volume")
}

fn configure(scene: &Scene, text: &str) {
    scene.write("config.yaml", format!("store: file:secrets.json\ndirectory: volume\n{text}"));
}

fn fetch(scene: &Scene) -> Outcome {
    scene.run(&["fetch", "--config", "config.yaml"])
}

/// Runs a shell script in a mount namespace of its own, as root, in the scene's directory.
fn in_mount_namespace(scene: &Scene, script: &str) -> Outcome {
    scene.program("unshare").arguments(["--mount", "--propagation", "private", "sh", "-euc", script]).run()
}

const TWO: &str = "files: [{path: one, secretId: one}, {path: two, secretId: two}]\n";
const TWO_AS_A_GENERATION: &str =
    "layout: generation\nfiles: [{path: one, secretId: one}, {path: two, secretId: two}]\n";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_that_may_not_be_written_is_told_before_and_after() {
    let scene = unprivileged();
    set_mode(&scene.path("volume"), 0o555);
    for config in [TWO, TWO_AS_A_GENERATION, "files: [{path: sub/one, secretId: one}]\n"] {
        configure(&scene, config);
        for command in ["fetch", "check"] {
            let output = scene.run(&[command, "--config", "config.yaml"]);
            output.assert_fails(7, &[&format!("permission denied for user {}", scene.uid()), "fsGroup"]);
        }
    }
    assert_eq!(scene.names("volume"), [""; 0]);
}

/// In a sticky directory only the owner of a file may replace it, which only the last step finds out.
#[test]
#[ignore = "needs root"]
fn when_the_last_rename_is_refused_the_ones_before_it_are_taken_back() {
    let scene = unprivileged();
    chown(scene.path("volume"), Some(0), Some(0)).unwrap();
    set_mode(&scene.path("volume"), 0o1777);
    scene.write("volume/two", "theirs");
    for before in [None, Some("old")] {
        if let Some(text) = before {
            scene.write("volume/one", text);
            chown(scene.path("volume/one"), Some(scene.uid()), Some(scene.uid())).unwrap();
        }
        for config in [TWO, TWO_AS_A_GENERATION] {
            configure(&scene, config);
            fetch(&scene)
                .assert_fails(7, &["it is user 0's, and in a sticky directory only that user can replace it", "two"]);
            assert_eq!(fs::read_to_string(scene.path("volume/one")).ok().as_deref(), before, "{config}");
            assert_eq!(scene.read("volume/two"), "theirs");
            assert_eq!(scene.names("volume").len(), 1 + usize::from(before.is_some()), "{:?}", scene.names("volume"));
        }
    }
}

#[test]
#[ignore = "needs root"]
fn a_full_volume_keeps_the_old_files() {
    let scene = scene();
    let large = "x".repeat(60_000);
    scene.write("large.json", format!(r#"{{"one":"{large}1","two":"{large}2","three":"{large}3"}}"#));
    for layout in ["plain", "generation"] {
        let files = "files: [{path: one, secretId: one}, {path: sub/two, secretId: two}";
        configure(&scene, &format!("name: app\nlayout: {layout}\n{files}]\n"));
        fs::write(
            scene.path("more.yaml"),
            format!("name: app\nstore: file:large.json\ndirectory: volume\nlayout: {layout}\n{files}, {{path: three, secretId: three}}]\n"),
        )
        .unwrap();
        let output = in_mount_namespace(
            &scene,
            "mount -t tmpfs -o size=128k,mode=0777 none volume
             ./secretfetch fetch -q --config config.yaml
             ./secretfetch fetch --config more.yaml && exit 1 || echo exit $?
             cat volume/one volume/sub/two
             find volume -type f -o -type l | sort | wc -l",
        );
        // A generation has its mark, `..data`, and a symlink for each name.
        let count = if layout == "plain" { 2 } else { 2 + 1 + 3 };
        assert_eq!(output.stdout(), format!("exit 7\nfirstsecond{count}\n"));
        assert!(output.stderr().contains("no space is left"));
    }
}

/// What a killed run left fills the volume: the next run needs its space.
#[test]
#[ignore = "needs root"]
fn a_volume_that_a_killed_run_filled_heals() {
    let scene = scene();
    scene.write("secrets.json", format!(r#"{{"one":"{}","two":"second"}}"#, "x".repeat(60_000)));
    for (config, left) in
        [(TWO, ".secretfetch-abcdefabcdef.tmp"), (TWO_AS_A_GENERATION, "..2026_01_02_03_04_05.6/half")]
    {
        configure(&scene, config);
        let script = format!(
            "mount -t tmpfs -o size=128k,mode=0777 none volume
             mkdir -p $(dirname volume/{left})
             head -c 200000 /dev/zero >volume/{left} || true
             ./secretfetch fetch -q --config config.yaml
             cat volume/two
             find volume -name '.secretfetch-*' -o -name half"
        );
        let output = in_mount_namespace(&scene, &script);
        assert_eq!(output.stdout(), "second", "{}", output.stderr());
    }
}

/// A mount in what an earlier run left, or in its place, is never entered.
#[test]
#[ignore = "needs root"]
fn a_mount_in_what_is_left_stays_and_is_told() {
    let scene = scene();
    fs::create_dir_all(scene.path("other/deep")).unwrap();
    scene.write("other/deep/theirs", "theirs");
    configure(&scene, TWO_AS_A_GENERATION);
    for left in ["..2026_01_02_03_04_05.6", "..2026_01_02_03_04_05.6/deep"] {
        let script = format!(
            "mkdir -p volume/{left}
             mount --bind other volume/{left}
             ./secretfetch fetch --config config.yaml
             umount volume/{left}
             cat volume/two other/deep/theirs"
        );
        let output = in_mount_namespace(&scene, &script);
        let stderr = output.stderr();
        assert_eq!(output.stdout(), "secondtheirs", "{stderr}");
        assert!(stderr.contains("an earlier run left `volume/..2026_01_02_03_04_05.6`"), "{stderr}");
        assert!(stderr.contains("it is a mount, or has one in it"), "{stderr}");
    }
}

#[test]
fn limits_of_the_process_leave_nothing() {
    let scene = scene();
    let large = "x".repeat(3000);
    scene.write("secrets.json", format!(r#"{{"one":"first","two":"{large}"}}"#));
    for config in [TWO, TWO_AS_A_GENERATION] {
        configure(&scene, config);
        // In blocks of 512 bytes.
        let run = |limit: &str| scene.shell(&format!("ulimit {limit}; exec \"$0\" fetch --config config.yaml")).run();
        run("-f 4").assert_fails(7, &["RLIMIT_FSIZE", "two"]);
        assert_eq!(scene.names("volume"), [""; 0]);
        // So few descriptors that each step of a run is refused once.
        let failed = (4..24).filter(|limit| {
            let output = run(&format!("-n {limit}"));
            if output.succeeded() {
                fs::remove_dir_all(scene.path("volume")).unwrap();
                fs::create_dir(scene.path("volume")).unwrap();
                return false;
            }
            assert_eq!(scene.names("volume"), [""; 0], "{limit}: {}", output.stderr());
            output.status.code() == Some(7)
        });
        assert!(failed.count() > 0, "no limit was met while files were written");
    }
}

#[test]
#[ignore = "needs root"]
fn a_read_only_volume_and_a_file_that_is_a_mount_are_named() {
    let scene = scene();
    scene.write("volume/two", "theirs");
    scene.write("other", "other");
    for (config, command) in
        [(TWO, "fetch"), (TWO, "check"), (TWO_AS_A_GENERATION, "fetch"), (TWO_AS_A_GENERATION, "check")]
    {
        configure(&scene, config);
        let script = format!(
            "mount --bind other volume/two
             ./secretfetch {command} --config config.yaml && exit 1 || echo exit $?
             umount volume/two
             mount --bind volume volume
             mount -o remount,bind,ro volume
             ./secretfetch {command} --config config.yaml && exit 1 || echo exit $?"
        );
        let output = in_mount_namespace(&scene, &script);
        let stderr = output.stderr();
        assert_eq!(output.stdout(), "exit 7\nexit 7\n", "{stderr}");
        assert!(stderr.contains("a mount of its own") && stderr.contains("subPath"), "{stderr}");
        assert!(stderr.contains("read-only"), "{stderr}");
        assert_eq!(scene.names("volume"), ["two"]);
        assert_eq!((scene.read("volume/two"), scene.read("other")), ("theirs".to_owned(), "other".to_owned()));
    }
}

#[test]
fn what_is_in_the_way_is_named_by_check_too() {
    let scene = scene();
    fs::create_dir(scene.path("volume/two")).unwrap();
    symlink("/etc", scene.path("volume/out")).unwrap();
    let outside = "files: [{path: out/secret, secretId: one}]\n";
    for (config, text) in [
        (TWO, "a directory is in the way"),
        (TWO_AS_A_GENERATION, "a directory is in the way"),
        (outside, "leads out of the directory"),
    ] {
        configure(&scene, config);
        for command in ["fetch", "check"] {
            scene.run(&[command, "--config", "config.yaml"]).assert_fails(7, &[text]);
        }
        assert_eq!(scene.names("volume"), ["out", "two"]);
    }
    assert!(!Path::new("/etc/secret").exists());
}

#[test]
fn an_owner_that_cannot_be_set_is_refused_before_anything_is_fetched() {
    let scene = unprivileged();
    let store = FakeSecretStore::new().in_region("eu-west-1");
    store.create_text("one", "first");
    let server = FakeSecretsManager::start(&store);
    let fetch = |owner: &str| {
        scene
            .command(&["fetch", "--secret-id", "one", "--output", "volume/one", "--owner", owner])
            .variables(server.environment())
            .run()
    };
    fetch("1").assert_fails(7, &["cannot give files to user 1"]);
    fetch(&format!("{}:1", scene.uid())).assert_fails(7, &["is not in group 1"]);
    assert_eq!(server.requests().len(), 0);
    fetch(&scene.uid().to_string()).assert_done();
}

#[test]
#[ignore = "needs root"]
fn root_gives_files_and_new_directories_to_their_owner() {
    let scene = scene();
    for layout in ["plain", "generation"] {
        configure(
            &scene,
            &format!("layout: {layout}\nfiles: [{{path: {layout}/one, secretId: one, owner: \"54321:1000\"}}]\n"),
        );
        fetch(&scene).assert_done();
        for name in [layout.to_owned(), format!("{layout}/one")] {
            let found = fs::metadata(scene.path("volume").join(name)).unwrap();
            assert_eq!((found.uid(), found.gid()), (NOBODY, 1000));
        }
        let read = scene.program("cat").arguments([format!("volume/{layout}/one")]).user(NOBODY).run();
        assert_eq!(read.stdout, b"first", "{}", read.stderr());
    }
}

#[test]
fn check_tells_whether_another_user_could_read() {
    let scene = unprivileged();
    let check = |config: &str, user: &str| {
        configure(&scene, config);
        scene.run(&["check", "--config", "config.yaml", "--as-uid", user])
    };
    let (me, mode) = (scene.uid(), "files: [{path: sub/one, secretId: one, mode: \"0444\"}]\n");
    check(TWO, &me.to_string()).assert_done();
    check(TWO, "1234").assert_fails(7, &["user 1234 could not read it: it would have mode 0440", "fsGroup"]);
    check(TWO_AS_A_GENERATION, "1234").assert_fails(7, &["user 1234 could not read it"]);
    // Directories that are created for a file let in whoever may read it.
    check(mode, "1234").assert_done();
    check(&format!("layout: generation\n{mode}"), "1234").assert_done();
    // A volume with `fsGroup`: the files get its group.
    let group = fs::metadata(scene.path("volume")).unwrap().gid();
    set_mode(&scene.path("volume"), 0o2770);
    check(TWO, &format!("1234:{group}")).assert_done();
    check(TWO, "1234:4321").assert_fails(7, &["volume` has mode 2770"]);
    assert_eq!(scene.names("volume"), [""; 0]);
    check(TWO, "me").assert_fails(2, &["--as-uid", "not a user with its groups"]);
    scene.run(&["check", "--config", "config.yaml", "--as-uid", "1", "--offline"]).assert_fails(2, &["--as-uid"]);
}

#[test]
fn the_note_and_the_remedy_are_those_of_the_mode() {
    let scene = unprivileged();
    let configure_mode =
        |mode: &str| configure(&scene, &format!("files: [{{path: one, secretId: one, mode: \"{mode}\"}}]\n"));
    let told = |arguments: &[&str]| {
        scene.run(&[&["check", "--config", "config.yaml"], arguments].concat()).stderr().to_owned()
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
        configure_mode(mode);
        let told = told(&[]);
        assert!(told.contains(words) && !told.contains(not), "{directory:o} {mode}: {told}");
    }
    set_mode(&scene.path("volume"), 0o2770);
    configure_mode("0400");
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
                    let scene = scene();
                    set_mode(&scene.path("volume"), volume);
                    chown(scene.path("volume"), None, Some(1000)).unwrap();
                    configure(
                        &scene,
                        &format!(
                            "layout: {layout}\nfiles: [{{path: {path}, secretId: one, mode: \"{mode}\"{owner}}}]\n"
                        ),
                    );
                    for gid in [1000, NOBODY] {
                        let reader = format!("{NOBODY}:{gid}");
                        let foretold = scene.run(&["check", "-q", "--config", "config.yaml", "--as-uid", &reader]);
                        scene.run(&["fetch", "-q", "--config", "config.yaml"]).assert_done();
                        let cat = scene.program("cat").arguments([format!("volume/{path}")]);
                        let found = cat.user(NOBODY).group(gid).run();
                        assert_eq!(
                            foretold.succeeded(),
                            found.succeeded(),
                            "{volume:o} {mode} {layout} {path} {owner} {gid}: {}{}",
                            foretold.stderr(),
                            found.stderr(),
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
    let scene = unprivileged();
    let command = scene
        .program("prlimit")
        // One for the work, one that watches over it, and none for the look-up of the name.
        .arguments(["--nproc=2", "./secretfetch", "fetch", "--secret-id", "one", "--output", "volume/one"])
        .arguments(["--report", "json"])
        .variable("AWS_ENDPOINT_URL", "http://localhost:1")
        .variable("AWS_REGION", "eu-west-1")
        .variable("AWS_ACCESS_KEY_ID", "testing")
        .variable("AWS_SECRET_ACCESS_KEY", "canary-3Hq")
        .variable("SECRETFETCH_TERMINATION_LOG", "volume/termination")
        .user(scene.uid());
    scene.write("volume/termination", "");
    chown(scene.path("volume/termination"), Some(scene.uid()), None).unwrap();
    let output = command.run();
    assert_eq!(output.code(), 1, "{}", output.stderr());
    output.assert_tells(&["internal error at", "a defect in secretfetch"]);
    assert!(scene.read("volume/termination").starts_with("exit 1 (internal)"), "{}", scene.read("volume/termination"));
    let report = output.report();
    assert_eq!((&report["exitCode"], &report["failures"][0]["kind"]), (&1.into(), &"internal".into()));
    assert!(!output.stderr().contains("3Hq"));
}

#[test]
#[ignore = "needs root"]
fn a_system_that_gives_no_thread_is_told() {
    let scene = unprivileged();
    configure(&scene, TWO);
    let command = ["--nproc=1", "./secretfetch", "fetch", "--config", "config.yaml"];
    let output = scene.program("prlimit").arguments(command).user(scene.uid()).run();
    output.assert_fails(1, &["cannot start a thread", "pids"]);
    assert_eq!(scene.names("volume"), [""; 0]);
}

/// While a run waits for AWS, its memory is nobody's but root's, and no core file can be made of it.
#[test]
fn a_run_cannot_be_attached_to_or_dumped() {
    let store = FakeSecretStore::new();
    store.inject(Fault::hang());
    let server = FakeSecretsManager::start(&store);
    let variables = server.environment();
    let scene = unprivileged().beside(server).with_variables(variables);
    let running = scene.command(&["fetch", "-q", "--secret-id", "one", "--output", "volume/one"]).start();
    // Once it has asked, it is at work.
    wait_for("the request", || !scene.operations().is_empty());
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let owner = fs::metadata(format!("/proc/{}/mem", running.id())).unwrap().uid();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    assert_ne!(scene.uid(), 0);
    assert_eq!(owner, 0);
}
