//! A strict RFC 8259 reader that names what is wrong without showing any of it.

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::value::Value;
use crate::bounds::VALUES;

/// Deeper nesting is refused: each level costs stack, here and in whoever reads the file.
const MAX_DEPTH: usize = 512;

/// Why a text is not JSON that can be converted. Positions are 1-based, columns count characters.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("the content is empty")]
    Empty,
    #[error("the content starts with a byte order mark (U+FEFF), which JSON must not have (RFC 8259, section 8.1)")]
    ByteOrderMark,
    #[error("the content is not JSON")]
    NotJson,
    #[error("the content is not valid JSON at line {line}, column {column}: {what}")]
    Syntax { line: usize, column: usize, what: &'static str },
    #[error("the content is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    #[error("the content has more than {VALUES} values")]
    TooMany,
    #[error("the key {} stands twice in one object", crate::text::quoted(key))]
    DuplicateKey { key: String },
    #[error(
        "the string under {} has an unpaired surrogate (\\ud800 to \\udfff), which is not a character",
        crate::text::quoted(key)
    )]
    UnpairedSurrogate { key: String },
}

impl ParseError {
    /// The key that the error is about, as a path (`a.b[0]`).
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            ParseError::DuplicateKey { key } | ParseError::UnpairedSurrogate { key } => Some(key),
            _ => None,
        }
    }
}

/// Reads one JSON text.
pub(crate) fn parse(text: &str) -> Result<Value, ParseError> {
    if text.starts_with('\u{feff}') {
        return Err(ParseError::ByteOrderMark);
    }
    let mut parser = Parser { text, at: 0, path: Vec::new(), values: 0 };
    parser.skip_space();
    if parser.peek().is_none() {
        return Err(ParseError::Empty);
    }
    // A plain string such as a password is the usual case of "not JSON": say that, not where it ends.
    if !matches!(parser.peek(), Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9'))
        && !["true", "false", "null", "NaN", "Infinity"].iter().any(|word| parser.rest().starts_with(word))
    {
        return Err(ParseError::NotJson);
    }
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) if matches!(value, Value::Object(_) | Value::Array(_)) => {
            Err(parser.syntax("more text follows the value"))
        }
        Some(_) => Err(ParseError::NotJson),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    path: Vec<Step>,
    /// How many there were.
    values: usize,
}

enum Step {
    Key(String),
    Index(usize),
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn syntax(&self, what: &'static str) -> ParseError {
        let mut end = self.at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        ParseError::Syntax {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.values += 1;
        if self.values > VALUES {
            return Err(ParseError::TooMany);
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'\'') => Err(self.syntax("strings stand between double quotes")),
            Some(b'/' | b'#') => Err(self.syntax("JSON has no comments")),
            None => Err(self.syntax("the text ends here")),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        if ["NaN", "Infinity", "nan", "inf"].iter().any(|word| self.rest().starts_with(word)) {
            return Err(self.syntax("NaN and Infinity are not JSON"));
        }
        Err(self.syntax("a value is expected"))
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.at += 1;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {}
                Some(b'}') => return Err(self.syntax("a comma stands before the closing brace")),
                None => return Err(self.syntax("the text ends inside an object")),
                _ => return Err(self.syntax("a key between double quotes is expected")),
            }
            let key = self.string()?.to_string();
            self.path.push(Step::Key(key.clone()));
            if !seen.insert(key.clone()) {
                return Err(ParseError::DuplicateKey { key: self.shown_path() });
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.syntax("a colon is expected after the key"));
            }
            self.at += 1;
            self.skip_space();
            let value = self.value(depth + 1)?;
            self.path.pop();
            members.push((key, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                None => return Err(self.syntax("the text ends inside an object")),
                _ => return Err(self.syntax("a comma or a closing brace is expected")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            if self.peek() == Some(b']') {
                return Err(self.syntax("a comma stands before the closing bracket"));
            }
            self.path.push(Step::Index(items.len()));
            items.push(self.value(depth + 1)?);
            self.path.pop();
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                None => return Err(self.syntax("the text ends inside an array")),
                _ => return Err(self.syntax("a comma or a closing bracket is expected")),
            }
        }
    }

    /// The token as it stands, checked against the grammar of RFC 8259, section 6.
    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ if self.rest().starts_with("Infinity") => return Err(self.syntax("NaN and Infinity are not JSON")),
            _ => return Err(self.syntax("a number needs a digit here")),
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.syntax("a number must not start with 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(Value::Number(Zeroizing::new(self.text[start..self.at].to_owned())))
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        self.digits();
        if self.at == start { Err(self.syntax("a number needs a digit here")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Zeroizing<String>, ParseError> {
        let open = self.at;
        self.at += 1;
        let end = self.end_of_string(open)?;
        // An escape is never shorter than what it means, so this buffer does not grow and leave copies.
        let mut text = Zeroizing::new(String::with_capacity(end - self.at));
        while self.at < end {
            let run = &self.text[self.at..end];
            let plain = run.find('\\').unwrap_or(run.len());
            text.push_str(&run[..plain]);
            self.at += plain;
            if self.at < end {
                let c = self.escape()?;
                text.push(c);
            }
        }
        self.at = end + 1;
        Ok(text)
    }

    /// The position of the quote that closes the string opened at `open`.
    fn end_of_string(&mut self, open: usize) -> Result<usize, ParseError> {
        let bytes = self.text.as_bytes();
        let mut i = open + 1;
        loop {
            match bytes.get(i) {
                Some(b'"') => return Ok(i),
                Some(b'\\') => i += 2,
                Some(0..=0x1f) => {
                    self.at = i;
                    return Err(self.syntax("a control character inside a string must be escaped"));
                }
                Some(_) => i += 1,
                None => {
                    self.at = bytes.len();
                    return Err(self.syntax("the text ends inside a string"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let c = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.syntax("no such escape")),
        };
        self.at += 2;
        Ok(c)
    }

    fn unicode_escape(&mut self) -> Result<char, ParseError> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff if self.rest().starts_with("\\u") => match self.hex4()? {
                second @ 0xdc00..=0xdfff => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => first,
            },
            other => other,
        };
        char::from_u32(code).ok_or_else(|| ParseError::UnpairedSurrogate { key: self.shown_path() })
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let digits = self.text.get(self.at + 2..self.at + 6).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or_else(|| self.syntax("\\u needs four hexadecimal digits"))?;
        self.at += 6;
        Ok(code)
    }

    fn shown_path(&self) -> String {
        let mut shown = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => shown.push_str(&format!("[{index}]")),
                Step::Key(key) => {
                    if !shown.is_empty() {
                        shown.push('.');
                    }
                    shown.push_str(key);
                }
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> String {
        match parse(text) {
            Ok(Value::Number(token)) => token.to_string(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn numbers_keep_their_token() {
        for token in ["0", "-0", "1.0", "1e400", "1E5", "1e+5", "-12.50e-07", "12345678901234567890"] {
            assert_eq!(number(token), token);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let what = |text: &str| match parse(text) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("{text} was read"),
        };
        assert!(what("").contains("empty"));
        assert!(what("\u{feff}{}").contains("byte order mark"));
        assert!(what("hunter2").contains("not JSON"));
        assert!(what("123abc").contains("not JSON"));
        assert!(what(r#"{"a":1} x"#).contains("line 1, column 9: more text follows"));
        assert!(what(r#"{"a":NaN}"#).contains("NaN"));
        assert!(what(r#"{"a":-Infinity}"#).contains("Infinity"));
        assert!(what(r#"{"a":1,"a":2}"#).contains("`a` stands twice"));
        assert!(what(r#"{"a":{"b":[{"c":1,"\u0063":2}]}}"#).contains("`a.b[0].c` stands twice"));
        assert!(what(r#"{"a":"\ud800"}"#).contains("`a` has an unpaired surrogate"));
        assert!(what(r#"{"a":"\ud800\u0041"}"#).contains("unpaired surrogate"));
        assert!(what(r#"{"a":1,}"#).contains("comma"));
        assert!(what(r#"{'a':1}"#).contains("double quotes"));
        assert!(what(r#"{"a":01}"#).contains("must not start with 0"));
        assert!(what("{\"a\":\"\n\"}").contains("control character"));
        assert!(what(r#"{"a":"b"#).contains("ends inside a string"));
        assert!(what(r#"{"a":"b\"#).contains("ends inside a string"));
        assert!(what("{\"a\": // x\n1}").contains("comments"));
        assert!(what(&"[".repeat(100_000)).contains("levels deep"));
    }

    #[test]
    fn pairs_of_surrogates_are_one_character() {
        assert_eq!(parse(r#""\ud83d\ude00\u0000""#), Ok(Value::String(Zeroizing::new("😀\0".into()))));
    }

    #[test]
    fn deep_nesting_is_read() {
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        assert!(parse(&deep).is_ok());
    }

    proptest::proptest! {
        /// What serde_json accepts we accept, but for duplicate keys and surrogates, and the other way round.
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}":,0-9eE+.tfn\\u\- aA-]{0,24}"#) {
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            match parse(&text) {
                Ok(_) => proptest::prop_assert!(theirs),
                Err(ParseError::DuplicateKey { .. } | ParseError::UnpairedSurrogate { .. }) => {}
                Err(_) => proptest::prop_assert!(!theirs),
            }
        }
    }
}
