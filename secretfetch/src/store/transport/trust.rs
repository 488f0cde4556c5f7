//! Which certificate authorities are trusted: one bundle file, or the roots in the binary.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use base64_simd::forgiving_decode_to_vec;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::input;

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
    /// The file that an environment variable, or a setting between backticks, names.
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
    pub(super) fn load(&self) -> Result<RootCertStore> {
        match self {
            Roots::Named { variable, path } => {
                let refuse = |what: String| {
                    let path = crate::text::quoted(&path.to_string_lossy());
                    Error::from(
                        Failure::new(ErrorKind::Config, format!("{variable} names {path}, {what}"))
                            .with_hint(format!("{variable} must name a readable file of PEM certificates")),
                    )
                };
                let bytes = input::read(path, crate::bounds::CA_BUNDLE, input::Kind::File)
                    .map_err(|error| refuse(format!("which cannot be read: {error}")))?;
                usable(&bytes).ok_or_else(|| refuse("which has no usable certificate in it".to_owned()))
            }
            Roots::Distribution(path) => match read_distribution(path).and_then(|bytes| usable(&bytes)) {
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

fn read_distribution(path: &str) -> Option<Vec<u8>> {
    input::read(Path::new(path), crate::bounds::CA_BUNDLE, input::Kind::File).ok()
}

/// The bundle's certificates that can be trust anchors; `None` if there are none. A distribution's bundle may hold
/// some that cannot.
fn usable(pem: &[u8]) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let mut unusable = 0_usize;
    // `from_utf8_lossy` alone looks at every byte by itself, where there is nothing to lose as well.
    let text = str::from_utf8(pem).map_or_else(|_| String::from_utf8_lossy(pem), Cow::Borrowed);
    for certificate in certificates(&text) {
        match certificate.map(|der| roots.add(der)) {
            Some(Ok(())) => {}
            _ => unusable += 1,
        }
    }
    if roots.is_empty() {
        return None;
    }
    if unusable > 0 {
        tracing::debug!(unusable, "left out certificates that cannot be trust anchors");
    }
    Some(roots)
}

fn bundled() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The certificates in a text of PEM (RFC 7468); `None` for one that is not base64 or has no end.
///
/// rustls has a reader as well, which takes a distribution's bundle byte by byte: eight million instructions, more
/// than all the rest of a run. This one looks for the hyphens, and leaves the base64 to the SDK's decoder, which takes
/// many bytes at once. It would pass over line ends as well, but one byte at a time.
fn certificates(pem: &str) -> impl Iterator<Item = Option<CertificateDer<'static>>> {
    let mut rest = pem;
    std::iter::from_fn(move || {
        loop {
            let (before, marker) = rest.split_at(rest.find(BEGIN)?);
            rest = &marker[BEGIN.len()..];
            // In the middle of a line it is a comment.
            if before.rsplit('\n').next().is_none_or(|line| line.trim().is_empty()) {
                break;
            }
        }
        // Base64 has no hyphen: the next one begins the end.
        let (base64, end) = rest.split_at(rest.find('-').unwrap_or(rest.len()));
        rest = end;
        let mut joined = String::with_capacity(base64.len());
        joined.extend(base64.split('\n'));
        let der = forgiving_decode_to_vec(joined.as_bytes()).ok().filter(|_| end.starts_with(END));
        Some(der.map(CertificateDer::from))
    })
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

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

    fn authority() -> (String, Vec<u8>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        (certificate.pem(), certificate.der().to_vec())
    }

    #[test]
    fn what_is_around_a_certificate_is_passed_over() {
        let ((first, der), (second, other), (disabled, _)) = (authority(), authority(), authority());
        let first = first.replace('\n', "\r\n");
        let trusted = disabled.replace("CERTIFICATE", "TRUSTED CERTIFICATE");
        let pem = format!("# one\r\n{first}\nsubject=two\n{trusted}\n# {disabled}\n#{disabled}\n{second}text\n");
        let found: Vec<_> = certificates(&pem).map(Option::unwrap).collect();
        assert_eq!(found, [der.into(), other.into()]);
        assert_eq!(found, theirs(&pem));
        assert_eq!(certificates(&format!("  {second}")).count(), 1, "an indented one");
    }

    #[test]
    fn one_unusable_certificate_does_not_spoil_a_bundle() {
        let ((first, _), (second, _)) = (authority(), authority());
        for spoilt in [
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "\u{fffd}\n",
        ] {
            let roots = usable(format!("{first}{spoilt}{second}").as_bytes()).unwrap();
            assert_eq!(roots.len(), 2, "{spoilt}");
            assert!(usable(spoilt.as_bytes()).is_none(), "{spoilt}");
        }
        assert_eq!(usable(format!("{first}-----BEGIN CERTIFICATE-----\nAAAA").as_bytes()).unwrap().len(), 1);
    }

    /// What rustls's own reader finds.
    fn theirs(pem: &str) -> Vec<CertificateDer<'static>> {
        use rustls::pki_types::pem::PemObject as _;
        CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect()
    }

    #[test]
    fn what_does_not_end_as_a_certificate_is_none() {
        let (pem, _) = authority();
        let wrong = pem.replace("END CERTIFICATE", "END PRIVATE KEY");
        let cut = pem.split_once("-----END").unwrap().0;
        for text in [&*wrong, cut] {
            assert_eq!(certificates(text).collect::<Vec<_>>(), [None], "{text}");
        }
    }

    #[test]
    fn a_bundle_of_many_is_read_as_rustls_reads_it() {
        let pem: String = (0..20).map(|n| format!("# {n}\n{}\n", authority().0)).collect();
        let found: Vec<_> = certificates(&pem).map(Option::unwrap).collect();
        assert_eq!(found.len(), 20);
        assert_eq!(found, theirs(&pem));
    }

    #[test]
    fn the_bundled_roots_are_many() {
        assert!(bundled().len() > 100);
    }
}
