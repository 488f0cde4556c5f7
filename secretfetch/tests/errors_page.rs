//! `docs/errors.md` and the kinds of errors, each against the other.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use secretfetch::ErrorKind;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md")).unwrap()
}

#[test]
fn every_kind_has_its_section_with_cause_and_remedy_and_no_section_is_of_no_kind() {
    let page = page();
    let sections: Vec<(&str, &str)> =
        page.split("\n### ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let headings: Vec<&str> = sections.iter().map(|(heading, _)| *heading).collect();
    let kinds: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(headings, kinds, "the sections are the kinds, in their order");
    for (kind, (heading, text)) in ErrorKind::ALL.iter().zip(&sections) {
        let (_, anchor) = kind.docs().split_once('#').map(|(file, at)| (file.to_owned(), at.to_owned())).unwrap();
        assert_eq!(anchor, heading.to_lowercase(), "what a renderer makes of the heading");
        for part in ["Cause: ", "Remedy: "] {
            let part = text.split("\n\n").find_map(|paragraph| paragraph.trim_start().strip_prefix(part));
            assert!(part.is_some_and(|text| text.split_whitespace().count() >= 4), "{heading} has no {part:?}");
        }
    }
}

#[test]
fn the_table_of_exit_codes_is_that_of_the_kinds() {
    let page = page();
    let mut table: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let (Ok(code), kinds) = (cells[0].parse(), cells[1]) else { continue };
        let kinds = kinds.split(", ").map(|kind| kind.trim_matches('`').to_owned()).filter(|kind| !kind.is_empty());
        assert!(table.insert(code, kinds.collect()).is_none(), "{code} stands twice");
    }
    assert_eq!(table.remove(&0), Some(Vec::new()));
    let mut kinds: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for kind in ErrorKind::ALL {
        kinds.entry(kind.exit_code()).or_default().push(kind.name().to_owned());
    }
    assert_eq!(table, kinds);
    assert!(page.contains("| 143, 130 |"));
}
