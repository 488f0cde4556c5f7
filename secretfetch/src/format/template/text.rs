use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::delimiters::Delimiters;
use super::error::{Mistake, ParseTemplateError};
use super::parse::parse;
use super::slot::{Part, Slot};
use crate::bounds::{Bytes, TEMPLATE};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;
use crate::text::{nearest, quoted};

/// A text with slots: `{{ name | filter }}` becomes the value of the entry `name`, written for the place that the filter is
/// the escape of. Everything else stays, byte for byte.
///
/// ```
/// use secretfetch::{FileConfig, SecretValue, SourceConfig, Template};
///
/// let template: Template = "postgres://app:{{ password | url }}@db/orders\n".parse()?;
/// let file = FileConfig::new("url", SourceConfig::new("prod/db".parse()?)).with_template(template);
/// let converted = file.convert(&SecretValue::from_text(r#"{"password": "p@ss/w#rd"}"#.to_owned()))?;
/// assert_eq!(converted.expose_files().next(), Some((None, &b"postgres://app:p%40ss%2Fw%23rd@db/orders\n"[..])));
///
/// let error = "{{ password }}\n{{ password | jsn }}".parse::<Template>().unwrap_err().to_string();
/// assert!(error.contains("line 1, column 1: the slot has no filter"));
/// assert!(error.contains("line 2, column 1: `jsn` is not a filter; did you mean `json`?"));
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone)]
pub struct Template(Arc<Parsed>);

struct Parsed {
    /// The file that it was read from.
    path: Option<PathBuf>,
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Every mistake, with its line and column: a slot that is not closed, that has no filter or one that is none, a name
    /// that needs quotes; and a text of more than 1 MiB.
    pub fn parse(text: impl Into<String>, delimiters: &Delimiters) -> Result<Self, ParseTemplateError> {
        let text = text.into();
        let (parts, mistakes) = match text.len() as u64 <= TEMPLATE {
            true => parse(&text, delimiters),
            false => {
                let what = format!("the template has {} bytes, and may have {}", text.len(), Bytes(TEMPLATE));
                (Vec::new(), vec![Failure::new(ErrorKind::Config, what)])
            }
        };
        match ParseTemplateError::of(mistakes) {
            Some(error) => Err(error),
            None => Ok(Template(Arc::new(Parsed { path: None, text, parts }))),
        }
    }

    /// Reads the file at `path`, of at most 1 MiB.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], for a file that cannot be read or is not UTF-8, and for every mistake in it.
    pub fn from_file(path: &Path, delimiters: &Delimiters) -> Result<Self> {
        let text = input::read_text(path, TEMPLATE, input::Kind::FileOrPipe).map_err(|error| {
            let failure = Failure::new(ErrorKind::Config, format!("cannot read the template: {error}"));
            failure.with_file(path)
        })?;
        let read = Template::parse(text.as_str(), delimiters).map_err(Error::from);
        let mut read = read.map_err(|error| error.map_failures(|failure| failure.with_file(path)))?;
        if let Some(parsed) = Arc::get_mut(&mut read.0) {
            parsed.path = Some(path.to_owned());
        }
        Ok(read)
    }

    /// The file that it was read from, if it was.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    pub(super) fn text(&self) -> &str {
        &self.0.text
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0.parts
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.parts.iter().filter_map(|part| match part {
            Part::Slot(slot) => Some(slot),
            Part::Text(_) => None,
        })
    }

    /// The slots that no entry can fill where these are all the names that there are.
    pub(crate) fn missing_of(&self, names: &[&str]) -> Vec<Failure> {
        let known: HashSet<&str> = names.iter().copied().collect();
        let missing = self.slots().filter(|slot| !slot.name.can_be_in(|name| known.contains(name)));
        let told = missing.enumerate();
        told.map(|(place, slot)| no_entry(slot.name.written(), names, place < MOST_HINTS).at(slot.place)).collect()
    }
}

/// For how many slots the nearest name is looked for: each is compared with all that are there.
pub(super) const MOST_HINTS: usize = 20;

/// That there is no such entry, with the nearest of those that there are.
pub(super) fn no_entry(written: &str, names: &[&str], with_hint: bool) -> Mistake {
    let message = format!("there is no entry {}", quoted(written));
    if !with_hint {
        return Mistake { message, hint: None };
    }
    let quote = |names: &[&str]| names.iter().copied().map(quoted).collect::<Vec<_>>().join(", ");
    let near = nearest(written, names.iter().copied());
    let hint = match (near.as_slice(), names) {
        ([], []) => "there are no entries at all".to_owned(),
        ([], few) if few.len() <= MOST_SHOWN => format!("the entries are {}", quote(few)),
        ([], many) => format!("there are {} entries, among them {}", many.len(), quote(&many[..MOST_SHOWN])),
        (near, _) => format!("did you mean {}?", quote(near)),
    };
    Mistake::new(message, hint)
}

/// How many names one message shows.
pub(super) const MOST_SHOWN: usize = 10;

impl std::str::FromStr for Template {
    type Err = ParseTemplateError;

    /// With the usual delimiters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Template::parse(text, &Delimiters::default())
    }
}

/// The slots, and nothing of the text.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Place;
    use super::*;

    fn slots(text: &str, delimiters: &Delimiters) -> Vec<String> {
        let template = Template::parse(text, delimiters).unwrap();
        let place = |slot: &Slot| {
            let Place { line, column } = slot.place;
            format!("{line}:{column} {slot:?}")
        };
        template.slots().map(place).collect()
    }

    fn mistakes(text: &str) -> Vec<String> {
        let error = crate::Error::from(text.parse::<Template>().unwrap_err());
        error.failures().iter().map(|failure| failure.message().to_owned()).collect()
    }

    #[test]
    fn slots_have_their_line_and_column() {
        let text = "\u{feff}{{a|raw}} é {{ b.c | json }}\r\n\n  {{\"}}\" | sql}}}} }} {";
        assert_eq!(slots(text, &Delimiters::default()), ["1:1 a | raw", "1:13 b.c | json", "3:3 \"}}\" | sql"]);
        let other = Delimiters::new("<%", "%>").unwrap();
        assert_eq!(slots("{{ a }} <% b | raw %>", &other), ["1:9 b | raw"]);
        for text in ["", "}}", "{", "{ {a|raw} }", "no slot at all"] {
            assert!(slots(text, &Delimiters::default()).is_empty());
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let text =
            "{{ a }}\n{{ a | jso }} {{ | raw }}\n{{ a b | raw }}{{ a | raw | json }}{{ a | raw(1) }}\n{{ a | raw\n}}{{";
        assert_eq!(
            mistakes(text),
            [
                "template, line 1, column 1: the slot has no filter",
                "template, line 2, column 1: `jso` is not a filter",
                "template, line 2, column 15: a name is missing",
                "template, line 3, column 1: behind the name no `|` stands",
                "template, line 3, column 16: the slot has a second filter",
                "template, line 3, column 36: the slot does not end behind its filter",
                "template, line 4, column 1: the slot is not closed on its line",
                "template, line 5, column 3: the slot is not closed on its line",
            ]
        );
    }

    #[test]
    fn a_template_is_bounded() {
        let error = Template::parse("x".repeat(10 << 20), &Delimiters::default()).unwrap_err();
        assert_eq!(error.to_string(), "the template has 10485760 bytes, and may have 1 MiB");
        assert!(Template::parse("x".repeat(1 << 20), &Delimiters::default()).is_ok());
    }

    #[test]
    fn one_line_of_slots_is_read_in_one_pass() {
        let slots = (1 << 20) / 9;
        assert_eq!(Template::parse("{{a|raw}}".repeat(slots), &Delimiters::default()).unwrap().slots().count(), slots);
        let open = "{{".repeat(1 << 19);
        assert_eq!(mistakes(&open), ["template, line 1, column 1: the slot is not closed on its line"]);
        assert_eq!(mistakes(&"{{}}".repeat(1 << 18)).len(), 1 << 18);
    }
}
