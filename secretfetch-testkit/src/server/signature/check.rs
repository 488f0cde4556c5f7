//! Whether a signature is true: the key, its time and session token, the time of the signing, the signature itself.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::canonical::{payload, request, string_to_sign};
use super::header::{Signature, Unsigned};
use super::key::SigningKey;
use crate::calendar::{basic_iso8601, parse_basic_iso8601};
use crate::fake::shared::Shared;
use crate::server::message::Message;
use crate::server::percent;

/// How far the clocks of a client and the service may be apart.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The service that signs otherwise than the others.
const S3: &str = "s3";

/// S3's is longer: "Authenticating Requests", API reference of Amazon S3.
const TOLERANCE_OF_S3: Duration = Duration::from_secs(15 * 60);

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
                        Secret Access Key and signing method. Consult the service documentation for details.";

/// Who signed the message, as far as the account wants that checked.
pub(in crate::server) fn verified<'m>(
    message: &'m Message,
    service: &'static str,
    shared: &Arc<Shared>,
) -> Result<Signature<'m>, Unsigned> {
    let signature = Signature::read(message, service)?;
    if shared.identities().signatures_are_required() {
        signature.verify(message, shared)?;
    }
    Ok(signature)
}

impl Signature<'_> {
    fn verify(&self, message: &Message, shared: &Arc<Shared>) -> Result<(), Unsigned> {
        let now = shared.clock().now();
        let known = shared.identities().key(&self.access_key_id).cloned().ok_or(Unsigned::UnknownKey)?;
        if message.header("x-amz-security-token") != known.session_token.as_deref() {
            return Err(Unsigned::UnknownKey);
        }
        if known.identity.expires.is_some_and(|end| end <= now) {
            return Err(Unsigned::ExpiredKey);
        }
        if !self.signed_headers.split(';').any(|name| name == "host") {
            let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
            return Err(Unsigned::Invalid(message.to_owned()));
        }
        let time = self.time(message, now)?;
        let scope = format!("{}/{}/{}/aws4_request", self.day, self.region, self.service);
        let (path, payload) = self.path_and_payload(message);
        let (method, query) = (message.method().as_str(), message.query());
        let request = request(method, &path, query, message.headers(), self.signed_headers, &payload);
        let key = SigningKey::derive(&known.secret, self.day, self.region.as_str(), self.service);
        if key.verify(&string_to_sign(time, &scope, &request), self.signature) {
            Ok(())
        } else {
            Err(Unsigned::Invalid(MISMATCH.to_owned()))
        }
    }

    /// S3 encodes a path once and leaves its segments as they are, and takes the client's word for the body's hash; the
    /// other services of the fake all answer at `/`.
    fn path_and_payload(&self, message: &Message) -> (String, String) {
        if self.service == S3 {
            let path = percent::decode(message.path()).map(|path| percent::encode(&path)).unwrap_or_default();
            (path, message.header("x-amz-content-sha256").unwrap_or_default().to_owned())
        } else {
            ("/".to_owned(), payload(&message.body))
        }
    }

    /// The time of the signing, as the message has it.
    fn time<'m>(&self, message: &'m Message, now: SystemTime) -> Result<&'m str, Unsigned> {
        let invalid = |message: String| Err(Unsigned::Invalid(message));
        let Some(text) = message.header("x-amz-date") else {
            let message = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
            return Err(Unsigned::Incomplete(message.to_owned()));
        };
        let Some(time) = parse_basic_iso8601(text) else {
            return invalid(format!("Date must be in ISO-8601 'basic format'. Got '{text}'."));
        };
        if !text.starts_with(self.day) {
            return invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != \
                 '{}', from '{text}'.",
                self.day,
                &text[..8],
            ));
        }
        let tolerance = if self.service == S3 { TOLERANCE_OF_S3 } else { TOLERANCE };
        match [now, SystemTime::now()].map(|now| skew(time, now, tolerance)) {
            [Some(skew), Some(_)] => Err(Unsigned::Skewed(skew)),
            // A client signs by the machine's clock, wherever the test has put the account's.
            _ => Ok(text),
        }
    }
}

/// What the service says to a signature of `time`; `None` if it is near enough.
fn skew(time: SystemTime, now: SystemTime, tolerance: Duration) -> Option<String> {
    let signed = basic_iso8601(time);
    let (text, minutes) = (basic_iso8601(now), tolerance.as_secs() / 60);
    if time + tolerance < now {
        let limit = basic_iso8601(now - tolerance);
        Some(format!("Signature expired: {signed} is now earlier than {limit} ({text} - {minutes} min.)"))
    } else if time > now + tolerance {
        let limit = basic_iso8601(now + tolerance);
        Some(format!("Signature not yet current: {signed} is still later than {limit} ({text} + {minutes} min.)"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_may_be_five_minutes_off_and_no_more() {
        let at = |text| parse_basic_iso8601(text).unwrap();
        let now = at("20260102T001000Z");
        assert_eq!(skew(at("20260102T000500Z"), now, TOLERANCE), None);
        assert_eq!(skew(at("20260102T001500Z"), now, TOLERANCE), None);
        assert_eq!(
            skew(at("20260102T000459Z"), now, TOLERANCE).unwrap(),
            "Signature expired: 20260102T000459Z is now earlier than 20260102T000500Z (20260102T001000Z - 5 min.)"
        );
        assert_eq!(
            skew(at("20260102T001501Z"), now, TOLERANCE).unwrap(),
            "Signature not yet current: 20260102T001501Z is still later than 20260102T001500Z (20260102T001000Z + 5 \
             min.)"
        );
    }
}
