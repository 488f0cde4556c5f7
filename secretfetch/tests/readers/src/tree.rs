//! JSON that keeps order and number tokens.

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// The token as it is written.
    Number(String),
    /// A string, without its escapes.
    Text(String),
    /// An array.
    List(Vec<Tree>),
    /// An object, in its order; names may stand twice.
    Map(Vec<(String, Tree)>),
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Tree::Text(text.to_owned())
    }
}
