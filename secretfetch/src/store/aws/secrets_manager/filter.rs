//! The filters of a search: as much of what is looked for as the service takes.
//!
//! A filter matches the beginning of a name, a tag's key or a tag's value, in its case; of two tags it may match the key
//! of one and the value of the other. A value that begins with `!` matches what does not. Only some characters can be in
//! it ([Filter](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html)). So filters make the
//! answer shorter, and whoever asks looks at what comes.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};

use crate::store::find::Find;

/// The longest value of a filter.
const LONGEST: usize = 512;

/// The most filters of a request (`Filters` of ListSecrets and BatchGetSecretValue).
const MOST: usize = 10;

/// The filter for names that begin so; `None` where none is possible.
pub(crate) fn name_filter(prefix: &str) -> Option<Filter> {
    filter(FilterNameStringType::Name, prefix)
}

/// The filters for a search, the most exact ones first.
pub(super) fn filters(find: &Find) -> Vec<Filter> {
    let tags = find.tags().iter().flat_map(|(key, value)| {
        [filter(FilterNameStringType::TagKey, key), filter(FilterNameStringType::TagValue, value)]
    });
    std::iter::once(name_filter(find.prefix())).chain(tags).flatten().take(MOST).collect()
}

fn filter(key: FilterNameStringType, text: &str) -> Option<Filter> {
    let value = sendable(text)?;
    Some(Filter::builder().key(key).values(value).build())
}

/// The longest beginning of a text that can be a filter's value.
fn sendable(text: &str) -> Option<&str> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c);
    let end = text.find(|c| !is_allowed(c)).unwrap_or(text.len()).min(LONGEST);
    Some(&text[..end]).filter(|value| !value.is_empty() && !value.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_sent_as_the_service_takes() {
        let long = "x".repeat(600);
        for (text, sent) in [
            ("team/app/", Some("team/app/")),
            ("a b:c_d@e/f+g=h.i-j!k", Some("a b:c_d@e/f+g=h.i-j!k")),
            ("gr\u{f6}\u{df}e", Some("gr")),
            ("a*b", Some("a")),
            ("", None),
            ("\u{fc}ber", None),
            // It would find what does not begin so.
            ("!team", None),
            (&long, Some(&long[..512])),
        ] {
            assert_eq!(sendable(text), sent, "{text}");
        }
    }

    #[test]
    fn no_more_filters_are_sent_than_a_request_may_have() {
        let find = (0..8).fold(Find::by_prefix("team/"), |find, n| find.with_tag(format!("k{n}"), format!("v{n}")));
        let filters = filters(&find);
        assert_eq!(filters.len(), MOST);
        assert_eq!(filters[0].key(), Some(&FilterNameStringType::Name));
    }
}
