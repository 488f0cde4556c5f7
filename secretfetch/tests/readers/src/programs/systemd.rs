//! `EnvironmentFile=` (systemd.exec(5)), by the states of systemd's own reader, in the versions that differ.

use super::Members;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Version {
    /// A backslash escapes any character between quotes of either kind.
    V239,
    /// Between single quotes nothing is escaped, between double quotes what a shell escapes there.
    V240,
    /// A value may have control characters.
    V247,
}

/// Up to systemd 239.
pub fn v239(text: &str) -> Result<Members, String> {
    environment_file(text, Version::V239)
}

/// systemd 240 to 246.
pub fn v240(text: &str) -> Result<Members, String> {
    environment_file(text, Version::V240)
}

/// systemd 247 and later.
pub fn v247(text: &str) -> Result<Members, String> {
    environment_file(text, Version::V247)
}

enum State {
    BeforeName,
    Name,
    BeforeValue,
    Value,
    ValueEscape,
    SingleQuoted,
    SingleQuotedEscape,
    DoubleQuoted,
    DoubleQuotedEscape,
    Comment,
    CommentEscape,
}

fn environment_file(text: &str, version: Version) -> Result<Members, String> {
    if text.contains('\0') {
        return Err("a NUL".to_owned());
    }
    // `utf8_is_valid` takes no noncharacters, and the whole file is rejected.
    if text.chars().any(|c| matches!(u32::from(c), 0xfdd0..=0xfdef) || u32::from(c) % 0x10000 >= 0xfffe) {
        return Err("a noncharacter".to_owned());
    }
    let is_newline = |c| matches!(c, '\n' | '\r');
    let is_space = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut members = Members::new();
    let (mut name, mut value) = (String::new(), String::new());
    // Where trailing white space of an unquoted value starts.
    let mut trailing: Option<usize> = None;
    let mut state = State::BeforeName;
    for c in text.chars() {
        state = match state {
            State::BeforeName if c == '#' || c == ';' => State::Comment,
            State::BeforeName if is_space(c) => State::BeforeName,
            State::BeforeName => {
                (name, value, trailing) = (c.to_string(), String::new(), None);
                State::Name
            }
            State::Name if is_newline(c) => State::BeforeName,
            State::Name if c == '=' => State::BeforeValue,
            State::Name => {
                name.push(c);
                State::Name
            }
            State::BeforeValue | State::Value if is_newline(c) => {
                end(&mut members, &name, &value[..trailing.unwrap_or(value.len())], version);
                State::BeforeName
            }
            State::BeforeValue if c == '\'' => State::SingleQuoted,
            State::BeforeValue if c == '"' => State::DoubleQuoted,
            State::BeforeValue if is_space(c) => State::BeforeValue,
            State::BeforeValue | State::Value if c == '\\' => {
                trailing = None;
                State::ValueEscape
            }
            State::BeforeValue | State::Value => {
                trailing = if is_space(c) { trailing.or(Some(value.len())) } else { None };
                value.push(c);
                State::Value
            }
            State::ValueEscape => {
                if !is_newline(c) {
                    value.push(c);
                }
                State::Value
            }
            State::SingleQuoted if c == '\'' => State::BeforeValue,
            State::SingleQuoted if c == '\\' && version < Version::V240 => State::SingleQuotedEscape,
            State::SingleQuotedEscape => {
                if !is_newline(c) {
                    value.push(c);
                }
                State::SingleQuoted
            }
            State::SingleQuoted => {
                value.push(c);
                State::SingleQuoted
            }
            State::DoubleQuoted if c == '"' => State::BeforeValue,
            State::DoubleQuoted if c == '\\' => State::DoubleQuotedEscape,
            State::DoubleQuoted => {
                value.push(c);
                State::DoubleQuoted
            }
            State::DoubleQuotedEscape => {
                match c {
                    '\n' | '\r' if version < Version::V240 => {}
                    c if version < Version::V240 => value.push(c),
                    '"' | '\\' | '`' | '$' => value.push(c),
                    '\n' => {}
                    c => value.extend(['\\', c]),
                }
                State::DoubleQuoted
            }
            State::Comment if c == '\\' => State::CommentEscape,
            State::Comment if is_newline(c) => State::BeforeName,
            State::Comment => State::Comment,
            State::CommentEscape => State::Comment,
        };
    }
    if !matches!(state, State::BeforeName | State::Name | State::Comment | State::CommentEscape) {
        end(&mut members, &name, &value[..trailing.unwrap_or(value.len())], version);
    }
    Ok(members)
}

/// Assignments to what is no name, and of what is no value, are dropped with a line in the log.
fn end(members: &mut Members, name: &str, value: &str, version: Version) {
    let name = name.trim_end_matches([' ', '\t', '\r']);
    let valid = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.as_bytes()[0].is_ascii_digit();
    let has_control = value.contains(|c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n'));
    if valid && (version >= Version::V247 || !has_control) {
        super::assign(members, name, value.to_owned());
    }
}
