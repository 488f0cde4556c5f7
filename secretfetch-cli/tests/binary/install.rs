//! `install`: the program leaves itself where another image finds it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::thread;

use crate::scene::{Outcome, Scene};

const PROGRAM: &str = env!("CARGO_BIN_EXE_secretfetch");

/// With an empty volume.
fn scene() -> Scene {
    let scene = Scene::new();
    fs::create_dir(scene.path("volume")).unwrap();
    scene
}

#[track_caller]
fn assert_is_the_program(scene: &Scene, name: &str) {
    let path = scene.path(name);
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert!(metadata.is_file(), "{name}");
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o555, "{name}");
    assert!(fs::read(path).unwrap() == fs::read(PROGRAM).unwrap(), "{name} has other bytes");
}

/// Runs a shell script in a mount namespace of its own, as root, in the scene's directory, with `"$0"` for the program.
fn in_mount_namespace(scene: &Scene, script: &str) -> Outcome {
    let unshare = ["--mount", "--propagation", "private", "sh", "-euc", script, PROGRAM];
    scene.program("unshare").arguments(unshare).run()
}

#[test]
fn the_copy_starts_and_a_second_run_leaves_it_alone() {
    let scene = scene();
    let output = scene.run(&["install", "volume/sf"]);
    output.assert_done();
    output.assert_tells(&["written    volume/sf  ", "  mode 0555\n"]);
    assert!(output.stdout.is_empty());
    assert_is_the_program(&scene, "volume/sf");
    let version = scene.program(scene.path("volume/sf")).arguments(["--version"]).run();
    assert_eq!(version.stdout(), format!("secretfetch {}\n", env!("CARGO_PKG_VERSION")));

    let before = fs::metadata(scene.path("volume/sf")).unwrap();
    let output = scene.run(&["install", "volume/sf"]);
    output.assert_done();
    output.assert_tells(&["unchanged  volume/sf  "]);
    let after = fs::metadata(scene.path("volume/sf")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!(scene.names("volume"), ["sf"]);
}

#[test]
fn in_a_directory_it_has_its_own_name() {
    let scene = scene();
    symlink("volume", scene.path("link")).unwrap();
    for (path, there) in [
        ("volume", "volume/secretfetch"),
        ("link", "volume/secretfetch"),
        ("new/deep/", "new/deep/secretfetch"),
        ("new/other/name", "new/other/name"),
        ("name", "name"),
        (".", "secretfetch"),
    ] {
        scene.run(&["install", path]).assert_done();
        assert_is_the_program(&scene, there);
        fs::remove_file(scene.path(there)).unwrap();
    }
    // Another user's container finds its way through what was made for it.
    assert_eq!(fs::metadata(scene.path("new/deep")).unwrap().permissions().mode() & 0o5, 0o5);
}

#[test]
fn what_has_the_name_is_replaced_and_what_it_leads_to_stays() {
    let scene = scene().with_file("other", "theirs");
    symlink("../other", scene.path("volume/link")).unwrap();
    symlink("nowhere", scene.path("volume/dangling")).unwrap();
    scene.write("volume/older", "an older version");
    // The same bytes, which only their owner can start.
    fs::copy(PROGRAM, scene.path("volume/private")).unwrap();
    fs::set_permissions(scene.path("volume/private"), fs::Permissions::from_mode(0o700)).unwrap();
    for name in ["link", "dangling", "older", "private"] {
        let output = scene.run(&["install", &format!("volume/{name}")]);
        output.assert_done();
        output.assert_tells(&["written"]);
        assert_is_the_program(&scene, &format!("volume/{name}"));
    }
    assert_eq!(scene.read("other"), "theirs");
    assert_eq!(scene.names("volume"), ["dangling", "link", "older", "private"]);
}

/// Another program's descriptor, open for writing, would keep it from starting; one that runs cannot be written to.
#[test]
fn a_program_that_runs_is_replaced_too() {
    let scene = scene();
    let output = scene.shell("cp /bin/sleep volume/sf && { volume/sf 5 & } && \"$0\" install volume/sf; kill $!").run();
    output.assert_done();
    assert_is_the_program(&scene, "volume/sf");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc")]
fn what_is_copied_is_what_runs_even_if_its_file_is_gone() {
    let scene = scene();
    let script =
        "cp \"$0\" copy && exec 3<copy && rm copy && echo other >copy && exec /proc/self/fd/3 install volume/sf";
    scene.shell(script).run().assert_done();
    assert_is_the_program(&scene, "volume/sf");
}

#[test]
fn several_at_once_leave_one_whole_file() {
    let scene = scene();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| scene.run(&["install", "volume/sf"]))).collect();
        runs.into_iter().for_each(|run| run.join().unwrap().assert_done());
    });
    assert_is_the_program(&scene, "volume/sf");
    assert_eq!(scene.names("volume"), ["sf"]);
}

#[test]
fn the_report_is_that_of_a_file_without_secrets() {
    let scene = scene();
    let output = scene.run(&["install", "volume/", "--report", "json", "-q"]);
    output.assert_done();
    let report = output.report();
    let file = &report["files"][0];
    assert_eq!(file["path"], "volume/secretfetch");
    assert_eq!((&file["outcome"], &file["mode"]), (&"written".into(), &"0555".into()));
    assert_eq!(file["bytes"], fs::metadata(PROGRAM).unwrap().len());
    assert_eq!(file["sources"].as_array().map(Vec::len), Some(0));
    assert!(output.stderr.is_empty());
    assert_eq!(scene.run(&["install", "volume", "--report", "json"]).report()["files"][0]["outcome"], "unchanged");
}

#[test]
fn what_is_no_place_for_a_file_is_refused_and_nothing_is_left() {
    let scene = scene().with_file("file", "x");
    fs::create_dir_all(scene.path("volume/secretfetch")).unwrap();
    scene.make_fifo("volume/fifo");
    for (path, code, texts) in [
        ("volume", 7, ["a directory is in the way", "remove it"]),
        ("volume/fifo", 7, ["a FIFO is in the way", "remove it"]),
        ("file/sf", 7, ["a file stands where a directory is needed", "another path"]),
        ("volume/..data", 2, ["is kept for generations", "volume/..data"]),
        ("volume/.secretfetch-x", 2, ["is kept for files in the making", "volume/.secretfetch-x"]),
    ] {
        scene.run(&["install", path]).assert_fails(code, &texts);
    }
    let long = format!("volume/{}", "x".repeat(256));
    scene.run(&["install", &long]).assert_fails(2, &["longer than 255 bytes"]);
    assert_eq!(scene.names("volume"), ["fifo", "secretfetch"]);
    assert_eq!(scene.read("file"), "x");
    scene.run(&["install"]).assert_fails(2, &["<PATH>", "Usage: secretfetch install [OPTIONS] <PATH>"]);
}

#[test]
fn a_user_without_rights_can_install_where_it_may_write_and_is_told_where_not() {
    let scene = scene().with_program_for_everyone().with_unprivileged_owner_of("volume");
    scene.run(&["install", "volume/sf"]).assert_done();
    assert_is_the_program(&scene, "volume/sf");
    fs::remove_file(scene.path("volume/sf")).unwrap();
    fs::set_permissions(scene.path("volume"), fs::Permissions::from_mode(0o555)).unwrap();
    let denied = format!("permission denied for user {}", scene.uid());
    scene.run(&["install", "volume/sf"]).assert_fails(7, &[&denied, "fsGroup"]);
    assert_eq!(scene.names("volume"), [""; 0]);
}

#[test]
#[ignore = "needs root"]
fn where_nothing_can_be_started_nothing_is_installed() {
    let output = in_mount_namespace(
        &scene(),
        "mount -t tmpfs -o noexec none volume
         \"$0\" install volume/deep/sf && exit 1 || echo exit $?
         ls -A volume",
    );
    assert_eq!(output.stdout(), "exit 7\n");
    output.assert_tells(&["mounted `noexec`", "volume/deep/sf", "medium: Memory"]);
}

#[test]
#[ignore = "needs root"]
fn a_volume_that_is_full_or_read_only_keeps_what_it_has() {
    let output = in_mount_namespace(
        &scene(),
        "mount -t tmpfs -o size=64k none volume
         echo old >volume/sf
         \"$0\" install volume/sf && exit 1 || echo exit $?
         mount -o remount,ro volume
         \"$0\" install volume/sf && exit 1 || echo exit $?
         ls -A volume; cat volume/sf",
    );
    assert_eq!(output.stdout(), "exit 7\nexit 7\nsf\nold\n");
    output.assert_tells(&["no space is left", "the file system is read-only"]);
}
