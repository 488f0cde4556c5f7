//! A configuration's text: YAML or JSON, with the line of everything.

mod fields;
mod surrogates;
mod tree;

pub(crate) use fields::Fields;
pub(crate) use tree::{Node, Value, at, read};
