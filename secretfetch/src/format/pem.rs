//! `pem`: what TLS servers load, in blocks.
//!
//! The key stands before the certificates. nginx (`ssl_certificate`, `ssl_certificate_key`), HAProxy (`crt`) and what
//! else reads with OpenSSL take it before or after them; Postfix (`smtpd_tls_chain_files`) before them only. The
//! certificates are the server's own and then, each after the one it signed, its signers: RFC 8446, section 4.4.2.

use zeroize::Zeroizing;

use super::key_pair::KeyPair;
use crate::entries::{Entries, Nulls};
use crate::error::Result;
use crate::tls::{PrivateKey, block, block_len};

/// Which of them the file has.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    has_key: bool,
    has_certificates: bool,
}

pub(super) static DIALECTS: &[Dialect] = &[
    Dialect { name: "bundle", has_key: true, has_certificates: true },
    Dialect { name: "fullchain", has_key: false, has_certificates: true },
    Dialect { name: "key", has_key: true, has_certificates: false },
];

/// Checks all that there is, and writes what the dialect has.
pub(super) fn render(dialect: &Dialect, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let pair = KeyPair::of(entries, nulls)?;
    let mut blocks: Vec<(&str, &[String], &[u8])> = Vec::new();
    if dialect.has_key {
        blocks.push(match pair.key()?.1 {
            PrivateKey::Plain(plain) => ("PRIVATE KEY", &[], plain.pkcs8()),
            PrivateKey::Encrypted { label, headers, der } => (label, headers, der),
        });
    }
    if dialect.has_certificates {
        blocks.extend(pair.certificates()?.iter().map(|certificate| ("CERTIFICATE", &[][..], certificate.der())));
    }
    let length = blocks.iter().map(|(label, headers, der)| block_len(label, headers, der)).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    for (label, headers, der) in blocks {
        block(label, headers, der, &mut out);
    }
    Ok(out)
}
