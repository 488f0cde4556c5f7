//! bun, measured on 1.4: a quoted value ends at the first quote of its kind that no backslash hides, and a backslash hides
//! whatever follows it.

use super::Members;

/// What `bun --env-file` reads.
pub fn env_file(text: &str) -> Result<Members, String> {
    super::dollar::expand(parse, text)
}

fn parse(text: &str) -> Result<Members, String> {
    // What a backslash hides stays, in double quotes.
    if text.match_indices('\r').any(|(at, _)| !is_hidden(&text[..at])) {
        return Err("a carriage return, which ends a line or becomes a newline".to_owned());
    }
    let mut members = Members::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let Some((name, after)) = line.split_once('=').filter(|(name, _)| is_name(name)) else {
            rest = rest.get(line.len() + 1..).unwrap_or_default();
            continue;
        };
        let value = &rest[name.len() + 1..];
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
        let end = quote.and_then(|quote| {
            let ends = value[1..].match_indices(quote).map(|(at, _)| at + 1);
            ends.into_iter().find(|&at| !is_hidden(&value[1..at]))
        });
        match end {
            Some(end) => {
                let inside = &value[1..end];
                let inside = match quote {
                    Some('"') => unescaped(inside),
                    _ if inside.contains('\r') => return Err("a carriage return".to_owned()),
                    _ => inside.to_owned(),
                };
                super::assign(&mut members, name, inside);
                rest = value[end + 1..].split_once('\n').map_or("", |(_, rest)| rest);
            }
            // Without quotes it ends the line, hidden or not.
            None if after.contains('\r') => return Err("a carriage return".to_owned()),
            None => {
                let bare = after.split('#').next().unwrap_or_default();
                super::assign(&mut members, name, bare.trim_matches([' ', '\t', '\u{b}', '\u{c}']).to_owned());
                rest = rest.get(line.len() + 1..).unwrap_or_default();
            }
        }
    }
    Ok(members)
}

fn is_hidden(before: &str) -> bool {
    before.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

/// `\n` and `\r`; any other pair stays as it is.
fn unescaped(inside: &str) -> String {
    let mut value = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            (_, Some('n')) => value.push('\n'),
            (_, Some('r')) => value.push('\r'),
            (c, hidden) => value.extend([Some(c), hidden].into_iter().flatten()),
        }
    }
    value
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}
