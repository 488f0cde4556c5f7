//! What the process is that the program runs in: the same one, as it was found.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault};

use super::scene;
use crate::scene::{Outcome, Scene, wait_for};

fn exec(scene: &Scene, program: &[&str]) -> Outcome {
    scene.command(&["exec", "--store", "file:secrets.json", "--secret-id", "team/db", "--"]).arguments(program).run()
}

/// The lines of proc(5)'s status that begin so.
fn status(outcome: &Outcome, name: &str) -> String {
    outcome.stdout().lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

#[test]
fn its_exit_code_arguments_and_streams_are_the_programs() {
    let scene = scene();
    let script = "printf '%s|' \"$@\"; cat; echo err >&2; exit 42";
    let run = scene
        .command(&["exec", "-q", "--store", "file:secrets.json", "--secret-id", "team/db", "--"])
        .arguments(["/bin/sh", "-c", script, "name", "--config", "a b", "", "--"])
        .input(b"input")
        .run();
    assert_eq!((run.code(), run.stdout(), run.stderr()), (42, "--config|a b||--|input", "err\n"));
}

#[test]
fn it_is_the_same_process() {
    let scene = scene();
    let running = scene
        .command(&["exec", "--store", "file:secrets.json", "--secret-id", "team/db", "--"])
        .arguments(["/bin/sh", "-c", "echo $$"])
        .start();
    let pid = running.id();
    assert_eq!(running.wait().stdout().trim(), pid.to_string());
}

#[cfg(target_os = "linux")]
#[test]
fn signals_limits_and_descriptors_are_as_they_were_found() {
    const SECRETFETCH: [&str; 7] = ["exec", "-q", "--store", "file:secrets.json", "--secret-id", "team/db", "--"];
    let program = ["/bin/sh", "-c", "cat /proc/self/status; ls /proc/$$/fd; ulimit -Hc; ulimit -Sc; umask; pwd"];
    let scene = scene();
    // What the program finds after the shell has done this, with and without the binary between the two.
    let found = |before: &str, between: &[&str]| {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", &format!("{before}; exec \"$@\""), "sh"]).args(between).args(program);
        let output = shell.current_dir(scene.path("")).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let own = [
            "Name",
            "Pid",
            "Tgid",
            "Ngid",
            "PPid",
            "NSpid",
            "NStgid",
            "State",
            "Vm",
            "Rss",
            "voluntary",
            "nonvol",
            "SigQ",
        ];
        let is_own = |line: &&str| own.iter().any(|name| line.starts_with(name));
        let lines = text.lines().filter(|line| !is_own(line));
        lines.map(without_the_c_librarys_signals).collect::<Vec<_>>()
    };
    let between = [&[env!("CARGO_BIN_EXE_secretfetch")], &SECRETFETCH[..]].concat();
    for before in [":", "trap '' INT TERM HUP USR1", "ulimit -Sc 7", "ulimit -Hc 7", "umask 027", "exec 5</dev/null"] {
        let (with, without) = (found(before, &between), found(before, &[]));
        let has_signals = without.iter().any(|line| line.starts_with("SigIgn:"));
        assert!(has_signals && without.len() > 20, "{without:?}");
        assert_eq!(with, without, "{before}");
    }
}

/// 32 and 33 are glibc's own (nptl(7)), which no program handles, ignores or is sent.
fn without_the_c_librarys_signals(line: &str) -> String {
    match line.strip_prefix("SigIgn:\t").and_then(|mask| u64::from_str_radix(mask, 16).ok()) {
        Some(mask) => format!("SigIgn:\t{:016x}", mask & !(0b11 << 31)),
        None => line.to_owned(),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn its_own_user_may_look_at_the_program_as_at_any_other() {
    let run = exec(&scene(), &["/bin/sh", "-c", "ls -ln /proc/$$/environ; cat /proc/$$/status"]);
    let uid = status(&run, "Uid:").split_whitespace().nth(1).unwrap().to_owned();
    let owner = run.stdout().lines().next().unwrap().split_whitespace().nth(2).unwrap().to_owned();
    assert_eq!(owner, uid, "{}", run.stdout());
}

#[test]
fn a_program_that_cannot_be_executed_has_the_codes_of_env() {
    let scene = scene()
        .with_file("text", "no program")
        .with_file("orphan", "#!/no/such/interpreter\n")
        .with_variables([("PATH", "/usr/bin:/bin")]);
    fs::set_permissions(scene.path("orphan"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(scene.path("text"), fs::Permissions::from_mode(0o644)).unwrap();
    for (program, code, told) in [
        ("no-such-program", 127, "is in none of the directories of PATH"),
        ("/no/such/program", 127, "does not exist"),
        ("./orphan", 127, "the interpreter or loader that it names is not"),
        ("/tmp", 126, "is a directory"),
        ("./text", 126, "may not be executed"),
    ] {
        let run = exec(&scene, &[program]);
        assert_eq!(run.code(), code, "{program}: {}", run.stderr());
        run.assert_tells(&[program, told]);
        let env = std::process::Command::new("/usr/bin/env").arg(program).current_dir(scene.path("")).output().unwrap();
        assert_eq!(env.status.code(), Some(code), "env {program}");
    }
}

#[test]
fn what_is_no_program_is_told_before_anything_is_fetched_and_to_the_kubelet() {
    let store = FakeSecretStore::new();
    store.create_text("a", r#"{"A": "b"}"#);
    let scene = Scene::serving(FakeSecretsManager::start(&store)).with_file("log", "");
    let run = scene
        .command(&["exec", "--secret-id", "a", "--", "no-such-program"])
        .variable("SECRETFETCH_TERMINATION_LOG", scene.path("log"))
        .run();
    assert_eq!(run.code(), 127);
    assert_eq!(scene.operations(), []);
    assert!(
        scene.read("log").starts_with("exit 127 (config), see docs/errors.md#config\n- the program `no-such-program`")
    );
}

#[test]
fn words_without_a_program_are_a_mistake() {
    let scene = scene().with_file("b", "files: [{path: a, secretId: b}]");
    for (words, told) in [
        (&["exec", "--secret-id", "a"][..], "no program is given"),
        (&["exec", "--secret-id", "a", "--"], "no program is given"),
        (&["exec", "--secret-id", "a", "--", ""], "no program is given"),
        (&["exec", "--secret-id", "a", "env"], "the program stands behind `--`"),
        (&["exec", "--", "/bin/true"], "neither `--secret-id` nor `--config`"),
        (&["exec", "--secret-id", "a", "--config", "b", "--", "/bin/true"], "are both given"),
        (&["exec", "--secret-id", "a", "--report", "json", "--", "/bin/true"], "both need standard output"),
        (&["exec", "--secret-id", "a", "--output", "x", "--", "/bin/true"], "'--output' found"),
    ] {
        let run = scene.command(words).run();
        assert_eq!(run.code(), 2, "{words:?}");
        run.assert_tells(&[told]);
    }
}

#[test]
fn a_signal_before_the_program_starts_ends_the_run_and_one_after_is_the_programs() {
    let store = FakeSecretStore::new();
    store.create_text("a", r#"{"A": "b"}"#);
    store.inject(Fault::hang());
    let waiting = Scene::serving(FakeSecretsManager::start(&store));
    let running = waiting.command(&["exec", "--secret-id", "a", "--", "/bin/true"]).start();
    wait_for("a request", || !waiting.server().requests().is_empty());
    let started = Instant::now();
    running.signal("TERM");
    let run = running.wait();
    assert_eq!(run.code(), 143);
    assert!(started.elapsed() < Duration::from_secs(6));

    let scene = scene();
    let script = "trap 'exit 7' TERM; touch started; while :; do sleep 0.05; done";
    let running = scene
        .command(&["exec", "--store", "file:secrets.json", "--secret-id", "team/db", "--", "/bin/sh", "-c", script])
        .start();
    wait_for("the program", || scene.path("started").exists());
    running.signal("TERM");
    assert_eq!(running.wait().code(), 7);
}
