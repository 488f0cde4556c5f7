use proptest::prelude::*;
use secretfetch::{ErrorKind, FileConfig, SecretValue, SourceConfig, Template};
use secretfetch_readers::check;
use secretfetch_readers::tree::Tree;

use crate::generate::{config, members, nested, value};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_place_reads_back_any_text(value in value()) {
        check::places(&value);
    }

    #[test]
    fn json_yaml_and_toml_keep_types(value in nested()) {
        check::typed_places(&value);
    }

    #[test]
    fn every_value_has_a_path(members in members()) {
        check::paths(&members);
    }

    #[test]
    fn a_text_without_slots_stays_as_it_is(text in "(\\PC|[\r\n\t{}|\u{feff}]){0,40}") {
        let text = text.replace("{{", "{ {");
        prop_assert_eq!(check::fill(&text, &[]).unwrap(), text);
    }

    /// Most are none, and each tells where.
    #[test]
    fn any_text_is_a_template_or_told_why_not(text in r#"(\{\{|\}\}|[ab.|"\\\[\]0 ]|raw|json|\n|\PC){0,24}"#) {
        if let Err(error) = text.parse::<Template>() {
            let error = secretfetch::Error::from(error);
            prop_assert!(error.failures().iter().all(|failure| failure.message().starts_with("template, line ")));
        }
    }
}

fn text(name: &str, value: &str) -> (String, Tree) {
    (name.to_owned(), Tree::from(value))
}

#[test]
fn a_value_is_never_read_for_slots() {
    let members = [text("a", "{{ b | raw }}"), text("b", "{{"), text("c", " a | raw }}")];
    assert_eq!(
        check::fill("{{ a | raw }} {{ b | raw }}{{ c | raw }}", &members).unwrap(),
        "{{ b | raw }} {{ a | raw }}"
    );
}

#[test]
fn what_ends_a_place_early_is_read_back_or_refused() {
    let long = "x".repeat(4_100);
    for value in ["", ".", "..", "*", "#", "a#b", " ", "$", "a\r", "\r\n", "]]>", "\\", "\\\\", "''", "\u{0}", &long] {
        check::places(value);
    }
    (3_990..4_100).for_each(|length| check::places(&"y".repeat(length)));
}

#[test]
fn a_path_is_the_whole_name_first_and_ambiguous_ones_are_told() {
    let secret = r#"{"a.b":"whole","a":{"b":"nested","c.d":1,"c":{"d":2}},"l":[{"x":"y"}],"m":{"[0]":"z"}}"#;
    let fill = |template: &str| {
        let file = FileConfig::new("file", SourceConfig::new("secret".parse().unwrap()));
        let converted =
            file.with_template(template.parse().unwrap()).convert(&SecretValue::from_text(secret.to_owned()));
        converted.map(|converted| String::from_utf8(converted.expose_files().next().unwrap().1.to_vec()).unwrap())
    };
    for (template, filled) in [
        ("{{a.b|raw}} {{\"a\".b|raw}}", "whole nested"),
        (r#"{{a."c.d"|raw}} {{a."c".d|raw}} {{l[0].x|raw}} {{l[0]|json}} {{m[0]|raw}}"#, r#"1 2 y {"x":"y"} z"#),
    ] {
        assert_eq!(fill(template).unwrap(), filled, "{template}");
    }
    let error = fill("{{a.c.d|raw}}\n{{l[1]|raw}} {{l[00].x|raw}} {{a|raw}} {{l.x|raw}} {{aa.b|raw}}").unwrap_err();
    let told: Vec<String> = error.failures().iter().map(ToString::to_string).collect();
    assert_eq!(error.kind(), ErrorKind::KeyNotFound);
    assert_eq!(told.len(), 6, "{error}");
    assert!(told[0].contains("line 1, column 1: two values are at `a.c.d`"), "{error}");
    assert!(
        told[3].contains("the value is an object, which `raw` cannot hold; name a value in it (`a.KEY`)"),
        "{error}"
    );
}

#[test]
fn bytes_that_are_no_text_are_for_raw_and_base64_alone() {
    let source = SourceConfig::new("secret".parse().unwrap()).with_name("V").with_decode(secretfetch::Encoding::Hex);
    let convert = |template: &str| {
        let file = FileConfig::new("file", source.clone()).with_template(template.parse().unwrap());
        let converted = file.convert(&SecretValue::from_text("00ff80".to_owned()))?;
        Ok::<_, secretfetch::Error>(converted.expose_files().next().unwrap().1.to_vec())
    };
    assert_eq!(convert("{{V|raw}}{{V|base64}}").unwrap(), b"\x00\xff\x80AP+A");
    let error = convert("{{V|shell}}{{V|json}}").unwrap_err();
    assert_eq!((error.kind(), error.failures().len()), (ErrorKind::Unrepresentable, 2));
    assert!(
        error.to_string().contains("the value is not UTF-8; only `raw` and `base64` write such a value"),
        "{error}"
    );
}

#[test]
fn null_is_a_decision_where_the_place_has_none() {
    let members = [("n".to_owned(), Tree::Null)];
    assert_eq!(check::fill("{{n|json}} {{n|yaml}}", &members).unwrap(), "null null");
    assert_eq!(check::fill("{{n|toml}}", &members).unwrap_err().kind(), ErrorKind::Unrepresentable);
    let file =
        FileConfig::new("file", SourceConfig::new("secret".parse().unwrap())).with_nulls(secretfetch::Nulls::Empty);
    let file = file.with_template("{{n|toml}}{{n|shell}}{{n|json}}".parse().unwrap());
    let converted = file.convert(&SecretValue::from_text(r#"{"n":null}"#.to_owned())).unwrap();
    assert_eq!(converted.expose_files().next().unwrap().1, b"\"\"''null");
}
