//! Bytes to secrets, and the checks of the round-trip tests on them.
//!
//! Members stand between bytes that UTF-8 never has, so that every string of bytes is a secret and a fuzzer can
//! move, cut and join members.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secretfetch::{
    Config, Entries, Error, ErrorKind, Flattening, Format, Nulls, Plan, SecretValue, Selection, Template,
};
use secretfetch_readers::check::{self, Members};
use secretfetch_readers::dialect::DIALECTS;
use secretfetch_readers::tree::Tree;

/// Before a member.
const MEMBER: u8 = 0xff;
/// Between a name and its value.
const VALUE: u8 = 0xfe;

fn members(bytes: &[u8]) -> Members {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let member = |(number, member): (usize, &[u8])| match member.iter().position(|&byte| byte == VALUE) {
        Some(at) => (text(&member[..at]), value(text(&member[at + 1..]))),
        None => (format!("KEY_{number}"), value(text(member))),
    };
    check::unique(bytes.split(|&byte| byte == MEMBER).enumerate().map(member).collect())
}

/// JSON if it is some, a text if not.
fn value(text: String) -> Tree {
    match Tree::parse(&text) {
        Ok(tree) if has_unique_names(&tree) && depth(&tree) < 100 => tree,
        _ => Tree::Text(text),
    }
}

fn has_unique_names(tree: &Tree) -> bool {
    match tree {
        Tree::List(items) => items.iter().all(has_unique_names),
        Tree::Map(members) => {
            check::unique(members.clone()).len() == members.len()
                && members.iter().all(|(_, value)| has_unique_names(value))
        }
        _ => true,
    }
}

fn depth(tree: &Tree) -> usize {
    match tree {
        Tree::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Tree::Map(members) => 1 + members.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}

/// `env`: the first byte chooses the dialect.
pub fn env(bytes: &[u8]) {
    if let Some((dialect, bytes)) = bytes.split_first() {
        check::env(&DIALECTS[usize::from(*dialect) % DIALECTS.len()], &members(bytes));
    }
}

/// `properties`: the first byte chooses the dialect.
pub fn properties(bytes: &[u8]) {
    if let Some((dialect, bytes)) = bytes.split_first() {
        let dialects = ["java", "spring", "quarkus"];
        check::properties(dialects[usize::from(*dialect) % dialects.len()], &members(bytes));
    }
}

/// `yaml`, and `json` with it.
pub fn yaml(bytes: &[u8]) {
    let members = members(bytes);
    check::json(&members);
    check::yaml(&members);
    check::yaml_spring(&members);
}

/// The JSON reader against serde_json.
pub fn json_text(bytes: &[u8]) {
    check::json_text(&String::from_utf8_lossy(bytes));
}

/// A configuration is a plan or an error of its kind.
pub fn config_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = Config::from_text(&text, "/etc/secretfetch".as_ref()).and_then(Plan::new) {
        assert_eq!(error.kind(), ErrorKind::Config, "{text:?}: {error}");
        assert!(!error.failures().is_empty() && error.failures().iter().all(|failure| !failure.message().is_empty()));
    }
}

/// `pem`: DER, or a text with PEM in it. What is written of it is read again to the same.
pub fn tls_files(bytes: &[u8]) {
    for dialect in ["fullchain", "key"] {
        let Ok(format) = Format::parse("pem", Some(dialect)) else { unreachable!("a dialect of pem") };
        let written = |value: &SecretValue| {
            let selection = Selection::whole_as("certificate");
            let entries = Entries::from_secret(value, &selection, &Flattening::Off).ok()?;
            let output = format.render(&entries, Nulls::Refuse).ok()?;
            output.expose_file().map(|file| String::from_utf8_lossy(file).into_owned())
        };
        let value = match std::str::from_utf8(bytes) {
            Ok(text) => SecretValue::from_text(text.to_owned()),
            Err(_) => SecretValue::from_text(STANDARD.encode(bytes)),
        };
        if let Some(first) = written(&value) {
            assert_eq!(written(&SecretValue::from_text(first.clone())), Some(first));
        }
    }
}

/// A text is a template, or each mistake says where; and in every place it is read back as a value, or refused for good
/// reason.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = text.parse::<Template>().map_err(Error::from) {
        assert!(error.failures().iter().all(|failure| failure.message().starts_with("template, line ")), "{error}");
    }
    check::places(&text);
}
