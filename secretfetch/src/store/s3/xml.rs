//! S3's answers in XML, as far as they are looked at.

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

use super::encoding::decoded;

/// A refusal ([error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)).
#[derive(Debug, Default)]
pub(super) struct Refused {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    /// Where the bucket is, if that is told.
    pub(super) region: Option<String>,
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    pub(super) next_token: Option<String>,
}

/// One object of a listing.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) bytes: u64,
}

/// An answer that does not break off before this end: a walk through its elements takes a broken one for the last.
fn whole<'a>(body: &'a [u8], end: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.trim_end().ends_with(end))?;
    Document::new(text).all(|token| token.is_ok()).then_some(text)
}

impl Refused {
    /// Reads an answer; nothing of what is none of S3.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut refused = Refused::default();
        let Some(text) = whole(body, "</Error>") else { return refused };
        let mut document = Document::new(text);
        let Ok(mut root) = document.root_element() else { return refused };
        if root.start_el().local() != "Error" {
            return refused;
        }
        while let Some(mut tag) = root.next_tag() {
            let field = match tag.start_el().local() {
                "Code" => &mut refused.code,
                "Message" => &mut refused.message,
                "Region" => &mut refused.region,
                _ => continue,
            };
            *field = data(&mut tag);
        }
        refused
    }
}

impl Page {
    /// Reads an answer; `None` if it is no listing.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let text = whole(body, "</ListBucketResult>")?;
        let mut document = Document::new(text);
        let mut root = document.root_element().ok()?;
        if root.start_el().local() != "ListBucketResult" {
            return None;
        }
        let (mut page, mut is_truncated, mut count) = (Page::default(), false, None);
        while let Some(mut tag) = root.next_tag() {
            match tag.start_el().local() {
                "Contents" => page.objects.push(Listed::read(&mut tag)?),
                "NextContinuationToken" => page.next_token = data(&mut tag),
                "KeyCount" => count = Some(data(&mut tag)?.parse::<usize>().ok()?),
                "IsTruncated" => is_truncated = data(&mut tag)? == "true",
                _ => {}
            }
        }
        let is_whole = count.is_none_or(|count| count == page.objects.len());
        (is_truncated == page.next_token.is_some() && is_whole).then_some(page)
    }
}

impl Listed {
    fn read(contents: &mut ScopedDecoder<'_, '_>) -> Option<Self> {
        let (mut key, mut bytes) = (None, None);
        while let Some(mut tag) = contents.next_tag() {
            match tag.start_el().local() {
                "Key" => key = decoded(&data(&mut tag)?),
                "Size" => bytes = data(&mut tag)?.parse().ok(),
                _ => {}
            }
        }
        Some(Listed { key: key?, bytes: bytes? })
    }
}

fn data(tag: &mut ScopedDecoder<'_, '_>) -> Option<String> {
    try_data(tag).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_a_code_a_message_and_perhaps_a_region() {
        let body = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code>\
                     <Message>The region 'a' is wrong; expecting &apos;b&apos;</Message><Region>eu-west-1</Region>\
                     <RequestId>x</RequestId></Error>";
        let refused = Refused::read(body);
        assert_eq!(refused.code.as_deref(), Some("AuthorizationHeaderMalformed"));
        assert_eq!(refused.message.as_deref(), Some("The region 'a' is wrong; expecting 'b'"));
        assert_eq!(refused.region.as_deref(), Some("eu-west-1"));
        for body in [&b"<html><Code>x</Code></html>"[..], b"", b"x", b"<Error", b"\xff"] {
            assert!(Refused::read(body).code.is_none());
        }
    }

    #[test]
    fn a_listing_has_keys_as_they_are_and_says_whether_there_are_more() {
        let page = Page::read(
            b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><IsTruncated>true</IsTruncated>\
              <Contents><Key>a%2Bb+c%0A</Key><Size>7</Size></Contents><Contents><Size>0</Size><Key>a/</Key></Contents>\
              <NextContinuationToken>1/x=</NextContinuationToken></ListBucketResult>",
        )
        .unwrap();
        let listed = |key: &str, bytes| Listed { key: key.to_owned(), bytes };
        assert_eq!(page.objects, [listed("a+b c\n", 7), listed("a/", 0)]);
        assert_eq!(page.next_token.as_deref(), Some("1/x="));
        assert!(Page::read(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>").is_some());
    }

    #[test]
    fn a_listing_that_breaks_off_or_contradicts_itself_is_none() {
        for body in [
            "<html></html>",
            "",
            "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents>",
            "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketRes",
            "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><Contents><Key>%zz</Key><Size>1</Size></Contents></ListBucketResult>",
        ] {
            assert!(Page::read(body.as_bytes()).is_none(), "{body}");
        }
    }
}
