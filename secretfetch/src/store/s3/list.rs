//! `ListObjectsV2` ([API](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)).

use super::client::Bucket;
use super::diagnosis::{self, Question};
use super::encoding::encoded;
use super::xml::Page;
use crate::bounds::{ANSWER, Bytes, FOUND, FOUND_BYTES};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Region;
use crate::text::quoted;

/// The keys that begin with `prefix`, in the order of their bytes. What ends with a slash is a folder to S3's console, and no
/// object with a content.
pub(super) async fn keys(bucket: &Bucket, region: &Region, prefix: &str) -> Result<Vec<String>> {
    let question = Question { key: None, action: "s3:ListBucket", longest: ANSWER };
    let mut keys = Vec::new();
    let (mut bytes, mut empty): (u64, usize) = (0, 0);
    let mut token: Option<String> = None;
    loop {
        // A query is signed in the order of its names.
        let continued = token.as_ref().map(|token| format!("continuation-token={}&", encoded(token, b"")));
        let query = format!(
            "{}encoding-type=url&list-type=2&max-keys=1000&prefix={}",
            continued.unwrap_or_default(),
            encoded(prefix, b"")
        );
        let (response, answered_in) = bucket.ask(region, "/", &query, question).await?;
        let page = Page::read(&response.body);
        let page = page.ok_or_else(|| {
            diagnosis::not_s3("the answer is not a listing of S3", bucket.asked(question, &answered_in))
        })?;
        let known = keys.len();
        for object in page.objects {
            if object.key.starts_with(prefix) && !object.key.ends_with('/') {
                bytes = bytes.saturating_add(object.bytes);
                keys.push(object.key);
            }
        }
        // A page may bring nothing and not be the last one.
        empty = if keys.len() == known { empty + 1 } else { 0 };
        if keys.len() > FOUND || bytes > FOUND_BYTES {
            let what = format!(
                "more than {FOUND} objects, or more than {}, have keys that begin with {}",
                Bytes(FOUND_BYTES),
                quoted(prefix)
            );
            let failure = Failure::new(ErrorKind::WrongShape, what).with_hint("search with a longer prefix");
            return Err(failure.with_region(Some(region)).into());
        }
        match page.next_token {
            None => break,
            Some(next) if token.as_ref() == Some(&next) || empty > FOUND / 10 => {
                return Err(diagnosis::not_s3(
                    "the pages of the listing have no end",
                    bucket.asked(question, &answered_in),
                ));
            }
            next => token = next,
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}
