//! A way to write a value, and what it cannot hold.

/// One way to write a value after `NAME=`.
#[derive(Debug)]
pub(super) struct Quoting {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What stands for a character.
    pub(super) escapes: &'static [(char, &'static str)],
    /// What stands for a character at the end of the value, where the reader takes something off there.
    pub(super) end: &'static [(char, &'static str)],
    /// Whether the value is read right only if no quote follows it in the file, so that it must come last.
    pub(super) only_last: bool,
    /// What the reader would not get back.
    pub(super) cannot: &'static [Obstacle],
}

impl Quoting {
    pub(super) fn holds(&self, value: &str) -> bool {
        self.obstacle(value).is_none()
    }

    /// Whether this is the form without quotes that any reader takes.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.cannot, [Obstacle::NotPlain])
    }

    /// The first thing in the value that this quoting cannot hold.
    pub(super) fn obstacle(&self, value: &str) -> Option<&'static Obstacle> {
        self.cannot.iter().find(|obstacle| obstacle.stands_in(value))
    }
}

/// Something in a value that a quoting cannot hold.
#[derive(Debug)]
pub(super) enum Obstacle {
    Char(char),
    /// A control character of ASCII but tab and newline, NUL and CR among them.
    Control,
    /// A quote that no backslash stands before: one that has it is part of the value, as is the backslash.
    Bare(char),
    /// A character after an even number of backslashes, none among them: each second one hides what follows it.
    Unescaped(char),
    /// A character after an odd number of backslashes.
    Escaped(char),
    /// An odd number of backslashes at the end.
    OpenEnd,
    /// A quote after which nothing but white space stands up to a U+2028 or U+2029.
    QuoteAtLineEnd(char),
    Text(&'static str),
    Start(char),
    End(char),
    /// No quote at the start, or the same once more, if `escapes` without a backslash before it: a quote that is never
    /// closed is part of the line.
    NoOpenQuote {
        escapes: bool,
    },
    /// Anything but letters, digits and `_./:=@%+,-`, which no reader takes for syntax; zsh expands a `=` in front, and
    /// after a colon.
    NotPlain,
    /// White space of ASCII at the ends, which is trimmed.
    OuterBlank,
    /// White space at the ends, which is trimmed. Control characters 0x1c to 0x1f are white space to Python.
    OuterSpace,
    /// White space before `#`, which starts a comment.
    Comment,
    /// `${NAME}` or `${NAME:-default}`, which python-dotenv replaces even between single quotes. A name is any text
    /// without `}` and `:`.
    Interpolation,
    /// U+FDD0 to U+FDEF and the last two code points of each plane (Unicode, section 23.7).
    Noncharacter,
}

impl Obstacle {
    fn stands_in(&self, value: &str) -> bool {
        match *self {
            Obstacle::Char(c) => value.contains(c),
            Obstacle::Control => value.bytes().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n')),
            Obstacle::Bare(c) => value.match_indices(c).any(|(at, _)| !value[..at].ends_with('\\')),
            Obstacle::Unescaped(c) => value.match_indices(c).any(|(at, _)| !ends_in_escape(&value[..at])),
            Obstacle::Escaped(c) => value.match_indices(c).any(|(at, _)| ends_in_escape(&value[..at])),
            Obstacle::OpenEnd => ends_in_escape(value),
            Obstacle::QuoteAtLineEnd(c) => value.match_indices(c).any(|(at, quote)| {
                let mut after = value[at + quote.len()..].chars().take_while(|&c| is_space(c));
                after.any(|c| matches!(c, '\u{2028}' | '\u{2029}'))
            }),
            Obstacle::Text(text) => value.contains(text),
            Obstacle::Start(c) => value.starts_with(c),
            Obstacle::End(c) => value.ends_with(c),
            Obstacle::NoOpenQuote { escapes } => match value.chars().next() {
                Some(quote @ ('\'' | '"' | '`')) if escapes => Obstacle::Unescaped(quote).stands_in(&value[1..]),
                Some(quote @ ('\'' | '"' | '`')) => value[1..].contains(quote),
                _ => true,
            },
            Obstacle::NotPlain => {
                // The start counts as a colon.
                let mut before = b':';
                value.bytes().any(|byte| {
                    let is_plain = match byte {
                        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => true,
                        b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b',' | b'-' => true,
                        b'=' => before != b':',
                        _ => false,
                    };
                    before = byte;
                    !is_plain
                })
            }
            Obstacle::OuterBlank => value.starts_with(is_blank) || value.ends_with(is_blank),
            Obstacle::OuterSpace => value.starts_with(is_space) || value.ends_with(is_space),
            Obstacle::Comment => value.match_indices('#').any(|(at, _)| value[..at].ends_with(is_space)),
            Obstacle::Interpolation => has_interpolation(value),
            Obstacle::Noncharacter => value.chars().any(is_noncharacter),
        }
    }

    /// The obstacle for a person: it names the syntax, never the value.
    pub(super) fn describe(&self) -> String {
        match *self {
            Obstacle::Char('\n') => "a newline".to_owned(),
            Obstacle::Char('\r') | Obstacle::Unescaped('\r') | Obstacle::Escaped('\r') => {
                "a carriage return".to_owned()
            }
            Obstacle::Char('\0') => "a NUL".to_owned(),
            Obstacle::Char('\'') | Obstacle::Bare('\'') | Obstacle::Unescaped('\'') => "a single quote".to_owned(),
            Obstacle::Char('`') | Obstacle::Bare('`') | Obstacle::Unescaped('`') => "a backtick".to_owned(),
            Obstacle::Char(c) | Obstacle::Bare(c) | Obstacle::Unescaped(c) => format!("a `{c}`"),
            Obstacle::Escaped(c) => format!("a `\\{c}`"),
            Obstacle::OpenEnd => "a `\\` at its end".to_owned(),
            Obstacle::QuoteAtLineEnd(c) => format!("a line separator (U+2028, U+2029) after a `{c}`"),
            Obstacle::Control => "a carriage return or another control character".to_owned(),
            Obstacle::Text(text) => {
                let shown = text.replace('\r', "\\r").replace('\n', "\\n");
                format!("a `{shown}`")
            }
            Obstacle::Start(c) => format!("`{c}` at its start"),
            Obstacle::End(c) => format!("`{c}` at its end"),
            Obstacle::NoOpenQuote { .. } => "no quote at its start that stands alone".to_owned(),
            Obstacle::NotPlain => "characters that need quotes".to_owned(),
            Obstacle::OuterBlank | Obstacle::OuterSpace => "white space at an end".to_owned(),
            Obstacle::Comment => "a `#` that starts a comment".to_owned(),
            Obstacle::Interpolation => "a `${…}`, which the reader replaces".to_owned(),
            Obstacle::Noncharacter => "a Unicode noncharacter".to_owned(),
        }
    }
}

fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}')
}

/// `\$\{[^}:]*(:-[^}]*)?\}`
fn has_interpolation(value: &str) -> bool {
    let Some(last) = value.rfind('}') else { return false };
    // Where the name ends, which may be that of several.
    let mut end = 0;
    value.match_indices("${").any(|(at, open)| {
        let name = at + open.len();
        if end < name {
            end = value[name..].find(['}', ':']).map_or(value.len(), |length| name + length);
        }
        let after = &value[end..];
        after.starts_with('}') || after.starts_with(":-") && last > end
    })
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}' | '\u{feff}')
}

fn is_noncharacter(c: char) -> bool {
    matches!(u32::from(c), 0xfdd0..=0xfdef) || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpolation_needs_its_end() {
        for (text, replaced) in [
            ("${a}", true),
            ("x${}y", true),
            ("${a:b}", false),
            ("${a: 1} ${b:-}", true),
            ("${a:-b", false),
            ("${a${b}", true),
            ("${a", false),
            ("}${", false),
        ] {
            assert_eq!(Obstacle::Interpolation.stands_in(text), replaced, "{text}");
        }
    }

    #[test]
    fn noncharacters_are_found_in_every_plane() {
        for c in ['\u{fdd0}', '\u{fffe}', '\u{ffff}', '\u{1fffe}', '\u{10ffff}'] {
            assert!(Obstacle::Noncharacter.stands_in(&c.to_string()));
        }
        assert!(!Obstacle::Noncharacter.stands_in("\u{fffd}é😀"));
    }
}
