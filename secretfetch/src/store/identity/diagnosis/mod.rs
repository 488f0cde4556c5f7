//! Why nobody can ask: no credentials, no role, no answer; and what of a refusal is alike for all services.
//!
//! Kinds come from typed errors and error codes. Where AWS tells causes apart only in a documented
//! message, the text refines kind and hint, with a safe fallback. Nothing of an answer is repeated
//! unless its characters prove what it is: a code, an ARN, an action. The SDK's errors are never kept:
//! their `Debug` prints raw answers.

mod credentials;
mod denied;
mod refused;
mod role;
mod token;
mod unanswered;

pub(super) use credentials::{credentials, late_process, mute_instance_metadata, unusable};
pub(super) use token::unreadable_token;

pub(crate) use denied::{Thing, denied, key_denied};
pub(crate) use refused::{credentials_refused, service_refused};
pub(crate) use unanswered::{Scope, not_signed, unanswered};
