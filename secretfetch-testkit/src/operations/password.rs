//! `GetRandomPassword`.

use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::checks::Checks;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
/// The punctuation of ASCII.
const PUNCTUATION: &str = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct GetRandomPassword {
    password_length: i64,
    exclude_characters: Option<String>,
    exclude_numbers: bool,
    exclude_punctuation: bool,
    exclude_uppercase: bool,
    exclude_lowercase: bool,
    include_space: bool,
    require_each_included_type: bool,
}

impl Default for GetRandomPassword {
    fn default() -> Self {
        GetRandomPassword {
            password_length: 32,
            exclude_characters: None,
            exclude_numbers: false,
            exclude_punctuation: false,
            exclude_uppercase: false,
            exclude_lowercase: false,
            include_space: false,
            require_each_included_type: true,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    random_password: String,
}

impl GetRandomPassword {
    /// The last of the kinds, if it is one.
    fn has_space(&self) -> bool {
        self.include_space && !self.exclude_characters.as_deref().unwrap_or_default().contains(' ')
    }

    /// The characters of each kind that may be in the password; a kind of which none is left is not among them.
    fn kinds(&self) -> Vec<Vec<char>> {
        let excluded = self.exclude_characters.as_deref().unwrap_or_default();
        [
            (LOWER, !self.exclude_lowercase),
            (UPPER, !self.exclude_uppercase),
            (NUMBERS, !self.exclude_numbers),
            (PUNCTUATION, !self.exclude_punctuation),
            (" ", self.include_space),
        ]
        .into_iter()
        .filter(|(_, included)| *included)
        .map(|(kind, _)| kind.chars().filter(|c| !excluded.contains(*c)).collect::<Vec<char>>())
        .filter(|kind| !kind.is_empty())
        .collect()
    }
}

impl Action for GetRandomPassword {
    const OPERATION: Operation = Operation::GetRandomPassword;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        None
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .number("passwordLength", Some(self.password_length), 1..=4096)
            .length("excludeCharacters", self.exclude_characters.as_ref(), 0..=4096)
            .finish()?;
        let kinds = self.kinds().len();
        // A space is in it where there is room for one.
        let required = kinds - usize::from(self.has_space());
        let invalid = |message: &str| Err(Refusal::InvalidParameter(message.to_owned()));
        if kinds == 0 {
            return invalid("Unable to generate a password: all characters are excluded.");
        }
        if self.require_each_included_type && self.password_length.unsigned_abs() < required as u64 {
            return invalid("Password length is too short based on the required types.");
        }
        Ok(())
    }

    fn act(self, _: &Context<'_>, _: &mut Account) -> Result<Output, Refusal> {
        let kinds = self.kinds();
        let length = usize::try_from(self.password_length).unwrap_or_default();
        let mut password: Vec<char> = Vec::with_capacity(length);
        if self.require_each_included_type {
            password.extend(kinds.iter().take(length).filter_map(fastrand::choice));
        }
        let all = kinds.concat();
        while password.len() < length {
            password.extend(fastrand::choice(&all));
        }
        fastrand::shuffle(&mut password);
        Ok(Output { random_password: password.into_iter().collect() })
    }
}
