//! What a failure is outside the program: an exit code, and the place where it is explained.

use secretfetch::{Error, ErrorCategory, ErrorKind};

/// The exit code, which is part of the interface: that of the failure that a person must mend first.
pub(crate) fn exit_code(error: &Error) -> u8 {
    code_of(error.category())
}

fn code_of(category: ErrorCategory) -> u8 {
    match category {
        ErrorCategory::Configuration => 2,
        ErrorCategory::NotFound => 3,
        ErrorCategory::Access => 4,
        ErrorCategory::Unavailable => 5,
        ErrorCategory::Content => 6,
        ErrorCategory::Write => 7,
        // One that this program does not know is a defect of it.
        _ => 1,
    }
}

/// Where the kind is explained, with its causes and what to do: a path in this repository, with an anchor.
pub(crate) fn docs(kind: ErrorKind) -> String {
    // Every renderer of Markdown makes the anchor of a one-word heading by lower-casing it.
    format!("docs/errors.md#{}", kind.name().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const PAGE: &str = include_str!("../../../docs/errors.md");

    #[test]
    fn the_table_of_exit_codes_is_that_of_the_kinds() {
        let mut table: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for row in PAGE.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let (Ok(code), kinds) = (cells[0].parse(), cells[1]) else { continue };
            let kinds = kinds.split(", ").map(|kind| kind.trim_matches('`').to_owned()).filter(|kind| !kind.is_empty());
            assert!(table.insert(code, kinds.collect()).is_none(), "{code} stands twice");
        }
        assert_eq!(table.remove(&0), Some(Vec::new()));
        let mut kinds: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for kind in ErrorKind::ALL {
            kinds.entry(code_of(kind.category())).or_default().push(kind.name().to_owned());
        }
        assert_eq!(table, kinds);
        assert!(PAGE.contains("| 143, 130 |"));
    }

    #[test]
    fn of_several_failures_the_first_of_the_order_on_the_page_decides() {
        let order = ErrorCategory::ALL.iter().map(|category| code_of(*category).to_string()).collect::<Vec<_>>();
        let sentence = format!("With several failures the exit code is the first of {} that occurs", order.join(", "));
        assert!(PAGE.contains(&sentence), "{sentence}");
    }

    #[test]
    fn every_kind_is_explained_where_a_failure_says() {
        for kind in ErrorKind::ALL {
            let docs = docs(*kind);
            let (file, anchor) = docs.split_once('#').unwrap();
            assert_eq!(file, "docs/errors.md");
            let is_explained = |line: &str| line.strip_prefix("### ").map(str::to_lowercase).as_deref() == Some(anchor);
            assert!(PAGE.lines().any(is_explained), "{docs}");
        }
    }
}
