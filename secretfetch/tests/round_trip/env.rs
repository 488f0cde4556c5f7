use proptest::prelude::*;
use secretfetch::Format;
use secretfetch_readers::check;
use secretfetch_readers::dialect::DIALECTS;
use secretfetch_readers::tree::Tree;

use crate::generate::{config, flat, plainly_named};

#[test]
fn every_dialect_has_its_readers() {
    let names: Vec<_> = DIALECTS.iter().map(|dialect| dialect.name).collect();
    assert_eq!(names, Format::dialects("env"));
}

/// Which of the classes that tell readers apart each dialect holds, so that neither a reader nor a check that
/// passes everything goes unseen.
#[test]
fn the_readers_tell_the_classes_apart() {
    let values = ["a b", "it's", "'\"", "${x}", "a\\", "a\nb", "a\rb", "a\u{ffff}b", "\\\\a b", "a\r\nb", ""];
    let held = |dialect: &str| {
        let format = Format::parse("env", Some(dialect)).unwrap();
        let holds = |value: &&str| {
            let secret = secretfetch::SecretValue::from_text(format!("{{\"K\":{}}}", Tree::from(*value).compact()));
            let selection = secretfetch::Selection::default();
            let entries =
                secretfetch::Entries::from_secret(&secret, &selection, &secretfetch::Flattening::Off).unwrap();
            format.render(&entries, secretfetch::Nulls::Refuse).is_ok()
        };
        values.iter().map(|value| if holds(value) { '+' } else { '-' }).collect::<String>()
    };
    let found: Vec<_> = DIALECTS.iter().map(|dialect| (dialect.name, held(dialect.name))).collect();
    let wanted = [
        ("dotenv", "++---+----+"),
        ("posix", "+++++++++++"),
        ("systemd", "++++++--+-+"),
        ("docker", "+++++-+++-+"),
        ("compose", "+++++++++++"),
        ("kubectl", "+++++-+++-+"),
        ("kubernetes", "+--++++++--"),
        ("node", "++++++-++-+"),
        ("npm-dotenv", "+++++++++++"),
        ("dotenv-expand", "+++++++++++"),
        ("bun", "+++++++++++"),
        ("phpdotenv", "+++++++++++"),
        ("python-dotenv", "+++-+++++++"),
        ("dotenvy", "+++++++++++"),
        ("godotenv", "++-++++++++"),
    ];
    assert_eq!(found, wanted.map(|(name, held)| (name, held.to_owned())));
}

/// What the search below has found, and what the programs themselves confirmed.
#[test]
fn what_was_wrong_or_refused_once_is_read_back() {
    for (dialect, value) in [
        ("godotenv", "it's\\"),
        ("godotenv", "it's $A ${b}\\c$(d)\""),
        ("godotenv", "#'\""),
        ("npm-dotenv", "a\"\rb"),
        ("npm-dotenv", "'\"`\n"),
        ("npm-dotenv", " '\"` "),
        ("python-dotenv", "# \\"),
        ("python-dotenv", "`\\"),
    ] {
        let dialect = DIALECTS.iter().find(|known| known.name == dialect).unwrap();
        check::env_holds(dialect, &[("KEY".to_owned(), value.into()), ("NEXT".to_owned(), "\nb".into())]);
    }
}

/// Names that one reader loses, and that must therefore be refused.
#[test]
fn names_that_a_reader_loses_are_refused() {
    for (dialect, name) in [
        ("dotenv", "__proto__"),
        ("dotenv-expand", "toString"),
        ("godotenv", "\u{e9}"),
        ("python-dotenv", "a=b"),
        ("compose", "Ⓐ"),
        ("compose", "ा"),
    ] {
        let dialect = DIALECTS.iter().find(|known| known.name == dialect).unwrap();
        check::env_refuses(dialect, &[(name.to_owned(), "x".into())]);
    }
}

proptest! {
    // Each case goes through all dialects, and a refusal through hundreds of spellings.
    #![proptest_config(ProptestConfig { cases: config().cases / 2, ..config() })]

    #[test]
    fn any_secret_is_read_back_or_refused(members in flat()) {
        DIALECTS.iter().for_each(|dialect| check::env(dialect, &members));
    }

    #[test]
    fn any_value_is_read_back_or_refused(members in plainly_named()) {
        DIALECTS.iter().for_each(|dialect| check::env(dialect, &members));
    }
}
