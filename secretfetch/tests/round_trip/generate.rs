//! Secrets as they come, and as nobody would write them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use secretfetch_readers::check::{Members, unique};
use secretfetch_readers::tree::Tree;

/// The same cases in every run; another seed is in `PROPTEST_RNG_SEED`, and `PROPTEST_CASES` asks for more.
pub(crate) fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

/// What the grammars of the readers turn on.
pub(crate) fn fragment() -> impl Strategy<Value = String> {
    let syntax = prop::sample::select(vec![
        "'",
        "\"",
        "`",
        "$",
        "\\",
        "#",
        "=",
        ":",
        "!",
        "&",
        ";",
        "|",
        "<",
        ">",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "*",
        "?",
        "~",
        "%",
        "@",
        ",",
        "^",
        " ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\u{b}",
        "\u{c}",
        "\0",
        "\u{1}",
        "\u{1b}",
        "\u{1c}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{3000}",
        "\u{feff}",
        "\u{fdd0}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{10ffff}",
        "é",
        "世",
        "😀",
        "\u{200b}",
        "\u{202e}",
        "\u{fffd}",
        "\u{d7ff}",
        "\u{e000}",
    ]);
    let phrase = prop::sample::select(vec![
        "$x",
        "${x}",
        "${x:-y}",
        "${",
        "$$",
        "$(id)",
        "$1",
        "\\n",
        "\\r",
        "\\t",
        "\\\\",
        "\\$",
        "\\'",
        "\\\"",
        "\\u0041",
        "\\x41",
        "\\0",
        "'\\''",
        " #",
        "# ",
        "\n#",
        "\nK=V\n",
        "=x",
        "export ",
        "<<",
        "---",
        "...",
        "- ",
        ": ",
        "no",
        "null",
        "1e400",
        "!!str",
        "&a",
        "*a",
        "%20",
        "-----BEGIN PRIVATE KEY-----\n",
        "C:\\temp\\new",
        "\\\\server\\share",
        "postgres://u:p@h:5432/d?x=1&y=2",
    ]);
    prop_oneof![
        6 => syntax.prop_map(str::to_owned),
        2 => phrase.prop_map(str::to_owned),
        4 => "[a-zA-Z0-9]{1,4}",
        1 => any::<char>().prop_map(String::from),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => vec(fragment(), 0..4).prop_map(|parts| parts.concat()),
        4 => vec(fragment(), 0..40).prop_map(|parts| parts.concat().chars().take(200).collect()),
        2 => "[!-~]{8,32}",
        1 => "[ -~]{0,64}",
        1 => (fragment(), 65_500_usize..65_560, fragment()).prop_map(|(a, n, b)| a + &"x".repeat(n) + &b),
    ]
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "UID",
        "RANDOM",
        "_",
        "export",
        "PATH",
        "LD_PRELOAD",
        "NODE_OPTIONS",
        "BASH_FUNC_x%%",
        "__proto__",
        "a.b",
        "a-b",
        "1A",
        ".",
        "..",
        "..a",
        "#a",
        "!a",
        "a b",
        " a",
        "a ",
        "a=b",
        "a:b",
        "'a'",
        "\"a\"",
        "\u{feff}A",
        "é",
        "\u{903}A",
        "Ⓐ",
        "²",
        "世",
        "a[]",
        "a[0]",
        "<<",
        "",
    ]);
    prop_oneof![
        12 => "[A-Z_][A-Z0-9_]{0,8}",
        3 => "[a-zA-Z_][a-zA-Z0-9_.-]{0,8}",
        2 => odd.prop_map(str::to_owned),
        1 => vec(fragment(), 0..3).prop_map(|parts| parts.concat()),
        1 => "[A-Z]{250,260}",
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,24})",
        "-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,20}",
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?[eE][+-]?[0-9]{1,4}",
    ]
}

fn scalar() -> impl Strategy<Value = Tree> {
    prop_oneof![
        10 => value().prop_map(Tree::Text),
        2 => number().prop_map(Tree::Number),
        1 => any::<bool>().prop_map(Tree::Bool),
        1 => Just(Tree::Null),
    ]
}

/// One level: what flat formats are made for, with now and then something nested.
pub(crate) fn flat() -> impl Strategy<Value = Members> {
    let value = prop_oneof![
        16 => value().prop_map(Tree::Text),
        2 => number().prop_map(Tree::Number),
        1 => any::<bool>().prop_map(Tree::Bool),
        1 => nested(),
    ];
    vec((name(), value), 0..6).prop_map(unique)
}

/// Only names that every reader takes, so that it is the values that decide.
pub(crate) fn plainly_named() -> impl Strategy<Value = Members> {
    vec(("[A-Z]{3,8}", value().prop_map(Tree::Text)), 1..5).prop_map(unique)
}

pub(crate) fn nested() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        let members = vec((name(), inner.clone()), 0..5).prop_map(unique);
        prop_oneof![vec(inner, 0..5).prop_map(Tree::List), members.prop_map(Tree::Map)]
    })
}

pub(crate) fn members() -> impl Strategy<Value = Members> {
    vec((name(), nested()), 0..6).prop_map(unique)
}
