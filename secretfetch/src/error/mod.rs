//! The one public error: opaque, free of secret values, and able to hold several failures at once.

mod kind;
mod setting;

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

pub use kind::{ErrorCategory, ErrorKind};
pub use setting::Setting;

use crate::secret::{self, Region, SecretId, StoreName};

/// A `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that went wrong, with all that is known about it and none of a secret's content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    settings: Vec<Setting>,
    store: Option<StoreName>,
    secret_id: Option<SecretId>,
    find: Option<String>,
    region: Option<Region>,
    file: Option<PathBuf>,
    key: Option<String>,
    retryable: bool,
}

impl Failure {
    /// A failure of `kind`; `message` is lower case, says what failed, and holds no secret value.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            message: message.into(),
            hint: None,
            settings: Vec::new(),
            store: None,
            secret_id: None,
            find: None,
            region: None,
            file: None,
            key: None,
            retryable: kind.category() == ErrorCategory::Unavailable,
        }
    }

    /// Adds what a person can do about it, in one sentence.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what setting the hint speaks of; a program adds how it is set there. There can be several.
    #[must_use]
    pub fn with_setting(mut self, setting: Setting) -> Self {
        self.settings.push(setting);
        self
    }

    /// Gives the hint of another failure, of which this one tells more; none where that has none.
    pub(crate) fn with_hint_of(mut self, failure: &Failure) -> Self {
        self.hint = failure.hint.clone();
        self
    }

    /// Names the store, where a configuration has several.
    #[must_use]
    pub fn with_store(mut self, store: &StoreName) -> Self {
        self.store = Some(store.clone());
        self
    }

    /// Names the secret.
    #[must_use]
    pub fn with_secret_id(mut self, id: &SecretId) -> Self {
        self.secret_id = Some(id.clone());
        self
    }

    /// Says what was looked for, where it is about no secret by its name: what a [`Find`](crate::Find) prints.
    #[must_use]
    pub fn with_find(mut self, find: impl Into<String>) -> Self {
        self.find = Some(find.into());
        self
    }

    /// Names the region that was asked.
    #[must_use]
    pub fn with_region(mut self, region: Option<&Region>) -> Self {
        self.region = region.cloned();
        self
    }

    /// Names the file.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the key inside the secret.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Overrides whether a later attempt may succeed (the default follows from the kind).
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// For a log line about a failure that may pass: nobody need act on it yet.
    pub(crate) fn without_hint(mut self) -> Self {
        self.hint = None;
        self.settings.clear();
        self
    }

    /// Adds how often it was tried.
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.message.push_str(&format!(" (after {attempts} attempts)"));
        self
    }

    /// Why it failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What failed, without the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The settings that the hint speaks of, in its order.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// The store it is about, if that is not the default one.
    pub fn store(&self) -> Option<&StoreName> {
        self.store.as_ref()
    }

    /// The secret it is about.
    pub fn secret_id(&self) -> Option<&SecretId> {
        self.secret_id.as_ref()
    }

    /// What was looked for, where it is about no secret by its name.
    pub fn find(&self) -> Option<&str> {
        self.find.as_deref()
    }

    /// The region that was asked.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The file it is about.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The key inside the secret that it is about.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "file {}: ", crate::text::quoted(&file.to_string_lossy()))?;
        }
        if let Some(store) = &self.store {
            write!(f, "store {}: ", crate::text::quoted(store.as_str()))?;
        }
        let about = match (&self.secret_id, &self.find) {
            (Some(id), _) => Some(("secret", crate::text::quoted(id.as_str()))),
            (None, find) => find.clone().map(|find| ("find", find)),
        };
        if let Some((what, name)) = about {
            write!(f, "{what} {name}")?;
            if let Some(region) = &self.region {
                write!(f, " in {region}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "key {}: ", crate::text::quoted(key))?;
        }
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

/// What went wrong: one [`Failure`] or several, never with a secret's content in it.
///
/// The error is opaque. Ask [`Error::kind`] or one of the predicates to decide what to do, print it for
/// a person to read, and walk [`Error::failures`] to report every cause at once.
///
/// ```
/// use secretfetch::{Error, ErrorKind, Failure};
///
/// let error = Error::from(Failure::new(ErrorKind::Throttled, "rate exceeded"));
/// assert_eq!(error.kind(), ErrorKind::Throttled);
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "rate exceeded");
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    /// Never empty.
    failures: Vec<Failure>,
}

impl Error {
    /// Joins several errors into one that reports them all; `None` if there are none.
    ///
    /// Equal failures are reported once: missing credentials are one failure, however many secrets wait for them.
    pub fn join(errors: impl IntoIterator<Item = Error>) -> Option<Error> {
        let mut failures: Vec<Failure> = errors.into_iter().flat_map(|error| error.failures).collect();
        let mut seen = HashSet::with_capacity(failures.len());
        let first: Vec<bool> = failures.iter().map(|failure| seen.insert(failure)).collect();
        drop(seen);
        let mut first = first.into_iter();
        failures.retain(|_| first.next().unwrap_or(true));
        (!failures.is_empty()).then_some(Error { failures })
    }

    /// Every failure, in the order in which they were met. Never empty.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Every failure, those first that a person must mend before the others: the first one decides the kind.
    pub fn by_precedence(&self) -> impl Iterator<Item = &Failure> {
        let of = |category| self.failures.iter().filter(move |failure| failure.kind.category() == category);
        ErrorCategory::ALL.iter().copied().flat_map(of)
    }

    /// The failure that decides the kind: what a person must mend before what may pass by itself.
    pub fn primary(&self) -> &Failure {
        self.by_precedence().next().expect("an error has at least one failure")
    }

    /// The kind of the [primary](Error::primary) failure.
    pub fn kind(&self) -> ErrorKind {
        self.primary().kind
    }

    /// The category of the [primary](Error::primary) failure: the least of all.
    pub fn category(&self) -> ErrorCategory {
        self.kind().category()
    }

    /// Whether the same call may succeed later without any change: true if that holds for every failure.
    pub fn is_retryable(&self) -> bool {
        self.failures.iter().all(Failure::is_retryable)
    }

    /// Whether a secret, version or key does not exist (or is scheduled for deletion).
    pub fn is_not_found(&self) -> bool {
        self.category() == ErrorCategory::NotFound
    }

    /// The secret of the primary failure.
    pub fn secret_id(&self) -> Option<&SecretId> {
        self.primary().secret_id()
    }

    /// The key of the primary failure.
    pub fn key(&self) -> Option<&str> {
        self.primary().key()
    }

    /// The hint of the primary failure.
    pub fn hint(&self) -> Option<&str> {
        self.primary().hint()
    }

    /// Says in which text each failure is that is about no file: `name` is that of a variable, for instance, whose
    /// value was read.
    ///
    /// ```
    /// use secretfetch::Config;
    ///
    /// let error = Config::from_text("files: [", "".as_ref()).unwrap_err().in_text("SECRETS");
    /// assert!(error.to_string().starts_with("SECRETS: line 2: this is not YAML"), "{error}");
    /// ```
    #[must_use]
    pub fn in_text(self, name: &str) -> Error {
        self.map_failures(|mut failure| {
            if failure.file.is_none() {
                failure.message.insert_str(0, &format!("{name}: "));
            }
            failure
        })
    }

    /// Changes every failure, for instance to add the file that it is about.
    pub(crate) fn map_failures(mut self, change: impl FnMut(Failure) -> Failure) -> Error {
        self.failures = std::mem::take(&mut self.failures).into_iter().map(change).collect();
        self
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error { failures: vec![failure] }
    }
}

/// What cannot be parsed is a matter of the configuration, or of the call's arguments: such errors convert into
/// [`ErrorKind::Config`].
macro_rules! is_config_error {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for $crate::error::Error {
            fn from(error: $error) -> Self {
                $crate::error::Failure::new($crate::error::ErrorKind::Config, error.to_string()).into()
            }
        })+
    };
}

pub(crate) use is_config_error;

is_config_error!(
    secret::ParseArnError,
    secret::ParseRegionError,
    secret::ParseSecretIdError,
    secret::ParseStoreNameError,
    secret::ParseVersionError,
);

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.failures.as_slice() {
            return only.fmt(f);
        }
        write!(f, "{} failures:", self.failures.len())?;
        for failure in self.failures.iter() {
            write!(f, "\n  - {failure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_failures_the_one_that_a_person_must_mend_first_decides() {
        let error = |kind| Error::from(Failure::new(kind, "x"));
        let joined = Error::join([
            error(ErrorKind::Throttled),
            error(ErrorKind::SecretNotFound),
            error(ErrorKind::AccessDenied),
        ])
        .unwrap();
        assert_eq!((joined.kind(), joined.category()), (ErrorKind::AccessDenied, ErrorCategory::Access));
        assert!(!joined.is_retryable());
        assert_eq!(joined.failures().len(), 3);
        assert!(Error::join([]).is_none());
        let order: Vec<ErrorKind> = joined.by_precedence().map(Failure::kind).collect();
        assert_eq!(order, [ErrorKind::AccessDenied, ErrorKind::SecretNotFound, ErrorKind::Throttled]);
    }

    #[test]
    fn equal_failures_are_told_once_in_the_order_of_their_first_one() {
        let error = |message: &str| Error::from(Failure::new(ErrorKind::NoCredentials, message));
        let same = Error::join([error("a"), error("b"), error("a"), error("c"), error("b")]).unwrap();
        assert_eq!(same.failures().iter().map(Failure::message).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_failure_reads_as_one_sentence_and_stays_on_one_line() {
        let id: SecretId = "prod/db".parse().unwrap();
        let failure = Failure::new(ErrorKind::KeyNotFound, "not in the secret")
            .with_file("a\nb")
            .with_secret_id(&id)
            .with_region(Some(&"eu-west-1".parse().unwrap()))
            .with_key("user")
            .with_hint("it has `username`");
        assert_eq!(
            failure.to_string(),
            "file `a\\nb`: secret `prod/db` in eu-west-1: key `user`: not in the secret; it has `username`"
        );
    }
}
