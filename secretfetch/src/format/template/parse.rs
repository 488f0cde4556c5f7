//! A text to its parts, in one pass, with every mistake.

use super::delimiters::Delimiters;
use super::error::{Mistake, Place};
use super::filter::{self, FILTERS, Filter};
use super::name::SlotName;
use super::slot::{Part, Slot};
use crate::error::Failure;
use crate::text::{nearest, quoted};

/// The parts of the text, and what is wrong with the slots that are none.
pub(super) fn parse(text: &str, delimiters: &Delimiters) -> (Vec<Part>, Vec<Failure>) {
    let mut parts = Vec::new();
    let mut mistakes = Vec::new();
    let mut position = Position::start(text);
    let (mut plain, mut at) = (0, 0);
    while let Some(found) = text[at..].find(delimiters.open()) {
        let start = at + found;
        let place = position.place(start);
        let inside = &text[start + delimiters.open().len()..];
        let mut rest = inside;
        match take_slot(&mut rest, delimiters) {
            Ok((name, filter)) => {
                if plain < start {
                    parts.push(Part::Text(plain..start));
                }
                parts.push(Part::Slot(Slot { place, name, filter }));
                at = text.len() - rest.len();
                plain = at;
            }
            Err(mistake) => {
                // The next slot is looked for behind this one, or where its line ends.
                let end = end_of_slot(inside, delimiters.close());
                let mistake = if end.is_closed { mistake } else { unclosed(delimiters) };
                mistakes.push(mistake.at(place));
                at = start + delimiters.open().len() + end.at;
            }
        }
    }
    if plain < text.len() {
        parts.push(Part::Text(plain..text.len()));
    }
    (parts, mistakes)
}

fn take_slot(rest: &mut &str, delimiters: &Delimiters) -> Result<(SlotName, &'static Filter), Mistake> {
    skip_blanks(rest);
    let name = SlotName::take(rest)?;
    skip_blanks(rest);
    let no_filter = || {
        let hint =
            format!("say how the value is escaped where it stands (`{{{{ NAME | json }}}}`): {}", filter::names());
        Mistake::new("the slot has no filter", hint)
    };
    if rest.starts_with(delimiters.close()) {
        return Err(no_filter());
    }
    *rest = rest.strip_prefix('|').ok_or_else(|| {
        Mistake::new(
            "behind the name no `|` stands",
            "a slot is a name, a `|` and a filter; other names stand between double quotes",
        )
    })?;
    skip_blanks(rest);
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    if word.is_empty() {
        return Err(no_filter());
    }
    let filter = filter::find(word).ok_or_else(|| unknown(word))?;
    skip_blanks(rest);
    *rest = rest.strip_prefix(delimiters.close()).ok_or_else(|| match rest.starts_with('|') {
        true => Mistake::new("the slot has a second filter", "one filter gives the whole token; there are no others"),
        false => Mistake::new("the slot does not end behind its filter", "a filter has no arguments"),
    })?;
    Ok((name, filter))
}

fn unknown(word: &str) -> Mistake {
    let hint = match nearest(word, FILTERS.iter().map(|filter| filter.name)).first() {
        Some(near) => format!("did you mean `{near}`? There are {}", filter::names()),
        None => format!("there are {}", filter::names()),
    };
    Mistake::new(format!("{} is not a filter", quoted(word)), hint)
}

fn unclosed(delimiters: &Delimiters) -> Mistake {
    let (open, close) = (delimiters.open(), delimiters.close());
    let hint = format!("end it with `{close}`; a text that has `{open}` of its own needs other `delimiters`");
    Mistake::new("the slot is not closed on its line", hint)
}

fn skip_blanks(rest: &mut &str) {
    *rest = rest.trim_start_matches([' ', '\t']);
}

/// Where a slot ends that is none.
struct End {
    at: usize,
    is_closed: bool,
}

fn end_of_slot(inside: &str, close: &str) -> End {
    for (at, byte) in inside.bytes().enumerate() {
        if byte == b'\n' {
            return End { at, is_closed: false };
        }
        // What begins with a character of ASCII begins no inner byte of another.
        if inside.as_bytes()[at..].starts_with(close.as_bytes()) {
            return End { at: at + close.len(), is_closed: true };
        }
    }
    End { at: inside.len(), is_closed: false }
}

/// Line and column of what is passed, counted once.
struct Position<'a> {
    text: &'a str,
    at: usize,
    place: Place,
}

impl<'a> Position<'a> {
    fn start(text: &'a str) -> Self {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Position { text, at: mark, place: Place { line: 1, column: 1 } }
    }

    /// The place of a byte behind the last one that was asked for.
    fn place(&mut self, at: usize) -> Place {
        for c in self.text[self.at..at].chars() {
            match c {
                '\n' => self.place = Place { line: self.place.line + 1, column: 1 },
                _ => self.place.column += 1,
            }
        }
        self.at = at;
        self.place
    }
}
