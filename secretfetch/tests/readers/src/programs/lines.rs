//! Lines of `NAME=value` with no quotes: docker, podman, kubectl.

use super::Members;

/// Go's `bufio.Scanner` with its default buffer of 64 KiB, which the newline must fit in as well.
const LONGEST_LINE: usize = 65_535;

/// The lines up to the first that is too long, and whether there was one. One CR before the newline is dropped.
pub(super) fn scan(text: &str) -> (Vec<&str>, bool) {
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        if line.len() > LONGEST_LINE {
            return (lines, true);
        }
        lines.push(line.strip_suffix('\r').unwrap_or(line));
    }
    (lines, false)
}

/// `docker run --env-file`.
pub fn docker(text: &str) -> Result<Members, String> {
    let (lines, too_long) = scan(text.strip_prefix('\u{feff}').unwrap_or(text));
    if too_long {
        return Err("bufio.Scanner: token too long".to_owned());
    }
    engine(lines.into_iter().map(str::trim_start))
}

/// `podman run --env-file`: as docker, but that blanks are space and tab, and that there is no byte order mark.
pub fn podman(text: &str) -> Result<Members, String> {
    let (lines, too_long) = scan(text);
    if too_long {
        return Err("bufio.Scanner: token too long".to_owned());
    }
    engine(lines.into_iter().map(|line| line.trim_start_matches([' ', '\t'])))
}

fn engine<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Members, String> {
    let mut members = Members::new();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        // A name alone is looked up in the caller's environment.
        let (name, value) = line.split_once('=').ok_or("a name without a value")?;
        if name.is_empty() || name.contains([' ', '\t']) || line.contains('\0') {
            return Err("no variable".to_owned());
        }
        super::assign(&mut members, name, value.to_owned());
    }
    Ok(members)
}

/// `kubectl create secret --from-env-file`: what follows a line that is too long is dropped without a word.
pub fn kubectl(text: &str) -> Result<Members, String> {
    let mut members = Members::new();
    let (lines, _) = scan(text.strip_prefix('\u{feff}').unwrap_or(text));
    for line in lines.into_iter().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once('=').ok_or("a name without a value")?;
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty()
            || !name.chars().all(fits)
            || name.starts_with(|c: char| c.is_ascii_digit())
            || name == "."
            || name.starts_with("..")
            || name.len() > 253
        {
            return Err("no name".to_owned());
        }
        if members.iter().any(|(known, _)| known == name) {
            return Err("a name twice".to_owned());
        }
        members.push((name.to_owned(), value.to_owned()));
    }
    Ok(members)
}
