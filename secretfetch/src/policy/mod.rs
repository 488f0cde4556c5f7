//! The least IAM policy of a plan. It is made of the plan alone: no network, no credentials.

mod document;
mod notes;
mod pattern;

pub use document::Policy;
