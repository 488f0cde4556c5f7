//! The environment of a process, as execve(2) takes it: any bytes but NUL, and no `=` in a name.

use zeroize::Zeroizing;

use super::env::{changes_processes, dangerous};
use super::hint::RENAME;
use crate::entries::{Entries, Entry, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};

/// Each name with its value's bytes.
pub(super) fn render(entries: &Entries, nulls: Nulls) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let (flat, mut errors) = entries.flat(nulls);
    let mut variables = Vec::with_capacity(flat.len());
    for Flat { entry, text } in &flat {
        let value = entries.exact_bytes(&entry.name).unwrap_or(text.as_bytes());
        match refusal(entry, value) {
            Some((reason, hint)) => {
                errors.push(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint).into());
            }
            None => variables.push((entry.name.clone(), Zeroizing::new(value.to_vec()))),
        }
    }
    Error::join(errors).map_or(Ok(variables), Err)
}

/// Why there cannot be such a variable, and what to do.
fn refusal(entry: &Entry, value: &[u8]) -> Option<(String, String)> {
    let shown = || crate::text::quoted(&entry.name);
    if entry.name.is_empty() {
        return Some(("the name is empty".to_owned(), RENAME.to_owned()));
    }
    if let Some(character) = entry.name.chars().find(|c| matches!(c, '=' | '\0')) {
        let what = if character == '=' { "a `=`" } else { "a NUL" };
        let reason = format!("{} has {what} in it, which no environment variable's name has", shown());
        return Some((reason, RENAME.to_owned()));
    }
    if !entry.named && changes_processes(&entry.name) {
        return Some(dangerous(&entry.name));
    }
    value.contains(&0).then(|| {
        let hint = "change the value in the secret, or let the program read it from a file: `format: raw`";
        ("the value has a NUL, which no environment variable has".to_owned(), hint.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flattening, SecretValue, Selection};

    fn rendered(json: &str, selection: &Selection) -> Result<Vec<(String, Vec<u8>)>> {
        let entries = Entries::from_secret(&SecretValue::from_text(json.to_owned()), selection, &Flattening::Off)?;
        let variables = render(&entries, Nulls::Refuse)?;
        Ok(variables.into_iter().map(|(name, value)| (name, value.to_vec())).collect())
    }

    #[test]
    fn every_value_that_a_process_can_have_is_taken_as_it_is() {
        let json =
            r#"{"A": "it's \"$ecret\"\n\t\\ \u00e9 ", "b.c-d": "", "ä ö": "x=y", "N": 1.0, "O": {"k": [1, null]}}"#;
        let expected = [
            ("A", "it's \"$ecret\"\n\t\\ é "),
            ("b.c-d", ""),
            ("ä ö", "x=y"),
            ("N", "1.0"),
            ("O", r#"{"k":[1,null]}"#),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        assert_eq!(rendered(json, &Selection::default()).unwrap(), expected);
    }

    #[test]
    fn what_no_process_can_have_is_refused_with_its_key() {
        for (json, key, reason) in [
            (r#"{"A": "x\u0000y"}"#, "A", "has a NUL"),
            (r#"{"A=B": "x"}"#, "A=B", "has a `=`"),
            (r#"{"": "x"}"#, "", "is empty"),
            (r#"{"LD_PRELOAD": "/tmp/x.so"}"#, "LD_PRELOAD", "changes how a process loads or runs"),
            (r#"{"A": null}"#, "A", "null"),
        ] {
            let error = rendered(json, &Selection::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unrepresentable, "{json}");
            assert_eq!(error.primary().key(), Some(key), "{json}");
            assert!(error.to_string().contains(reason), "{error}");
            assert!(error.primary().hint().is_some(), "{error}");
        }
    }

    #[test]
    fn a_protected_name_is_taken_where_the_configuration_names_it() {
        let selection = Selection { keys: vec![("PATH".to_owned(), "path".to_owned())], ..Selection::default() };
        assert_eq!(rendered(r#"{"path": "/bin"}"#, &selection).unwrap(), [("PATH".to_owned(), b"/bin".to_vec())]);
    }
}
