//! What a request about one secret says.

use crate::fake::refusal::Refusal;

/// The members of every single-secret operation that the fake looks at.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) secret_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) version_id: Option<String>,
    pub(super) version_stage: Option<String>,
    pub(super) version_stages: Option<Vec<String>>,
    pub(super) client_request_token: Option<String>,
    pub(super) secret_string: Option<String>,
    pub(super) secret_binary: Option<String>,
    pub(super) move_to_version_id: Option<String>,
    pub(super) remove_from_version_id: Option<String>,
    pub(super) recovery_window_in_days: Option<u64>,
    pub(super) force_delete_without_recovery: Option<bool>,
}

pub(super) fn missing(member: &str) -> Refusal {
    Refusal::Validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}
