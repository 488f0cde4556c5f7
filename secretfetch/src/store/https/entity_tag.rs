//! What a server calls the present state of a value.

use crate::secret::VersionId;

/// An entity tag ([RFC 9110, section 8.8.3](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3)), weak or strong: by either
/// a server says itself that nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EntityTag(String);

/// A longer one is not kept.
const LONGEST: usize = 1024;

impl EntityTag {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let opaque = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?;
        let is_fit = |byte: u8| byte.is_ascii_graphic() && byte != b'"';
        (text.len() <= LONGEST && opaque.bytes().all(is_fit)).then(|| EntityTag(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between the quotes, where it can be the id of a version.
    pub(super) fn version_id(&self) -> Option<VersionId> {
        self.0.trim_start_matches("W/").trim_matches('"').parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_between_quotes() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        for text in [format!("\"{id}\""), format!("W/\"{id}\"")] {
            let tag = EntityTag::parse(&text).unwrap();
            assert_eq!((tag.as_str(), tag.version_id().unwrap().as_str()), (&*text, id));
        }
        assert_eq!(EntityTag::parse("\"\"").unwrap().version_id(), None);
        for text in
            ["", "x", "\"x", "x\"", "w/\"x\"", "\"a\"b\"", "\"a b\"", "\"ä\"", &format!("\"{}\"", "x".repeat(1024))]
        {
            assert_eq!(EntityTag::parse(text), None, "{text}");
        }
    }
}
