//! Every `--help` text is a snapshot under `tests/binary/help`. After a wanted change:
//! `UPDATE_HELP=1 cargo test -p secretfetch-cli --test binary help::`, and read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use secretfetch::Format;

use crate::scene::Scene;

fn help(arguments: &[&str]) -> String {
    let output = Scene::new().run(arguments);
    assert_eq!(output.code(), 0, "{arguments:?}");
    assert!(output.stderr.is_empty(), "{arguments:?}");
    output.stdout().to_owned()
}

fn snapshot(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/binary/help").join(name)
}

/// The commands that the help itself lists.
fn commands(help: &str) -> Vec<&str> {
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("  ")).filter(|row| !row.starts_with(' '));
    let names = rows.map(|row| row.split_whitespace().next().unwrap());
    names.filter(|name| *name != "help").collect()
}

#[test]
fn every_help_text_is_as_it_was_agreed() {
    let top = help(&["--help"]);
    let mut texts = vec![("secretfetch.txt".to_owned(), top.clone()), ("short.txt".to_owned(), help(&["-h"]))];
    for command in commands(&top) {
        texts.push((format!("{command}.txt"), help(&[command, "--help"])));
    }
    let update = std::env::var_os("UPDATE_HELP").is_some();
    for (name, text) in &texts {
        if update {
            fs::write(snapshot(name), text).unwrap();
        }
        let agreed = fs::read_to_string(snapshot(name)).unwrap_or_default();
        assert_eq!(&agreed, text, "{name} is not what the binary prints");
    }
    let files: BTreeSet<String> =
        fs::read_dir(snapshot("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, texts.into_iter().map(|(name, _)| name).collect(), "a text of no command");
}

#[test]
fn the_command_help_says_the_same() {
    assert_eq!(help(&["help"]), help(&["--help"]));
    for command in commands(&help(&["--help"])) {
        let text = help(&[command, "--help"]);
        assert_eq!(help(&["help", command]), text);
        assert_eq!(help(&[command, "-h"]), text);
    }
}

#[test]
fn without_a_command_the_help_is_the_error() {
    for arguments in [&[][..], &["-v"], &["--report", ""]] {
        let output = Scene::new().run(arguments);
        assert_eq!(output.code(), 2, "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(output.stderr(), help(&["-h"]), "{arguments:?}");
    }
}

#[test]
fn no_help_text_shows_what_the_environment_holds() {
    let canaries = ["SECRETFETCH_CONFIG_INLINE", "SECRETFETCH_SECRET_ID"].map(|name| (name, "canary-5Xk"));
    let output = Scene::new().command(&["fetch", "--help"]).variables(canaries).run();
    assert!(!output.stdout().contains("5Xk"));
}

/// In the help and in the documentation's table of readers.
#[test]
fn every_dialect_is_named_where_a_user_looks() {
    let formats = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/formats.md")).unwrap();
    let help = help(&["convert", "--help"]);
    let words: BTreeSet<&str> = help.split([' ', ',', '\n', ';']).collect();
    let which = formats.split("## What a secret becomes").next().unwrap();
    for format in Format::NAMES {
        for dialect in Format::dialects(format) {
            assert!(words.contains(dialect), "--help does not name {dialect}");
            assert!(which.contains(&format!("| `{format}` | `{dialect}`")), "no reader of `{format}`, `{dialect}`");
        }
    }
}
