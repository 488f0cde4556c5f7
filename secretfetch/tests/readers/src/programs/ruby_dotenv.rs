//! Ruby `dotenv` 3, by its own regular expressions, respelled for an ECMAScript engine: `^`, `$` and `.` know no
//! line end but LF in Ruby, and `\s` is ASCII.

use std::sync::LazyLock;

use regress::{Match, Regex};

use super::Members;

static LINE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?<![^\n])S*(?:exportS+)?([\w.]+)(?:(?:S*=S*?|:S+?)(S*'(?:\\'|[^'])*'|S*"(?:\\"|[^"])*"|[^#\n]+)?)?S*(?:#[^\n]*)?(?![^\n])"#;
    Regex::new(&pattern.replace('S', r"[ \t\r\n\f\v]")).unwrap()
});

static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::with_flags(r"(\\)?(\$)(?!\()\{?([A-Z0-9_]+)?\}?", "i").unwrap());

/// What `Dotenv.parse` reads.
pub fn parse(text: &str) -> Result<Members, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut members = Members::new();
    for found in LINE.find_iter(&text) {
        let group = |n: usize| found.group(n).map(|range| &text[range]);
        let value = value(group(2).unwrap_or_default(), &members)?;
        super::assign(&mut members, group(1).unwrap_or_default(), value);
    }
    Ok(members)
}

fn value(text: &str, members: &Members) -> Result<String, String> {
    const SPACE: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];
    let text = text.trim_start_matches(SPACE).trim_end_matches(SPACE).trim_end_matches(['\0']);
    let inner = |quote: char| (text.len() >= 2).then(|| text.strip_prefix(quote)?.strip_suffix(quote)).flatten();
    if let Some(literal) = inner('\'') {
        return Ok(literal.to_owned());
    }
    let text = match inner('"') {
        Some(quoted) => quoted.replace("\\n", "\\\\n").replace("\\r", "\\\\r"),
        None => text.to_owned(),
    };
    let text = super::godotenv::unescape(&text);
    if text.contains("$(") {
        return Err("a command substitution".to_owned());
    }
    let lookup = |name: &str| members.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value).to_owned();
    Ok(VARIABLE.replace_all_with(&text, |found: &Match| {
        let whole = &text[found.range()];
        match (found.group(1), found.group(3)) {
            (Some(_), _) => whole[1..].to_owned(),
            (None, Some(name)) => lookup(&text[name]),
            (None, None) => whole.to_owned(),
        }
    }))
}
