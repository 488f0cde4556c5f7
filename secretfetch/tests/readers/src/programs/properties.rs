//! `java.util.Properties.load`, after its documentation (Java SE 17).

use super::Members;

const SPACE: u16 = b' ' as u16;
const TAB: u16 = b'\t' as u16;
const FORM_FEED: u16 = 0xc;
const NEWLINE: u16 = b'\n' as u16;
const RETURN: u16 = b'\r' as u16;
const BACKSLASH: u16 = b'\\' as u16;

/// `load(InputStream)`: the bytes are ISO 8859-1.
pub fn load_stream(text: &str) -> Result<Members, String> {
    load(text.bytes().map(u16::from).collect())
}

/// `load(Reader)` over UTF-8.
pub fn load_reader(text: &str) -> Result<Members, String> {
    load(text.encode_utf16().collect())
}

fn load(text: Vec<u16>) -> Result<Members, String> {
    let mut members = Members::new();
    for line in logical_lines(&text) {
        let (key, value) = split(&line);
        super::assign(&mut members, &unescape(key)?, unescape(value)?);
    }
    Ok(members)
}

fn is_blank(unit: u16) -> bool {
    matches!(unit, SPACE | TAB | FORM_FEED)
}

/// Natural lines without their leading blanks, joined where an odd number of backslashes stands at the end;
/// blank lines and comments left out.
fn logical_lines(text: &[u16]) -> Vec<Vec<u16>> {
    let mut lines = Vec::new();
    let mut current: Option<Vec<u16>> = None;
    let mut at = 0;
    while at < text.len() {
        let end = text[at..].iter().position(|&u| u == NEWLINE || u == RETURN).map_or(text.len(), |n| at + n);
        let natural = &text[at..end];
        at = match text.get(end..end + 2) {
            Some([RETURN, NEWLINE]) => end + 2,
            _ => end + 1,
        };
        let start = natural.iter().position(|&u| !is_blank(u)).unwrap_or(natural.len());
        let natural = &natural[start..];
        let starts_line = current.is_none();
        if starts_line && (natural.is_empty() || matches!(natural[0], unit if unit == 0x23 || unit == 0x21)) {
            continue;
        }
        let line = current.get_or_insert_default();
        line.extend_from_slice(natural);
        let backslashes = natural.iter().rev().take_while(|&&u| u == BACKSLASH).count();
        if backslashes % 2 == 1 {
            line.pop();
        } else {
            lines.extend(current.take());
        }
    }
    lines.extend(current);
    lines
}

/// The key ends at the first unescaped `=`, `:` or blank; blanks around one `=` or `:` belong to neither.
fn split(line: &[u16]) -> (&[u16], &[u16]) {
    let is_separator = |unit: u16| unit == u16::from(b'=') || unit == u16::from(b':');
    let mut end = 0;
    while end < line.len() && !is_separator(line[end]) && !is_blank(line[end]) {
        end += if line[end] == BACKSLASH { 2 } else { 1 };
    }
    let end = end.min(line.len());
    let skip_blanks = |mut at: usize| {
        while line.get(at).copied().is_some_and(is_blank) {
            at += 1;
        }
        at
    };
    let mut value = skip_blanks(end);
    if line.get(value).copied().is_some_and(is_separator) {
        value = skip_blanks(value + 1);
    }
    (&line[..end], &line[value..])
}

fn unescape(text: &[u16]) -> Result<String, String> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(unit) = rest.next() {
        if unit != BACKSLASH {
            units.push(unit);
            continue;
        }
        match rest.next() {
            Some(0x74) => units.push(TAB),
            Some(0x72) => units.push(RETURN),
            Some(0x6e) => units.push(NEWLINE),
            Some(0x66) => units.push(FORM_FEED),
            Some(0x75) => {
                let digits: String = rest.by_ref().take(4).filter_map(|u| char::from_u32(u32::from(u))).collect();
                if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err("malformed \\uxxxx encoding".to_owned());
                }
                units.push(u16::from_str_radix(&digits, 16).map_err(|error| error.to_string())?);
            }
            Some(other) => units.push(other),
            None => {}
        }
    }
    String::from_utf16(&units).map_err(|error| error.to_string())
}

/// What SmallRye Config makes of the values: it replaces `${…}`, and `\$` and `$$` stand for a dollar. An empty value is
/// none, and a name may speak of a profile.
pub fn smallrye(members: Members) -> Result<Members, String> {
    let value = |text: &str| {
        let mut value = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\' | '$', Some('$')) => value.extend(chars.next()),
                ('$', Some('{')) => return Err("a value that is replaced".to_owned()),
                _ => value.push(c),
            }
        }
        if value.is_empty() { Err("a value that is none".to_owned()) } else { Ok(value) }
    };
    members.into_iter().map(|(name, text)| Ok((name, value(&text)?))).collect()
}
