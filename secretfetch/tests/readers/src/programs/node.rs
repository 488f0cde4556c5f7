//! `node --env-file`, Node.js 20.20 to 24.

use super::Members;

const SPACE: [char; 3] = [' ', '\t', '\n'];

/// What `node --env-file` reads.
pub fn env_file(text: &str) -> Result<Members, String> {
    let text = text.replace('\r', "");
    let mut rest = text.trim_matches(SPACE);
    let mut members = Members::new();
    while !rest.is_empty() {
        if rest.starts_with(['\n', '#']) {
            rest = after_line(rest);
            continue;
        }
        let Some(at) = rest.find(['=', '\n']) else { break };
        let (name, after) = (&rest[..at], &rest[at + 1..]);
        if rest.as_bytes()[at] == b'\n' {
            rest = after.trim_matches(SPACE);
            continue;
        }
        let mut name = name.trim_matches(SPACE);
        if after.is_empty() || after.starts_with('\n') {
            super::assign(&mut members, name, String::new());
            rest = after;
            continue;
        }
        rest = after.trim_matches(SPACE);
        if name.is_empty() {
            continue;
        }
        if let Some(exported) = name.strip_prefix("export ") {
            name = exported.trim_matches(SPACE);
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        match quote.and_then(|quote| Some((quote, rest[1..].find(quote)?))) {
            Some((quote, length)) => {
                let value = &rest[1..=length];
                let value = if quote == '"' { value.replace("\\n", "\n") } else { value.to_owned() };
                super::assign(&mut members, name, value);
                rest = after_line(&rest[length + 2..]);
            }
            None => {
                let line = rest.split('\n').next().unwrap_or_default();
                let value = match quote {
                    Some(_) => line,
                    None => line.split('#').next().unwrap_or_default().trim_matches(SPACE),
                };
                super::assign(&mut members, name, value.to_owned());
                rest = after_line(rest).trim_matches(SPACE);
            }
        }
    }
    // An array index sets an element that `process.env` does not have.
    members.retain(|(name, _)| !name.parse::<u32>().is_ok_and(|index| index != u32::MAX && index.to_string() == *name));
    Ok(members)
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}
