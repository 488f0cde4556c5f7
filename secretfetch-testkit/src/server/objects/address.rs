//! Which bucket and which key a request names, by its path or by its host.
//!
//! Source: "Virtual hosting of general purpose buckets" in the User Guide of Amazon S3.

use secretfetch::Region;

use crate::objects::buckets::Buckets;
use crate::objects::refusal::ObjectRefusal;
use crate::server::message::Message;
use crate::server::percent;

/// What a request names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) bucket: Option<String>,
    /// Never empty.
    pub(super) key: Option<String>,
    pub(super) endpoint: Endpoint,
}

/// In which region the endpoint is that was asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// Its host says.
    In(Region),
    /// The bucket's, wherever that is: the bucket is in the host, and its name in DNS leads there.
    OfBucket,
    /// The one that the request is signed for, by a host that stands for all: that of a test's own.
    AsSigned,
}

impl Address {
    pub(super) fn of(message: &Message, buckets: &Buckets) -> Result<Self, ObjectRefusal> {
        let host = message.header("host").unwrap_or_default();
        Address::parse(host, message.path(), buckets)
    }

    fn parse(host: &str, path: &str, buckets: &Buckets) -> Result<Self, ObjectRefusal> {
        let path = percent::decode(path).and_then(|path| String::from_utf8(path).ok());
        let path = path.ok_or(ObjectRefusal::InvalidUri)?;
        let path = path.strip_prefix('/').ok_or(ObjectRefusal::InvalidUri)?;
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        let (bucket, endpoint) = bucket_of(&host, buckets);
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(match bucket {
            Some(bucket) => Address { bucket: Some(bucket.to_owned()), key: named(path), endpoint },
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                Address { bucket: named(bucket), key: named(key), endpoint }
            }
        })
    }
}

/// The bucket that a host names, and where the host is.
fn bucket_of<'h>(host: &'h str, buckets: &Buckets) -> (Option<&'h str>, Endpoint) {
    if let Some((bucket, endpoint)) = of_amazon(host) {
        return (bucket, endpoint);
    }
    if let Some((bucket, _)) = buckets.at_host(host) {
        return (Some(bucket), Endpoint::OfBucket);
    }
    // A bucket that is not there has a host too, where any name of that domain leads here.
    match host.strip_suffix(".localhost") {
        Some(bucket) if bucket != "s3" => (Some(bucket.strip_suffix(".s3").unwrap_or(bucket)), Endpoint::OfBucket),
        _ => (None, Endpoint::AsSigned),
    }
}

/// `[BUCKET.]s3[.dualstack][.REGION].amazonaws.com[.cn]`.
fn of_amazon(host: &str) -> Option<(Option<&str>, Endpoint)> {
    let service = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let parted = service.rmatch_indices("s3").find_map(|(at, s3)| {
        let (before, after) = (&service[..at], &service[at + s3.len()..]);
        let starts = before.is_empty() || before.ends_with('.');
        (starts && (after.is_empty() || after.starts_with('.'))).then_some((before, after))
    });
    let (before, after) = parted?;
    let bucket = before.strip_suffix('.');
    let region = after.trim_start_matches('.').trim_start_matches("dualstack.");
    let endpoint = match (region.parse(), bucket) {
        (Ok(region), _) => Endpoint::In(region),
        (Err(_), Some(_)) => Endpoint::OfBucket,
        (Err(_), None) => Endpoint::AsSigned,
    };
    Some((bucket, endpoint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::buckets::Versioning;

    fn buckets() -> Buckets {
        let mut buckets = Buckets::default();
        for name in ["acme", "acme.config"] {
            buckets.create(name, &"eu-west-1".parse().unwrap(), "1", Versioning::Enabled).unwrap();
        }
        buckets
    }

    fn parsed(host: &str, path: &str) -> (Option<String>, Option<String>, Endpoint) {
        let Address { bucket, key, endpoint } = Address::parse(host, path, &buckets()).unwrap();
        (bucket, key, endpoint)
    }

    #[test]
    fn a_bucket_is_in_the_host_or_else_first_in_the_path() {
        let ireland = || Endpoint::In("eu-west-1".parse().unwrap());
        for (host, path, bucket, key, endpoint) in [
            ("127.0.0.1:4566", "/acme/a", Some("acme"), Some("a"), Endpoint::AsSigned),
            ("localhost", "/acme", Some("acme"), None, Endpoint::AsSigned),
            ("localhost", "/", None, None, Endpoint::AsSigned),
            ("[::1]:80", "/acme//a", Some("acme"), Some("/a"), Endpoint::AsSigned),
            ("acme.localhost:4566", "/acme/a", Some("acme"), Some("acme/a"), Endpoint::OfBucket),
            ("missing.s3.localhost", "/a", Some("missing"), Some("a"), Endpoint::OfBucket),
            ("s3.localhost", "/acme/a", Some("acme"), Some("a"), Endpoint::AsSigned),
            ("acme.config.proxy.example", "/a", Some("acme.config"), Some("a"), Endpoint::OfBucket),
            ("acme.s3.eu-west-1.amazonaws.com", "/a", Some("acme"), Some("a"), ireland()),
            ("a.s3.b.s3.dualstack.eu-west-1.amazonaws.com", "/", Some("a.s3.b"), None, ireland()),
            ("acme.s3.amazonaws.com", "/a", Some("acme"), Some("a"), Endpoint::OfBucket),
            ("s3.eu-west-1.amazonaws.com", "/acme/a", Some("acme"), Some("a"), ireland()),
        ] {
            let named = |name: Option<&str>| name.map(str::to_owned);
            assert_eq!(parsed(host, path), (named(bucket), named(key), endpoint), "{host}{path}");
        }
    }

    #[test]
    fn a_key_is_decoded_once_and_its_segments_stay_as_they_are() {
        for (path, key) in [
            ("/acme/a%20b+c", "a b+c"),
            ("/acme/./x/../y//", "./x/../y//"),
            ("/acme/%252F", "%2F"),
            ("/acme/%C3%A9%2Fa", "é/a"),
            ("/acme/..", ".."),
        ] {
            assert_eq!(parsed("localhost", path).1.as_deref(), Some(key));
        }
        for path in ["/acme/%", "/acme/%ff"] {
            assert_eq!(Address::parse("localhost", path, &buckets()), Err(ObjectRefusal::InvalidUri));
        }
    }
}
