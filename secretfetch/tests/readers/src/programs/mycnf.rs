//! The option files of MySQL and MariaDB, by the rules of
//! <https://dev.mysql.com/doc/refman/8.4/en/option-files.html> and as `my_print_defaults` of both was seen to read.

/// The bytes of a line that are read at once.
const PIECE: usize = 4094;

/// The options of a file by their group and name.
pub fn options(file: &str) -> Result<Vec<(String, String)>, String> {
    let (mut group, mut found) = (None, Vec::new());
    for line in file.split('\n') {
        if line.len() > PIECE {
            return Err("a line that is read in pieces".to_owned());
        }
        let line = line.split('\0').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            group = Some(name.split(']').next().unwrap_or_default());
            continue;
        }
        let group = group.ok_or("an option without a group")?;
        let (name, value) = without_comment(line).split_once('=').ok_or("an option without a value")?;
        found.push((format!("{group}.{}", name.trim_end()), unquoted(value.trim())));
    }
    Ok(found)
}

/// A line without what follows a `#` that is in no quotes.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut is_escaped) = (None, false);
    for (at, c) in line.char_indices() {
        if matches!(c, '\'' | '"') && !is_escaped {
            quote = match quote {
                None => Some(c),
                Some(open) if open == c => None,
                other => other,
            };
        }
        if quote.is_none() && c == '#' {
            return &line[..at];
        }
        is_escaped = quote.is_some() && c == '\\' && !is_escaped;
    }
    line
}

fn unquoted(value: &str) -> String {
    let inside = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let mut characters = inside.unwrap_or(value).chars().peekable();
    let mut found = String::new();
    while let Some(c) = characters.next() {
        if c != '\\' || characters.peek().is_none() {
            found.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => found.push('\n'),
            Some('t') => found.push('\t'),
            Some('r') => found.push('\r'),
            Some('b') => found.push('\u{8}'),
            Some('s') => found.push(' '),
            Some(c @ ('"' | '\'' | '\\')) => found.push(c),
            Some(other) => found.extend(['\\', other]),
            None => {}
        }
    }
    found
}
