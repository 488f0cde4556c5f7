//! The XML of `ListObjectsV2`.

use std::borrow::Cow;

use super::call::Call;
use crate::calendar;
use crate::objects::listing::{Entry, Listing, Page};
use crate::objects::refusal::ObjectRefusal;
use crate::server::xml::{element, text};

/// Of all of S3's XML.
pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What a call asks for.
pub(super) fn listing(call: &Call) -> Result<Listing, ObjectRefusal> {
    let owned = |name| call.parameter(name).map(str::to_owned);
    let invalid =
        |message, name, value: &str| Err(ObjectRefusal::InvalidArgument { message, name, value: value.to_owned() });
    match (call.parameter("list-type"), call.parameter("encoding-type")) {
        (Some("2"), None | Some("url")) => {}
        (Some("2"), Some(other)) => {
            return invalid("Invalid Encoding Method specified in Request", "encoding-type", other);
        }
        (other, _) => {
            return invalid("Invalid List Type specified in Request", "list-type", other.unwrap_or_default());
        }
    }
    Ok(Listing {
        prefix: owned("prefix").unwrap_or_default(),
        delimiter: owned("delimiter"),
        start_after: owned("start-after"),
        continuation_token: owned("continuation-token"),
        max_keys: owned("max-keys"),
    })
}

pub(super) fn write(call: &Call, listing: &Listing, page: &Page) -> String {
    let is_encoded = call.parameter("encoding-type").is_some();
    let name = |name: &str| if is_encoded { url_encoded(name) } else { name.to_owned() };
    let mut body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"{NAMESPACE}\">");
    let xml = &mut body;
    text(xml, "Name", call.bucket());
    text(xml, "Prefix", &name(&listing.prefix));
    for (element, value) in [("Delimiter", &listing.delimiter), ("StartAfter", &listing.start_after)] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            text(xml, element, &name(value));
        }
    }
    for (element, value) in [("ContinuationToken", &listing.continuation_token), ("NextContinuationToken", &page.next)]
    {
        if let Some(value) = value {
            text(xml, element, value);
        }
    }
    text(xml, "KeyCount", &page.entries.len().to_string());
    text(xml, "MaxKeys", &page.max_keys.to_string());
    if is_encoded {
        text(xml, "EncodingType", "url");
    }
    text(xml, "IsTruncated", if page.next.is_some() { "true" } else { "false" });
    // All objects come before all common prefixes, however they are in order.
    for entry in &page.entries {
        if let Entry::Object { key, modified, etag, size } = entry {
            element(xml, "Contents", |xml| {
                text(xml, "Key", &name(key));
                text(xml, "LastModified", &calendar::iso8601(*modified).replace('Z', ".000Z"));
                text(xml, "ETag", etag);
                text(xml, "Size", &size.to_string());
                text(xml, "StorageClass", "STANDARD");
            });
        }
    }
    for entry in &page.entries {
        if let Entry::CommonPrefix(prefix) = entry {
            element(xml, "CommonPrefixes", |xml| text(xml, "Prefix", &name(prefix)));
        }
    }
    xml.push_str("</ListBucketResult>");
    body
}

/// As a form would have it, but for slashes: what `encoding-type=url` means.
fn url_encoded(name: &str) -> String {
    let parts = name.split('/').map(|part| form_urlencoded::byte_serialize(part.as_bytes()).collect::<Cow<'_, str>>());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_encoded_name_has_nothing_that_xml_would_lose() {
        assert_eq!(super::url_encoded("a b/+%//é\u{1}"), "a+b/%2B%25//%C3%A9%01");
    }
}
