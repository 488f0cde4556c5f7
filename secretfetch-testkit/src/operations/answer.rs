//! What the answers have in common.

use std::time::SystemTime;

use serde::Serialize;

use crate::fake::record::SecretRecord;

/// ARN and name, which most answers have.
#[derive(Serialize)]
pub(crate) struct Identity {
    #[serde(rename = "ARN")]
    pub(crate) arn: String,
    #[serde(rename = "Name")]
    pub(crate) name: String,
}

impl From<&SecretRecord> for Identity {
    fn from(record: &SecretRecord) -> Self {
        Identity { arn: record.arn.clone(), name: record.name.clone() }
    }
}

/// A time as AWS JSON 1.1 has it: seconds since the epoch, with milliseconds after the point.
pub(crate) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1000.0
}
