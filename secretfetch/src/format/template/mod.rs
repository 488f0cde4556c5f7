//! `template`: a text of the operator's with slots, each with the escape of the place where it stands.
//!
//! The grammar is in docs/templates.md. A text is read once, and values are never read for slots again.

mod delimiters;
mod error;
mod filter;
mod lookup;
mod name;
mod parse;
mod render;
mod slot;
mod text;

pub use delimiters::{Delimiters, ParseDelimitersError};
pub use error::ParseTemplateError;
pub use text::Template;
