//! Entries to bytes: each format writes what its reader gets back exactly, or refuses.

mod choice;
mod conversion;
mod env;
mod environment;
mod files;
mod hint;
mod json;
#[cfg(feature = "tls-files")]
mod key_pair;
mod login;
mod output;
#[cfg(feature = "tls-files")]
mod pem;
#[cfg(feature = "tls-files")]
mod pkcs12;
mod properties;
mod quote;
mod raw;
mod spring;
mod template;
mod toml;
mod write;
mod yaml;

pub use choice::Format;
pub use conversion::Converted;
pub(crate) use conversion::{Conversion, ConvertedFile, Material};
pub use output::Output;
pub use template::{Delimiters, ParseDelimitersError, ParseTemplateError, Template};
