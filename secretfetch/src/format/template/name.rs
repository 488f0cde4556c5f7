//! What a slot names: an entry, or a value inside it.

use super::error::Mistake;
use crate::json::{self, Value};

/// A path, as it is written and by its runs.
pub(super) struct SlotName {
    written: String,
    runs: Vec<Run>,
}

/// A piece of a path.
pub(super) enum Run {
    /// Without quotes: keys between dots, and indexes, of which several may be one key that has dots.
    Bare(String),
    /// One key, exactly.
    Quoted(String),
}

const QUOTE: &str = "a name with other characters than letters, digits and `._-/@:+=[]` stands between double quotes: \
                     `\"a b\"`";

/// The longest run without quotes, in bytes: each of its dots may end a key.
const LONGEST_BARE: usize = 512;

/// What stands in a name without quotes.
fn is_bare(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | ':' | '+' | '=' | '[' | ']')
}

impl SlotName {
    /// Takes a name off the front of `rest`.
    pub(super) fn take(rest: &mut &str) -> Result<SlotName, Mistake> {
        let start = *rest;
        let mut runs = Vec::new();
        loop {
            let is_first = runs.is_empty();
            if rest.starts_with('"') {
                runs.push(Run::Quoted(take_quoted(rest)?));
            } else {
                let end = rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
                let (bare, after) = rest.split_at(end);
                // A dot before a quote joins the two.
                let (bare, joined) = match bare.strip_suffix('.').filter(|_| after.starts_with('"')) {
                    Some(bare) => (bare, true),
                    None => (bare, false),
                };
                let is_index = bare.starts_with('[') && !is_first;
                if !is_path(bare) || (bare.starts_with('[') && !is_index) || (after.starts_with('"') && !joined) {
                    let what = if bare.is_empty() { "a name is missing" } else { "the name is not one" };
                    return Err(Mistake::new(what, QUOTE));
                }
                if bare.len() > LONGEST_BARE {
                    let what = format!("the name has more than {LONGEST_BARE} bytes without a quote");
                    return Err(Mistake::new(what, "put its long keys between double quotes"));
                }
                runs.push(Run::Bare(bare.to_owned()));
                *rest = after;
                if joined {
                    continue;
                }
                break;
            }
            // Behind a quoted key.
            match rest.chars().next() {
                Some('.') => *rest = &rest[1..],
                Some('[') => {}
                _ => break,
            }
        }
        Ok(SlotName { written: start[..start.len() - rest.len()].to_owned(), runs })
    }

    /// As it stands in the template.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Whether it can be found where there are entries of exactly these names.
    pub(super) fn can_be_in(&self, has: impl Fn(&str) -> bool) -> bool {
        match self.runs.first() {
            Some(Run::Quoted(key)) => has(key),
            Some(Run::Bare(path)) => cuts(path).any(|cut| has(&path[..cut])),
            None => false,
        }
    }
}

/// Where the first key of a path may end: at its end, and before each dot and bracket.
pub(super) fn cuts(path: &str) -> impl Iterator<Item = usize> {
    let inner = path.char_indices().filter(|&(at, c)| at > 0 && matches!(c, '.' | '['));
    inner.map(|(at, _)| at).chain([path.len()])
}

/// Keys between dots, none of them empty.
fn is_path(bare: &str) -> bool {
    !bare.is_empty() && bare.split('.').all(|key| !key.is_empty())
}

/// A JSON string off the front of `rest`.
fn take_quoted(rest: &mut &str) -> Result<String, Mistake> {
    let mut escaped = true;
    let end = rest.bytes().position(|byte| {
        let ends = !escaped && byte == b'"' || byte == b'\n';
        // The first quote opens.
        escaped = !escaped && byte == b'\\';
        ends
    });
    let Some(end) = end.filter(|&end| rest.as_bytes()[end] == b'"') else {
        return Err(Mistake::new("the name's double quote is not closed", "close it on the same line"));
    };
    let (string, after) = rest.split_at(end + 1);
    match json::parse(string) {
        Ok(Value::String(text)) => {
            *rest = after;
            Ok(text.as_str().to_owned())
        }
        _ => {
            let hint = "between double quotes a name is a JSON string: `\\\"` and `\\\\` are its quote and backslash";
            Err(Mistake::new("the name is not a JSON string", hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(mut text: &str) -> Result<(Vec<String>, String), String> {
        let name = SlotName::take(&mut text).map_err(|mistake| mistake.message)?;
        let shown = name.runs().iter().map(|run| match run {
            Run::Bare(path) => path.clone(),
            Run::Quoted(key) => format!("<{key}>"),
        });
        Ok((shown.collect(), text.to_owned()))
    }

    #[test]
    fn a_path_is_keys_and_indexes_quoted_where_they_are_odd() {
        for (text, expected, rest) in [
            ("password | raw", vec!["password"], " | raw"),
            ("db.port|raw", vec!["db.port"], "|raw"),
            ("list[0][1].x }}", vec!["list[0][1].x"], " }}"),
            ("prod/db-1:a@b |", vec!["prod/db-1:a@b"], " |"),
            ("größe", vec!["größe"], ""),
            (r#""a.b" | raw"#, vec!["<a.b>"], " | raw"),
            (r#"a."b c".d[0]|"#, vec!["a", "<b c>", "d[0]"], "|"),
            (r#""}} | \" \u00e9 \\"[0]."x""#, vec![r#"<}} | " é \>"#, "[0]", "<x>"], ""),
            (r#""""#, vec!["<>"], ""),
        ] {
            let (found, left) = runs(text).unwrap();
            assert_eq!((found, left.as_str()), (expected.into_iter().map(str::to_owned).collect(), rest), "{text}");
        }
    }

    #[test]
    fn a_long_key_stands_between_quotes() {
        assert!(runs(&"a.".repeat(256)[..511]).is_ok() && runs(&"a".repeat(513)).is_err());
        assert!(runs(&format!("\"{}\"", "a".repeat(70_000))).is_ok());
    }

    #[test]
    fn odd_names_are_mistakes() {
        for text in [
            "",
            " ",
            "|",
            ".a",
            "a.",
            "a..b",
            "[0]",
            r#"a"b""#,
            r#""a"#,
            r#""\x""#,
            "\"a\n\"",
            r#""\ud800""#,
            r#""a".|"#,
        ] {
            assert!(runs(text).is_err(), "{text}: {:?}", runs(text));
        }
    }
}
