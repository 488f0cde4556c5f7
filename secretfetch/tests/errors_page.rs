//! `docs/errors.md` and the kinds of errors, each against the other.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

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
    for (heading, text) in sections {
        for part in ["Cause: ", "Remedy: "] {
            let part = text.split("\n\n").find_map(|paragraph| paragraph.trim_start().strip_prefix(part));
            assert!(part.is_some_and(|text| text.split_whitespace().count() >= 4), "{heading} has no {part:?}");
        }
    }
}
