//! What programs read where a slot of a template stands: one token, by the grammar of its place.

use super::shell;

/// The value of a whole token, or why it is none.
pub type Place = fn(&str) -> Result<String, String>;

/// The places of texts, by the filters that write for them.
pub const PLACES: &[(&str, Place)] = &[
    ("raw", |token| Ok(token.to_owned())),
    ("base64", base64),
    ("shell", word),
    ("toml", toml),
    ("xml", xml),
    ("url", url),
    ("sql", sql),
    ("pgpass", pgpass),
    ("mycnf", mycnf),
    ("nginx", nginx),
];

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// A word of a command, as what is assigned.
fn word(token: &str) -> Result<String, String> {
    let read = shell::source(&format!("V={token}\nW=x\n"))?;
    match read.as_slice() {
        [(v, value), (w, after)] if v == "V" && w == "W" && after == "x" => Ok(value.clone()),
        other => Err(format!("{other:?}")),
    }
}

/// RFC 4648, section 4, with its padding.
fn base64(token: &str) -> Result<String, String> {
    let digits = token.trim_end_matches('=');
    let padding = token.len() - digits.len();
    if !token.len().is_multiple_of(4) || padding > 2 {
        return Err("the padding is wrong".to_owned());
    }
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in digits.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err("not of the alphabet".to_owned()),
        };
        (bits, count) = ((bits << 6 | u32::from(digit)) & 0xff_ffff, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    text(bytes)
}

/// A basic string of TOML 1.0.
fn toml(token: &str) -> Result<String, String> {
    let inside = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or("no basic string")?;
    let (mut chars, mut value) = (inside.chars(), String::new());
    while let Some(c) = chars.next() {
        match c {
            '"' => return Err("a quote ends it".to_owned()),
            '\0'..='\u{8}' | '\n'..='\u{1f}' | '\u{7f}' => return Err("a control character".to_owned()),
            '\\' => value.push(match chars.next().ok_or("an escape without its character")? {
                'b' => '\u{8}',
                't' => '\t',
                'n' => '\n',
                'f' => '\u{c}',
                'r' => '\r',
                '"' => '"',
                '\\' => '\\',
                'u' => scalar(&mut chars, 4)?,
                'U' => scalar(&mut chars, 8)?,
                other => return Err(format!("an escape {other:?}")),
            }),
            other => value.push(other),
        }
    }
    Ok(value)
}

fn scalar(chars: &mut std::str::Chars<'_>, digits: usize) -> Result<char, String> {
    let number: String = chars.take(digits).collect();
    let code = u32::from_str_radix(&number, 16).ok().filter(|_| number.len() == digits);
    code.and_then(char::from_u32).ok_or_else(|| "no character".to_owned())
}

/// Character data, in an element and between either quotes of an attribute alike: XML 1.0, sections 2.2, 2.4, 2.11, 3.3.3
/// and 4.1.
fn xml(token: &str) -> Result<String, String> {
    let is_char = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        c => c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'),
    };
    let (mut rest, mut value) = (token, String::new());
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        value.push(match c {
            '<' | '"' | '\'' => return Err(format!("a {c} begins or ends something")),
            // An attribute has a space for each; a newline of an element was perhaps another line end.
            '\t' | '\n' | '\r' => ' ',
            ']' if rest.starts_with("]>") => return Err("]]> stands in text".to_owned()),
            '&' => {
                let (name, after) = rest.split_once(';').ok_or("an & that is no reference")?;
                rest = after;
                match name {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => {
                        let number = match other.strip_prefix("#x") {
                            Some(hex) => u32::from_str_radix(hex, 16).ok(),
                            None => other.strip_prefix('#').and_then(|decimal| decimal.parse().ok()),
                        };
                        let c = number.and_then(char::from_u32).ok_or_else(|| format!("an entity {other}"))?;
                        if is_char(c) { c } else { return Err(format!("{c:?} is no character")) }
                    }
                }
            }
            other if is_char(other) => other,
            other => return Err(format!("{other:?} is no character")),
        });
    }
    Ok(value)
}

/// One component: RFC 3986, sections 2.1 and 2.3; a `+` would be a blank to some.
fn url(token: &str) -> Result<String, String> {
    if token == "." || token == ".." {
        return Err("a step".to_owned());
    }
    let (mut bytes, mut value) = (token.bytes(), Vec::new());
    while let Some(byte) = bytes.next() {
        value.push(match byte {
            b'%' => {
                let digits: Vec<u8> = bytes.by_ref().take(2).collect();
                let number = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                number.filter(|&byte| byte != 0 && digits.len() == 2).ok_or("no percent-encoding that all take")?
            }
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => byte,
            _ => return Err("a reserved character".to_owned()),
        });
    }
    text(value)
}

/// A string literal of standard SQL, in a script whose lines `sqlite3` reads.
fn sql(token: &str) -> Result<String, String> {
    let token = token.replace("\r\n", "\n");
    let inside = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).ok_or("no literal")?;
    let parts: Vec<&str> = inside.split("''").collect();
    let is_whole = parts.iter().all(|part| !part.contains(['\'', '\0']));
    if is_whole { Ok(parts.join("'")) } else { Err("a quote ends it, or a NUL".to_owned()) }
}

/// The password of a line of a password file, as `passwordFromFile` of libpq finds it; and as the database of the line,
/// which must match.
fn pgpass(token: &str) -> Result<String, String> {
    let line = format!("h:1:{token}:u:{token}\n");
    let line = line.split_once('\n').map(|(line, _)| line.trim_end_matches('\r')).unwrap_or_default();
    if token.is_empty() {
        return Err("it is no password".to_owned());
    }
    if token.starts_with('#') {
        return Err("at the start of a line it is a comment".to_owned());
    }
    let rest = line.strip_prefix("h:1:").ok_or("no line")?;
    let (database, rest) = field(rest).ok_or("no database")?;
    let (_, rest) = field(rest).ok_or("no user")?;
    let (password, _) =
        field(&format!("{rest}:")).ok_or("no password").map(|(password, rest)| (password, rest.to_owned()))?;
    if token == "*" {
        return Err("it is any database".to_owned());
    }
    if database == password { Ok(password) } else { Err(format!("{database:?} and {password:?}")) }
}

/// Up to a colon that no backslash stands before.
fn field(text: &str) -> Option<(String, &str)> {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            ':' => return Some((value, &text[at + 1..])),
            '\0' => return None,
            '\\' => value.push(chars.next().map_or('\\', |(_, c)| c)),
            c => value.push(c),
        }
    }
    None
}

/// An option's value, as `my_default.c` of MySQL takes it from a line.
fn mycnf(token: &str) -> Result<String, String> {
    let line = format!("password={token}\n");
    if line.len() > 4_094 {
        return Err("the line is cut".to_owned());
    }
    let line = line.split(['\n', '\0']).next().unwrap_or_default();
    // `#` outside quotes begins a comment.
    let (mut quote, mut escape, mut end) = (None, false, line.len());
    for (at, c) in line.char_indices() {
        if matches!(c, '\'' | '"') && !escape {
            quote = match quote {
                None => Some(c),
                Some(open) if open == c => None,
                open => open,
            };
        }
        if quote.is_none() && c == '#' {
            end = at;
            break;
        }
        escape = quote.is_some() && c == '\\' && !escape;
    }
    let is_blank = |c: char| matches!(c, ' ' | '\t'..='\r');
    let value = line[..end].split_once('=').ok_or("no option")?.1.trim_matches(is_blank);
    let quoted = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let (mut chars, mut found) = (quoted.unwrap_or(value).chars().peekable(), String::new());
    while let Some(c) = chars.next() {
        let Some(next) = chars.next_if(|_| c == '\\') else {
            found.push(c);
            continue;
        };
        match next {
            'n' => found.push('\n'),
            't' => found.push('\t'),
            'r' => found.push('\r'),
            'b' => found.push('\u{8}'),
            's' => found.push(' '),
            '"' | '\'' | '\\' => found.push(next),
            other => found.extend(['\\', other]),
        }
    }
    Ok(found)
}

/// A parameter of a directive that knows variables, as `ngx_conf_read_token` takes it.
fn nginx(token: &str) -> Result<String, String> {
    if token.len() > 4_098 {
        return Err("too long a parameter".to_owned());
    }
    let inside = token.strip_prefix('"').ok_or("no quoted parameter")?;
    let (mut chars, mut value) = (inside.chars().peekable(), String::new());
    while let Some(c) = chars.next() {
        match c {
            '"' if chars.peek().is_none() => return Ok(value),
            '"' => return Err("something stands behind the quote".to_owned()),
            '$' => return Err("a variable".to_owned()),
            '\0' => return Err("a NUL".to_owned()),
            '\\' => match chars.peek().copied() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(quote @ ('"' | '\'' | '\\')) => value.push(quote),
                _ => {
                    value.push('\\');
                    continue;
                }
            },
            c => {
                value.push(c);
                continue;
            }
        }
        chars.next();
    }
    Err("no quote ends it".to_owned())
}
