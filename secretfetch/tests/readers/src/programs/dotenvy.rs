//! `dotenvy` itself.

use super::Members;

/// The variables that `dotenvy` sets in an environment that has none of them.
pub fn parse(text: &str) -> Result<Members, String> {
    let mut members = Members::new();
    for item in ::dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = item.map_err(|error| error.to_string())?;
        // `load` sets what is not set yet.
        if members.iter().all(|(known, _)| *known != name) {
            members.push((name, value));
        }
    }
    Ok(members)
}
