//! phpdotenv 5, measured: single quotes are literal and end with their line, double quotes have escapes and `${…}`.

use super::Members;

/// What `Dotenv::parse` reads.
pub fn parse(text: &str) -> Result<Members, String> {
    let mut members = Members::new();
    for line in text.split_terminator('\n') {
        if line.contains('\r') {
            return Err("a carriage return, which ends a line".to_owned());
        }
        let (name, value) = line.split_once('=').ok_or("a line without =")?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
            return Err("no name".to_owned());
        }
        // It would look for the end on later lines, but that of a value between double quotes stands on this one.
        if value.contains("=\"") && !value.starts_with('"') {
            return Err("a value of more lines".to_owned());
        }
        let value = match value.chars().next() {
            Some('\'') => {
                let inside = value[1..].strip_suffix('\'').ok_or("text after the closing quote")?;
                if inside.contains('\'') {
                    return Err("text after the closing quote".to_owned());
                }
                inside.to_owned()
            }
            Some('"') => quoted(&value[1..])?,
            _ if value.contains([' ', '\t', '\u{b}', '\u{c}', '#', '\0']) => return Err("white space".to_owned()),
            _ if value.contains("${") => return Err("a value that is replaced".to_owned()),
            _ => value.to_owned(),
        };
        super::assign(&mut members, name, value);
    }
    Ok(members)
}

fn quoted(text: &str) -> Result<String, String> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next().ok_or("a quote that is not closed")? {
            '"' if chars.as_str().is_empty() => return Ok(value),
            '"' => return Err("text after the closing quote".to_owned()),
            '\\' => value.push(match chars.next().ok_or("a quote that is not closed")? {
                c @ ('"' | '\\' | '$') => c,
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'f' => '\u{c}',
                'v' => '\u{b}',
                _ => return Err("an escape that it does not know".to_owned()),
            }),
            '$' if chars.as_str().starts_with('{') => return Err("a value that is replaced".to_owned()),
            c => value.push(c),
        }
    }
}
