//! A parameter as the reading operations answer it.

use secretfetch::Region;
use serde::Serialize;

use crate::fake::parameter::name::Reference;
use crate::fake::parameter::record::{ParameterRecord, ParameterVersion};
use crate::operations::seconds;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameter {
    pub(super) name: String,
    r#type: &'static str,
    value: String,
    version: u32,
    /// With its colon; where the request has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    last_modified_date: f64,
    #[serde(rename = "ARN")]
    arn: String,
    data_type: &'static str,
}

impl Parameter {
    pub(super) fn of(record: &ParameterRecord, version: &ParameterVersion, with_decryption: bool) -> Self {
        Parameter {
            name: record.name.clone(),
            r#type: record.kind.name(),
            value: record.shown(version, with_decryption),
            version: version.number,
            selector: None,
            last_modified_date: seconds(version.modified),
            arn: record.arn.clone(),
            data_type: "text",
        }
    }

    /// Asked for by this id.
    pub(super) fn asked_by(mut self, region: &Region, id: &str) -> Self {
        let selector = Reference::of(region, id).and_then(|reference| reference.selector);
        self.selector = selector.map(|selector| format!(":{selector}"));
        self
    }
}
