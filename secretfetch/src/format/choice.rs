//! A format and its dialect, as a row of the tables.

use std::fmt;

use zeroize::Zeroizing;

use super::output::Output;
use super::{env, environment, files, json, login, properties, raw, toml, yaml};
#[cfg(feature = "tls-files")]
use super::{key_pair, pem, pkcs12};
use crate::entries::{Entries, Flattening, Nulls};
use crate::error::{ErrorKind, Failure, Result};

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
    Toml,
    Files(Option<&'static files::Dialect>),
    Login(&'static login::Logins),
    #[cfg(feature = "tls-files")]
    Pem(&'static pem::Dialect),
    #[cfg(feature = "tls-files")]
    Pkcs12,
    Template,
    /// No file's.
    Environment,
}

impl Format {
    /// Every format's name.
    pub const NAMES: &'static [&'static str] = &[
        "raw",
        "properties",
        "env",
        "json",
        "yaml",
        "toml",
        "files",
        "template",
        "pem",
        "pkcs12",
        "pgpass",
        "mycnf",
        "netrc",
        "dockerconfigjson",
    ];

    /// The secret's exact bytes, or those of one of its keys.
    pub fn raw() -> Self {
        Format { kind: Kind::Raw, is_chosen: false }
    }

    /// A text with slots; which text, a file says ([`FileConfig::with_template`](crate::FileConfig::with_template)).
    pub fn template() -> Self {
        Format { kind: Kind::Template, is_chosen: true }
    }

    /// The environment of a process, which is no file and has no name in a configuration.
    pub(crate) fn environment() -> Self {
        Format { kind: Kind::Environment, is_chosen: true }
    }

    /// The format with this name, and its dialect; if none is given, the first one of `properties`, `env`
    /// and `pem`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for an unknown name, with the nearest known one.
    pub fn parse(format: &str, dialect: Option<&str>) -> Result<Self> {
        let kind = match format {
            "raw" => Kind::Raw,
            "properties" => Kind::Properties(choose(format, dialect, properties::DIALECTS, |d| d.name)?),
            "env" => Kind::Env(choose(format, dialect, env::DIALECTS, |d| d.name)?),
            "json" => Kind::Json,
            "toml" => Kind::Toml,
            "yaml" => Kind::Yaml(choose_other(format, dialect, yaml::DIALECTS, |d| d.name)?),
            "files" => Kind::Files(choose_other(format, dialect, files::DIALECTS, |d| d.name)?),
            #[cfg(feature = "tls-files")]
            "pem" => Kind::Pem(choose(format, dialect, pem::DIALECTS, |d| d.name)?),
            #[cfg(feature = "tls-files")]
            "pkcs12" => Kind::Pkcs12,
            #[cfg(not(feature = "tls-files"))]
            "pem" | "pkcs12" => {
                let message = format!("the format `{format}` is not in this build");
                let hint = "build secretfetch with its cargo feature `tls-files`";
                return Err(Failure::new(ErrorKind::Config, message).with_hint(hint).into());
            }
            "template" => Kind::Template,
            other => match login::FORMATS.iter().find(|format| format.name == other) {
                Some(format) => Kind::Login(format),
                None => return Err(unknown("format", other, Self::NAMES).into()),
            },
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

    /// The names of a format's dialects. The first one of `properties`, `env` and `pem` is their default; `yaml` and
    /// `files` have dialects for readers that do not take the content as it is, and are none of them by default.
    pub fn dialects(format: &str) -> Vec<&'static str> {
        match format {
            "properties" => properties::DIALECTS.iter().map(|d| d.name).collect(),
            "env" => env::DIALECTS.iter().map(|d| d.name).collect(),
            "yaml" => yaml::DIALECTS.iter().map(|d| d.name).collect(),
            "files" => files::DIALECTS.iter().map(|d| d.name).collect(),
            #[cfg(feature = "tls-files")]
            "pem" => pem::DIALECTS.iter().map(|d| d.name).collect(),
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
            Kind::Toml => "toml",
            Kind::Login(format) => format.name,
            Kind::Files(_) => "files",
            #[cfg(feature = "tls-files")]
            Kind::Pem(_) => "pem",
            #[cfg(feature = "tls-files")]
            Kind::Pkcs12 => "pkcs12",
            Kind::Template => "template",
            Kind::Environment => "environment",
        }
    }

    /// The dialect's name, where the format has dialects.
    pub fn dialect(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Properties(dialect) => Some(dialect.name),
            Kind::Env(dialect) => Some(dialect.name),
            Kind::Yaml(dialect) => dialect.map(|dialect| dialect.name),
            Kind::Files(dialect) => dialect.map(|dialect| dialect.name),
            #[cfg(feature = "tls-files")]
            Kind::Pem(dialect) => Some(dialect.name),
            #[cfg(feature = "tls-files")]
            Kind::Pkcs12 => None,
            Kind::Raw | Kind::Json | Kind::Toml | Kind::Template | Kind::Login(_) | Kind::Environment => None,
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

    /// Whether the format holds a login of each secret, for a program that has a file of them. Such a file is its owner's
    /// alone (`0600`) unless its mode is set.
    pub fn is_login(&self) -> bool {
        matches!(self.kind, Kind::Login(_))
    }

    /// The keys that a format of logins takes, and whether it takes those of several secrets; none of another format.
    pub(crate) fn login_keys(&self) -> Option<(Vec<&'static str>, bool)> {
        match self.kind {
            Kind::Login(format) => Some((format.keys().collect(), format.holds_several)),
            _ => None,
        }
    }

    /// Whether its program passes over a file that its group or others may open.
    pub(crate) fn must_be_private(&self) -> bool {
        matches!(self.kind, Kind::Login(format) if format.must_be_private)
    }

    /// Whether the format fills a template.
    pub fn is_template(&self) -> bool {
        matches!(self.kind, Kind::Template)
    }

    pub(crate) fn is_environment(&self) -> bool {
        matches!(self.kind, Kind::Environment)
    }

    /// Whether each name is something of its own: a file, or a variable.
    pub(crate) fn is_in_parts(&self) -> bool {
        matches!(self.kind, Kind::Files(_) | Kind::Environment)
    }

    /// Whether a value is written, or read, as the bytes that it has, whatever they are.
    pub(crate) fn keeps_bytes(&self) -> bool {
        matches!(self.kind, Kind::Raw | Kind::Files(None) | Kind::Template | Kind::Environment) || self.is_tls()
    }

    /// Whether the entries are a certificate and a key.
    fn is_tls(&self) -> bool {
        #[cfg(feature = "tls-files")]
        let is_tls = matches!(self.kind, Kind::Pem(_) | Kind::Pkcs12);
        #[cfg(not(feature = "tls-files"))]
        let is_tls = false;
        is_tls
    }

    /// Whether `null` stays what it is; elsewhere it needs a decision ([`Nulls`]).
    pub fn has_null(&self) -> bool {
        matches!(self.kind, Kind::Raw | Kind::Json | Kind::Yaml(None))
    }

    /// What the format does with nested values, unless told: those that Spring and Java read properties from flatten,
    /// the others keep them.
    pub fn flattening(&self, flatten: Option<bool>, separator: Option<&str>) -> Flattening {
        let default_separator = if matches!(self.kind, Kind::Env(_) | Kind::Environment) { "_" } else { "." };
        let has_properties = match self.kind {
            Kind::Properties(_) | Kind::Yaml(Some(_)) => true,
            Kind::Files(dialect) => dialect.is_some_and(files::Dialect::has_properties),
            Kind::Raw | Kind::Env(_) | Kind::Json | Kind::Yaml(None) | Kind::Toml => false,
            Kind::Login(_) | Kind::Template | Kind::Environment => false,
            #[cfg(feature = "tls-files")]
            Kind::Pem(_) | Kind::Pkcs12 => false,
        };
        if flatten.unwrap_or(has_properties) {
            Flattening::On { separator: separator.unwrap_or(default_separator).to_owned() }
        } else {
            Flattening::Off
        }
    }

    /// Writes the entries.
    ///
    /// `raw` knows no names: it writes the value of the one entry that there is.
    ///
    /// # Errors
    /// [`ErrorKind::Unrepresentable`] with a failure for every name and value that the reader would not get back;
    /// [`ErrorKind::Config`] for `template`, which a file fills ([`FileConfig::convert`](crate::FileConfig::convert)).
    pub fn render(&self, entries: &Entries, nulls: Nulls) -> Result<Output> {
        Ok(match self.kind {
            Kind::Raw => Output::file(raw::render_only(entries, nulls)?),
            Kind::Properties(dialect) => Output::file(properties::render(dialect, entries, nulls)?),
            Kind::Env(dialect) => Output::file(env::render(dialect, entries, nulls)?),
            Kind::Json => Output::file(json::render(entries)?),
            Kind::Yaml(dialect) => Output::file(yaml::render(dialect, entries, nulls)?),
            Kind::Toml => Output::file(toml::render(entries, nulls)?),
            Kind::Login(format) => Output::file(format.render(std::slice::from_ref(entries), nulls)?),
            Kind::Files(dialect) => Output::files(files::render(dialect, entries, nulls)?),
            #[cfg(feature = "tls-files")]
            Kind::Pem(dialect) => Output::file(pem::render(dialect, entries, nulls)?),
            #[cfg(feature = "tls-files")]
            Kind::Pkcs12 => Output::file(pkcs12::render(entries, nulls)?),
            Kind::Template => return Err(no_template().into()),
            Kind::Environment => Output::files(environment::render(entries, nulls)?),
        })
    }

    /// Writes a login of each part; nothing if the format holds none.
    pub(super) fn render_logins(&self, parts: &[Entries], nulls: Nulls) -> Option<Result<Zeroizing<Vec<u8>>>> {
        match self.kind {
            Kind::Login(format) => Some(format.render(parts, nulls)),
            _ => None,
        }
    }

    /// What to know of a file whose dialect nobody has chosen: that programs which read such files differ about these
    /// entries. Nothing if they agree, or a dialect was named. Of `pem` and `pkcs12`: that a certificate is not valid
    /// today, that the key is encrypted.
    pub fn caution(&self, entries: &Entries, nulls: Nulls) -> Option<String> {
        #[cfg(feature = "tls-files")]
        if self.is_tls() {
            return key_pair::caution(entries, nulls);
        }
        if self.is_chosen {
            return None;
        }
        let (key, what) = match self.kind {
            Kind::Env(dialect) => env::differing(dialect, entries, nulls),
            Kind::Properties(_) => properties::differing(entries, nulls),
            Kind::Yaml(_) => yaml::differing(entries),
            Kind::Raw
            | Kind::Json
            | Kind::Toml
            | Kind::Files(_)
            | Kind::Login(_)
            | Kind::Template
            | Kind::Environment => None,
            #[cfg(feature = "tls-files")]
            Kind::Pem(_) | Kind::Pkcs12 => None,
        }?;
        let key = crate::text::quoted(key);
        Some(format!("{key} {what}; name the dialect of the program that reads the file (docs/formats.md)"))
    }
}

/// `raw`.
impl Default for Format {
    fn default() -> Self {
        Format::raw()
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

/// That there is nothing to fill.
fn no_template() -> Failure {
    Failure::new(ErrorKind::Config, "the format `template` needs a template")
        .with_hint("give one with `template` or `templateFile`")
}

fn unknown(what: &str, wanted: &str, known: &[&str]) -> Failure {
    let are = if known.len() == 1 { "is only" } else { "are" };
    let hint = match crate::text::nearest(wanted, known.iter().copied()).first() {
        Some(near) => format!("did you mean `{near}`? There {are} {}", known.join(", ")),
        None => format!("there {are} {}", known.join(", ")),
    };
    Failure::new(ErrorKind::Config, format!("{} is not a {what}", crate::text::quoted(wanted))).with_hint(hint)
}
