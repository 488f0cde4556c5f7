//! What an answer is when it is not the value.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::Headers;

use super::origin::Origin;
use crate::bounds::Bytes;
use crate::error::{ErrorKind, Failure, Result};
use crate::store::transport::wants_password;
use crate::text::quoted;

/// Who was asked, and as whom.
pub(super) struct Asked<'a> {
    pub(super) origin: &'a Origin,
    /// What the header that says who asks was made of, if there was one.
    pub(super) source: Option<&'a str>,
    /// Whether the secrets that it was made of may have been rotated since.
    pub(super) may_be_rotated: bool,
}

/// The failure of a status that is neither the value, nor a redirect, nor that nothing has changed.
pub(super) fn failure(response: &HttpResponse, asked: &Asked<'_>) -> Failure {
    let status = response.status().as_u16();
    let host = quoted(&asked.origin.to_string());
    let says = |what: &str| format!("{host} {what} (HTTP status {status})");
    match status {
        407 => wants_password(&format!("no answer from {host}: the proxy wants a user name and password")),
        _ if is_throttled(status, response.headers()) => {
            let failure = Failure::new(ErrorKind::Throttled, says("asks to come again later"));
            failure.with_hint(pause(response.headers(), asked))
        }
        401 => match asked.source {
            Some(source) => Failure::new(ErrorKind::CredentialsRejected, says(&format!("does not accept {source}")))
                .with_hint("check that it is not expired or revoked, and that it is for this server")
                // The next attempt has it fetched again.
                .with_retryable(asked.may_be_rotated),
            None => {
                Failure::new(ErrorKind::NoCredentials, says("wants to know who asks, and the store says nothing of it"))
                    .with_hint("name a secret that has the token in `bearer`, or a user and password in `basic`")
            }
        },
        403 => Failure::new(ErrorKind::AccessDenied, says("refuses to show it")).with_hint(match asked.source {
            Some(source) => format!("check what may be read with {source}"),
            None => "name a secret that has a token in `bearer`, or a user and password in `basic`".to_owned(),
        }),
        404 | 410 => {
            let hint = match asked.source {
                _ if !is_github(asked.origin.host()) => "check the path, and the store's `url`".to_owned(),
                Some(source) => format!(
                    "check the path and its `?ref=`; GitHub also answers so for a private repository that may not be read with {source}"
                ),
                None => "check the path and its `?ref=`; GitHub also answers so for a private repository, which needs a token in `bearer`".to_owned(),
            };
            Failure::new(ErrorKind::SecretNotFound, says("has nothing at this path")).with_hint(hint)
        }
        500..600 => Failure::new(ErrorKind::ServiceUnavailable, says("has a fault of its own"))
            .with_hint("look at that server, and at the proxy or load balancer before it"),
        400 => unexpected(says("does not understand the request"))
            .with_hint("check the path and `headers`; some servers answer so where `clientCertificate` is missing"),
        _ => unexpected(says("gives an answer that is no value")).with_hint("check `url`, the path and `headers`"),
    }
}

/// 429 (RFC 6585), 425 (RFC 8470) and 408 (RFC 9110), and what GitHub says with
/// [403](https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit).
fn is_throttled(status: u16, headers: &Headers) -> bool {
    let is_used_up = || headers.get("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0");
    matches!(status, 408 | 425 | 429) || status == 403 && (is_used_up() || headers.get("retry-after").is_some())
}

fn pause(headers: &Headers, asked: &Asked<'_>) -> String {
    let seconds = headers.get("retry-after").and_then(|text| text.trim().parse::<u32>().ok());
    let less = match asked.source {
        None if is_github(asked.origin.host()) => "a token in `bearer` has a higher limit at GitHub",
        _ => "ask less often, or have the limit raised",
    };
    seconds.map_or_else(|| less.to_owned(), |seconds| format!("it says to wait for {seconds} s; {less}"))
}

/// `github.com` and what GitHub runs for companies, by its domains; a server of one's own cannot be told by its name.
fn is_github(host: &str) -> bool {
    ["github.com", "githubusercontent.com", "ghe.com"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

/// What would be the same the next time.
fn unexpected(what: String) -> Failure {
    Failure::new(ErrorKind::InvalidResponse, what).with_retryable(false)
}

/// What says that a good answer is not the value as it is.
pub(super) fn refuse_encoded(headers: &Headers, origin: &Origin) -> Result<()> {
    let is_none = |encoding: &[u8]| [&b""[..], b"identity"].iter().any(|none| encoding.eq_ignore_ascii_case(none));
    match headers.get_all_bytes("content-encoding").all(|encoding| is_none(encoding.trim_ascii())) {
        true => Ok(()),
        false => Err(unexpected(format!(
            "{} compresses its answer, which was asked for as it is",
            quoted(&origin.to_string())
        ))
        .with_hint("turn compression off for this path, on the server or the proxy before it")
        .into()),
    }
}

/// A value longer than `max_bytes`.
pub(super) fn too_large(max_bytes: u64, origin: &Origin) -> Failure {
    let hint = match max_bytes {
        crate::bounds::FILE => "no file may be larger: is it the right path?",
        _ => "raise the store's `maxBytes`, if it is the right path",
    };
    let what = format!("the answer of {} is larger than {}", quoted(&origin.to_string()), Bytes(max_bytes));
    Failure::new(ErrorKind::WrongShape, what).with_hint(hint)
}

/// Where it says that nothing has changed, and was not asked.
pub(super) fn unasked(origin: &Origin) -> Failure {
    unexpected(format!("{} says that the value has not changed, though none is known", quoted(&origin.to_string())))
        .with_hint("check the proxy or cache before that server")
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn told(url: &str, source: Option<&str>, status: u16, headers: &[(&'static str, &'static str)]) -> Failure {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from("hunter2"));
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        let (origin, _) = Origin::split(url).unwrap();
        failure(&response, &Asked { origin: &origin, source, may_be_rotated: false })
    }

    #[test]
    fn each_status_has_its_kind() {
        for (status, kind, is_retryable) in [
            (400, ErrorKind::InvalidResponse, false),
            (401, ErrorKind::NoCredentials, false),
            (403, ErrorKind::AccessDenied, false),
            (404, ErrorKind::SecretNotFound, false),
            (405, ErrorKind::InvalidResponse, false),
            (407, ErrorKind::Config, false),
            (408, ErrorKind::Throttled, true),
            (410, ErrorKind::SecretNotFound, false),
            (425, ErrorKind::Throttled, true),
            (429, ErrorKind::Throttled, true),
            (500, ErrorKind::ServiceUnavailable, true),
            (503, ErrorKind::ServiceUnavailable, true),
            (999, ErrorKind::InvalidResponse, false),
            (204, ErrorKind::InvalidResponse, false),
            (206, ErrorKind::InvalidResponse, false),
            (300, ErrorKind::InvalidResponse, false),
        ] {
            let failure = told("https://a.example/", None, status, &[]);
            assert_eq!((failure.kind(), failure.is_retryable()), (kind, is_retryable), "{status}");
            assert!(failure.message().contains(&status.to_string()) && failure.hint().is_some(), "{failure}");
            assert!(failure.message().contains("https://a.example"), "{failure}");
        }
    }

    #[test]
    fn github_says_by_headers_that_a_limit_is_used_up() {
        let github = "https://api.github.com/";
        for headers in [[("x-ratelimit-remaining", "0")], [("retry-after", "60")]] {
            assert_eq!(told(github, None, 403, &headers).kind(), ErrorKind::Throttled);
        }
        assert_eq!(told(github, None, 403, &[("x-ratelimit-remaining", "12")]).kind(), ErrorKind::AccessDenied);
        assert!(told(github, None, 429, &[("retry-after", "60")]).hint().unwrap().contains("60 s"));
    }

    #[test]
    fn a_private_repository_is_told_as_one_where_it_is_github() {
        let source = "the token of `bearer` (secret `t`)";
        let hint = |url, source| told(url, source, 404, &[]).hint().unwrap().to_owned();
        assert!(hint("https://api.github.com/", None).contains("private repository, which needs a token"));
        assert!(hint("https://api.acme.ghe.com/", Some(source)).contains(source));
        for other in ["https://a.example/", "https://notgithub.com/", "https://github.com.example/"] {
            assert!(!hint(other, None).contains("GitHub"), "{other}");
        }
    }

    #[test]
    fn a_refused_token_is_named_by_where_it_came_from() {
        let source = "the token of `bearer` (secret `t`)";
        let failure = told("https://a.example/", Some(source), 401, &[]);
        assert_eq!(failure.kind(), ErrorKind::CredentialsRejected);
        assert!(failure.message().contains(source), "{failure}");
    }
}
