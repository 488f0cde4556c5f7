//! The Query protocol's input: form fields.

use std::collections::HashMap;

use super::answer::error;
use crate::server::answer::Answer;

/// The members of a request's input.
pub(super) struct Fields(HashMap<String, String>);

impl Fields {
    pub(super) fn read(form: &[u8]) -> Self {
        Fields(form_urlencoded::parse(form).into_owned().collect())
    }

    /// What is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Answer> {
        self.get(name).ok_or_else(|| {
            let member = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
            error(
                400,
                "ValidationError",
                &format!(
                    "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must \
                     not be null"
                ),
            )
        })
    }
}
