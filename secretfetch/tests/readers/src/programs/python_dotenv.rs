//! python-dotenv, by its regular expressions: 1.2, and 1.1 and before, where a backslash hides a closing quote
//! whatever stands before it. `${NAME}` is replaced in every kind of value.

use super::Members;

/// python-dotenv 1.2.
pub fn since_1_2(text: &str) -> Result<Members, String> {
    read(text.strip_prefix('\u{feff}').unwrap_or(text), closing_quote_after_escapes)
}

/// python-dotenv 1.1 and before.
pub fn before_1_2(text: &str) -> Result<Members, String> {
    read(text, closing_quote_not_hidden)
}

/// Where the quote that opened before the text is closed.
type ClosingQuote = fn(&str, char) -> Option<usize>;

/// `(?:\\.|[^'\\])*`
fn closing_quote_after_escapes(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some(at);
        }
        if c == '\\' {
            chars.next();
        }
    }
    None
}

/// `(?:\\'|[^'])*`: the first quote with no backslash before it, or else, by backtracking, the last quote of all.
fn closing_quote_not_hidden(text: &str, quote: char) -> Option<usize> {
    let open = text.match_indices(quote).find(|&(at, _)| !text[..at].ends_with('\\'));
    open.map(|(at, _)| at).or_else(|| text.rfind(quote))
}

fn read(text: &str, closing_quote: ClosingQuote) -> Result<Members, String> {
    // Text files are opened with universal newlines.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut literal: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        match binding(rest, closing_quote) {
            Some((None, after)) => rest = after,
            Some((Some((name, value)), after)) => {
                literal.retain(|(known, _)| *known != name);
                literal.push((name, value));
                rest = after;
            }
            // A line that does not parse is passed over with a warning; so are the blank ones before it.
            None => rest = rest.trim_start_matches(is_space).split_once('\n').map_or("", |(_, after)| after),
        }
    }
    let mut members = Members::new();
    for (name, value) in literal {
        let value = value.ok_or("a name without a value")?;
        if interpolate(&value, &members) != value {
            return Err("a value that is replaced, or not, by an option of the caller".to_owned());
        }
        members.push((name, value));
    }
    Ok(members)
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_blank(c: char) -> bool {
    is_space(c) && c != '\n'
}

type Binding<'a> = (Option<(String, Option<String>)>, &'a str);

fn binding(text: &str, closing_quote: ClosingQuote) -> Option<Binding<'_>> {
    let mut rest = text.trim_start_matches(is_space);
    if rest.is_empty() {
        return Some((None, rest));
    }
    if let Some(after) = rest.strip_prefix("export").filter(|after| after.starts_with(is_blank)) {
        rest = after.trim_start_matches(is_blank);
    }
    let mut found = None;
    if !rest.starts_with('#') {
        let name = match rest.strip_prefix('\'') {
            Some(after) => {
                let (name, after) = after.split_once('\'').filter(|(name, _)| !name.is_empty())?;
                rest = after;
                name
            }
            None => {
                let end = rest.find(|c| matches!(c, '=' | '#') || is_space(c)).unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                rest = after;
                Some(name).filter(|name| !name.is_empty())?
            }
        };
        rest = rest.trim_start_matches(is_blank);
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            let (read, after) = self::value(after.trim_start_matches(is_blank), closing_quote)?;
            value = Some(read);
            rest = after;
        }
        found = Some((name.to_owned(), value));
    }
    let mut end = rest.trim_start_matches(is_blank);
    if end.starts_with('#') {
        end = end.find('\n').map_or("", |at| &end[at..]);
    }
    match end.strip_prefix('\n') {
        Some(after) => Some((found, after)),
        None if end.is_empty() => Some((found, end)),
        None => None,
    }
}

fn value(text: &str, closing_quote: ClosingQuote) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let end = closing_quote(&text[1..], quote)?;
        return Some((unescape(&text[1..=end], quote), &text[end + 2..]));
    }
    let end = text.find('\n').unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let comment = line.char_indices().find(|&(at, c)| c == '#' && line[..at].ends_with(is_space));
    let line = comment.map_or(line, |(at, _)| &line[..at]);
    Some((line.trim_end_matches(is_space).to_owned(), rest))
}

fn unescape(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = chars.peek().copied().filter(|_| c == '\\').and_then(|next| match next {
            '\\' | '\'' => Some(next),
            _ if quote == '\'' => None,
            '"' => Some('"'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            _ => None,
        });
        if escaped.is_some() {
            chars.next();
        }
        out.push(escaped.unwrap_or(c));
    }
    out
}

/// `\$\{(?P<name>[^\}:]*)(?::-(?P<default>[^\}]*))?\}`
fn interpolate(text: &str, members: &Members) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let name_end = inner.find(['}', ':']).unwrap_or(inner.len());
        let (name, after) = inner.split_at(name_end);
        let (default, after) = match after.strip_prefix(":-").and_then(|after| Some((after, after.find('}')?))) {
            Some((after, end)) => after.split_at(end),
            None => ("", after),
        };
        match after.strip_prefix('}') {
            Some(after) => {
                let known = members.iter().find(|(known, _)| known == name);
                out.push_str(known.map_or(default, |(_, value)| value));
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = inner;
            }
        }
    }
    out + rest
}
