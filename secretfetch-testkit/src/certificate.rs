//! Certificates for tests, by an authority that lives as long as the test.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::ResolvesServerCert;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{Error, ServerConfig};

use crate::key_exchange::KeyExchange;

/// A certificate authority that only those trust who are given its certificate.
///
/// What a client does with a certificate that it must not accept is tested with another name, another
/// authority, or an expired certificate:
///
/// ```
/// use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager};
///
/// let authority = CertificateAuthority::new();
/// let directory = tempfile::tempdir().unwrap();
/// let bundle = directory.path().join("ca.pem");
/// std::fs::write(&bundle, authority.pem()).unwrap();
///
/// let store = FakeSecretStore::new();
/// let names = ["localhost", "127.0.0.1"];
/// let good = FakeSecretsManager::start_tls(&store, &authority.certificate(&names));
/// let expired = FakeSecretsManager::start_tls(&store, &authority.expired_certificate(&names));
/// let misnamed = FakeSecretsManager::start_tls(&store, &authority.certificate(&["example.com"]));
/// let unknown = FakeSecretsManager::start_tls(&store, &CertificateAuthority::new().certificate(&names));
/// assert!(good.url().starts_with("https://127.0.0.1:"));
/// // … run the code under test with AWS_ENDPOINT_URL = good.url(), AWS_CA_BUNDLE = bundle …
/// ```
pub struct CertificateAuthority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl CertificateAuthority {
    /// An authority with a key of its own.
    ///
    /// # Panics
    /// If the system has no randomness to make a key from.
    #[track_caller]
    pub fn new() -> Self {
        let key = key();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Two authorities of one name would make a client doubt the signature, not the authority.
        params.distinguished_name.push(DnType::CommonName, format!("secretfetch-testkit {:016x}", fastrand::u64(..)));
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1));
        let certificate = made(params.self_signed(&key));
        CertificateAuthority { pem: certificate.pem(), issuer: Issuer::new(params, key) }
    }

    /// The authority's own certificate in PEM: the content of a file for `AWS_CA_BUNDLE`.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A server's certificate for these host names and IP addresses.
    ///
    /// # Panics
    /// If a name is not ASCII.
    #[track_caller]
    pub fn certificate(&self, names: &[&str]) -> ServerCertificate {
        self.issue(names, 2120)
    }

    /// A certificate whose time is over; else as [`certificate`](Self::certificate).
    ///
    /// # Panics
    /// If a name is not ASCII.
    #[track_caller]
    pub fn expired_certificate(&self, names: &[&str]) -> ServerCertificate {
        self.issue(names, 2021)
    }

    #[track_caller]
    fn issue(&self, names: &[&str], until: i32) -> ServerCertificate {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = made(CertificateParams::new(names));
        params.distinguished_name.push(DnType::CommonName, "secretfetch-testkit server");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's ssl refuses a certificate without it (X509_V_FLAG_X509_STRICT).
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        let key = key();
        let certificate = made(params.signed_by(&key, &self.issuer));
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = aws_lc_rs::default_provider();
        let certified = taken(CertifiedKey::from_der(vec![certificate.der().clone()], key, &provider));
        ServerCertificate(config(provider, Arc::new(SingleCertAndKey::from(certified))))
    }
}

#[track_caller]
fn config(provider: CryptoProvider, certificate: Arc<dyn ResolvesServerCert>) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let mut config = taken(builder).with_no_client_auth().with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

impl Default for CertificateAuthority {
    #[track_caller]
    fn default() -> Self {
        CertificateAuthority::new()
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").finish_non_exhaustive()
    }
}

/// What a [`FakeSecretsManager`](crate::FakeSecretsManager) shows to its clients, and the key to it.
#[derive(Clone)]
pub struct ServerCertificate(pub(crate) Arc<ServerConfig>);

impl ServerCertificate {
    /// The same for a server that agrees on a key in this way only: older than others, or stricter.
    ///
    /// ```
    /// use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, KeyExchange};
    ///
    /// let certificate = CertificateAuthority::new().certificate(&["localhost"]);
    /// let classic = certificate.with_only(KeyExchange::P256);
    /// let server = FakeSecretsManager::start_tls(&FakeSecretStore::new(), &classic);
    /// // … run the code under test …
    /// assert!(server.key_exchanges().is_empty());
    /// ```
    #[must_use = "the certificate itself is not changed"]
    #[track_caller]
    pub fn with_only(&self, key_exchange: KeyExchange) -> Self {
        let provider = CryptoProvider { kx_groups: vec![key_exchange.group()], ..aws_lc_rs::default_provider() };
        ServerCertificate(config(provider, self.0.cert_resolver.clone()))
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate").finish_non_exhaustive()
    }
}

/// ECDSA on P-256: fast to make, and every client takes it.
#[track_caller]
fn key() -> KeyPair {
    made(KeyPair::generate())
}

#[track_caller]
fn taken<T>(result: Result<T, Error>) -> T {
    match result {
        Ok(taken) => taken,
        Err(error) => panic!("rustls does not take the certificate: {error}"),
    }
}

#[track_caller]
fn made<T>(result: Result<T, rcgen::Error>) -> T {
    match result {
        Ok(made) => made,
        Err(error) => panic!("cannot make a certificate: {error}"),
    }
}
