//! A value, and where it was given: what is said about it names the option, or the variable.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use secretfetch::{Error, Failure};

use crate::outcome::usage;

/// Where a value was given. Holds the option's long name, where it is not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// In the command line.
    Typed(&'static str),
    /// In the environment.
    Variable(&'static str),
    /// In the command line, as a word that the command needs. Holds what that is called.
    Operand(&'static str),
}

impl Origin {
    /// The option with this value, as it is written there.
    pub(crate) fn with(self, value: &str) -> String {
        match self {
            Origin::Typed(long) => format!("`--{long} {value}`"),
            Origin::Variable(long) => format!("`{}={value}`", variable(long)),
            Origin::Operand(_) => format!("`{value}`"),
        }
    }

    /// The option's name, wherever it was given.
    #[cfg(test)]
    pub(crate) fn long(self) -> &'static str {
        match self {
            Origin::Typed(long) | Origin::Variable(long) | Origin::Operand(long) => long,
        }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Typed(long) => write!(f, "`--{long}`"),
            Origin::Variable(long) => f.write_str(&variable(long)),
            Origin::Operand(name) => write!(f, "<{name}>"),
        }
    }
}

fn variable(long: &str) -> String {
    let mut name = String::new();
    write_variable(long, &mut name);
    name
}

/// The name of an option's variable, into what is empty.
pub(super) fn write_variable(long: &str, name: &mut String) {
    name.push_str("SECRETFETCH_");
    name.extend(long.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
}

/// What an option says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// Why an option cannot have a value.
pub(super) enum Unfit {
    NotUtf8,
    /// It has no text in it where one is needed.
    Empty,
    /// With what the option's type says about it.
    Wrong(Error),
}

impl<T> Given<T> {
    /// What is wrong with the value.
    pub(crate) fn wrong(&self, why: impl Display) -> Failure {
        usage(format!("{}: {why}", self.origin))
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Given<U> {
        Given { value: change(self.value), origin: self.origin }
    }
}

impl Given<OsString> {
    pub(super) fn text(self) -> Result<Given<String>, Unfit> {
        match self.value.into_string() {
            Ok(value) => Ok(Given { value, origin: self.origin }),
            Err(_) => Err(Unfit::NotUtf8),
        }
    }

    /// Reads the text as the type of its place, and puts it there.
    pub(super) fn put<T: FromStr<Err: Display>>(self, place: &mut Option<Given<T>>) -> Result<(), Unfit> {
        self.put_as(place, str::parse)
    }

    pub(super) fn put_as<T, E: Display>(
        self,
        place: &mut Option<Given<T>>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<(), Unfit> {
        let text = self.text()?;
        let value = parse(&text.value).map_err(|error| Unfit::Wrong(text.wrong(error).into()))?;
        *place = Some(text.map(|_| value));
        Ok(())
    }

    pub(super) fn put_path(self, place: &mut Option<Given<PathBuf>>) -> Result<(), Unfit> {
        *place = Some(self.map(PathBuf::from));
        Ok(())
    }

    /// Adds one text, or those between the commas of a variable.
    pub(super) fn put_each(self, place: &mut Vec<Given<String>>) -> Result<(), Unfit> {
        let Given { value, origin } = self.text()?;
        let is_separator = |c| matches!(origin, Origin::Variable(_)) && c == ',';
        let before = place.len();
        let texts = value.split(is_separator).filter(|text| !text.is_empty());
        place.extend(texts.map(|text| Given { value: text.to_owned(), origin }));
        // An empty name would choose nothing, and nothing chosen is everything.
        let is_missing = place.len() == before && matches!(origin, Origin::Typed(_));
        if is_missing { Err(Unfit::Empty) } else { Ok(()) }
    }
}

/// The value alone, for what needs no more.
pub(crate) fn value_of<T: Clone>(given: &Option<Given<T>>) -> Option<T> {
    given.as_ref().map(|given| given.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secretfetch::Mode;

    fn told(origin: Origin, text: &str) -> String {
        let mut place: Option<Given<Mode>> = None;
        match (Given { value: text.into(), origin }).put(&mut place) {
            Err(Unfit::Wrong(error)) => error.to_string(),
            _ => panic!("{text} is a mode"),
        }
    }

    #[test]
    fn what_is_wrong_names_the_option_or_the_variable() {
        let why = "0999".parse::<Mode>().unwrap_err();
        assert_eq!(told(Origin::Typed("mode"), "0999"), format!("`--mode`: {why}"));
        assert_eq!(told(Origin::Variable("mode"), "0999"), format!("SECRETFETCH_MODE: {why}"));
        assert_eq!(Origin::Typed("log-format").with("json"), "`--log-format json`");
        assert_eq!(Origin::Variable("log-format").with("json"), "`SECRETFETCH_LOG_FORMAT=json`");
    }
}
