//! A private key in the one form that every reader has: PKCS#8 of version 0 (RFC 5208).

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::der::{self, INTEGER, NotDer, OCTET_STRING, OID, Reader, Result, SEQUENCE, element, sequence};

/// 1.2.840.113549.1.1.1 with its NULL, and 1.2.840.10045.2.1.
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";

const VERSION_0: &[u8] = &[INTEGER, 1, 0];
const VERSION_1: &[u8] = &[INTEGER, 1, 1];

pub(crate) enum PrivateKey {
    Plain(Plain),
    /// With a passphrase that we do not have: the block as it is.
    Encrypted {
        label: String,
        headers: Vec<String>,
        der: Zeroizing<Vec<u8>>,
    },
}

/// A key that can be read.
pub(crate) struct Plain {
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: Vec<u8>,
}

impl PrivateKey {
    /// What is inside a block of a key, whatever its label: files are mislabelled, and DER has none.
    pub(super) fn parse(der: &[u8]) -> Result<Self> {
        let mut key = Reader::inside(der, SEQUENCE)?;
        let encrypted = || PrivateKey::Encrypted {
            label: "ENCRYPTED PRIVATE KEY".to_owned(),
            headers: Vec::new(),
            der: Zeroizing::new(der.to_vec()),
        };
        let first = key.next()?;
        let pkcs8 = match (first.tag, key.peek()) {
            (SEQUENCE, Some(OCTET_STRING)) => return Ok(encrypted()),
            (INTEGER, Some(SEQUENCE)) => version_0(key)?,
            (INTEGER, Some(INTEGER)) => sequence(&[VERSION_0, &sequence(&[RSA]), &element(OCTET_STRING, &[der])]),
            (INTEGER, Some(OCTET_STRING)) => of_sec1(key)?,
            _ => return Err(NotDer),
        };
        let public_key = public_key(&pkcs8)?;
        Ok(PrivateKey::Plain(Plain { pkcs8, public_key }))
    }
}

impl Plain {
    pub(crate) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    pub(crate) fn belongs_to(&self, certificate: &Certificate) -> bool {
        self.public_key == certificate.public_key
    }

    pub(crate) fn is_same(&self, other: &Plain) -> bool {
        self.public_key == other.public_key
    }
}

/// PKCS#8 without its attributes and, in version 1 (RFC 5958), its public key: OpenSSL 3.0 and
/// older JDKs read version 0 alone.
fn version_0(mut key: Reader<'_>) -> Result<Zeroizing<Vec<u8>>> {
    let algorithm = key.expect(SEQUENCE)?;
    let private_key = key.expect(OCTET_STRING)?;
    Ok(sequence(&[VERSION_0, algorithm.whole, private_key.whole]))
}

/// SEC 1 (RFC 5915), whose curve moves to where PKCS#8 has it.
fn of_sec1(mut key: Reader<'_>) -> Result<Zeroizing<Vec<u8>>> {
    let private_key = key.expect(OCTET_STRING)?;
    let curve = Reader::new(key.optional(der::context(0))?.ok_or(NotDer)?.content).expect(OID)?;
    let public_key = key.optional(der::context(1))?.map_or(&[][..], |key| key.whole);
    key.end()?;
    let key = sequence(&[VERSION_1, private_key.whole, public_key]);
    Ok(sequence(&[VERSION_0, &sequence(&[EC, curve.whole]), &element(OCTET_STRING, &[&key])]))
}

/// The public key of this private key, computed or checked by AWS-LC.
fn public_key(pkcs8: &[u8]) -> Result<Vec<u8>> {
    let key = any_supported_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8))).map_err(|_| NotDer)?;
    let info = key.public_key().ok_or(NotDer)?;
    let mut info = Reader::inside(&info, SEQUENCE)?;
    info.expect(SEQUENCE)?;
    Ok(der::bits(info.next()?)?.to_vec())
}
