//! Where the termination message goes, and where not.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failures::scene::{Scene, code};

/// A failing run whose termination log is at `path`.
#[track_caller]
fn fail(scene: &Scene, path: &str) {
    let mut command = scene.command(&["fetch"]);
    let mut child = command.env("SECRETFETCH_TERMINATION_LOG", scene.path(path)).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it waits for somebody to read");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_file_that_exists_is_replaced() {
    let scene = Scene::new();
    fs::write(scene.path("termination"), "x".repeat(9000)).unwrap();
    fail(&scene, "termination");
    let message = scene.termination();
    assert!(message.starts_with("exit 2 (config), see docs/errors.md#config\n- nothing to fetch"), "{message}");
    assert!(message.len() < 300 && message.ends_with('\n'), "{message}");
}

#[test]
fn what_is_no_regular_file_is_left_alone_and_holds_nobody() {
    let scene = Scene::new();
    assert!(Command::new("mkfifo").arg(scene.path("fifo")).status().unwrap().success());
    fail(&scene, "fifo");

    fs::write(scene.path("victim"), "precious").unwrap();
    symlink("victim", scene.path("link")).unwrap();
    fail(&scene, "link");
    assert_eq!(fs::read_to_string(scene.path("victim")).unwrap(), "precious");

    fs::create_dir(scene.path("directory")).unwrap();
    fail(&scene, "directory");
    fail(&scene, "missing/file");
    fail(&scene, "named");
    assert!(fs::read_to_string(scene.path("named")).unwrap().starts_with("exit 2 (config)"));
}

#[test]
fn a_fifo_that_somebody_reads_gets_nothing() {
    let scene = Scene::new();
    assert!(Command::new("mkfifo").arg(scene.path("fifo")).status().unwrap().success());
    // Opened for both, so that opening does not wait.
    let reader = fs::OpenOptions::new().read(true).write(true).open(scene.path("fifo")).unwrap();
    fail(&scene, "fifo");
    use std::os::fd::AsFd as _;
    assert_eq!(rustix::io::ioctl_fionread(reader.as_fd()).unwrap(), 0);
}

#[test]
fn thousands_of_failures_fit_and_the_first_kilobyte_is_enough() {
    let scene = Scene::new();
    let keys: Vec<String> = (0..3000).map(|n| format!("ключ-{n}: нет-{n}")).collect();
    fs::write(
        scene.path("c.yaml"),
        format!(
            "store: file:secrets.json\nfiles: [{{path: a, format: json, secretId: db, keys: {{{}}}}}]",
            keys.join(", ")
        ),
    )
    .unwrap();
    let output = scene.run(&["fetch", "--config", "c.yaml"]);
    assert_eq!(code(&output), 3);
    let message = scene.termination();
    assert!((3500..=4096).contains(&message.len()), "{}", message.len());
    let first: String = String::from_utf8_lossy(&message.as_bytes()[..1024]).into_owned();
    let head = "exit 3 (keyNotFound), see docs/errors.md#keynotfound; 3000 failures: 3000 keyNotFound\n- file `a`: secret `db`: key `нет-0`: ";
    assert!(first.starts_with(head), "{first}");
    let shown = message.lines().filter(|line| line.starts_with("- ")).count();
    assert_eq!(message.lines().last().unwrap(), format!("… and {} more", 3000 - shown));
}
