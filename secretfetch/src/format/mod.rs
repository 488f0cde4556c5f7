//! Entries to bytes: each format writes what its reader gets back exactly, or refuses.

mod choice;
mod conversion;
mod env;
mod environment;
mod files;
mod hint;
mod json;
mod output;
mod properties;
mod quote;
mod raw;
mod spring;
mod template;
mod write;
mod yaml;

pub use choice::Format;
pub use conversion::Converted;
pub(crate) use conversion::{Conversion, ConvertedFile, Material};
pub use output::Output;
pub use template::{Delimiters, ParseDelimitersError, ParseTemplateError, Template};
