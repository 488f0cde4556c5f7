//! `dotenvy` itself.

use super::Members;

pub(crate) fn parse(text: &str) -> Result<Members, String> {
    let mut members = Members::new();
    for item in ::dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = item.map_err(|_| "a line that cannot be parsed".to_owned())?;
        // `load` sets what is not set yet.
        if members.iter().all(|(known, _)| *known != name) {
            members.push((name, value));
        }
    }
    Ok(members)
}
