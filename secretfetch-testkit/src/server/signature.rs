//! Who signed a request, and for which region: the `Authorization` header of AWS Signature Version 4.

use secretfetch::Region;

use super::message::Message;

/// What a signature says. It is not checked: a fake has no secret access key to check it with.
pub(super) struct Signature {
    pub(super) region: Region,
    pub(super) access_key_id: String,
}

/// Why a request counts as unsigned.
pub(super) enum Unsigned {
    Missing,
    Incomplete(String),
    /// Signed for another service than the one with this name.
    WrongService(&'static str),
}

impl Signature {
    /// Reads the credential scope, `KEY/DATE/REGION/SERVICE/aws4_request`.
    pub(super) fn read(message: &Message, service: &'static str) -> Result<Self, Unsigned> {
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
        let (credential, ..) = (parameter("Credential")?, parameter("SignedHeaders")?, parameter("Signature")?);
        match credential.rsplitn(5, '/').collect::<Vec<_>>().as_slice() {
            ["aws4_request", scope, region, _date, key] if *scope == service => match region.parse() {
                Ok(region) => Ok(Signature { region, access_key_id: (*key).to_owned() }),
                Err(_) => Err(incomplete("The credential scope's region is not the name of one.")),
            },
            ["aws4_request", ..] if credential.split('/').count() >= 5 => Err(Unsigned::WrongService(service)),
            _ => Err(incomplete("Credential must have 5 parts: KEY/DATE/REGION/SERVICE/aws4_request.")),
        }
    }
}
