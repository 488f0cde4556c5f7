//! libpq's password file: <https://www.postgresql.org/docs/current/libpq-pgpass.html>.

/// The password of the first line that fits a host, a port, a database and a user.
pub fn password(file: &str, connection: [&str; 4]) -> Option<String> {
    // C's strings end at a NUL.
    let lines = file.split('\n').map(|line| line.trim_end_matches('\r').split('\0').next().unwrap_or_default());
    let mut lines = lines.filter(|line| !line.starts_with('#'));
    let password = lines.find_map(|line| connection.iter().try_fold(line, |rest, wanted| after(rest, wanted)))?;
    let mut found = String::new();
    let mut characters = password.chars();
    while let Some(c) = characters.next() {
        match c {
            ':' => break,
            '\\' => found.push(characters.next().unwrap_or('\\')),
            c => found.push(c),
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What stands after a field, if it is what is wanted.
fn after<'a>(rest: &'a str, wanted: &str) -> Option<&'a str> {
    if let Some(rest) = rest.strip_prefix("*:") {
        return Some(rest);
    }
    let mut wanted = wanted.chars();
    let mut characters = rest.char_indices();
    loop {
        let (at, c) = characters.next()?;
        let c = match c {
            ':' if wanted.as_str().is_empty() => return Some(&rest[at + 1..]),
            '\\' => characters.next()?.1,
            c => c,
        };
        if wanted.next() != Some(c) {
            return None;
        }
    }
}
