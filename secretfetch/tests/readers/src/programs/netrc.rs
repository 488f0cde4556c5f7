//! A netrc file, by curl's grammar and by Python's.

/// The bytes of a line that curl 7 reads.
const LINE: usize = 4094;

/// A machine, a login and a password.
pub type Login = [String; 3];

/// As curl from 7.84 on reads it.
pub fn curl(file: &str) -> Result<Vec<Login>, String> {
    let mut tokens = Vec::new();
    for line in file.split('\n') {
        if line.len() > LINE {
            return Err("a line that curl drops".to_owned());
        }
        let mut rest = line.split('\0').next().unwrap_or_default();
        loop {
            rest = rest.trim_start_matches([' ', '\t']);
            if rest.is_empty() || rest.starts_with('#') {
                break;
            }
            let (token, after) = match rest.strip_prefix('"') {
                Some(quoted) => escaped(quoted, true)?,
                None => {
                    let (token, after) =
                        rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
                    (token.to_owned(), after)
                }
            };
            tokens.push(token);
            rest = after;
        }
    }
    logins(tokens)
}

/// As Python from 3.11 on reads it.
pub fn python(file: &str) -> Result<Vec<Login>, String> {
    let file = file.replace("\r\n", "\n").replace('\r', "\n");
    let (mut tokens, mut rest) = (Vec::new(), file.as_str());
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n']);
        if rest.is_empty() {
            return logins(tokens);
        }
        let (token, after) = match rest.strip_prefix('"') {
            Some(quoted) => escaped(quoted, false)?,
            None => bare(rest),
        };
        tokens.push(token);
        rest = after;
    }
}

/// What stands between quotes, and what after them. To curl a letter after a backslash may be a control character.
fn escaped(quoted: &str, has_letters: bool) -> Result<(String, &str), String> {
    let mut token = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((token, &quoted[at + 1..])),
            '\\' => token.push(match characters.next().ok_or("nothing after a backslash")?.1 {
                'n' if has_letters => '\n',
                'r' if has_letters => '\r',
                't' if has_letters => '\t',
                other => other,
            }),
            c => token.push(c),
        }
    }
    Err("a quote that is not closed".to_owned())
}

/// A token of Python's without quotes, in which a backslash is an escape.
fn bare(rest: &str) -> (String, &str) {
    let mut token = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            ' ' | '\t' | '\n' => return (token, &rest[at..]),
            '\\' => token.extend(characters.next().map(|(_, c)| c)),
            c => token.push(c),
        }
    }
    (token, "")
}

fn logins(tokens: Vec<String>) -> Result<Vec<Login>, String> {
    tokens
        .chunks(6)
        .map(|chunk| match chunk {
            [machine, host, login, name, password, value]
                if (machine.as_str(), login.as_str(), password.as_str()) == ("machine", "login", "password") =>
            {
                Ok([host.clone(), name.clone(), value.clone()])
            }
            other => Err(format!("no login: {other:?}")),
        })
        .collect()
}
