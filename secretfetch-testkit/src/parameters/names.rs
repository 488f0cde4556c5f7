//! The names in a request.

use crate::fake::parameter::name::check_id;
use crate::fake::parameter::refusal::ParameterRefusal;
use crate::fake::refusal::Refusal;
use crate::operations::Checks;

/// The longest id of a parameter that a request may have.
const LONGEST_ID: usize = 2048;

/// The one that a request must have.
pub(super) fn one(checks: Checks, name: Option<&String>) -> Checks {
    checks.required("name", name).length("name", name, 1..=LONGEST_ID)
}

/// From one to ten, each once.
pub(super) fn several(names: Option<&Vec<String>>) -> Result<(), Refusal> {
    Checks::default().required("names", names).list("names", names, 1..=10).finish()?;
    let names = names.map(Vec::as_slice).unwrap_or_default();
    for (at, name) in names.iter().enumerate() {
        one(Checks::default(), Some(name)).finish()?;
        check_id(name)?;
        if names[..at].contains(name) {
            return Err(ParameterRefusal::Validation("The request has a parameter name more than once.").into());
        }
    }
    Ok(())
}

/// The name of a request that was checked.
pub(super) fn checked(name: Option<String>) -> String {
    name.unwrap_or_default()
}
