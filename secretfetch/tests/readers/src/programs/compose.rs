//! `env_file:` of Docker Compose (compose-go 2.13): single quotes are literal, double quotes have escapes and
//! `$` in them is interpolated.

use super::{Members, is_go_blank, is_go_letter_or_number};

/// What an `env_file:` gives to a container.
pub fn env_file(text: &str) -> Result<Members, String> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
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
        Some(after) if after.starts_with(['\t', '\n', '\u{c}', '\r', ' ']) => after.trim_start_matches(is_go_blank),
        _ => text,
    };
    for (at, c) in text.char_indices().filter(|&(_, c)| !is_go_blank(c)) {
        match c {
            '=' | ':' => {
                let name = text[..at].trim_end();
                return if name.contains(' ') {
                    Err("key cannot contain a space".to_owned())
                } else {
                    Ok((name, &text[at + 1..]))
                };
            }
            '\n' => return Err("a name without a value".to_owned()),
            '_' | '.' | '-' | '[' | ']' => {}
            c if is_go_letter_or_number(c) => {}
            _ => return Err("unexpected character in variable name".to_owned()),
        }
    }
    Err("no value".to_owned())
}

fn value<'a>(text: &'a str, members: &Members) -> Result<(String, &'a str), String> {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let line = line.split(" #").next().unwrap_or_default().trim_end();
        return Ok((interpolate(line, members)?, rest));
    };
    let mut inner = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
            if c != quote {
                inner.push('\\');
            }
            inner.push(c);
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            let value = if quote == '"' { interpolate(&unescape(&inner), members)? } else { inner };
            return Ok((value, &text[at + 1..]));
        } else {
            inner.push(c);
        }
    }
    Err("an unterminated quoted value".to_owned())
}

/// `\\(?:[abcfnrtv$"\\]|0\d{0,3})`: Go's escapes, `\$` as `$$`; what is none stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let simple = match rest[1..].chars().next() {
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{c}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{b}",
            Some('$') => "$$",
            Some('"') => "\"",
            Some('\\') => "\\",
            Some('0') => {
                let digits = rest[2..].bytes().take(3).take_while(u8::is_ascii_digit).count();
                let octal = &rest[2..2 + digits];
                match u8::from_str_radix(octal, 8) {
                    Ok(byte) if digits == 3 => out.push(char::from(byte)),
                    _ => out.push_str(&rest[..2 + digits]),
                }
                rest = &rest[2 + digits..];
                continue;
            }
            _ => {
                out.push('\\');
                rest = &rest[1..];
                continue;
            }
        };
        out.push_str(simple);
        rest = &rest[2..];
    }
    out + rest
}

/// `$$` is a dollar; `$name` and `${…}` are replaced; any other `$` is an invalid template.
fn interpolate(text: &str, members: &Members) -> Result<String, String> {
    let lookup = |name: &str| members.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            out.push_str(lookup(&after[..end]));
            rest = &after[end..];
        } else {
            return Err("a template with braces, or an invalid one".to_owned());
        }
    }
    Ok(out + rest)
}
