//! YAML or JSON text to a tree that remembers where each value stood and whether it was quoted.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::surrogates::joined;
use crate::error::{ErrorKind, Failure, Result};

/// Deeper documents are no configuration.
const MAX_DEPTH: usize = 32;

/// The largest configuration, in bytes. An environment variable could not hold more than 128 KiB.
const MAX_BYTES: usize = 4 << 20;

/// So many names are looked through faster than hashed; most maps are a source with two or three.
const FEW: usize = 16;

/// A value and the line that it stands on, counted from 1.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    Scalar { text: String, quoted: bool },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Reads one document. JSON is read as the YAML that it nearly is.
pub(crate) fn read(text: &str) -> Result<Node> {
    if text.len() > MAX_BYTES {
        return Err(wrong("the configuration is larger than 4 MiB").into());
    }
    let text = &*joined(text);
    let mut reader = Reader { parser: Parser::new_from_str(text), text };
    let mut document = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            Event::StreamEnd => break,
            _ if document.is_some() => {
                return Err(at(span.start.line(), "the configuration has a second YAML document").into());
            }
            event => document = Some(reader.node(event, span, 0)?),
        }
    }
    match document {
        Some(Node { value: Value::Null, .. }) | None => Err(wrong("the configuration is empty").into()),
        Some(document) => Ok(document),
    }
}

/// A failure that says on which line.
pub(crate) fn at(line: usize, message: impl AsRef<str>) -> Failure {
    wrong(format!("line {line}: {}", message.as_ref()))
}

fn wrong(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Config, message)
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let mut failure = at(error.marker().line(), format!("this is not YAML: {}", error.info()));
                if self.text.contains('\t') {
                    failure = failure.with_hint("YAML is indented with spaces, not with tabs");
                }
                Err(failure.into())
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node> {
        let line = span.start.line();
        if depth > MAX_DEPTH {
            return Err(at(line, "the configuration is nested too deeply").into());
        }
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, _, _) if matches!(&*text, "" | "~" | "null") => Value::Null,
            Event::Scalar(text, style, _, _) => {
                Value::Scalar { text: text.into_owned(), quoted: style != ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Value::List(items),
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => self.map(depth)?,
            // An alias could multiply a small text into a huge tree, and no configuration needs one.
            Event::Alias(_) => return Err(at(line, "YAML aliases (`*name`) are not read").into()),
            _ => return Err(at(line, "the YAML ends in the middle of a value").into()),
        };
        Ok(Node { line, value })
    }

    fn map(&mut self, depth: usize) -> Result<Value> {
        let mut members: Vec<(String, Node)> = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(Value::Map(members)),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(at(line, "a field's name must be a text").into()),
            };
            let is_known = if members.len() < FEW {
                members.iter().any(|(known, _)| *known == key)
            } else {
                if seen.is_empty() {
                    seen.extend(members.iter().map(|(known, _)| known.clone()));
                }
                !seen.insert(key.clone())
            };
            if is_known {
                return Err(at(line, format!("the field {} stands twice", crate::text::quoted(&key))).into());
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            members.push((key, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_seen_however_many_there_are() {
        for names in [2, FEW, FEW + 1, FEW + 2, 5 * FEW] {
            let fields: String = (1..names).map(|n| format!("n{n}: x\n")).collect();
            assert!(read(&format!("{fields}other: x\n")).is_ok(), "{names}");
            for twice in [1, names - 1] {
                let error = read(&format!("{fields}n{twice}: y\n")).unwrap_err().to_string();
                assert!(error.contains(&format!("line {names}: the field `n{twice}` stands twice")), "{error}");
            }
        }
    }
}
