//! godotenv 1.5, after its documented syntax. It goes through names byte by byte, as if they were Latin-1.

use super::{Members, is_go_blank, is_go_letter_or_number};

/// What `godotenv.Parse` reads.
pub fn parse(text: &str) -> Result<Members, String> {
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    let mut members = Members::new();
    loop {
        rest = rest.trim_start();
        if rest.starts_with('#') {
            rest = rest.find('\n').map_or("", |at| &rest[at..]);
            continue;
        }
        if rest.is_empty() {
            return Ok(members);
        }
        let (name, after) = name(rest)?;
        let (value, after) = value(after.trim_start_matches(is_go_blank), &members)?;
        super::assign(&mut members, name, value);
        rest = after;
    }
}

fn name(text: &str) -> Result<(&str, &str), String> {
    let text = match text.strip_prefix("export") {
        Some(after) if after.starts_with(is_go_blank) => after.trim_start_matches(is_go_blank),
        _ => text,
    };
    for (at, byte) in text.bytes().enumerate() {
        let c = char::from(byte);
        if is_go_blank(c) {
            continue;
        }
        match c {
            '=' | ':' => return Ok((text[..at].trim_end(), &text[at + 1..])),
            '_' | '.' => {}
            c if is_go_letter_or_number(c) => {}
            _ => return Err("unexpected character in variable name".to_owned()),
        }
    }
    Err("no value".to_owned())
}

fn value<'a>(text: &'a str, members: &Members) -> Result<(String, &'a str), String> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let end = text.find(['\n', '\r']).unwrap_or(text.len());
        let (line, rest) = text.split_at(end);
        let comment = line.char_indices().rev().find(|&(at, c)| c == '#' && line[..at].ends_with(is_go_blank));
        let line = comment.map_or(line, |(at, _)| &line[..at]);
        return Ok((expand(line.trim_matches(is_go_blank), members), rest));
    };
    let bytes = text.as_bytes();
    let end = (1..bytes.len()).find(|&at| bytes[at] == quote as u8 && bytes[at - 1] != b'\\');
    let end = end.ok_or("an unterminated quoted value")?;
    let inner = text[..end].trim_matches(quote);
    let value = if quote == '"' { expand(&unescape(&newlines(inner)), members) } else { inner.to_owned() };
    Ok((value, &text[end + 1..]))
}

/// `\n` and `\r`, going over every other escape.
fn newlines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.next_if(|&next| c == '\\' && next != '\n') {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some(next) => out.extend([c, next]),
            None => out.push(c),
        }
    }
    out
}

/// `\\([^$])` becomes what follows the backslash.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.next_if(|&next| c == '\\' && next != '$') {
            Some(next) => out.push(next),
            None => out.push(c),
        }
    }
    out
}

/// `(\\)?(\$)(\()?\{?([A-Z0-9_]+)?\}?`: an escape is taken off, a known name is replaced.
fn expand(text: &str, members: &Members) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let escaped = rest[..dollar].ends_with('\\');
        let start = if escaped { dollar - 1 } else { dollar };
        let mut end = dollar + 1;
        let called = rest[end..].starts_with('(');
        end += usize::from(called);
        end += usize::from(rest[end..].starts_with('{'));
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let length = rest[end..].find(|c| !is_name(c)).unwrap_or(rest.len() - end);
        let name = &rest[end..end + length];
        end += length;
        end += usize::from(rest[end..].starts_with('}'));
        out.push_str(&rest[..start]);
        if escaped || called {
            out.push_str(&rest[start + 1..end]);
        } else if name.is_empty() {
            out.push_str(&rest[start..end]);
        } else if let Some((_, value)) = members.iter().find(|(known, _)| known == name) {
            out.push_str(value);
        }
        rest = &rest[end..];
    }
    out + rest
}
