//! Where the termination message goes, and where not.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::failures::{scene, termination};
use crate::scene::Scene;

/// A failing run whose termination log is at `path`.
#[track_caller]
fn fail(scene: &Scene, path: &str) {
    let command = scene.command(&["fetch"]).variable("SECRETFETCH_TERMINATION_LOG", scene.path(path));
    assert_eq!(command.within(Duration::from_secs(30)).run().code(), 2);
}

#[test]
fn a_file_that_exists_is_replaced() {
    let scene = scene();
    scene.write("termination", "x".repeat(9000));
    fail(&scene, "termination");
    let message = termination(&scene);
    assert!(message.starts_with("exit 2 (config), see docs/errors.md#config\n- nothing to fetch"), "{message}");
    assert!(message.len() < 300 && message.ends_with('\n'), "{message}");
}

#[test]
fn what_is_no_regular_file_is_left_alone_and_holds_nobody() {
    let scene = scene();
    scene.make_fifo("fifo");
    fail(&scene, "fifo");

    scene.write("victim", "precious");
    symlink("victim", scene.path("link")).unwrap();
    fail(&scene, "link");
    assert_eq!(scene.read("victim"), "precious");

    fs::create_dir(scene.path("directory")).unwrap();
    fail(&scene, "directory");
    fail(&scene, "missing/file");
    fail(&scene, "named");
    assert!(scene.read("named").starts_with("exit 2 (config)"));
}

#[test]
fn a_fifo_that_somebody_reads_gets_nothing() {
    let scene = scene();
    scene.make_fifo("fifo");
    // Opened for both, so that opening does not wait.
    let reader = fs::OpenOptions::new().read(true).write(true).open(scene.path("fifo")).unwrap();
    fail(&scene, "fifo");
    use std::os::fd::AsFd as _;
    assert_eq!(rustix::io::ioctl_fionread(reader.as_fd()).unwrap(), 0);
}

#[test]
fn thousands_of_failures_fit_and_the_first_kilobyte_is_enough() {
    let scene = scene();
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
    assert_eq!(output.code(), 3);
    let message = termination(&scene);
    assert!((3500..=4096).contains(&message.len()), "{}", message.len());
    let first: String = String::from_utf8_lossy(&message.as_bytes()[..1024]).into_owned();
    let head = "exit 3 (keyNotFound), see docs/errors.md#keynotfound; 3000 failures: 3000 keyNotFound\n- file `a`: secret `db`: key `нет-0`: ";
    assert!(first.starts_with(head), "{first}");
    let shown = message.lines().filter(|line| line.starts_with("- ")).count();
    assert_eq!(message.lines().last().unwrap(), format!("… and {} more", 3000 - shown));
}
