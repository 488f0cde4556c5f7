//! JSON as secrets need it: source order, duplicates seen, number tokens kept, values wiped on drop.
//!
//! serde_json's own tree is not exact enough here: it drops duplicate keys, and rewrites `1e400` to
//! `1e+400` even with `arbitrary_precision`.

mod de;
mod parse;
mod value;
mod write;

pub(crate) use de::from_value;
pub(crate) use parse::{ParseError, parse};
pub(crate) use value::Value;
pub(crate) use write::{compact, compact_len, write, write_string};
