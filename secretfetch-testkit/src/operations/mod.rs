//! The operations of Secrets Manager, and for it and [Parameter Store](crate::parameters) the one way that every request goes, in memory or over the wire.
//!
//! A request is an [`Action`], the members of an operation's input. [`perform`] writes it down, lets the faults play,
//! checks it, asks whether the caller may, and lets it work on the [`Account`]. What is refused, and with what words,
//! is decided here alone, so that no door knows better than the other.
//!
//! Source: the API reference of AWS Secrets Manager, and answers that AWS was recorded to give.

mod action;
mod answer;
mod authorization;
mod batch_get_secret_value;
mod checks;
mod create_secret;
mod delete_secret;
mod describe_secret;
mod dispatch;
mod filters;
mod get_secret_value;
mod list_secret_version_ids;
mod list_secrets;
mod pages;
mod password;
mod put_secret_value;
mod replication;
mod resource_policy;
mod rotation;
mod stages;
mod tags;
mod update_secret;
mod value;

pub(crate) use action::{Action, Caller, Context, Outcome, breakage, perform, prepare};
pub(crate) use answer::seconds;
pub(crate) use authorization::{circumstances, key_arn};
pub(crate) use batch_get_secret_value::{BatchGetSecretValue, LARGEST_BATCH};
pub(crate) use checks::Checks;
pub(crate) use create_secret::CreateSecret;
pub(crate) use delete_secret::{DeleteSecret, RestoreSecret};
pub(crate) use dispatch::{NoInput, perform_json, prepare_json};
pub(crate) use filters::{Filter, MOST as MOST_FILTERS};
pub(crate) use get_secret_value::{Entry, GetSecretValue};
pub(crate) use pages::Page;
pub(crate) use put_secret_value::PutSecretValue;
pub(crate) use replication::ReplicateSecretToRegions;
pub(crate) use resource_policy::PutResourcePolicy;
pub(crate) use stages::UpdateSecretVersionStage;
pub(crate) use tags::TagResource;
