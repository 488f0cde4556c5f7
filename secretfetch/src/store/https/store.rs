use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::Headers as ResponseHeaders;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::answer::{self, Asked};
use super::authorization::Authorization;
use super::client_certificate::ClientCertificate;
use super::entity_tag::EntityTag;
use super::headers::Headers;
use super::kept::{Answer, Kept};
use super::own_secret::{both, unusable};
use super::path::path_of;
use super::redirect;
use super::unanswered::{self, Tls};
use super::url::HttpsUrl;
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Secret, SecretRequest, SecretValue};
use crate::store::named::Opening;
use crate::store::secret_store::{SecretStore, refuse_named};
use crate::store::transport::{ClientIdentity, Transport};
use crate::text::quoted;

/// As long as other stores wait.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// The store's own secrets that are refused so soon after they were fetched have not been rotated in between: to fetch them
/// again would bring the same ones.
const JUST_FETCHED: Duration = Duration::from_millis(500);

/// What the store was told of TLS.
pub(super) struct Trust {
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) client_certificate: Option<ClientCertificate>,
}

impl Trust {
    /// Fetches the client's certificate, if there is one. The authorities are read when the first connection is made.
    pub(super) async fn transport(&self, opening: &Opening<'_>) -> Result<Transport> {
        let identity = match &self.client_certificate {
            Some(of) => {
                let (certificate, key) = both(opening, &of.certificate, &of.private_key).await?;
                let identity = ClientIdentity::from_pem(certificate.expose_bytes(), key.expose_bytes());
                Some(identity.map_err(|bad| {
                    match bad.is_of_key() {
                        true => unusable("the `privateKey` of `clientCertificate`", &of.private_key, bad)
                            .with_hint("it must be the PEM of the certificate's own key, without a password"),
                        false => unusable("the `certificate` of `clientCertificate`", &of.certificate, bad).with_hint(
                            "it must be PEM: the client's certificate first, then those that lead to its authority",
                        ),
                    }
                })?)
            }
            None => None,
        };
        Transport::with_own_tls(CONNECT_TIMEOUT, ATTEMPT_TIMEOUT, self.ca_bundle.clone(), identity)
    }
}

/// What answers to GET under a URL.
pub(super) struct HttpsSecretStore {
    url: HttpsUrl,
    headers: Headers,
    authorization: Option<Authorization>,
    transport: Transport,
    trust: Trust,
    max_bytes: u64,
    /// When the store's own secrets were there.
    opened: Instant,
    kept: Kept,
}

impl HttpsSecretStore {
    pub(super) fn new(url: HttpsUrl, headers: Headers, transport: Transport, trust: Trust, max_bytes: u64) -> Self {
        HttpsSecretStore {
            url,
            headers,
            authorization: None,
            transport,
            trust,
            max_bytes,
            opened: Instant::now(),
            kept: Kept::default(),
        }
    }

    pub(super) fn with_authorization(mut self, authorization: Option<Authorization>) -> Self {
        self.authorization = authorization;
        self
    }

    async fn get(&self, request: &SecretRequest) -> Result<Secret> {
        let path = path_of(request)?;
        if !request.wants_current() {
            let what = "what is under a URL has one version, the present one";
            return Err(Failure::new(ErrorKind::VersionNotFound, what).into());
        }
        let name = request.secret_id().as_str();
        let mut url = self.url.join(&path);
        for _ in 0..=redirect::MOST {
            let known = self.kept.of(&url);
            let response = self.send(&url, known.as_ref().map(|answer| &answer.tag)).await?;
            match (response.status().as_u16(), known) {
                (200, _) => return Ok(secret(name, self.value(&url, response).await?)),
                (304, Some(known)) => return Ok(secret(name, (known.value, Some(known.tag)))),
                (304, None) => return Err(answer::unasked(self.url.origin()).into()),
                (301 | 302 | 303 | 307 | 308, _) => {
                    self.kept.forget(&url);
                    url = redirect::target(&url, response.headers().get("location"))?;
                }
                _ => {
                    let failure = answer::failure(&response, &self.asked());
                    if !failure.is_retryable() {
                        self.kept.forget(&url);
                    }
                    return Err(failure.into());
                }
            }
        }
        Err(redirect::too_many())
    }

    async fn send(&self, url: &str, tag: Option<&EntityTag>) -> Result<HttpResponse> {
        let unwritable = || Failure::new(ErrorKind::Internal, "the request cannot be written as HTTP");
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method("GET").map_err(|_| unwritable())?;
        request.set_uri(url).map_err(|_| unwritable())?;
        let usual = [("accept", "*/*"), ("user-agent", concat!("secretfetch/", env!("CARGO_PKG_VERSION")))];
        let usual = usual.into_iter().filter(|(name, _)| !self.headers.has(name));
        // Whatever else would have to be unpacked, and could have any size then.
        let own = [("accept-encoding", "identity")];
        let authorization = self.authorization.iter().map(|of| ("authorization", of.header()));
        let tag = tag.map(|tag| ("if-none-match", tag.as_str()));
        for (name, value) in self.headers.iter().chain(usual).chain(own).chain(authorization).chain(tag) {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned()).map_err(|_| unwritable())?;
        }
        self.transport.begin_answer(request, crate::bounds::FILE).await.map_err(|error| self.unanswered(&error).into())
    }

    /// The value in a good answer, and its tag. It is kept for the next time, if it has one.
    async fn value(&self, url: &str, response: HttpResponse) -> Result<(SecretValue, Option<EntityTag>)> {
        let headers = response.headers();
        answer::refuse_encoded(headers, self.url.origin())?;
        let tag = headers.get("etag").and_then(EntityTag::parse);
        let may_be_kept = !forbids_keeping(headers);
        if is_html(headers) {
            let origin = quoted(&self.url.origin().to_string());
            tracing::warn!(target: "secretfetch::https", "{origin} answers with a page of HTML: it may be one to log in");
        }
        let value = match String::from_utf8(self.body(response).await?) {
            Ok(text) => SecretValue::from_text(text),
            Err(error) => SecretValue::from_binary(error.into_bytes()),
        };
        match &tag {
            Some(tag) if may_be_kept => self.kept.keep(url, Answer { tag: tag.clone(), value: value.clone() }),
            _ => self.kept.forget(url),
        }
        Ok((value, tag))
    }

    async fn body(&self, response: HttpResponse) -> Result<Vec<u8>> {
        let too_large = || answer::too_large(self.max_bytes, self.url.origin());
        let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.max_bytes) {
            return Err(too_large().into());
        }
        let mut body = response.into_body();
        let mut parts = Vec::new();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.unanswered(error.as_ref()))?;
            let Ok(part) = frame.into_data() else { continue };
            length += part.len();
            if length as u64 > self.max_bytes {
                return Err(too_large().into());
            }
            parts.push(part);
        }
        // Of its exact size: what grows leaves copies behind.
        let mut bytes = Vec::with_capacity(length);
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        Ok(bytes)
    }

    fn unanswered(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        let tls = Tls {
            has_ca_bundle: self.trust.ca_bundle.is_some(),
            client_certificate: self.trust.client_certificate.as_ref(),
            may_be_rotated: self.may_be_rotated(),
        };
        let failure = unanswered::failure(error, self.url.origin(), &tls, self.max_bytes);
        if failure.kind() == ErrorKind::UntrustedCertificate {
            self.transport.forget_roots();
        }
        failure
    }

    fn asked(&self) -> Asked<'_> {
        let source = self.authorization.as_ref().map(Authorization::source);
        Asked { origin: self.url.origin(), source, may_be_rotated: self.may_be_rotated() }
    }

    fn may_be_rotated(&self) -> bool {
        self.opened.elapsed() > JUST_FETCHED
    }
}

fn secret(name: &str, (value, tag): (SecretValue, Option<EntityTag>)) -> Secret {
    let secret = Secret::new(name, value);
    match tag.and_then(|tag| tag.version_id()) {
        Some(id) => secret.with_version(id, Vec::new()),
        None => secret,
    }
}

/// [RFC 9111, section 5.2.2.5](https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5).
fn forbids_keeping(headers: &ResponseHeaders) -> bool {
    let mut directives = headers.get_all("cache-control").flat_map(|all| all.split(','));
    directives.any(|directive| directive.trim().eq_ignore_ascii_case("no-store"))
}

fn is_html(headers: &ResponseHeaders) -> bool {
    let media_type = headers.get("content-type").and_then(|all| all.split(';').next()).map(str::trim);
    media_type.is_some_and(|media_type| {
        ["text/html", "application/xhtml+xml"].iter().any(|html| media_type.eq_ignore_ascii_case(html))
    })
}

#[async_trait]
impl SecretStore for HttpsSecretStore {
    fn check(&self, request: &SecretRequest) -> Result<()> {
        refuse_named(request)?;
        path_of(request).map(drop)
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        let about = |failure: Failure| failure.with_secret_id(request.secret_id());
        self.get(request).await.map_err(|error| error.map_failures(about))
    }
}

/// Nothing of what it has fetched, or of what it was opened with.
impl fmt::Debug for HttpsSecretStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsSecretStore").field("url", &self.url.to_string()).finish_non_exhaustive()
    }
}
