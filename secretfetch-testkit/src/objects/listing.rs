//! The objects of a bucket, page by page (`ListObjectsV2`).

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::buckets::Bucket;
use super::refusal::ObjectRefusal;

/// The most entries of a page.
const LARGEST_PAGE: usize = 1000;

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    pub(crate) start_after: Option<String>,
    pub(crate) continuation_token: Option<String>,
    pub(crate) max_keys: Option<String>,
}

/// A part of what there is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    /// As the answer repeats it.
    pub(crate) max_keys: usize,
    /// The token of the next page, if something is left.
    pub(crate) next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Object {
        key: String,
        modified: SystemTime,
        etag: String,
        size: usize,
    },
    /// What keys up to a delimiter have in common.
    CommonPrefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Entry::Object { key: name, .. } | Entry::CommonPrefix(name) => name,
        }
    }
}

impl Listing {
    /// The page that is asked for; `sizes` cuts some pages shorter than they were asked for, by their index.
    pub(crate) fn page(&self, bucket: &Bucket, sizes: impl Fn(usize) -> Option<usize>) -> Result<Page, ObjectRefusal> {
        let max_keys = self.max_keys()?;
        let token = self.continuation_token.as_deref().map(Token::parse).transpose()?;
        let index = token.as_ref().map_or(0, |token| token.index);
        // A client that goes on has to have come past where it started.
        let after = token.map(|token| token.after).or_else(|| self.start_after.clone()).unwrap_or_default();
        let mut left = self.entries(bucket, &after);
        let size = sizes(index).map_or(max_keys, |size| size.min(max_keys));
        let mut entries = Vec::new();
        entries.extend(left.by_ref().take(size));
        let next = (max_keys > 0 && left.next().is_some()).then(|| {
            let after = entries.last().map_or(after.as_str(), Entry::name);
            Token { index: index + 1, after: after.to_owned() }.to_text()
        });
        drop(left);
        Ok(Page { entries, max_keys, next })
    }

    fn entries<'a>(&'a self, bucket: &'a Bucket, after: &'a str) -> impl Iterator<Item = Entry> + 'a {
        let mut last_prefix = None;
        bucket.objects().filter_map(move |(key, version, content)| {
            let rest = key.strip_prefix(self.prefix.as_str())?;
            let delimiter = self.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
            if let Some((delimiter, at)) = delimiter.and_then(|delimiter| Some((delimiter, rest.find(delimiter)?))) {
                let common = &key[..self.prefix.len() + at + delimiter.len()];
                let is_new = last_prefix != Some(common) && common > after;
                last_prefix = Some(common);
                return is_new.then(|| Entry::CommonPrefix(common.to_owned()));
            }
            (key > after).then(|| Entry::Object {
                key: key.to_owned(),
                modified: version.modified,
                etag: content.etag.clone(),
                size: content.bytes.len(),
            })
        })
    }

    fn max_keys(&self) -> Result<usize, ObjectRefusal> {
        let Some(text) = &self.max_keys else { return Ok(LARGEST_PAGE) };
        let number = text.parse::<u32>().ok().and_then(|number| i32::try_from(number).ok());
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.map(|number| number.min(LARGEST_PAGE)).ok_or_else(|| ObjectRefusal::InvalidArgument {
            message: "Provided max-keys not an integer or within integer range",
            name: "max-keys",
            value: text.clone(),
        })
    }
}

/// Where a page starts, and which one it is. To clients it means nothing.
struct Token {
    index: usize,
    after: String,
}

impl Token {
    fn parse(text: &str) -> Result<Self, ObjectRefusal> {
        let read = || {
            let text = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
            let (index, after) = text.strip_prefix("page ")?.split_once(' ')?;
            Some(Token { index: index.parse().ok()?, after: after.to_owned() })
        };
        read().ok_or_else(|| ObjectRefusal::InvalidArgument {
            message: "The continuation token provided is incorrect",
            name: "continuation-token",
            value: text.to_owned(),
        })
    }

    fn to_text(&self) -> String {
        BASE64.encode(format!("page {} {}", self.index, self.after))
    }
}

#[cfg(test)]
mod tests {
    use super::super::buckets::{Buckets, Versioning};
    use super::super::encryption::ObjectEncryption;
    use super::super::object::Content;
    use super::*;

    const KEYS: [&str; 7] = ["a", "app//x", "app/db", "app/tls/key", "app/tls/pem", "app2", "é"];

    fn bucket() -> Buckets {
        let mut buckets = Buckets::default();
        buckets.create("acme", &"us-east-1".parse().unwrap(), "1", Versioning::Enabled).unwrap();
        for key in KEYS.iter().rev() {
            let content = Content::new(key.as_bytes(), None, ObjectEncryption::S3);
            buckets.put("acme", key, content, SystemTime::UNIX_EPOCH).unwrap();
        }
        buckets
    }

    /// The names of each page.
    fn pages(mut listing: Listing, sizes: &[usize]) -> Vec<Vec<String>> {
        let buckets = bucket();
        let mut pages = Vec::new();
        loop {
            let page = listing.page(buckets.find("acme").unwrap(), |index| sizes.get(index).copied()).unwrap();
            pages.push(page.entries.iter().map(|entry| entry.name().to_owned()).collect());
            match page.next {
                Some(token) => listing.continuation_token = Some(token),
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_bring_every_key_once_in_the_order_of_their_bytes() {
        assert_eq!(pages(Listing::default(), &[]), [KEYS.map(str::to_owned).to_vec()]);
        let by_two = pages(Listing { max_keys: Some("2".to_owned()), ..Listing::default() }, &[]);
        assert_eq!(by_two.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
        assert_eq!(by_two.concat(), KEYS);
        let cut = pages(Listing::default(), &[0, 3]);
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [0, 3, 4]);
        assert_eq!(cut.concat(), KEYS);
    }

    #[test]
    fn a_delimiter_folds_what_lies_below_it_whatever_the_page() {
        for max_keys in ["1", "1000"] {
            let listing = Listing {
                prefix: "app/".to_owned(),
                delimiter: Some("/".to_owned()),
                max_keys: Some(max_keys.to_owned()),
                ..Listing::default()
            };
            assert_eq!(pages(listing, &[]).concat(), ["app//", "app/db", "app/tls/"]);
        }
    }

    #[test]
    fn a_listing_starts_after_a_key_that_need_not_be_there() {
        let listing = Listing { start_after: Some("app/e".to_owned()), ..Listing::default() };
        assert_eq!(pages(listing, &[]).concat(), ["app/tls/key", "app/tls/pem", "app2", "é"]);
    }

    #[test]
    fn what_is_no_number_of_keys_and_no_token_is_refused() {
        let buckets = bucket();
        let page = |listing: Listing| listing.page(buckets.find("acme").unwrap(), |_| None);
        for text in ["", "-1", "x", "2147483648"] {
            assert!(page(Listing { max_keys: Some(text.to_owned()), ..Listing::default() }).is_err(), "{text}");
        }
        assert!(page(Listing { continuation_token: Some("nonsense".to_owned()), ..Listing::default() }).is_err());
        let none = page(Listing { max_keys: Some("0".to_owned()), ..Listing::default() }).unwrap();
        assert_eq!(none, Page { entries: Vec::new(), max_keys: 0, next: None });
    }
}
