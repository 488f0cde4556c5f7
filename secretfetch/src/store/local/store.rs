use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;
use crate::secret::{Secret, SecretRequest, SecretValue};
use crate::store::find::Find;
use crate::store::secret_store::{SecretStore, refuse_named_find};
use crate::store::stamp::Stamp;

/// Secrets from one JSON object, name → value, for development without AWS.
///
/// A string is a SecretString as it stands; an object or array is a SecretString that holds that JSON
/// text, character for character; `{"$binary": "<base64>"}` is a SecretBinary. Every secret has one
/// version, at `AWSCURRENT`, and no ARN.
///
/// ```
/// # use secretfetch::{LocalSecretStore, SecretRequest, SecretStore};
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let store = LocalSecretStore::from_json(r#"{"prod/db": {"port": 5432}, "prod/key": "s3cr3t"}"#)?;
/// let secret = store.fetch(&SecretRequest::new("prod/db".parse()?)).await?;
/// assert_eq!(secret.value.expose_text(), Some(r#"{"port": 5432}"#));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LocalSecretStore {
    secrets: BTreeMap<String, SecretValue>,
    /// Where they were read, if it is a file that can be read again.
    file: Option<Arc<Watched>>,
}

/// A file of secrets, read again when it has changed.
struct Watched {
    path: PathBuf,
    /// What the file was when it was read, and what it had if it has changed since the store was opened.
    latest: Mutex<(Stamp, Option<Arc<LocalSecretStore>>)>,
}

impl LocalSecretStore {
    /// Reads the JSON file at `path`, and again for a later fetch if it has changed by then.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the file cannot be read or is not such an object.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        // Before it is read: what changes while it is being read is read again.
        let stamp = Stamp::of(path);
        let mut store = Self::read(path)?;
        store.file = stamp.map(|stamp| Arc::new(Watched { path: path.to_owned(), latest: Mutex::new((stamp, None)) }));
        Ok(store)
    }

    fn read(path: &Path) -> Result<Self> {
        let describe = |failure: Failure| failure.with_file(path);
        let text = input::read_text(path, crate::bounds::LOCAL_STORE, input::Kind::FileOrPipe).map_err(|error| {
            describe(
                Failure::new(ErrorKind::Config, format!("cannot read the local store: {error}"))
                    .with_hint("`store: file:PATH` names a JSON file, relative to the configuration"),
            )
        })?;
        Self::from_json(&text).map_err(|error| error.map_failures(describe))
    }

    /// Reads the JSON object in `text`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the text is not an object of such values.
    pub fn from_json(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // serde_json's messages can quote a value: only the position is told.
        let Members(members) = serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() { "is not one JSON object" } else { "is not valid JSON" };
            config(format!("the local store {what} (line {}, column {})", error.line(), error.column()))
        })?;
        let mut secrets = BTreeMap::new();
        for (name, raw) in members {
            let value = value_of(&name, raw)?;
            if secrets.insert(name.clone(), value).is_some() {
                return Err(config(format!("the local store has {} twice", crate::text::quoted(&name))));
            }
        }
        Ok(LocalSecretStore { secrets, file: None })
    }

    /// The secrets' names and values, by name, as they were when the store was opened.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretValue)> {
        self.secrets.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl LocalSecretStore {
    /// What the file has now, if that is something else than when the store was opened.
    fn latest(&self) -> Result<Option<Arc<LocalSecretStore>>> {
        let Some(watched) = &self.file else { return Ok(None) };
        let mut latest = watched.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stamp) = Stamp::of(&watched.path).filter(|stamp| *stamp != latest.0) {
            let read = Self::read(&watched.path)?;
            *latest = (stamp, Some(Arc::new(read)));
        }
        Ok(latest.1.clone())
    }

    fn get(&self, request: &SecretRequest) -> Result<Secret> {
        let id = request.secret_id();
        let fail = |kind, message: &str| Failure::new(kind, message).with_secret_id(id);
        let Some(value) = self.secrets.get(id.as_str()) else {
            let near = crate::text::nearest(id.as_str(), self.secrets.keys().map(String::as_str));
            let mut failure = fail(ErrorKind::SecretNotFound, "the local store has no such secret");
            if let Some(name) = near.first() {
                failure = failure.with_hint(format!("it has {}", crate::text::quoted(name)));
            }
            return Err(failure.into());
        };
        if !request.wants_current() {
            return Err(fail(ErrorKind::VersionNotFound, "the local store has only the version at AWSCURRENT").into());
        }
        Ok(Secret::new(id.as_str(), value.clone()))
    }
}

#[async_trait]
impl SecretStore for LocalSecretStore {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        match self.latest()? {
            Some(latest) => latest.get(request),
            None => self.get(request),
        }
    }

    /// By what the names begin with; the local store has no tags.
    async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
        refuse_named_find(find)?;
        if !find.tags().is_empty() {
            return Err(Failure::new(ErrorKind::Config, "the local store has no tags to find secrets by")
                .with_hint("find them by what their names begin with")
                .into());
        }
        let latest = self.latest()?;
        let secrets = &latest.as_deref().unwrap_or(self).secrets;
        let from = secrets.range::<str, _>((std::ops::Bound::Included(find.prefix()), std::ops::Bound::Unbounded));
        let found = from.take_while(|(name, _)| name.starts_with(find.prefix()));
        Ok(found.map(|(name, value)| Secret::new(name, value.clone())).collect())
    }
}

impl fmt::Debug for LocalSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSecretStore").field("secrets", &self.secrets.keys()).finish()
    }
}

fn config(message: String) -> Error {
    Failure::new(ErrorKind::Config, message).into()
}

/// The members in source order, duplicates included: a map would hide them.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

fn value_of(name: &str, raw: &RawValue) -> Result<SecretValue> {
    let text = raw.get();
    let about = |what: &str| config(format!("the local store's {} {what}", crate::text::quoted(name)));
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(text)
            .map(SecretValue::from_text)
            .map_err(|_| about("is not a valid JSON string")),
        Some(b'[') => Ok(SecretValue::from_text(text.to_owned())),
        Some(b'{') => match binary_of(text) {
            None => Ok(SecretValue::from_text(text.to_owned())),
            Some(Ok(bytes)) => Ok(SecretValue::from_binary(bytes)),
            Some(Err(())) => Err(about("has a `$binary` that is not base64")),
        },
        _ => Err(about("is neither a string nor an object; write a number, true, false or null between quotes")),
    }
}

/// The bytes of `{"$binary": "<base64>"}`; `None` if the object is anything else.
fn binary_of(object: &str) -> Option<Result<Vec<u8>, ()>> {
    let Members(members) = serde_json::from_str(object).ok()?;
    match members.as_slice() {
        [(key, raw)] if key == "$binary" => {
            let text = serde_json::from_str::<String>(raw.get()).map(Zeroizing::new);
            Some(text.map_err(drop).and_then(|text| BASE64.decode(text.as_bytes()).map_err(drop)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> SecretValue {
        LocalSecretStore::from_json(text).unwrap().secrets.remove("x").unwrap()
    }

    #[test]
    fn each_kind_of_value_is_kept_as_it_stands() {
        assert_eq!(value(r#"{"x": "a\n"}"#).expose_text(), Some("a\n"));
        assert_eq!(value(r#"{"x": {"n":  1e400 }}"#).expose_text(), Some(r#"{"n":  1e400 }"#));
        assert_eq!(value(r#"{"x": [1, 2]}"#).expose_text(), Some("[1, 2]"));
        let binary = value(r#"{"x": {"$binary": "AAH/"}}"#);
        assert!(binary.is_binary());
        assert_eq!(binary.expose_bytes(), [0, 1, 255]);
    }

    #[test]
    fn what_is_no_secret_is_refused_without_its_value() {
        for text in [
            r#"{"x": 12345}"#,
            r#"{"x": null}"#,
            r#"{"x": {"$binary": "hunter2!"}}"#,
            "[]",
            "{",
            r#"{"x":"a","x":"b"}"#,
        ] {
            let error = LocalSecretStore::from_json(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("hunter2") && !error.to_string().contains("12345"), "{error}");
        }
    }
}
