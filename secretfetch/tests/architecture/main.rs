//! Layers: a file knows those below it. No two files of a crate each take something from the other, directly or by
//! way of others.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod circles;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use circles::{arrows, circles, show};
use tree::Sources;

/// Circles that are still there. An entry that is no longer one fails the test, so the list can only get shorter.
/// Each has a folder and files in it.
const STILL_THERE: &[(&str, &[&str])] = &[];

#[test]
fn no_file_takes_from_one_that_takes_from_it() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut wrong = String::new();
    let known = STILL_THERE.iter().map(|(folder, files)| files.iter().map(|file| format!("{folder}{file}")).collect());
    let mut missing: Vec<BTreeSet<String>> = known.collect();
    for member in members(workspace) {
        let mut sources = Sources::new();
        read(workspace, &workspace.join(&member), &mut sources);
        let roots: Vec<&String> = sources.keys().filter(|file| is_root(file.strip_prefix(&member).unwrap())).collect();
        assert!(!roots.is_empty(), "{member} has no target");
        for root in roots {
            let arrows = arrows(&sources, root);
            for circle in circles(&arrows) {
                match missing.iter().position(|known| known.iter().eq(&circle)) {
                    Some(known) => _ = missing.swap_remove(known),
                    None => wrong += &format!("a circle of {} files:\n{}", circle.len(), show(&arrows, &circle)),
                }
            }
        }
    }
    for circle in missing {
        wrong += &format!("no circle any more, so no entry of the list either: {circle:#?}\n");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The folders of the workspace's crates, each with a slash at its end.
fn members(workspace: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("\nmembers = [").unwrap();
    let (list, _) = after.split_once("\n]").unwrap();
    let names = list.lines().filter_map(|line| line.split('"').nth(1));
    let members: Vec<String> = names.map(|name| format!("{name}/")).collect();
    assert!(members.iter().any(|member| member == "secretfetch/"), "{members:?}");
    members
}

/// Every Rust file in a folder, by its path from the workspace.
fn read(workspace: &Path, folder: &Path, sources: &mut Sources) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(workspace, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(workspace).unwrap().to_str().unwrap().replace('\\', "/");
            sources.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Whether a file of a crate is where Cargo begins a target.
fn is_root(file: &str) -> bool {
    let parts: Vec<&str> = file.split('/').collect();
    matches!(
        parts.as_slice(),
        ["build.rs"]
            | ["src", "lib.rs" | "main.rs"]
            | ["src", "bin", _]
            | ["tests" | "benches" | "examples", _]
            | ["src", "bin", _, "main.rs"]
            | ["tests" | "benches" | "examples", _, "main.rs"]
    )
}

/// The circles of a made-up crate.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Sources = files.iter().map(|&(file, text)| (file.to_owned(), text.to_owned())).collect();
    let arrows = arrows(&sources, "src/lib.rs");
    circles(&arrows).iter().map(|circle| show(&arrows, circle)).collect()
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let files = [
        ("src/lib.rs", "mod above; mod below; mod beside;"),
        ("src/above.rs", "use crate::below::{Below, lift as raise}; pub struct Above(Below); fn f() { raise() }"),
        ("src/below.rs", "use super::above; pub struct Below; pub fn lift() { above::Above::new(); }"),
        ("src/beside.rs", "use crate::above::Above; fn beside(above: Above) {}"),
    ];
    assert_eq!(found(&files), ["  src/above.rs -> src/below.rs: Below, lift\n  src/below.rs -> src/above.rs: Above\n"]);
}

#[test]
fn a_circle_is_found_over_several_files() {
    let files = [
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "pub fn a() { crate::b::b() }"),
        ("src/b.rs", "pub fn b() -> Vec<super::c::C> { vec![] }"),
        ("src/c.rs", "pub struct C; fn c() { println!(\"{}\", [crate::a::a()]) }"),
    ];
    let circle = "  src/a.rs -> src/b.rs: b\n  src/b.rs -> src/c.rs: C\n  src/c.rs -> src/a.rs: a\n";
    assert_eq!(found(&files), [circle]);
}

#[test]
fn a_child_that_takes_from_the_parent_which_calls_it_is_in_a_circle() {
    let files = [
        ("src/lib.rs", "mod format;"),
        ("src/format/mod.rs", "mod env; fn escape() {} pub fn write() { env::write() }"),
        ("src/format/env.rs", "use super::*; pub fn write() { escape() }"),
    ];
    let circle = "  src/format/env.rs -> src/format/mod.rs: escape\n  src/format/mod.rs -> src/format/env.rs: write\n";
    assert_eq!(found(&files), [circle]);
}

#[test]
fn who_declares_modules_and_hands_their_names_on_takes_nothing() {
    let files = [
        ("src/lib.rs", "pub mod parts; pub use parts::{One, Two};"),
        (
            "src/parts/mod.rs",
            "mod one; mod two; pub use one::*; pub(crate) use two::two; pub use two::Two; pub type Both = u8;",
        ),
        ("src/parts/one.rs", "use super::{Both, two}; pub struct One(Both); fn one() { two() }"),
        ("src/parts/two.rs", "pub struct Two; pub fn two() {}"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn a_name_that_is_handed_on_leads_to_the_file_that_defines_it() {
    let files = [
        ("src/lib.rs", "mod parts; pub use parts::*;"),
        ("src/parts/mod.rs", "mod one; mod two; pub use one::*; pub use two::two;"),
        ("src/parts/one.rs", "pub struct One; impl One { fn f() { crate::two() } }"),
        ("src/parts/two.rs", "#[derive(A)] #[serde(with = \"crate::One\")] pub struct Two; pub fn two() {}"),
    ];
    let circle = "  src/parts/one.rs -> src/parts/two.rs: two\n  src/parts/two.rs -> src/parts/one.rs: One\n";
    assert_eq!(found(&files), [circle]);
}

#[test]
fn what_only_tests_take_is_no_arrow() {
    let files = [
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "pub fn a() {} #[cfg(test)] mod tests { use crate::b::b; } #[cfg(test)] fn t() { crate::b::b() }"),
        ("src/b.rs", "use crate::a::a; pub fn b() { a() }"),
    ];
    assert_eq!(found(&files), [""; 0]);
}
