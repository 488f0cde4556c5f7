use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use super::client_certificate::ClientCertificate;
use super::headers::{Headers, ParseHttpsHeaderError};
use super::login::Login;
use super::path::path_of;
use super::url::HttpsUrl;
use crate::bounds::{Bytes, FILE, SECRET};
use crate::error::Result;
use crate::secret::SecretRequest;
use crate::store::named::{Capabilities, Opening, SecretKeyRef, StoreConfig, StoreKind, StoreSettings, TextOrSecret};
use crate::store::secret_store::SecretStore;
#[cfg(not(feature = "aws"))]
use crate::store::without_aws::without_aws;

/// `https`: what answers to GET under a URL.
pub(in crate::store) const KIND: StoreKind = StoreKind {
    name: "https",
    fields: &["url", "headers", "bearer", "basic", "caBundle", "clientCertificate", "maxBytes"],
    place: None,
    needs_no_entry: false,
    capabilities: Capabilities::NONE,
    read: |settings| Some(Arc::new(HttpsStoreConfig::read(settings)?)),
};

/// What answers to GET under a URL: files in a repository, or a service of your own.
///
/// An id is a path under the URL, and may have a query. The value is the answer's exact body: text if it is UTF-8, else
/// binary.
///
/// ```
/// use secretfetch::{Config, HttpsStoreConfig, SecretKeyRef, SecretRequest};
/// let token = SecretKeyRef::new(SecretRequest::new("github/token".parse()?)).with_key("token");
/// let repo = HttpsStoreConfig::new("https://api.github.com/repos/acme/app/contents/".parse()?)
///     .with_header("Accept", "application/vnd.github.raw+json")?
///     .with_bearer(token);
/// let config = Config::default().with_named_store("repo".parse()?, repo);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsStoreConfig {
    url: HttpsUrl,
    headers: Headers,
    login: Option<Login>,
    ca_bundle: Option<PathBuf>,
    client_certificate: Option<ClientCertificate>,
    max_bytes: u64,
}

impl HttpsStoreConfig {
    /// What is under this URL, for everyone.
    pub fn new(url: HttpsUrl) -> Self {
        HttpsStoreConfig {
            url,
            headers: Headers::default(),
            login: None,
            ca_bundle: None,
            client_certificate: None,
            max_bytes: SECRET,
        }
    }

    /// The URL.
    pub fn url(&self) -> &HttpsUrl {
        &self.url
    }

    /// Adds a header to every request. `Accept` and `User-Agent` take the place of the store's own.
    ///
    /// # Errors
    /// What cannot stand in a header, what was added before, and headers that the store itself writes. A secret goes into
    /// [`with_bearer`](Self::with_bearer) or [`with_basic`](Self::with_basic).
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, ParseHttpsHeaderError> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Sets the token that says who asks (`Authorization: Bearer`), in the place of a user and password.
    #[must_use]
    pub fn with_bearer(mut self, token: SecretKeyRef) -> Self {
        self.login = Some(Login::Bearer(token));
        self
    }

    /// Sets the user and the password that say who asks (`Authorization: Basic`), in the place of a token.
    #[must_use]
    pub fn with_basic(mut self, username: impl Into<TextOrSecret>, password: SecretKeyRef) -> Self {
        self.login = Some(Login::Basic { username: username.into(), password });
        self
    }

    /// Sets the PEM file of the authorities that the server's certificate must be signed by: these alone, and no longer those
    /// of the system or of `AWS_CA_BUNDLE`.
    #[must_use]
    pub fn with_ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_bundle = Some(path.into());
        self
    }

    /// Sets the certificate, with its chain, and the key that are shown to a server which asks for them: both in PEM.
    #[must_use]
    pub fn with_client_certificate(mut self, certificate: SecretKeyRef, private_key: SecretKeyRef) -> Self {
        self.client_certificate = Some(ClientCertificate { certificate, private_key });
        self
    }

    /// Sets the longest answer that is taken, in bytes. More than the default of 1 MiB, which no secret may exceed, is taken
    /// as that.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes.min(FILE);
        self
    }

    fn read(settings: &mut StoreSettings<'_, '_, '_>) -> Option<Self> {
        settings.required("url");
        let url: Option<HttpsUrl> = settings.parse("url");
        let mut headers = Headers::default();
        settings.each_text("headers", |name, value| headers.add(name, value));
        let login = Login::read(settings);
        let ca_bundle = settings.text("caBundle").map(str::to_owned).map(|path| settings.base().join(path));
        let client_certificate = ClientCertificate::read(settings);
        let max_bytes = settings.parse("maxBytes").unwrap_or(SECRET);
        if !(1..=FILE).contains(&max_bytes) {
            settings.mistake("maxBytes", format!("`maxBytes` is from 1 to {FILE} ({})", Bytes(FILE)));
        }
        let url = url?;
        if !url.origin().is_secure() {
            for (field, is_there) in
                [("caBundle", ca_bundle.is_some()), ("clientCertificate", client_certificate.is_some())]
            {
                if is_there {
                    settings.mistake(field, format!("`{field}` is for `https`, and the store's `url` is `http`"));
                }
            }
        }
        Some(HttpsStoreConfig { url, headers, login, ca_bundle, client_certificate, max_bytes })
    }
}

#[async_trait]
impl StoreConfig for HttpsStoreConfig {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn check(&self, request: &SecretRequest) -> Result<()> {
        path_of(request).map(drop)
    }

    fn secrets(&self) -> Vec<&SecretKeyRef> {
        let of_login = self.login.iter().flat_map(Login::secrets);
        let of_tls = self.client_certificate.iter().flat_map(|of| [&of.certificate, &of.private_key]);
        of_login.chain(of_tls).collect()
    }

    #[cfg(feature = "aws")]
    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        use super::authorization::Authorization;
        use super::own_secret::all_of;
        use super::store::{HttpsSecretStore, Trust};

        let login = async {
            match &self.login {
                Some(login) => Authorization::of(login, opening).await.map(Some),
                None => Ok(None),
            }
        };
        let trust = Trust { ca_bundle: self.ca_bundle.clone(), client_certificate: self.client_certificate.clone() };
        let (login, transport) = futures_util::future::join(login, trust.transport(opening)).await;
        let (authorization, transport) = all_of(login, transport)?;
        let store = HttpsSecretStore::new(self.url.clone(), self.headers.clone(), transport, trust, self.max_bytes);
        Ok(Arc::new(store.with_authorization(authorization)))
    }

    #[cfg(not(feature = "aws"))]
    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(without_aws("this program was built without an HTTP client"))
    }
}
