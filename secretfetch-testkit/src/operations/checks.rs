//! What the API's model says of a member: that it must be there, its length, its range.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::fake::refusal::Refusal;

/// The longest id of a secret that a request may have.
const LONGEST_ID: usize = 2048;

/// Collects what is wrong: the service tells all of it at once.
#[derive(Default)]
pub(crate) struct Checks(Vec<String>);

impl Checks {
    /// The id of a secret, which every request about one must have.
    pub(crate) fn secret_id(self, id: Option<&String>) -> Self {
        self.required("secretId", id).length("secretId", id, 1..=LONGEST_ID)
    }

    pub(crate) fn required<T>(mut self, member: &str, value: Option<&T>) -> Self {
        if value.is_none() {
            self.0.push(format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"));
        }
        self
    }

    /// The length of a text, in characters.
    pub(crate) fn length(self, member: &str, value: Option<&String>, range: RangeInclusive<usize>) -> Self {
        match value {
            Some(value) => {
                self.bounds(&format!("Value '{value}' at '{member}'"), "length", value.chars().count(), range)
            }
            None => self,
        }
    }

    /// The length of what must not be shown.
    pub(crate) fn secret_length(self, member: &str, length: Option<usize>, range: RangeInclusive<usize>) -> Self {
        match length {
            Some(length) => self.bounds(&format!("Value at '{member}'"), "length", length, range),
            None => self,
        }
    }

    pub(crate) fn list<T: Display>(self, member: &str, list: Option<&Vec<T>>, range: RangeInclusive<usize>) -> Self {
        let Some(list) = list else { return self };
        let shown = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        self.bounds(&format!("Value '[{shown}]' at '{member}'"), "length", list.len(), range)
    }

    /// The length of a list whose entries cannot be shown in a line.
    pub(super) fn count(self, member: &str, entries: usize, range: RangeInclusive<usize>) -> Self {
        self.bounds(&format!("Value at '{member}'"), "length", entries, range)
    }

    /// What each entry of a list must be.
    pub(super) fn all<T: Display>(
        mut self,
        member: &str,
        list: Option<&Vec<T>>,
        is_valid: impl Fn(&T) -> bool,
        constraints: &str,
    ) -> Self {
        if let Some(list) = list.filter(|list| !list.iter().all(is_valid)) {
            let shown = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            self.0.push(format!(
                "Value '[{shown}]' at '{member}' failed to satisfy constraint: Member must satisfy constraint: [{constraints}]"
            ));
        }
        self
    }

    pub(crate) fn number(self, member: &str, value: Option<i64>, range: RangeInclusive<i64>) -> Self {
        match value {
            Some(value) => self.bounds(&format!("Value '{value}' at '{member}'"), "value", value, range),
            None => self,
        }
    }

    pub(crate) fn one_of(mut self, member: &str, value: Option<&String>, known: &[&str]) -> Self {
        if let Some(value) = value.filter(|value| !known.contains(&value.as_str())) {
            self.0.push(format!(
                "Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
                known.join(", ")
            ));
        }
        self
    }

    fn bounds<N: PartialOrd + Display>(mut self, what: &str, of: &str, value: N, range: RangeInclusive<N>) -> Self {
        let bound = if value < *range.start() {
            format!("greater than or equal to {}", range.start())
        } else if value > *range.end() {
            format!("less than or equal to {}", range.end())
        } else {
            return self;
        };
        self.0.push(format!("{what} failed to satisfy constraint: Member must have {of} {bound}"));
        self
    }

    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let errors = match self.0.len() {
            0 => return Ok(()),
            1 => "1 validation error".to_owned(),
            several => format!("{several} validation errors"),
        };
        Err(Refusal::Validation(format!("{errors} detected: {}", self.0.join("; "))))
    }
}

/// What a secret may be called, by its owner or by an AWS service that manages it (`rds!db-…`), and so what an id that
/// is no ARN can be.
///
/// The documented grammar of a name that `CreateSecret` takes has no `!`, while its own error lists it as allowed: the
/// fake keeps to the error, so that a managed secret can be seeded through either door.
pub(crate) fn name(name: &str) -> Result<(), Refusal> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_+=.@!".contains(&byte);
    if name.bytes().all(is_allowed) {
        return Ok(());
    }
    Err(Refusal::Validation(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
            .to_owned(),
    ))
}

/// An id that is a name or an ARN.
pub(crate) fn id(id: &str) -> Result<(), Refusal> {
    if id.starts_with("arn:") { Ok(()) } else { name(id) }
}

/// The members of a request about one secret that has nothing else to check; gives its id.
pub(crate) fn secret_id(id: Option<&String>) -> Result<(), Refusal> {
    Checks::default().secret_id(id).finish()?;
    id.map_or(Ok(()), |text| self::id(text))
}

/// The id of a request that was checked.
pub(crate) fn checked(id: Option<String>) -> String {
    id.unwrap_or_default()
}
