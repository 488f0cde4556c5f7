//! What a signature signs: the request in its canonical form, and the string made of that.

use hyper::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::key::hex;

/// The canonical form of a request. `path` is encoded as the service has it in a signature, `payload` what stands for the
/// body there: its hash, but for S3.
pub(super) fn request(
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    signed_headers: &str,
    payload: &str,
) -> String {
    let mut canonical = format!("{method}\n{path}\n{}\n", canonical_query(query));
    for name in signed_headers.split(';') {
        canonical.push_str(name);
        canonical.push(':');
        canonical.push_str(&canonical_values(headers, name));
        canonical.push('\n');
    }
    canonical + "\n" + signed_headers + "\n" + payload
}

/// The hash of a body.
pub(super) fn payload(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// `time` is in ISO 8601's basic format; `scope` is `DAY/REGION/SERVICE/aws4_request`.
pub(super) fn string_to_sign(time: &str, scope: &str, canonical_request: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical_request)))
}

/// The parameters in the order of their names, each with a `=`. They come percent-encoded as they have to be.
fn canonical_query(query: &str) -> String {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<_> =
        parameters.map(|parameter| parameter.split_once('=').unwrap_or((parameter, ""))).collect();
    parameters.sort_unstable();
    let parameters: Vec<_> = parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    parameters.join("&")
}

/// The values of all headers of this name, with one space where there are more.
fn canonical_values(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| {
        let value = String::from_utf8_lossy(value.as_bytes());
        value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::super::key::SigningKey;
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const TIME: &str = "20150830T123600Z";

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
        }
        headers
    }

    /// One case of the signature test suite of AWS, `aws-sig-v4-test-suite`.
    struct Case {
        name: &'static str,
        method: &'static str,
        query: &'static str,
        headers: &'static [&'static str],
        signed: &'static str,
        body: &'static str,
        signature: &'static str,
    }

    const CASES: [Case; 10] = [
        Case {
            name: "get-vanilla",
            method: "GET",
            query: "",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        },
        Case {
            name: "get-vanilla-query-order-key-case",
            method: "GET",
            query: "Param2=value2&Param1=value1",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        },
        Case {
            name: "get-vanilla-query-order-encoded",
            method: "GET",
            query: "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        },
        Case {
            name: "get-vanilla-empty-query-key",
            method: "GET",
            query: "Param1=value1",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        },
        Case {
            name: "get-header-key-duplicate",
            method: "GET",
            query: "",
            headers: &["My-Header1:value2", "My-Header1:value2", "My-Header1:value1"],
            signed: "host;my-header1;x-amz-date",
            body: "",
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        },
        Case {
            name: "get-header-value-trim",
            method: "GET",
            query: "",
            headers: &["My-Header1: value1", "My-Header2: \"a   b   c\""],
            signed: "host;my-header1;my-header2;x-amz-date",
            body: "",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        },
        Case {
            name: "post-vanilla",
            method: "POST",
            query: "",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        },
        Case {
            name: "post-vanilla-empty-query-value",
            method: "POST",
            query: "Param1=value1",
            headers: &[],
            signed: "host;x-amz-date",
            body: "",
            signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        },
        Case {
            name: "post-header-value-case",
            method: "POST",
            query: "",
            headers: &["My-Header1:VALUE1"],
            signed: "host;my-header1;x-amz-date",
            body: "",
            signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        },
        Case {
            name: "post-x-www-form-urlencoded",
            method: "POST",
            query: "",
            headers: &[
                "Content-Type:application/x-www-form-urlencoded",
                "Content-Length:13",
                "X-Amz-Content-Sha256:9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
            ],
            signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            body: "Param1=value1",
            signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
        },
    ];

    #[test]
    fn the_requests_of_aws_s_test_suite_have_its_signatures() {
        for case in &CASES {
            let mut headers = headers(case.headers);
            headers.insert("host", HeaderValue::from_static("example.amazonaws.com"));
            headers.insert("x-amz-date", HeaderValue::from_static(TIME));
            let body = payload(case.body.as_bytes());
            let request = request(case.method, "/", case.query, &headers, case.signed, &body);
            let string = string_to_sign(TIME, "20150830/us-east-1/service/aws4_request", &request);
            let key = SigningKey::derive(SECRET, "20150830", "us-east-1", "service");
            assert!(key.verify(&string, case.signature), "{}:\n{request}", case.name);
        }
    }

    /// Source: "Create a signed AWS API request", IAM User Guide.
    #[test]
    fn the_example_of_the_user_guide_has_its_canonical_request_and_signature() {
        let headers = headers(&[
            "content-type: application/x-www-form-urlencoded; charset=utf-8",
            "host: iam.amazonaws.com",
            "x-amz-date: 20150830T123600Z",
        ]);
        let query = "Action=ListUsers&Version=2010-05-08";
        let request = request("GET", "/", query, &headers, "content-type;host;x-amz-date", &payload(b""));
        let string = string_to_sign(TIME, "20150830/us-east-1/iam/aws4_request", &request);
        assert_eq!(
            string,
            "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
             f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        let key = SigningKey::derive(SECRET, "20150830", "us-east-1", "iam");
        assert!(key.verify(&string, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"));
    }
}
