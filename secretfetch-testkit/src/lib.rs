//! Tests for what uses [`secretfetch`], with no AWS account, no Docker and no network.
//!
//! # What to take
//!
//! | a test of | takes |
//! | --- | --- |
//! | a service that reads secrets | [`FakeSecretStore`]: Secrets Manager's behaviour, in memory |
//! | exactly which calls a service makes | [`MockSecretStore`]: expectations, by [`mockall`], with the feature `mock` |
//! | a program, an SDK, anything that speaks to AWS | [`FakeSecretsManager`]: the same fake on loopback, over the service's protocol, with the feature `server` |
//! | a program that reads Parameter Store | the same server; [`FakeSecretStore::put_parameter`] and its kin prepare it |
//! | a client of S3 | [`FakeSecretsManager`], with [buckets](FakeSecretStore::create_bucket) and objects |
//! | how it takes a certificate, good or bad | `CertificateAuthority`, with the feature `tls` |
//! | what an IAM policy allows | [`Iam`], on either fake |
//! | a [`SecretStore`] of one's own | [`contract`]: the rules that every store keeps |
//! | what was asked for, how often and in which order | [`assert_requests`] |
//! | what a program leaves behind | [`assert_file`], [`assert_only_files`], [`assert_no_secret_in`] |
//!
//! Nothing here depends on an AWS crate. A service whose own AWS store is behind a feature can build its
//! tests without it.
//!
//! # A service's test
//!
//! The service takes an `Arc<dyn SecretStore>` and does not know that it is a fake. The test keeps a
//! handle on the same secrets, and changes them or lets them fail while the service runs.
//!
//! ```
//! use std::sync::Arc;
//!
//! use secretfetch_testkit::{Error, FakeSecretStore, Fault, SecretRequest, SecretStore};
//!
//! struct Service {
//!     secrets: Arc<dyn SecretStore>,
//! }
//!
//! impl Service {
//!     async fn database_url(&self) -> Result<String, Error> {
//!         let request = SecretRequest::new("prod/url".parse().expect("a literal"));
//!         let secret = self.secrets.fetch(&request).await?;
//!         Ok(secret.value.expose_text().unwrap_or_default().to_owned())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let fake = FakeSecretStore::new();
//! fake.create_text("prod/url", "postgres://db");
//! let service = Service { secrets: Arc::new(fake.clone()) };
//! assert_eq!(service.database_url().await.unwrap(), "postgres://db");
//!
//! fake.inject(Fault::kms_access_denied().on("prod/url"));
//! assert!(!service.database_url().await.unwrap_err().is_retryable());
//! # }
//! ```
//!
//! # Faults
//!
//! A [`Fault`] is injected into a store and plays on both fakes: throttling, denials, latency, hanging,
//! server errors, resets, answers that are half, broken, slow or far too long, a proxy's HTML, or anything
//! that a closure does to the store between two requests, a rotation above all. A fault can be one region's, or befall
//! some requests by chance and the same ones in every run; with [`FakeSecretStore::inject_scoped`] the test fails if it
//! never happens. [`FakeSecretStore::requests`] tells what was asked, in memory and over the wire. The sources of
//! credentials that [`FakeSecretsManager`] serves fail in the same ways. Where no server is to answer at all, there are
//! [`BlackHole`] and [`ReservedAddress`].
//!
//! # Who is asking
//!
//! Any credentials do, until a test says [`FakeSecretsManager::require_signatures`]. Then the account knows the keys that it
//! was [given](FakeSecretStore::add_access_key) and the sessions that its server has issued, each until its end by the
//! account's [clock](FakeSecretStore::advance). A [`Role`] says whom STS gives it to. [`RecordedRequest::principal`] tells
//! who each request was of, [`FakeSecretStore::identity_of`] more of them.
//!
//! # Features
//!
//! None is on by default: a service's unit tests get the fake in memory, the contract and the assertions.
//!
//! | feature | brings |
//! | --- | --- |
//! | `mock` | [`MockSecretStore`], and [`mockall`] itself |
//! | `server` | [`FakeSecretsManager`], [`BlackHole`], [`ReservedAddress`] |
//! | `tls` | `server`, over TLS: certificates that a client should accept and ones that it should not, servers that know one way only to agree on a key. It builds AWS-LC |
//! | `bin` | `server`, and the program `secretfetch-fake` |
//!
//! # From other languages
//!
//! The program (of the feature `bin`) `secretfetch-fake --seed secrets.json --port 4566` is a [`FakeSecretsManager`] with the
//! secrets of a file and a [control API](Control), for Compose, local clusters and tests that are not written in Rust.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "mock", feature = "tls")),
    allow(rustdoc::broken_intra_doc_links, reason = "the whole crate is documented; a part of it names the rest")
)]

mod assertion;
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "half of it is for signatures"))]
mod calendar;
#[cfg(feature = "tls")]
mod certificate;
pub mod contract;
#[cfg_attr(
    not(feature = "server"),
    allow(dead_code, reason = "what the account knows for operations of the wire alone")
)]
mod fake;
mod iam;
#[cfg(feature = "tls")]
mod key_exchange;
#[cfg(feature = "mock")]
mod mock;
#[cfg_attr(not(feature = "server"), allow(dead_code, reason = "most of it comes by the wire alone"))]
mod objects;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "half of them come by the wire alone"))]
mod operations;
#[cfg_attr(not(feature = "server"), allow(dead_code, unused_imports, reason = "most of them come by the wire alone"))]
mod parameters;
mod seed;
#[cfg(feature = "server")]
mod server;
mod uuid;

pub use assertion::directory::assert_only_files;
pub use assertion::file::{FileAssertion, assert_file};
pub use assertion::leak::assert_no_secret_in;
pub use assertion::requests::{RequestsAssertion, assert_requests};
#[cfg(feature = "tls")]
pub use certificate::{CertificateAuthority, ServerCertificate};
pub use fake::access_key::AccessKey;
pub use fake::fault::Fault;
pub use fake::guard::FaultGuard;
pub use fake::identity::{Identity, PrincipalKind};
pub use fake::log::{Operation, RecordedRequest};
pub use fake::record::SecretVersion;
pub use fake::request::ServiceError;
pub use fake::role::{Role, WebIdentity};
pub use fake::rotation::{RotationError, RotationEvent, RotationStep};
pub use fake::store::FakeSecretStore;
pub use iam::access::Iam;
pub use iam::kms::KmsKey;
pub use iam::policy::{IamPolicy, ParsePolicyError};
#[cfg(feature = "tls")]
pub use key_exchange::KeyExchange;
#[cfg(feature = "mock")]
pub use mock::{FetchExpectation, MockSecretStore};
#[cfg(feature = "mock")]
pub use mockall;
pub use objects::encryption::ObjectEncryption;
/// What a test says of secrets, so that it needs no other crate.
pub use secretfetch::{
    Error, ErrorKind, Region, Result, Secret, SecretId, SecretRequest, SecretStore, SecretValue, VersionId,
    VersionStage,
};
#[cfg(feature = "server")]
pub use server::address::{BlackHole, ReservedAddress};
#[cfg(feature = "server")]
pub use server::control::Control;
#[cfg(feature = "server")]
pub use server::manager::FakeSecretsManager;
