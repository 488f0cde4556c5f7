//! Secrets from AWS Secrets Manager, as typed values or as files that their readers get back exactly.
//!
//! A service needs credentials before its first line runs: in a struct, in an `application.properties`, in
//! an env-file, as a key on disk. secretfetch fetches them with as few requests as the API allows, converts
//! them without changing a character, and leaves all files or none. The command line `secretfetch` is this
//! crate with options; `secretfetch-testkit` has fakes of what is behind it.
//!
//! # Quick start
//!
//! A typed secret. [`LocalSecretStore`] stands in for AWS here; with the feature `aws` it is
//! `AwsSecretStore::builder().build().await?` and nothing else changes:
//!
//! ```
//! use secretfetch::{Fetcher, LocalSecretStore};
//!
//! #[derive(serde::Deserialize)]
//! struct DbCredentials {
//!     username: String,
//!     password: String,
//! }
//!
//! # async fn demo() -> Result<(), secretfetch::Error> {
//! let store = LocalSecretStore::from_json(r#"{"prod/db": {"username": "app", "password": "s3cr3t"}}"#)?;
//! let credentials: DbCredentials = Fetcher::new(store).fetch("prod/db").await?;
//! assert_eq!(credentials.username, "app");
//! # assert_eq!(credentials.password, "s3cr3t");
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
//! ```
//!
//! Files, from a configuration that lists what must exist:
//!
#![cfg_attr(feature = "files", doc = "```")]
#![cfg_attr(not(feature = "files"), doc = "```ignore")]
//! use secretfetch::{Config, Fetcher, FileOutcome, LocalSecretStore, Plan};
//!
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! let config = r#"
//!     files:
//!       - path: app.env
//!         format: env
//!         dialect: docker
//!         secretId: prod/db
//! "#;
//! let mut config = Config::from_text(config, "/etc/app".as_ref())?;
//! config.directory = Some(directory.to_owned());
//! let plan = Plan::new(config)?;
//!
//! let store = LocalSecretStore::from_json(r#"{"prod/db": {"USER": "app", "PASSWORD": "it's $ecret"}}"#)?;
//! let report = Fetcher::new(store).materialize(&plan).await?;
//! assert_eq!(report.files[0].outcome, FileOutcome::Written);
//! assert_eq!(std::fs::read_to_string(directory.join("app.env"))?, "USER=app\nPASSWORD=it's $ecret\n");
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
//! ```
//!
//! # Concepts
//!
//! Data flows one way: [`Config`] → [`Plan`] (checked, nothing fetched yet) → [`SecretRequest`]s, each once →
//! [`SecretStore`] → [`Secret`] → [`Entries`] → [`Format`] → bytes, all in memory → files → [`Report`].
//!
//! - A **store** is where secrets live: `AwsSecretStore`, [`LocalSecretStore`], a fake, or your own
//!   implementation of [`SecretStore`], whose contract is a test suite in the testkit. [`CachedSecretStore`] remembers what
//!   another one answered, and [`Stores`] has several by name: those of a plan ([`Fetcher::open`]), or yours.
//! - A **call** ([`Call`]) is what a store knows of its caller, through every wrapper: the deadline, and who wants to hear how
//!   far it is.
//! - A **value** ([`SecretValue`]) is wiped on drop, prints `[REDACTED]` and is read by an `expose_*` method.
//! - A **format** writes what its reader reads back exactly, or refuses with an error that names the key, the
//!   reason, and what would work. The grammars and the readers are in `docs/formats.md`.
//! - **Writing** stages every file beside its target, then renames: each target is the old or the new file in
//!   full. Unchanged files keep their inode.
//! - **Retries** are the [`Fetcher`]'s: one engine with one deadline, see [`RetryPolicy`].
//! - **What rotates** is kept fresh by [`Fetcher::watch`] while a service runs, and stays as it is while AWS is away.
//!
//! # Errors
//!
//! There is one [`Error`]. It holds every failure of a call, not only the first; [`Error::kind`] is the one
//! that a person must mend first, and its [`ErrorCategory`] says how to react. No error has a secret's content in
//! it, at any level.
//!
//! ```
//! use secretfetch::{ErrorKind, Fetcher, LocalSecretStore};
//!
//! # async fn demo() -> Result<(), secretfetch::Error> {
//! let store = LocalSecretStore::from_json(r#"{"prod/db": {"usrname": "app"}}"#)?;
//! # #[derive(serde::Deserialize, Debug)]
//! # struct DbCredentials { #[allow(dead_code)] username: String }
//! let error = Fetcher::new(store).fetch::<DbCredentials>("prod/db").await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::KeyNotFound);
//! assert_eq!(
//!     error.to_string(),
//!     "secret `prod/db`: key `username`: the field is missing; the secret has `usrname`"
//! );
//! # Ok(()) }
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
//! ```
//!
//! # Features
//!
//! | feature | default | brings |
//! | --- | --- | --- |
//! | `aws` | yes | `AwsSecretStore` on the official SDK, with rustls on AWS-LC |
//! | `files` | yes | what writes: `Fetcher::materialize`, `Rendered::write`, `Rendered::rehearse` and `write_file`, on Linux and macOS |
//! | `tls-files` | yes | the formats `pem` and `pkcs12`, on AWS-LC |
//! | `aws-sso` | no | credentials of IAM Identity Center profiles |
//! | `aws-credential-process` | no | credentials of `credential_process` profiles |
//!
//! Without `aws` there is no AWS crate in the tree: enough for a service's own tests. Without `files` everything stays in
//! memory ([`Fetcher::fetch`], [`Fetcher::render`]), and the library compiles on Windows too.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "files", not(any(target_os = "linux", target_os = "macos"))))]
compile_error!(
    "the feature `files` of secretfetch writes on Linux and macOS only: elsewhere set `default-features = false`, and \
     take the rendered bytes from `Rendered::expose_files`"
);

mod bounds;
mod call;
mod document;
mod entries;
mod error;
mod fetcher;
mod file_name;
mod format;
mod input;
mod json;
#[cfg(all(feature = "files", unix))]
mod materialize;
mod plan;
mod policy;
mod prepared;
mod report;
mod secret;
mod store;
mod text;
#[cfg(feature = "tls-files")]
mod tls;

pub use call::{BatchRefusal, Call, StoreEvent};
pub use entries::{Entries, Flattening, KeyStyle, Nulls, ParseKeyStyleError, ParseNullsError, Selection};
pub use error::{Error, ErrorCategory, ErrorKind, Failure, Result, Setting};
pub use fetcher::{EnvironmentVariable, Fetcher, Rendered, RetryPolicy, Rounds, Watched};
pub use format::{Converted, Delimiters, Format, Output, ParseDelimitersError, ParseTemplateError, Template};
#[cfg(all(feature = "files", unix))]
pub use materialize::{remove_unfinished, write_file};
pub use plan::{
    Config, DEFAULT_INTERVAL, DEFAULT_TIMEOUT, EnvironmentConfig, ExecHook, FileConfig, HookMethod, HookUrl, HttpHook,
    Layout, Mode, OnChange, OnConflict, Owner, ParseDurationError, ParseHookError, ParseLayoutError,
    ParseOnConflictError, ParsePermissionError, Plan, SignalHook, SignalName, SignalTarget, SourceConfig,
    SourceSecrets, User, WatchConfig, parse_duration,
};
pub use policy::Policy;
pub use report::{EnvironmentReport, FileOutcome, FileReport, Report, SourceReport};
pub use secret::{
    Arn, Encoding, ParseArnError, ParseEncodingError, ParseRegionError, ParseSecretDigestError, ParseSecretIdError,
    ParseStoreNameError, ParseVersionError, Region, Secret, SecretDigest, SecretId, SecretParts, SecretRequest,
    SecretValue, StoreName, VersionId, VersionStage,
};
pub use store::{
    Addressing, Asked, AwsSettings, AwsStoreConfig, BatchMode, CachedSecretStore, Capabilities, Condition, Failover,
    FailoverSecretStore, FileStoreConfig, Find, HttpsStoreConfig, HttpsUrl, KmsKeyArn, LocalSecretStore, Opening,
    ParseAddressingError, ParseBatchModeError, ParseHttpsHeaderError, ParseHttpsUrlError, ParseKmsKeyArnError,
    Permission, PolicyScope, S3StoreConfig, SecretKeyRef, SecretStore, SsmStoreConfig, StoreConfig, StoreKind,
    StoreKinds, StoreSettings, Stores, TextOrSecret,
};
#[cfg(feature = "aws")]
pub use store::{AwsSecretStore, AwsSecretStoreBuilder};
pub use text::is_invisible;
