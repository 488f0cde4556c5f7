//! `layout: generation`: the set changes in one rename, never mixes, and stale files disappear.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use secretfetch::{ErrorKind, FileOutcome};

use crate::scene::{names, outcomes, run};

const FILES: &str = r#"
layout: generation
files:
  - {path: app.env, format: env, secretId: db}
  - {path: conf/deep/url, secretId: url, mode: "0400"}
  - {path: conf/extra, secretId: extra, optional: true}
"#;
const OLD: &str = r#"{"db": {"password": "old"}, "url": "postgres://old", "extra": "x"}"#;
const NEW: &str = r#"{"db": {"password": "new"}, "url": "postgres://old"}"#;

/// The current generation's directory, after checking that it is the only one and that nothing else is left.
fn only_generation(directory: &Path, links: &[&str]) -> PathBuf {
    let current = fs::read_link(directory.join("..data")).unwrap().into_os_string().into_string().unwrap();
    let mut expected = vec![current.clone(), "..data".to_owned()];
    expected.extend(links.iter().map(|link| (*link).to_owned()));
    expected.sort();
    assert_eq!(names(directory), expected);
    for link in links {
        assert_eq!(fs::read_link(directory.join(link)).unwrap(), Path::new("..data").join(link));
    }
    directory.join(current)
}

#[test]
fn files_are_read_through_one_symlink() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("secret");
    let report = run(OLD, &root, FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Written; 3]);
    assert_eq!(fs::read_to_string(root.join("app.env")).unwrap(), "password=old\n");
    assert_eq!(fs::read_to_string(root.join("conf/deep/url")).unwrap(), "postgres://old");
    let generation = only_generation(&root, &["app.env", "conf"]);
    let mode = |path: PathBuf| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(generation.join("app.env")), mode(generation.join("conf/deep/url"))), (0o440, 0o400));
    assert_eq!((mode(generation.clone()), mode(generation.join("conf"))), (0o750, 0o750));
}

#[test]
fn an_unchanged_set_is_not_republished_and_a_changed_one_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    let first = only_generation(dir.path(), &["app.env", "conf"]);
    let inode = fs::metadata(first.join("app.env")).unwrap().ino();

    let report = run(OLD, dir.path(), FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Unchanged; 3]);
    assert_eq!(only_generation(dir.path(), &["app.env", "conf"]), first);
    assert_eq!(fs::metadata(first.join("app.env")).unwrap().ino(), inode);

    let report = run(NEW, dir.path(), FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Written, FileOutcome::Unchanged, FileOutcome::Removed]);
    let second = only_generation(dir.path(), &["app.env", "conf"]);
    assert_ne!(second, first);
    assert_eq!(fs::read_to_string(dir.path().join("app.env")).unwrap(), "password=new\n");
    assert_eq!(names(&second.join("conf")), ["deep"]);
}

#[test]
fn a_changed_mode_is_a_changed_set() {
    let dir = tempfile::tempdir().unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    let report = run(OLD, dir.path(), &FILES.replace("\"0400\"", "\"0444\"")).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Unchanged, FileOutcome::Written, FileOutcome::Unchanged]);
    let generation = only_generation(dir.path(), &["app.env", "conf"]);
    // Whoever may read the file may reach it.
    assert_eq!(fs::metadata(generation.join("conf/deep")).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn stale_files_disappear() {
    let dir = tempfile::tempdir().unwrap();
    let keys = "{layout: generation, files: [{path: keys, format: files, secretId: db}, {path: url, secretId: url}]}";
    run(OLD, dir.path(), keys).unwrap();
    only_generation(dir.path(), &["keys", "url"]);
    let renamed = OLD.replace("password", "passphrase");
    run(&renamed, dir.path(), keys).unwrap();
    assert_eq!(names(&dir.path().join("keys")), ["passphrase"]);
    run(OLD, dir.path(), "{layout: generation, files: [{path: url, secretId: url}]}").unwrap();
    only_generation(dir.path(), &["url"]);
}

#[test]
fn a_generation_whose_every_file_went_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let optional = "{layout: generation, files: [{path: url, secretId: url, optional: true}]}";
    assert_eq!(outcomes(&run("{}", dir.path(), optional).unwrap()), [FileOutcome::Skipped]);
    assert_eq!(names(dir.path()), [""; 0]);
    run(OLD, dir.path(), optional).unwrap();
    assert_eq!(outcomes(&run("{}", dir.path(), optional).unwrap()), [FileOutcome::Removed]);
    assert_eq!(names(&only_generation(dir.path(), &[])), [""; 0]);
}

#[test]
fn what_killed_runs_left_is_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    let left = dir.path().join("..2026_01_02_03_04_05.678");
    fs::create_dir_all(left.join("conf")).unwrap();
    fs::write(left.join("conf/extra"), "half").unwrap();
    fs::write(dir.path().join(".secretfetch-abcdef.tmp"), "half").unwrap();
    symlink("..data/gone", dir.path().join("gone")).unwrap();
    fs::write(dir.path().join("theirs"), "kept").unwrap();
    fs::create_dir(dir.path().join("..theirs")).unwrap();
    symlink("elsewhere", dir.path().join("link")).unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    let current = fs::read_link(dir.path().join("..data")).unwrap().into_os_string().into_string().unwrap();
    let mut expected = ["..data", "..theirs", &current, "app.env", "conf", "link", "theirs"];
    expected.sort_unstable();
    assert_eq!(names(dir.path()), expected);
}

#[test]
fn files_of_the_plain_layout_are_replaced_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let files = "files: [{path: app.env, format: env, secretId: db}, {path: url, secretId: url}]";
    run(OLD, dir.path(), files).unwrap();
    run(NEW, dir.path(), &format!("layout: generation\n{files}")).unwrap();
    only_generation(dir.path(), &["app.env", "url"]);
    assert_eq!(fs::read_to_string(dir.path().join("app.env")).unwrap(), "password=new\n");
    run(OLD, dir.path(), files).unwrap();
    assert!(fs::symlink_metadata(dir.path().join("app.env")).unwrap().is_file());
    assert_eq!(fs::read_to_string(dir.path().join("app.env")).unwrap(), "password=old\n");
}

#[test]
fn what_is_in_the_way_leaves_the_old_generation() {
    let dir = tempfile::tempdir().unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    let before = only_generation(dir.path(), &["app.env", "conf"]);
    fs::create_dir(dir.path().join("more")).unwrap();
    let error = run(NEW, dir.path(), &format!("{FILES}  - {{path: more, secretId: url}}\n")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotWrite);
    assert!(error.to_string().contains("a directory is in the way"), "{error}");
    fs::remove_dir(dir.path().join("more")).unwrap();
    assert_eq!(only_generation(dir.path(), &["app.env", "conf"]), before);
    assert_eq!(fs::read_to_string(dir.path().join("app.env")).unwrap(), "password=old\n");
}

#[test]
fn planted_symlinks_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
    fs::create_dir(&root).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("theirs"), "kept").unwrap();
    symlink("../outside", root.join("..data")).unwrap();
    symlink("../outside", root.join("..2026_01_02_03_04_05.678")).unwrap();
    symlink("../outside/theirs", root.join("app.env")).unwrap();
    run(OLD, &root, FILES).unwrap();
    // A symlink of such a name was not made here.
    fs::remove_file(root.join("..2026_01_02_03_04_05.678")).unwrap();
    only_generation(&root, &["app.env", "conf"]);
    assert_eq!(names(&outside), ["theirs"]);
    assert_eq!(fs::read_to_string(outside.join("theirs")).unwrap(), "kept");
}

/// The run of a configuration that has a name.
fn named(name: &str, directory: &Path, files: &str) -> secretfetch::Result<secretfetch::Report> {
    run(OLD, directory, &format!("name: {name}\n{files}"))
}

#[test]
fn a_generation_is_replaced_by_its_own_configuration_only() {
    let dir = tempfile::tempdir().unwrap();
    let one = "{layout: generation, files: [{path: one, secretId: url}]}";
    let named = |name: &str, layout: &str, path: &str| {
        run(OLD, dir.path(), &format!("{{name: {name}, layout: {layout}, files: [{{path: {path}, secretId: url}}]}}"))
    };
    named("app", "generation", "one").unwrap();
    let before = only_generation(dir.path(), &["one"]);
    assert_eq!(fs::read_link(before.join("..secretfetch")).unwrap(), Path::new("app"));
    // The same name, with nothing changed and with another set.
    named("app", "generation", "one").unwrap();
    assert_eq!(only_generation(dir.path(), &["one"]), before);
    named("app", "generation", "two").unwrap();
    let before = only_generation(dir.path(), &["two"]);
    // Another name, or none, whatever the layout.
    for (theirs, error) in [
        ("this is `web`", named("web", "generation", "three").unwrap_err()),
        ("this is `web`", named("web", "plain", "two").unwrap_err()),
        ("this run has no name", run(OLD, dir.path(), one).unwrap_err()),
        ("this run has no name", run(OLD, dir.path(), "files: [{path: x, secretId: url}]").unwrap_err()),
    ] {
        assert_eq!(error.kind(), ErrorKind::CannotWrite);
        let text = error.to_string();
        assert!(text.contains("that of the configuration `app`") && text.contains(theirs), "{text}");
        assert!(text.contains("another directory") && text.contains("the same `name`"), "{text}");
    }
    assert_eq!(only_generation(dir.path(), &["two"]), before);
    // A directory below it that is no part of it is another's.
    run(OLD, &dir.path().join("below"), "files: [{path: x, secretId: url}]").unwrap();
}

#[test]
fn a_generation_without_a_name_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    run(OLD, dir.path(), FILES).unwrap();
    named("app", dir.path(), FILES).unwrap();
    let generation = only_generation(dir.path(), &["app.env", "conf"]);
    assert_eq!(fs::read_link(generation.join("..secretfetch")).unwrap(), Path::new("app"));
}

#[test]
fn nothing_is_written_into_a_generation_through_its_symlinks() {
    let dir = tempfile::tempdir().unwrap();
    named("app", dir.path(), FILES).unwrap();
    let generation = only_generation(dir.path(), &["app.env", "conf"]);
    let plain = "files: [{path: conf/new, secretId: url}]";
    let below = |path: &str| run(OLD, &dir.path().join(path), "files: [{path: new, secretId: url}]");
    for error in [named("app", dir.path(), plain), below("conf"), below("conf/deep"), below("..data")] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CannotWrite);
        assert!(error.to_string().contains("leads into a generation of files"), "{error}");
    }
    assert_eq!(names(&generation.join("conf")), ["deep", "extra"]);
}

#[test]
fn what_a_killed_run_left_goes_before_the_new_generation_needs_the_space() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("..2026_01_02_03_04_05.678");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), "x").unwrap();
    // In the way of the new generation, which fails: what was left is gone all the same.
    fs::create_dir(dir.path().join("app.env")).unwrap();
    run(OLD, dir.path(), FILES).unwrap_err();
    assert_eq!(names(dir.path()), ["app.env"]);
}

#[test]
fn what_turns_up_in_a_generation_that_is_over_is_no_reason_to_fail() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("..2026_01_02_03_04_05.678");
    fs::create_dir(&left).unwrap();
    // No name of ours has other bytes than those of a text.
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff");
    fs::write(left.join(odd), "theirs").unwrap();
    let report = run(OLD, dir.path(), FILES).unwrap();
    assert!(
        report.notes.iter().any(|note| note.contains("an earlier run left") && note.contains("..2026")),
        "{report:?}"
    );
    assert_eq!(fs::read_to_string(left.join(odd)).unwrap(), "theirs");
}
