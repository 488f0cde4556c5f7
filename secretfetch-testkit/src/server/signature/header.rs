//! What a request says of its signature.

use secretfetch::Region;

use crate::server::message::Message;

/// What a signature says.
pub(in crate::server) struct Signature<'a> {
    pub(in crate::server) region: Region,
    pub(in crate::server) access_key_id: String,
    pub(super) service: &'static str,
    /// The day in the credential scope, such as `20150830`.
    pub(super) day: &'a str,
    /// Names of headers, separated by semicolons.
    pub(super) signed_headers: &'a str,
    /// In hexadecimal.
    pub(super) signature: &'a str,
}

/// Why a request is not of the caller that it says.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::server) enum Unsigned {
    Missing,
    Incomplete(String),
    /// Signed for another service than the one with this name.
    WrongService(&'static str),
    /// Of a key that the account does not know, or not with its session token.
    UnknownKey,
    /// Of a key that has ended.
    ExpiredKey,
    /// Signed with another key, or another request.
    Invalid(String),
    /// Signed at another time.
    Skewed(String),
}

impl<'a> Signature<'a> {
    /// Reads the credential scope, `KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(super) fn read(message: &'a Message, service: &'static str) -> Result<Self, Unsigned> {
        let authorization = message.header("authorization").ok_or(Unsigned::Missing)?;
        let incomplete = |message: &str| Unsigned::Incomplete(message.to_owned());
        let parameters = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(|| incomplete("The Authorization header is not one of AWS4-HMAC-SHA256."))?;
        let parameter = |name: &str| {
            let mut all = parameters.split(',').filter_map(|parameter| parameter.trim().split_once('='));
            let found = all.find(|(key, _)| *key == name).map(|(_, value)| value).filter(|value| !value.is_empty());
            found.ok_or_else(|| incomplete(&format!("Authorization header requires '{name}' parameter.")))
        };
        let credential = parameter("Credential")?;
        let (signed_headers, signature) = (parameter("SignedHeaders")?, parameter("Signature")?);
        match credential.rsplitn(5, '/').collect::<Vec<_>>().as_slice() {
            ["aws4_request", scope, region, day, key] if *scope == service => match region.parse() {
                Ok(region) => {
                    Ok(Signature { region, access_key_id: (*key).to_owned(), service, day, signed_headers, signature })
                }
                Err(_) => Err(incomplete("The credential scope's region is not the name of one.")),
            },
            ["aws4_request", ..] if credential.split('/').count() >= 5 => Err(Unsigned::WrongService(service)),
            _ => Err(incomplete("Credential must have 5 parts: KEY/DATE/REGION/SERVICE/aws4_request.")),
        }
    }
}
