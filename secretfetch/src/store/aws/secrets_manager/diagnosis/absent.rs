//! Secrets and versions that are not there, or are about to go.

use crate::error::{ErrorKind, Failure};
use crate::store::aws::secrets_manager::asked::Asked;

pub(super) fn not_found(message: &str, asked: Asked<'_>) -> Failure {
    // Documented: "can't find the specified secret." and "can't find the specified secret value for
    // staging label: X" (or "for VersionId: X"). Without that text, what was asked for decides.
    let version_is_missing = message.contains("secret value for")
        || (!message.contains("find the specified secret.") && !asked.request.wants_current());
    if !version_is_missing {
        return Failure::new(ErrorKind::SecretNotFound, "the secret does not exist").with_hint(wrong_place(asked));
    }
    let request = asked.request;
    match (request.version_id(), request.version_stage()) {
        (Some(id), _) => {
            let id = crate::text::quoted(id.as_str());
            Failure::new(ErrorKind::VersionNotFound, format!("the secret has no version with the id {id}"))
                .with_hint("`aws secretsmanager list-secret-version-ids` shows what it has")
        }
        (None, Some(stage)) if !stage.is_current() => {
            let stage = crate::text::quoted(stage.as_str());
            Failure::new(ErrorKind::VersionNotFound, format!("the secret has no version at the stage {stage}"))
                .with_hint("`aws secretsmanager list-secret-version-ids` shows what it has")
        }
        _ => Failure::new(ErrorKind::VersionNotFound, "the secret has no value yet (nothing is at AWSCURRENT)")
            .with_hint("store one with `aws secretsmanager put-secret-value`"),
    }
}

/// Where it was looked for, and how to look elsewhere.
fn wrong_place(asked: Asked<'_>) -> String {
    let region = asked.region;
    match asked.request.secret_id().is_arn() {
        true => format!("{region} was asked, as the ARN says: check the ARN, its account and its suffix"),
        false => format!(
            "{region} was asked: check the name, the region and the account; `region`, AWS_REGION or the secret's whole \
             ARN names another region"
        ),
    }
}

pub(super) fn marked_for_deletion(message: &str) -> bool {
    ["marked for deletion", "marked deleted", "was deleted", "scheduled for deletion"]
        .iter()
        .any(|words| message.contains(words))
}
