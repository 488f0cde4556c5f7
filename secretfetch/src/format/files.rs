//! `files`: one file per key, with the value's exact bytes, or with what the directory's reader makes them of.

use zeroize::Zeroizing;

use super::env::changes_processes;
use super::hint::{RENAME, decisive};
use super::spring;
use crate::entries::{Entries, Flat, Nulls};
use crate::error::{Error, ErrorKind, Result};
use crate::file_name;

/// Which program reads the directory, where that is not one that reads files.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    /// Whether the names become those of environment variables.
    is_environment: bool,
    refuse_name: fn(&str) -> Option<&'static str>,
    refuse_value: fn(&str) -> Option<&'static str>,
    content: fn(&str) -> Vec<u8>,
}

/// `s6-envdir` reads so many bytes of a file.
const LONGEST_VARIABLE: usize = 4095;

pub(super) static DIALECTS: &[Dialect] = &[
    // envdir, chpst -e, s6-envdir: the first line, in which a NUL stands for a newline, without the blanks at its end;
    // of an empty file that there is no such variable. s6-envdir cuts a longer value off, silently.
    Dialect {
        name: "envdir",
        is_environment: true,
        refuse_name: |name| match name {
            _ if name.contains('=') => Some("has a `=`, which no environment variable's name has"),
            _ if name.starts_with('.') => Some("starts with a dot, and such files are passed over"),
            _ => None,
        },
        refuse_value: |value| match value {
            _ if value.contains('\0') => Some("the value has a NUL, which no environment variable has"),
            _ if value.len() > LONGEST_VARIABLE => Some("the value has more than 4095 bytes, which s6-envdir cuts off"),
            _ if value.ends_with([' ', '\t', '\r']) => Some("blanks at the end of the value would be taken off"),
            _ => None,
        },
        content: |value| match value {
            "" => b"\n".to_vec(),
            value => value.bytes().map(|byte| if byte == b'\n' { 0 } else { byte }).collect(),
        },
    },
    // `spring.config.import=configtree:`: the file's text, without its newline if that is the only one.
    Dialect {
        name: "configtree",
        is_environment: false,
        refuse_name: |name| name.trim().is_empty().then_some("is blank, and Spring passes over such a file"),
        refuse_value: |value| match value.strip_suffix('\n') {
            Some(line) if !line.contains('\n') => Some("Spring takes off the newline at the end of a single line"),
            _ => spring::changes(value),
        },
        content: exact,
    },
];

impl Dialect {
    /// Whether names are properties', as flattening gives them.
    pub(super) fn has_properties(&self) -> bool {
        !self.is_environment
    }
}

fn exact(value: &str) -> Vec<u8> {
    value.as_bytes().to_vec()
}

pub(super) fn render(
    dialect: Option<&Dialect>,
    entries: &Entries,
    nulls: Nulls,
) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
    let (flat, mut errors) = entries.flat(nulls);
    errors.extend(flat.iter().filter_map(|Flat { entry, text }| {
        let shown = crate::text::quoted(&entry.name);
        // A reader of a directory that we know of looks into none inside of it, or makes another name of it.
        let unfit = match dialect {
            Some(dialect) => file_name::unfit(&entry.name).or_else(|| (dialect.refuse_name)(&entry.name)),
            None => entry.name.split('/').find_map(file_name::unfit),
        };
        let is_variable = dialect.is_some_and(|dialect| dialect.is_environment);
        let (reason, hint) = if let Some(reason) = unfit {
            (format!("{shown} {reason}"), RENAME.to_owned())
        } else if is_variable && !entry.named && changes_processes(&entry.name) {
            super::env::dangerous(&entry.name)
        } else if let Some((reason, hint)) = dialect
            .filter(|dialect| dialect.has_properties())
            .and_then(|_| decisive(entry, spring::decides_what_is_read))
        {
            (format!("{shown} {reason}"), hint.to_owned())
        } else {
            // It is a file of its own already.
            ((dialect?.refuse_value)(text)?.to_owned(), "change the value in the secret".to_owned())
        };
        Some(Error::from(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint)))
    }));
    let content = dialect.map_or(exact as fn(&str) -> Vec<u8>, |dialect| dialect.content);
    let file = |Flat { entry, text }: Flat<'_>| {
        let exact = if dialect.is_none() { entries.exact_bytes(&entry.name) } else { None };
        (entry.name.clone(), Zeroizing::new(exact.map_or_else(|| content(&text), <[u8]>::to_vec)))
    };
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(flat.into_iter().map(file).collect()),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Entries, ErrorCategory, Flattening, Format, Nulls, SecretValue, Selection};

    fn render(dialect: &str, json: &str) -> crate::Result<Vec<(String, Vec<u8>)>> {
        let secret = SecretValue::from_text(json.to_owned());
        let entries = Entries::from_secret(&secret, &Selection::default(), &Flattening::Off)?;
        let files = Format::parse("files", Some(dialect))?.render(&entries, Nulls::Refuse)?;
        let file = |(name, bytes): (Option<&str>, &[u8])| (name.unwrap().to_owned(), bytes.to_vec());
        Ok(files.expose_files().map(file).collect())
    }

    #[test]
    fn an_environment_has_newlines_and_empty_values_in_its_own_way() {
        let files = render("envdir", r#"{"A":"x\ny\n","B":"","C":" z"}"#).unwrap();
        let contents: Vec<&[u8]> = files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        assert_eq!(contents, [&b"x\0y\0"[..], b"\n", b" z"]);
    }

    #[test]
    fn what_the_reader_would_change_is_refused_by_its_key() {
        let long = format!(r#"{{"A":"{}"}}"#, "x".repeat(4096));
        for (dialect, json, key) in [
            ("envdir", r#"{"A":"x "}"#, "A"),
            ("envdir", r#"{"A":"x\r"}"#, "A"),
            ("envdir", r#"{"A":"x\u0000"}"#, "A"),
            ("envdir", r#"{".A":"x"}"#, ".A"),
            ("envdir", r#"{"a=b":"x"}"#, "a=b"),
            ("envdir", r#"{"LD_PRELOAD":"x"}"#, "LD_PRELOAD"),
            ("envdir", &long, "A"),
            ("configtree", r#"{"A":"x\n"}"#, "A"),
            ("configtree", r#"{"A":"${b}"}"#, "A"),
            ("configtree", r##"{"A":"#{b}"}"##, "A"),
            ("configtree", r#"{" ":"x"}"#, " "),
            ("configtree", r#"{"spring.config.import":"x"}"#, "spring.config.import"),
        ] {
            let error = render(dialect, json).unwrap_err();
            assert_eq!((error.category(), error.key()), (ErrorCategory::Content, Some(key)), "{dialect} {json}");
        }
        assert!(render("configtree", r#"{"A":"x\n\n","LD_PRELOAD":""}"#).is_ok());
    }
}
