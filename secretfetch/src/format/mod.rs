//! Entries to bytes: each format writes what its reader gets back exactly, or refuses.

mod env;
mod files;
mod json;
mod properties;
mod raw;
mod spring;
mod yaml;

use std::fmt;

use zeroize::Zeroizing;

use crate::bounds::{Bytes, FILE};
use crate::entries::{Entries, Entry, Flattening, Nulls};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::SecretValue;

/// A file format, with the dialect of the program that reads it.
///
/// Converters are pure functions: the same entries give the same bytes, and nothing is read but them.
///
/// ```
/// use secretfetch::Format;
/// let format = Format::parse("env", Some("docker"))?;
/// assert_eq!((format.name(), format.dialect()), ("env", Some("docker")));
/// assert!(Format::parse("env", Some("dockr")).unwrap_err().to_string().contains("`docker`"));
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Format {
    kind: Kind,
    /// Whether a dialect was named, or the format's first one taken.
    is_chosen: bool,
}

/// Formats are the same where their names are.
impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        (self.name(), self.dialect()) == (other.name(), other.dialect())
    }
}

impl Eq for Format {}

#[derive(Clone, Copy)]
enum Kind {
    Raw,
    Properties(&'static properties::Dialect),
    Env(&'static env::Dialect),
    Json,
    Yaml(Option<&'static yaml::Dialect>),
    Files(Option<&'static files::Dialect>),
}

/// What to do about a name that the reader loses.
const RENAME: &str = "give it another name under `keys`";

/// Why a property's name is refused that no `keys` spells out and that decides which configuration is read, and what to
/// do.
fn decisive(entry: &Entry, decides: fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
    let reason = "decides which configuration is read, which a secret must not";
    (!entry.named && decides(&entry.name)).then_some((reason, "if that is meant, name it under `keys`"))
}

/// What to do about a value that the reader loses. Never another dialect: its reader is another program.
const CHANGE_THE_VALUE: &str =
    "change the value in the secret, or let the program read it from a file of its own: `format: raw` with `key`";

impl Format {
    /// Every format's name.
    pub const NAMES: &'static [&'static str] = &["raw", "properties", "env", "json", "yaml", "files"];

    /// The secret's exact bytes, or those of one of its keys.
    pub fn raw() -> Self {
        Format { kind: Kind::Raw, is_chosen: false }
    }

    /// The format with this name, and its dialect; if none is given, the first one of `properties` and `env`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an unknown name, with the nearest known one.
    pub fn parse(format: &str, dialect: Option<&str>) -> Result<Self> {
        let kind = match format {
            "raw" => Kind::Raw,
            "properties" => Kind::Properties(choose(format, dialect, properties::DIALECTS, |d| d.name)?),
            "env" => Kind::Env(choose(format, dialect, env::DIALECTS, |d| d.name)?),
            "json" => Kind::Json,
            "yaml" => Kind::Yaml(choose_other(format, dialect, yaml::DIALECTS, |d| d.name)?),
            "files" => Kind::Files(choose_other(format, dialect, files::DIALECTS, |d| d.name)?),
            other => return Err(unknown("format", other, Self::NAMES).into()),
        };
        let format = Format { kind, is_chosen: dialect.is_some() };
        match dialect {
            Some(_) if format.dialect().is_none() => {
                let message = format!("the format `{}` has no dialects", format.name());
                Err(Failure::new(ErrorKind::Config, message).with_hint("remove `dialect`").into())
            }
            _ => Ok(format),
        }
    }

    /// The names of a format's dialects. The first one of `properties` and `env` is their default; `yaml` and `files`
    /// have dialects for readers that do not take the content as it is, and are none of them by default.
    pub fn dialects(format: &str) -> Vec<&'static str> {
        match format {
            "properties" => properties::DIALECTS.iter().map(|d| d.name).collect(),
            "env" => env::DIALECTS.iter().map(|d| d.name).collect(),
            "yaml" => yaml::DIALECTS.iter().map(|d| d.name).collect(),
            "files" => files::DIALECTS.iter().map(|d| d.name).collect(),
            _ => Vec::new(),
        }
    }

    /// The format's name.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Raw => "raw",
            Kind::Properties(_) => "properties",
            Kind::Env(_) => "env",
            Kind::Json => "json",
            Kind::Yaml(_) => "yaml",
            Kind::Files(_) => "files",
        }
    }

    /// The dialect's name, where the format has dialects.
    pub fn dialect(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Properties(dialect) => Some(dialect.name),
            Kind::Env(dialect) => Some(dialect.name),
            Kind::Yaml(dialect) => dialect.map(|dialect| dialect.name),
            Kind::Files(dialect) => dialect.map(|dialect| dialect.name),
            Kind::Raw | Kind::Json => None,
        }
    }

    /// Whether this is the portable env dialect, which cannot hold every password.
    pub fn is_portable_env(&self) -> bool {
        matches!(self.kind, Kind::Env(dialect) if dialect.name == "dotenv")
    }

    /// Whether the format writes the secret's bytes and knows nothing of keys.
    pub fn is_raw(&self) -> bool {
        matches!(self.kind, Kind::Raw)
    }

    /// Whether the format writes one file per key.
    pub fn is_files(&self) -> bool {
        matches!(self.kind, Kind::Files(_))
    }

    /// Whether every value becomes a text, so that `null` needs a decision ([`Nulls`]).
    pub fn is_flat(&self) -> bool {
        matches!(self.kind, Kind::Properties(_) | Kind::Env(_) | Kind::Files(_) | Kind::Yaml(Some(_)))
    }

    /// What the format does with nested values, unless told: those that Spring and Java read properties from flatten,
    /// the others keep them.
    pub fn flattening(&self, flatten: Option<bool>, separator: Option<&str>) -> Flattening {
        let default_separator = if matches!(self.kind, Kind::Env(_)) { "_" } else { "." };
        let has_properties = match self.kind {
            Kind::Properties(_) | Kind::Yaml(Some(_)) => true,
            Kind::Files(dialect) => dialect.is_some_and(files::Dialect::has_properties),
            Kind::Raw | Kind::Env(_) | Kind::Json | Kind::Yaml(None) => false,
        };
        if flatten.unwrap_or(has_properties) {
            Flattening::On { separator: separator.unwrap_or(default_separator).to_owned() }
        } else {
            Flattening::Off
        }
    }

    /// Writes the entries as one file's bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] with a failure for every name and value that the reader would not get
    /// back; [`ErrorKind::Config`] for `raw` and `files`, which are not one file of entries.
    pub fn render(&self, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
        match self.kind {
            Kind::Properties(dialect) => properties::render(dialect, entries, nulls),
            Kind::Env(dialect) => env::render(dialect, entries, nulls),
            Kind::Json => json::render(entries),
            Kind::Yaml(dialect) => yaml::render(dialect, entries, nulls),
            Kind::Raw | Kind::Files(_) => {
                let message = format!("the format `{}` does not write entries to one file", self.name());
                Err(Failure::new(ErrorKind::Config, message).into())
            }
        }
    }

    /// Writes each entry as a file of its own: the name and the value's exact bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] for every name that cannot be a file's, and for what the directory's reader would
    /// not get back.
    pub fn render_files(&self, entries: &Entries, nulls: Nulls) -> Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
        let dialect = if let Kind::Files(dialect) = self.kind { dialect } else { None };
        files::render(dialect, entries, nulls)
    }

    /// What to know of a file whose dialect nobody has chosen: that programs which read such files differ about these
    /// entries. Nothing if they agree, or a dialect was named.
    pub fn caution(&self, entries: &Entries, nulls: Nulls) -> Option<String> {
        if self.is_chosen {
            return None;
        }
        let (key, what) = match self.kind {
            Kind::Env(dialect) => env::differing(dialect, entries, nulls),
            Kind::Properties(_) => properties::differing(entries, nulls),
            Kind::Yaml(_) => yaml::differing(entries),
            Kind::Raw | Kind::Json | Kind::Files(_) => None,
        }?;
        let key = crate::text::quoted(key);
        Some(format!("{key} {what}; name the dialect of the program that reads the file (docs/formats.md)"))
    }

    /// The secret's exact bytes, or with `key` the exact bytes of that key's value.
    ///
    /// # Errors
    /// For a key: [`ErrorKind::WrongShape`] if the secret is no JSON object, [`ErrorKind::KeyNotFound`] if it
    /// has no such key, [`ErrorKind::Unrepresentable`] for `null` unless `nulls` says what to write.
    pub fn render_raw(value: &SecretValue, key: Option<&str>, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
        raw::render(value, key, nulls)
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Format({self})")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.dialect().map_or(Ok(()), |dialect| write!(f, " ({dialect})"))
    }
}

fn choose<D>(
    format: &str,
    dialect: Option<&str>,
    all: &'static [D],
    name: fn(&D) -> &'static str,
) -> Result<&'static D> {
    Ok(choose_other(format, dialect, all, name)?.unwrap_or(&all[0]))
}

/// The same where no dialect is one of its own.
fn choose_other<D>(
    format: &str,
    dialect: Option<&str>,
    all: &'static [D],
    name: fn(&D) -> &'static str,
) -> Result<Option<&'static D>> {
    let Some(wanted) = dialect else { return Ok(None) };
    let found = all.iter().find(|dialect| name(dialect) == wanted);
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(name).collect();
        unknown(&format!("dialect of `{format}`"), wanted, &names).into()
    })
}

fn unknown(what: &str, wanted: &str, known: &[&str]) -> Failure {
    let are = if known.len() == 1 { "is only" } else { "are" };
    let hint = match crate::text::nearest(wanted, known.iter().copied()).first() {
        Some(near) => format!("did you mean `{near}`? There {are} {}", known.join(", ")),
        None => format!("there {are} {}", known.join(", ")),
    };
    Failure::new(ErrorKind::Config, format!("{} is not a {what}", crate::text::quoted(wanted))).with_hint(hint)
}

/// Runs `write` twice, to measure and to fill: a buffer that grows leaves copies of a secret behind.
///
/// # Errors
/// [`ErrorKind::Unrepresentable`] for more than a file may have.
fn exact_bytes(write: impl Fn(&mut dyn FnMut(&str))) -> Result<Zeroizing<Vec<u8>>> {
    let mut length = 0;
    write(&mut |text| length += text.len());
    if length as u64 > FILE {
        let what = format!("the file would have {length} bytes, and may have {}", Bytes(FILE));
        return Err(Failure::new(ErrorKind::Unrepresentable, what)
            .with_hint("choose some keys under `keys`, or take fewer secrets into one file")
            .into());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    write(&mut |text| bytes.extend_from_slice(text.as_bytes()));
    Ok(bytes)
}

/// Writes `text` with each character replaced by what `escape` gives for it, in runs.
fn escaped(text: &str, out: &mut dyn FnMut(&str), mut escape: impl FnMut(usize, char, &mut dyn FnMut(&str)) -> bool) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let mut flushed = false;
        let replaced = escape(at, c, &mut |replacement| {
            if !flushed {
                out(&text[plain..at]);
                flushed = true;
            }
            out(replacement);
        });
        if replaced {
            plain = at + c.len_utf8();
        }
    }
    out(&text[plain..]);
}
