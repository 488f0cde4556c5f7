//! `layout: plain`.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use secretfetch::{Config, ErrorKind, FileOutcome, FileReport, Plan, SourceReport};

use crate::scene::{names, outcomes, run};

const SECRETS: &str = r#"{
    "db": {"username": "app", "password": "s3cr3t", "port": 5432},
    "url": "postgres://db",
    "bin": {"$binary": "AAH/Cg=="},
    "bad": {"x": "a'b\"c"}
}"#;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

const FILES: &str = r#"
files:
  - {path: app.env, format: env, secretId: db}
  - {path: deep/er/url, secretId: url, mode: "0400"}
  - {path: deep/bin, secretId: bin}
"#;

#[test]
fn files_have_their_bytes_and_mode_and_parents_are_created() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("new/secret");
    let report = run(SECRETS, &root, FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Written; 3]);
    assert_eq!(fs::read(root.join("app.env")).unwrap(), b"username=app\npassword=s3cr3t\nport=5432\n");
    assert_eq!(fs::read(root.join("deep/er/url")).unwrap(), b"postgres://db");
    assert_eq!(fs::read(root.join("deep/bin")).unwrap(), [0, 1, 255, b'\n']);
    assert_eq!((mode(&root.join("app.env")), mode(&root.join("deep/er/url"))), (0o440, 0o400));
    assert_eq!((mode(&root), mode(&root.join("deep/er"))), (0o750, 0o750));
    assert_eq!(names(&root), ["app.env", "deep"]);
}

/// Two sources are two lines; and libpq passes over a file that others may open, so that none is written.
#[test]
fn a_file_of_logins_is_its_owners_alone_and_has_a_line_of_each_source() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = r#"{"a": {"host": "a", "username": "u", "password": "p"}, "b": {"host": "b", "username": "u", "password": "q"}}"#;
    let file = |mode: &str| {
        format!("files: [{{path: pgpass, format: pgpass{mode}, from: [{{secretId: a}}, {{secretId: b}}]}}]")
    };
    run(secrets, dir.path(), &file("")).unwrap();
    let path = dir.path().join("pgpass");
    assert_eq!(fs::read(&path).unwrap(), b"a:5432:*:u:p\nb:5432:*:u:q\n");
    assert_eq!(mode(&path), 0o600);

    run(secrets, dir.path(), &file(", mode: \"0400\"")).unwrap();
    assert_eq!(mode(&path), 0o400);
    let refusal = |text: &str| Plan::new(Config::from_text(text, Path::new("")).unwrap()).unwrap_err();
    for wrong in [file(", mode: \"0440\""), format!("mode: \"0444\"\n{}", file(""))] {
        let error = refusal(&wrong);
        assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
        assert!(error.to_string().contains("0600"), "{error}");
    }
    assert_eq!(refusal(&file("").replace("pgpass, from", "mycnf, from")).kind(), ErrorKind::Config);
}

#[test]
fn an_unchanged_file_is_left_alone_and_a_changed_one_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    run(SECRETS, dir.path(), FILES).unwrap();
    let inode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().ino();
    let before = (inode("app.env"), inode("deep/bin"));

    let report = run(SECRETS, dir.path(), FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Unchanged; 3]);
    assert_eq!((inode("app.env"), inode("deep/bin")), before);

    let report = run(&SECRETS.replace("s3cr3t", "other!"), dir.path(), FILES).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Written, FileOutcome::Unchanged, FileOutcome::Unchanged]);
    assert_eq!(inode("deep/bin"), before.1);
    assert!(fs::read_to_string(dir.path().join("app.env")).unwrap().contains("'other!'"));
}

#[test]
fn a_wrong_mode_is_a_change() {
    let dir = tempfile::tempdir().unwrap();
    run(SECRETS, dir.path(), FILES).unwrap();
    fs::set_permissions(dir.path().join("app.env"), fs::Permissions::from_mode(0o644)).unwrap();
    let report = run(SECRETS, dir.path(), FILES).unwrap();
    assert_eq!(report.files[0].outcome, FileOutcome::Written);
    assert_eq!(mode(&dir.path().join("app.env")), 0o440);
}

#[test]
fn one_failure_leaves_every_file_as_it_was_and_all_failures_are_told() {
    let dir = tempfile::tempdir().unwrap();
    run(SECRETS, dir.path(), FILES).unwrap();
    let files = r#"
files:
  - {path: app.env, format: env, secretId: url}
  - {path: bad.env, format: env, secretId: bad}
  - {path: gone, secretId: nowhere}
  - {path: key, secretId: db, key: usrname}
  - {path: fresh, secretId: url}
"#;
    let error = run(SECRETS, dir.path(), files).unwrap_err();
    let kinds: Vec<ErrorKind> = error.failures().iter().map(|failure| failure.kind()).collect();
    let expected =
        [ErrorKind::SecretNotFound, ErrorKind::WrongShape, ErrorKind::Unrepresentable, ErrorKind::KeyNotFound];
    assert_eq!(kinds, expected);
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    assert_eq!(names(dir.path()), ["app.env", "deep"]);
    assert!(fs::read_to_string(dir.path().join("app.env")).unwrap().starts_with("username="));
}

#[test]
fn a_directory_in_the_way_stops_the_whole_set() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("app.env")).unwrap();
    let error =
        run(SECRETS, dir.path(), "files: [{path: a, secretId: url}, {path: app.env, secretId: url}]").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotWrite);
    assert!(error.to_string().contains("a directory is in the way"), "{error}");
    assert_eq!(names(dir.path()), ["app.env"]);
}

#[test]
fn a_symlink_that_leads_out_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
    fs::create_dir_all(&root).unwrap();
    fs::create_dir_all(&outside).unwrap();
    symlink(&outside, root.join("sub")).unwrap();
    let error = run(SECRETS, &root, "files: [{path: sub/x, secretId: url}]").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotWrite);
    assert!(names(&outside).is_empty());

    // A symlink in the file's own place is replaced, and what it points at stays.
    fs::write(outside.join("target"), "old").unwrap();
    symlink(outside.join("target"), root.join("x")).unwrap();
    run(SECRETS, &root, "files: [{path: x, secretId: url}]").unwrap();
    assert_eq!(fs::read_to_string(outside.join("target")).unwrap(), "old");
    assert!(fs::symlink_metadata(root.join("x")).unwrap().is_file());
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    for name in [".secretfetch-abcdefabcdef.tmp", ".secretfetch-notes", "other.tmp"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    run(SECRETS, dir.path(), "files: [{path: a, secretId: url}]").unwrap();
    assert_eq!(names(dir.path()), [".secretfetch-notes", "a", "other.tmp"]);
}

#[test]
fn optional_secrets_contribute_nothing_and_a_stale_file_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let files = r#"
files:
  - path: both.env
    format: env
    from:
      - {secretId: nowhere, optional: true}
      - {secretId: db, keys: {DB_USER: username}}
  - {path: none.env, format: env, secretId: nowhere, optional: true}
"#;
    fs::write(dir.path().join("none.env"), "stale").unwrap();
    let report = run(SECRETS, dir.path(), files).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Written, FileOutcome::Removed]);
    assert_eq!(names(dir.path()), ["both.env"]);
    let report = run(SECRETS, dir.path(), files).unwrap();
    assert_eq!(outcomes(&report), [FileOutcome::Unchanged, FileOutcome::Skipped]);
}

#[test]
fn an_optional_directory_of_files_whose_secret_does_not_exist_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let files = r#"
files:
  - {path: ., format: files, secretId: nowhere, optional: true}
  - {path: keys, format: files, secretId: nowhere, optional: true}
  - {path: keys, format: files, secretId: nowhere/else, optional: true}
  - {path: url, secretId: url}
"#;
    let report = run(SECRETS, dir.path(), files).unwrap();
    let skipped = FileOutcome::Skipped;
    assert_eq!(outcomes(&report), [skipped, skipped, skipped, FileOutcome::Written]);
    assert_eq!(report.files[1].path, dir.path().join("keys"));
    assert!(!report.files[1].sources[0].found);
    assert_eq!(names(dir.path()), ["url"]);
}

/// With all sources at each, a report would grow with their product.
#[test]
fn the_file_of_a_key_names_the_secret_that_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let files = r#"
files:
  - path: keys
    format: files
    from:
      - {secretId: url, as: url}
      - {secretId: nowhere, optional: true}
      - {secretId: db}
"#;
    let report = run(SECRETS, dir.path(), files).unwrap();
    let sources = |file: &FileReport| {
        let of = |source: &SourceReport| format!("{} {}", source.secret_id, source.found);
        let name = file.path.file_name().unwrap().to_str().unwrap();
        format!("{name}: {}", file.sources.iter().map(of).collect::<Vec<_>>().join(", "))
    };
    let told: Vec<String> = report.files.iter().map(sources).collect();
    assert_eq!(told[0], "url: url true, nowhere false");
    assert!(told.len() > 2 && told[1..].iter().all(|told| told.ends_with(": db true")), "{told:?}");
}

#[test]
fn a_refusal_in_the_directory_itself_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let files = "files: [{path: ., format: files, dialect: envdir, secretId: db, keys: {A=B: username}}]";
    let error = run(SECRETS, dir.path(), files).unwrap_err();
    assert_eq!((error.kind(), error.failures()[0].file()), (ErrorKind::Unrepresentable, Some(Path::new("."))));
}

#[test]
fn an_optional_secret_with_a_missing_key_fails() {
    let dir = tempfile::tempdir().unwrap();
    let files = "files: [{path: a.env, format: env, secretId: db, keys: {A: nope}, optional: true}]";
    assert_eq!(run(SECRETS, dir.path(), files).unwrap_err().kind(), ErrorKind::KeyNotFound);
}

#[test]
fn the_set_group_id_bit_of_a_volume_is_inherited() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o2770)).unwrap();
    let report = run(SECRETS, dir.path(), "files: [{path: sub/a, secretId: url}]").unwrap();
    assert_eq!(mode(&dir.path().join("sub")), 0o2750);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}

#[test]
fn one_file_per_key_with_exact_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = r#"{"db": {"user": "a\nb", "port": 5432, "nested": {"x": [1.0]}}}"#;
    let report = run(secrets, dir.path(), "files: [{path: creds, format: files, secretId: db}]").unwrap();
    assert_eq!(report.files.len(), 3);
    assert_eq!(fs::read(dir.path().join("creds/user")).unwrap(), b"a\nb");
    assert_eq!(fs::read(dir.path().join("creds/nested")).unwrap(), br#"{"x":[1.0]}"#);

    let error = run(
        r#"{"db": {"../x": "a", "..": "b", "": "c"}}"#,
        dir.path(),
        "files: [{path: creds, format: files, secretId: db}]",
    );
    assert_eq!(error.unwrap_err().failures().len(), 3);
}

#[test]
fn runs_on_one_directory_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let files = "files: [{path: a, secretId: x}, {path: b, secretId: x}]";
    std::thread::scope(|scope| {
        for n in 0..16 {
            let dir = dir.path();
            scope.spawn(move || run(&format!(r#"{{"x": "value {n}"}}"#), dir, files).unwrap());
        }
    });
    assert_eq!(names(dir.path()), ["a", "b"]);
    assert_eq!(fs::read(dir.path().join("a")).unwrap(), fs::read(dir.path().join("b")).unwrap());
}

#[test]
fn a_directory_that_exists_is_not_changed_whatever_its_mode() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    for (path, mode) in [("", 0o1700), ("deep", 0o3700), ("deep/er", 0o700)] {
        fs::create_dir(root.join(path)).unwrap();
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    run(SECRETS, &root, FILES).unwrap();
    let found = ["", "deep", "deep/er"].map(|path| mode(&root.join(path)));
    assert_eq!(found, [0o1700, 0o3700, 0o700]);
}

#[test]
fn directories_that_a_killed_run_had_begun_are_removed_if_they_are_empty() {
    let dir = tempfile::tempdir().unwrap();
    let [empty, full] = ["abcdefabcdef", "fedcbafedcba"].map(|name| format!(".secretfetch-{name}.tmp"));
    for parent in ["", "root"] {
        fs::create_dir_all(dir.path().join(parent).join(&empty)).unwrap();
        fs::create_dir_all(dir.path().join(parent).join(&full).join("theirs")).unwrap();
    }
    let report = run(SECRETS, &dir.path().join("root/new"), FILES).unwrap();
    assert!(report.notes.iter().all(|note| !note.contains("earlier run")), "{report:?}");
    assert_eq!(names(&dir.path().join("root")), [full.clone(), "new".to_owned()]);
    let report = run(SECRETS, dir.path(), "files: [{path: x, secretId: url}]").unwrap();
    assert!(report.notes.iter().any(|note| note.contains(&full) && note.contains("not empty")), "{report:?}");
    assert_eq!(names(dir.path()), [full, "root".to_owned(), "x".to_owned()]);
}

#[test]
fn two_paths_that_reach_one_file_are_a_mistake_in_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    symlink("real", dir.path().join("other")).unwrap();
    let files = "files: [{path: real/x, secretId: url}, {path: other/x, secretId: bin}]";
    let error = run(SECRETS, dir.path(), files).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("`real/x`") && text.contains("`other/x`") && text.contains("the same file"), "{text}");
    assert_eq!(names(&dir.path().join("real")), [""; 0]);
    // Different files in it are none.
    run(SECRETS, dir.path(), "files: [{path: real/x, secretId: url}, {path: other/y, secretId: bin}]").unwrap();
    assert_eq!(names(&dir.path().join("real")), ["x", "y"]);
}
