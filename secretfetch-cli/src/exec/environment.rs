//! What the program finds in its environment: what was found here, without what is for this program alone, and the
//! secrets.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use secretfetch::{EnvironmentVariable, Error, ErrorKind, OnConflict, Result, SourceConfig};

use crate::escape::one_line;

/// What begins so is for this program, and not for the one that it becomes.
const OWN: &[u8] = b"SECRETFETCH_";
const AWS: &[u8] = b"AWS_";

pub(super) struct Rules {
    pub(super) on_conflict: OnConflict,
    pub(super) unset_aws: bool,
    /// The variables that are references to secrets, which are replaced whatever the rule for others is.
    pub(super) resolved: HashSet<String>,
}

pub(super) struct Assembled {
    pub(super) variables: Vec<(OsString, OsString)>,
    /// What became of variables that were set already.
    pub(super) notes: Vec<String>,
}

/// The variables that are references to secrets in the form of Amazon ECS, each with the source that it means.
pub(super) fn references(inherited: &[(OsString, OsString)]) -> Result<Vec<(String, SourceConfig)>> {
    let mut references = Vec::new();
    let mut errors = Vec::new();
    for (name, value) in inherited {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        match SourceConfig::from_ecs(name, value) {
            Some(Ok(source)) if !name.as_bytes().starts_with(OWN) => references.push((name.to_owned(), source)),
            Some(Err(error)) if !name.as_bytes().starts_with(OWN) => errors.push(error),
            _ => {}
        }
    }
    Error::join(errors).map_or(Ok(references), Err)
}

/// The program's environment.
pub(super) fn assemble(
    inherited: Vec<(OsString, OsString)>,
    secrets: &[EnvironmentVariable],
    rules: &Rules,
) -> Result<Assembled> {
    let is_removed =
        |name: &OsString| name.as_bytes().starts_with(OWN) || (rules.unset_aws && name.as_bytes().starts_with(AWS));
    let mut variables: Vec<(OsString, OsString)> = Vec::with_capacity(inherited.len() + secrets.len());
    let mut places: HashMap<OsString, usize> = HashMap::with_capacity(inherited.len());
    for (name, value) in inherited.into_iter().filter(|(name, _)| !is_removed(name)) {
        // Of two of one name, getenv(3) finds the first.
        places.entry(name.clone()).or_insert_with(|| {
            variables.push((name, value));
            variables.len() - 1
        });
    }
    let mut notes = Vec::new();
    let mut errors = Vec::new();
    for secret in secrets {
        let name = OsString::from(secret.name());
        let value = OsString::from_vec(secret.expose_value().to_vec());
        let Some(&place) = places.get(&name) else {
            variables.push((name, value));
            continue;
        };
        let shown = one_line(secret.name());
        match rules.on_conflict {
            _ if rules.resolved.contains(secret.name()) => variables[place].1 = value,
            OnConflict::Keep => notes.push(format!("the variable `{shown}` is set already, and keeps its value")),
            OnConflict::Refuse => {
                let failure = secret.failure(ErrorKind::Config, format!("the variable `{shown}` is set already"));
                let hint = "unset it, rename the secret's under `keys`, or set `onConflict` to `replace` or `keep`";
                errors.push(Error::from(failure.with_hint(hint)));
            }
            // The usual rule, as in a shell's assignment.
            _ => {
                notes.push(format!("the variable `{shown}` was set already; the secret's value replaces it"));
                variables[place].1 = value;
            }
        }
    }
    Error::join(errors).map_or(Ok(Assembled { variables, notes }), Err)
}
