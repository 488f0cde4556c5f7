//! Which certificate authorities are trusted: one bundle file, or the roots in the binary.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::TrustStore;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::{Error, ErrorKind, Failure, Result};

/// Where distributions keep all their roots in one file (the list of Go's `crypto/x509`).
///
/// The certificate directory beside it holds the same roots in some 300 files, and reading those costs
/// more than the whole rest of a run.
const DISTRIBUTION_BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Amazon Linux, Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL 7
    "/etc/ssl/cert.pem",                  // Alpine, macOS, FreeBSD
];

/// Where the trusted roots come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// The file that an environment variable names.
    Named { variable: &'static str, path: PathBuf },
    /// The distribution's bundle.
    Distribution(&'static str),
    /// Mozilla's roots in this binary: an image FROM scratch has no file.
    Bundled,
}

impl Roots {
    /// `AWS_CA_BUNDLE`, else `SSL_CERT_FILE`, else the distribution's file, else the bundled roots.
    pub(super) fn choose(variable: impl Fn(&'static str) -> Option<OsString>, exists: impl Fn(&Path) -> bool) -> Self {
        for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
            if let Some(path) = variable(name).filter(|path| !path.is_empty()) {
                return Roots::Named { variable: name, path: path.into() };
            }
        }
        match DISTRIBUTION_BUNDLES.into_iter().find(|path| exists(Path::new(path))) {
            Some(path) => Roots::Distribution(path),
            None => Roots::Bundled,
        }
    }

    /// Reads and checks the roots.
    pub(super) fn load(&self) -> Result<TrustStore> {
        match self {
            Roots::Named { variable, path } => {
                let refuse = |what: String| {
                    let path = crate::text::quoted(&path.to_string_lossy());
                    Error::from(
                        Failure::new(ErrorKind::Config, format!("{variable} names {path}, {what}"))
                            .with_hint(format!("{variable} must name a readable file of PEM certificates")),
                    )
                };
                let bytes =
                    std::fs::read(path).map_err(|error| refuse(format!("which cannot be read: {}", error.kind())))?;
                usable(bytes).ok_or_else(|| refuse("which has no usable certificate in it".to_owned()))
            }
            Roots::Distribution(path) => match std::fs::read(path).ok().and_then(usable) {
                Some(store) => Ok(store),
                None => {
                    tracing::warn!(
                        path,
                        "no usable certificate in the distribution's bundle; using the built-in roots"
                    );
                    Ok(bundled())
                }
            },
            Roots::Bundled => Ok(bundled()),
        }
    }
}

/// The bundle's certificates that can be trust anchors; `None` if there are none.
///
/// The SDK's HTTP client panics on any that cannot, and a distribution's bundle may hold one.
fn usable(pem: Vec<u8>) -> Option<TrustStore> {
    let mut anchors = RootCertStore::empty();
    let mut unusable = 0_usize;
    let mut good = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        match certificate {
            Ok(der) if anchors.add(der.clone()).is_ok() => good.push(der),
            _ => unusable += 1,
        }
    }
    if good.is_empty() {
        return None;
    }
    if unusable == 0 {
        return Some(TrustStore::empty().with_pem_certificate(pem));
    }
    tracing::debug!(unusable, "left out certificates that cannot be trust anchors");
    Some(TrustStore::empty().with_pem_certificate(pem_of(&good)))
}

fn bundled() -> TrustStore {
    TrustStore::empty().with_pem_certificate(pem_of(webpki_root_certs::TLS_SERVER_ROOT_CERTS))
}

/// The certificates as PEM, the only form that [`TrustStore`] takes.
fn pem_of(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    let mut pem = String::new();
    for certificate in certificates {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        BASE64.encode_string(certificate, &mut pem);
        pem.push_str("\n-----END CERTIFICATE-----\n");
    }
    pem.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(variables: &[(&'static str, &str)], files: &[&str]) -> Roots {
        let get = |name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Roots::choose(get, |path| files.iter().any(|file| Path::new(file) == path))
    }

    #[test]
    fn the_aws_variable_wins_then_the_openssl_one_then_the_distribution() {
        let debian = "/etc/ssl/certs/ca-certificates.crt";
        assert_eq!(
            choose(&[("AWS_CA_BUNDLE", "/a"), ("SSL_CERT_FILE", "/b")], &[debian]),
            Roots::Named { variable: "AWS_CA_BUNDLE", path: "/a".into() }
        );
        assert_eq!(
            choose(&[("AWS_CA_BUNDLE", ""), ("SSL_CERT_FILE", "/b")], &[debian]),
            Roots::Named { variable: "SSL_CERT_FILE", path: "/b".into() }
        );
        assert_eq!(choose(&[], &["/etc/ssl/cert.pem", debian]), Roots::Distribution(debian));
        assert_eq!(choose(&[], &[]), Roots::Bundled);
    }

    #[test]
    fn a_named_bundle_that_cannot_be_used_is_a_config_failure_that_names_variable_and_path() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty.pem");
        std::fs::write(&empty, "no certificate here\n").unwrap();
        for path in [directory.path().join("absent.pem"), directory.path().to_owned(), empty] {
            let error = Roots::Named { variable: "AWS_CA_BUNDLE", path: path.clone() }.load().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains("AWS_CA_BUNDLE"), "{error}");
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn one_unusable_certificate_does_not_spoil_a_bundle() {
        let good = &webpki_root_certs::TLS_SERVER_ROOT_CERTS[..2];
        let mut pem = pem_of(good);
        pem.extend_from_slice(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        pem.extend_from_slice(b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
        // Building a client with the original text would panic.
        let shown = format!("{:?}", usable(pem).unwrap());
        assert_eq!(shown, format!("{:?}", TrustStore::empty().with_pem_certificate(pem_of(good))));
    }

    #[test]
    fn the_bundled_roots_are_all_usable() {
        assert!(usable(pem_of(webpki_root_certs::TLS_SERVER_ROOT_CERTS)).is_some());
        let mut anchors = RootCertStore::empty();
        let (_, ignored) = anchors.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        assert_eq!(ignored, 0);
    }
}
