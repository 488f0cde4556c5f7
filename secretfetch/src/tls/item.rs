//! A certificate or a key, from whatever it is stored as: PEM, DER, or either in base64.

use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::pem::{self, Block, NotPem};
use super::private_key::PrivateKey;

/// More blocks, and more certificates of one file, than any chain has: whether each signed each is asked.
pub(crate) const MOST: usize = 64;

pub(crate) enum Item {
    Certificate(Certificate),
    Key(PrivateKey),
}

/// Why what is stored gives no certificates and keys.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(transparent)]
    NotPem(#[from] NotPem),
    #[error("the value is neither PEM nor DER, nor either in base64")]
    Unknown,
    #[error("the PEM block `{0}` has no certificate in it that can be read")]
    Certificate(String),
    #[error("the PEM block `{0}` has no RSA (2048 to 8192 bits), ECDSA (P-256, P-384, P-521) or Ed25519 key in it")]
    Key(String),
    #[error("a PEM block `{0}` is neither a certificate nor a private key")]
    Other(String),
    #[error("the value has more than {MOST} PEM blocks")]
    TooMany,
}

/// What is in the bytes, in their order.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Item>, Unreadable> {
    let Ok(text) = std::str::from_utf8(bytes) else { return of_der(bytes) };
    if pem::is_pem(text) {
        return of_pem(text);
    }
    let decoded: Zeroizing<Vec<u8>> = pem::base64(text).ok_or(Unreadable::Unknown)?;
    match std::str::from_utf8(&decoded) {
        Ok(text) if pem::is_pem(text) => of_pem(text),
        _ => of_der(&decoded),
    }
}

fn of_pem(text: &str) -> Result<Vec<Item>, Unreadable> {
    let blocks = pem::blocks(text)?;
    if blocks.len() > MOST {
        return Err(Unreadable::TooMany);
    }
    blocks.into_iter().filter_map(|block| of_block(block).transpose()).collect()
}

fn of_der(der: &[u8]) -> Result<Vec<Item>, Unreadable> {
    if let Ok(certificate) = Certificate::parse(der) {
        return Ok(vec![Item::Certificate(certificate)]);
    }
    PrivateKey::parse(der).map(|key| vec![Item::Key(key)]).map_err(|_| Unreadable::Unknown)
}

/// Nothing of a curve's parameters that `openssl ecparam -genkey` writes before the key, which has them too.
fn of_block(block: Block) -> Result<Option<Item>, Unreadable> {
    let Block { label, headers, der } = block;
    Ok(Some(match label.as_str() {
        // The middle one is OpenSSL's older name for the first.
        "CERTIFICATE" | "X509 CERTIFICATE" => {
            Item::Certificate(Certificate::parse(&der).map_err(|_| Unreadable::Certificate(label))?)
        }
        "EC PARAMETERS" => return Ok(None),
        _ if label.ends_with("PRIVATE KEY") => {
            Item::Key(match headers.iter().any(|header| header.contains("ENCRYPTED")) {
                true => PrivateKey::Encrypted { label, headers, der },
                false => PrivateKey::parse(&der).map_err(|_| Unreadable::Key(label))?,
            })
        }
        _ => return Err(Unreadable::Other(label)),
    }))
}
