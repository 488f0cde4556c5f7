//! npm `dotenv` 16 to 18, by its own regular expressions, in an ECMAScript engine.

use std::sync::LazyLock;

use regress::{Match, Regex};

use super::Members;

static LINE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?:^|^)\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)"#;
    Regex::with_flags(pattern, "m").unwrap()
});

static OUTER_QUOTES: LazyLock<Regex> = LazyLock::new(|| Regex::with_flags(r#"^(['"`])([\s\S]*)\1$"#, "m").unwrap());

/// What `dotenv.parse` reads.
pub fn parse(text: &str) -> Result<Members, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut members = Members::new();
    for found in LINE.find_iter(&text) {
        let group = |n: usize| found.group(n).map(|range| &text[range]);
        let value = group(2).unwrap_or_default().trim_matches(is_space);
        let mut unquoted = OUTER_QUOTES.replace_all_with(value, |found: &Match| {
            found.group(2).map_or_else(String::new, |range| value[range].to_owned())
        });
        if value.starts_with('"') {
            unquoted = unquoted.replace("\\n", "\n").replace("\\r", "\r");
        }
        let name = group(1).unwrap_or_default();
        // An assignment to it sets the object's prototype, or nothing.
        if name != "__proto__" {
            super::assign(&mut members, name, unquoted);
        }
    }
    Ok(members)
}

/// What `String.prototype.trim` takes off.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || c.is_whitespace() && c != '\u{85}'
}
