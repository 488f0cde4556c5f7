//! Other ways to write a name and a value: what the readers get back from one of these must not be refused.

use crate::dialect::Dialect;

/// A line from which all of the dialect's readers get this variable, whatever line stands beside it.
pub(crate) fn right_spelling(
    dialect: &Dialect,
    name: &str,
    value: &str,
    neighbours: &[((String, String), String)],
) -> Option<String> {
    let pair = (name.to_owned(), value.to_owned());
    let right = |line: &String| {
        dialect.reads(line, std::slice::from_ref(&pair)).is_ok()
            && neighbours.iter().filter(|(neighbour, _)| neighbour.0 != name).all(|(neighbour, text)| {
                dialect.reads(&format!("{line}{text}"), &[pair.clone(), neighbour.clone()]).is_ok()
                    && dialect.reads(&format!("{text}{line}"), &[neighbour.clone(), pair.clone()]).is_ok()
            })
    };
    let values = values(value);
    names(name).iter().find_map(|name| values.iter().map(|value| format!("{name}={value}\n")).find(right))
}

fn names(name: &str) -> [String; 2] {
    [name.to_owned(), format!("'{name}'")]
}

/// The value in each kind of quotes, with each combination of the escapes that some reader knows.
fn values(value: &str) -> Vec<String> {
    const ESCAPES: [(char, &str); 9] = [
        ('\\', "\\\\"),
        ('\'', "\\'"),
        ('"', "\\\""),
        ('`', "\\`"),
        ('$', "\\$"),
        ('$', "$$"),
        ('\n', "\\n"),
        ('\r', "\\r"),
        (' ', "\\ "),
    ];
    // Escapes of long values cost too much time, and teach nothing.
    let known: Vec<_> = ESCAPES.into_iter().filter(|&(c, _)| value.len() < 1000 && value.contains(c)).collect();
    let mut spellings = Vec::new();
    for chosen in 0..1_u32 << known.len() {
        let escapes: Vec<_> = known.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1).map(|(_, e)| *e).collect();
        let mut inner = String::with_capacity(value.len());
        for c in value.chars() {
            match escapes.iter().find(|(raw, _)| *raw == c) {
                Some((_, escape)) => inner.push_str(escape),
                None => inner.push(c),
            }
        }
        for quote in ["", "'", "\"", "`"] {
            spellings.push(format!("{quote}{inner}{quote}"));
        }
        // What a reader takes off the end, once more.
        spellings.push(format!("{inner}\r"));
        spellings.push(format!("'{inner}''"));
        spellings.push(format!("\"{inner}\"\""));
    }
    spellings
}
