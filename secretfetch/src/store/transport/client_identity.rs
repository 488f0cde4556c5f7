//! A certificate of the client's own, for servers that ask for one.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// A certificate with its chain, and the key that belongs to it.
#[derive(Clone)]
pub(crate) struct ClientIdentity(Arc<SingleCertAndKey>);

/// Why two texts are no identity. What is in them is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnusableIdentity {
    #[error("has no certificate in PEM")]
    NoCertificate,
    #[error("has a certificate that cannot be read")]
    BadCertificate,
    #[error("has no private key in PEM")]
    NoKey,
    #[error("is encrypted with a password")]
    EncryptedKey,
    #[error("is of a kind that TLS here does not know")]
    UnknownKey,
    #[error("does not belong to the certificate")]
    AnotherKey,
}

impl UnusableIdentity {
    /// Whether it is the key that is wrong, and not the certificate.
    pub(crate) fn is_of_key(self) -> bool {
        !matches!(self, UnusableIdentity::NoCertificate | UnusableIdentity::BadCertificate)
    }
}

impl ClientIdentity {
    /// Of PEM (RFC 7468): the certificate first, then those that lead to its authority; and a key in PKCS #8, PKCS #1 or
    /// SEC 1. The same text may hold both.
    pub(crate) fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, UnusableIdentity> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|_| UnusableIdentity::BadCertificate)?;
        if chain.is_empty() {
            return Err(UnusableIdentity::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| match is_encrypted(key) {
            true => UnusableIdentity::EncryptedKey,
            false => UnusableIdentity::NoKey,
        })?;
        let provider = aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key).map_err(|_| UnusableIdentity::UnknownKey)?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => return Err(UnusableIdentity::AnotherKey),
            Err(_) => return Err(UnusableIdentity::BadCertificate),
        }
        Ok(ClientIdentity(Arc::new(certified.into())))
    }

    pub(super) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        self.0.clone()
    }
}

/// PKCS #8's own label, or the header of RFC 1421 that OpenSSL writes before the older ones.
fn is_encrypted(pem: &[u8]) -> bool {
    let has = |mark: &[u8]| pem.windows(mark.len()).any(|part| part == mark);
    has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED")
}

/// Neither the certificate nor the key.
impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (String, String) {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    fn unusable(certificate: &str, key: &str) -> Option<UnusableIdentity> {
        ClientIdentity::from_pem(certificate.as_bytes(), key.as_bytes()).err()
    }

    #[test]
    fn a_certificate_and_its_key_are_an_identity_in_one_text_or_in_two() {
        let (certificate, key) = made();
        assert_eq!(unusable(&certificate, &key), None);
        let both = format!("{key}{certificate}");
        assert_eq!(unusable(&both, &both), None);
    }

    #[test]
    fn what_is_no_identity_is_told_apart_and_not_shown() {
        let ((certificate, key), (_, other)) = (made(), made());
        let bad = certificate.replace("\nMI", "\n!!");
        let no_certificate = "-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\naHVudGVyMg==\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let no_key = "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
        for (certificate, key, expected) in [
            ("", &*key, UnusableIdentity::NoCertificate),
            (&*key, &*key, UnusableIdentity::NoCertificate),
            (&*bad, &*key, UnusableIdentity::BadCertificate),
            (no_certificate, &*key, UnusableIdentity::BadCertificate),
            (&*certificate, "", UnusableIdentity::NoKey),
            (&*certificate, &*certificate, UnusableIdentity::NoKey),
            (&*certificate, encrypted, UnusableIdentity::EncryptedKey),
            (&*certificate, no_key, UnusableIdentity::UnknownKey),
            (&*certificate, &*other, UnusableIdentity::AnotherKey),
        ] {
            assert_eq!(unusable(certificate, key), Some(expected), "{certificate}{key}");
            assert!(!expected.to_string().contains("hunter2"));
        }
    }
}
