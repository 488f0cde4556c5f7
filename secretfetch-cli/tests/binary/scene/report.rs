//! The schema that is published for the report.

use boon::{Compiler, Schemas};
use serde_json::Value;

pub(crate) fn report_schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/report.schema.json")).unwrap()
}

pub(crate) fn validate(report: &Value) -> Result<(), String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("report.json", report_schema()).unwrap();
    let schema = compiler.compile("report.json", &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    schemas.validate(report, schema).map_err(|error| format!("{error:#}"))
}
