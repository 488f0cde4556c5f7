//! Assertions on what is left behind.

use std::fs;

use base64::Engine as _;
use secretfetch_testkit::{assert_file, assert_no_secret_in, assert_only_files};

use crate::{VALUE, panics_here};

#[test]
fn a_leak_is_told_at_the_line_of_the_test() {
    assert_no_secret_in("nothing here", VALUE);
    let base64 = base64::engine::general_purpose::STANDARD.encode(VALUE);
    panics_here!(assert_no_secret_in(format!("it is {VALUE}"), VALUE), "at byte 6");
    panics_here!(assert_no_secret_in(&base64, VALUE), "in base64");
    panics_here!(assert_no_secret_in("a", "abc"), "cannot be told from chance");
}

#[test]
fn a_file_is_told_at_the_line_of_the_test() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, "A=1").unwrap();
    panics_here!(assert_file(directory.path().join("b")), "No such file");
    panics_here!(assert_file(directory.path()), "not an ordinary file");
    panics_here!(assert_file(&path).has_content("A=2"), "differs from byte 2 on");
    panics_here!(assert_file(&path).has_mode(0o111), "expected 0111");
    panics_here!(assert_only_files(directory.path(), []), r#"left over ["a"]"#);
    panics_here!(assert_only_files(directory.path().join("b"), []), "No such file");
}
