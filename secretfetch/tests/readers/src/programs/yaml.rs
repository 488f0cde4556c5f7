//! YAML through a real parser, its plain scalars resolved as both YAML 1.1 and the core schema of 1.2 do.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::tree::Tree;

/// The one document of a text.
pub fn parse(text: &str) -> Result<Tree, String> {
    let mut parser = Parser::new_from_str(text);
    let mut next = move || match parser.next_event() {
        Some(Ok((event, _))) => Ok(event),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the text ends too early".to_owned()),
    };
    let mut document = None;
    loop {
        match next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            Event::StreamEnd => return document.ok_or("no document".to_owned()),
            _ if document.is_some() => return Err("a second document".to_owned()),
            event => document = Some(node(event, &mut next)?),
        }
    }
}

fn node<'a>(event: Event<'a>, next: &mut dyn FnMut() -> Result<Event<'a>, String>) -> Result<Tree, String> {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, 0, None) => plain(&text),
        Event::Scalar(text, ScalarStyle::DoubleQuoted, 0, tag) if is_text(tag.as_deref()) => {
            Ok(Tree::Text(text.into_owned()))
        }
        Event::SequenceStart(0, None) => {
            let mut items = Vec::new();
            loop {
                match next()? {
                    Event::SequenceEnd => return Ok(Tree::List(items)),
                    event => items.push(node(event, next)?),
                }
            }
        }
        Event::MappingStart(0, None) => {
            let mut members = Vec::new();
            loop {
                let name = match next()? {
                    Event::MappingEnd => return Ok(Tree::Map(members)),
                    Event::Scalar(name, ScalarStyle::DoubleQuoted, 0, tag) if is_text(tag.as_deref()) => {
                        // Psych merges what stands under this key, be it quoted, unless a tag says what it is.
                        if name == "<<" && tag.is_none() {
                            return Err("a merge".to_owned());
                        }
                        name.into_owned()
                    }
                    other => return Err(format!("a key that is no quoted string: {other:?}")),
                };
                let event = next()?;
                members.push((name, node(event, next)?));
            }
        }
        other => Err(format!("anchors, other tags and other styles have no place here: {other:?}")),
    }
}

/// A quoted scalar is a text, and `!!str` says no more.
fn is_text(tag: Option<&Tag>) -> bool {
    tag.is_none_or(|tag| tag.is_yaml_core_schema() && tag.suffix == "str")
}

/// What `null`, `true` and numbers are to every reader; the rest means one thing to one and another to the next.
fn plain(text: &str) -> Result<Tree, String> {
    match text {
        "null" => return Ok(Tree::Null),
        "true" => return Ok(Tree::Bool(true)),
        "false" => return Ok(Tree::Bool(false)),
        _ => {}
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_integer = digits(unsigned) && (unsigned == "0" || !unsigned.starts_with('0'));
    // YAML 1.1 asks for a point, and for a sign in the exponent.
    let is_float = unsigned.split_once('.').is_some_and(|(whole, fraction)| {
        let (fraction, exponent) = fraction.split_once(['e', 'E']).unwrap_or((fraction, "+0"));
        digits(whole) && digits(fraction) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
    });
    if is_integer || is_float { Ok(Tree::Number(text.to_owned())) } else { Err(format!("{text:?} is ambiguous")) }
}
