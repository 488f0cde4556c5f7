//! `valueFrom.fileKeyRef` (EnvFiles), Kubernetes 1.35: the kubelet's reader and the code that calls it, as they were
//! measured.

use super::Members;

/// What a container gets, if all that is in the file is asked for.
pub fn env_file(text: &str) -> Result<Members, String> {
    let (lines, too_long) = super::lines::scan(text);
    let mut lines = lines.into_iter();
    let mut members = Members::new();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, rest) = line.split_once('=').ok_or("a line without =")?;
        // Other names than these cannot be a variable's in a pod, nor be asked for.
        if name.is_empty() || name.ends_with(' ') || !name.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err("no name".to_owned());
        }
        if rest.starts_with([' ', '\t']) || rest.is_empty() {
            first(&mut members, name, String::new());
            if rest.is_empty() {
                return Err("a value without single quotes".to_owned());
            }
            continue;
        }
        let mut rest = rest.strip_prefix('\'').ok_or("a value without single quotes")?;
        let mut value = String::new();
        let after = loop {
            match rest.split_once('\'') {
                Some((end, after)) => {
                    value.push_str(end);
                    break after;
                }
                None => {
                    value.push_str(rest);
                    value.push('\n');
                    rest = lines.next().ok_or("a quote that is not closed")?;
                }
            }
        };
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with('#') {
            return Err("text after the closing quote".to_owned());
        }
        first(&mut members, name, value);
    }
    // Of an empty value the caller says that the key is not there, and the container does not start.
    if let Some((name, _)) = members.iter().find(|(_, value)| value.is_empty()) {
        return Err(format!("{name} is not found"));
    }
    if too_long { Err("token too long".to_owned()) } else { Ok(members) }
}

/// A look-up ends at the first line with its name.
fn first(members: &mut Members, name: &str, value: String) {
    if members.iter().all(|(known, _)| known != name) {
        members.push((name.to_owned(), value));
    }
}
