//! One request, and its signature.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use super::endpoint::Api;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::Region;

/// What is sent; the rest of its headers and the signature are added.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: Target,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// What of a URL comes behind the service's own.
#[derive(Default)]
pub(crate) struct Target {
    /// Stands before the service's host, with a dot.
    pub(crate) host_prefix: Option<String>,
    /// Percent-encoded, with a leading slash.
    pub(crate) path: String,
    /// Percent-encoded, without the question mark; empty for none.
    pub(crate) query: String,
}

impl Target {
    /// The whole URL, `base` being the service's.
    fn under(&self, base: &str) -> String {
        let base = base.trim_end_matches('/');
        let mut url = match (&self.host_prefix, base.split_once("://")) {
            (Some(prefix), Some((scheme, rest))) => format!("{scheme}://{prefix}.{rest}"),
            _ => base.to_owned(),
        };
        url.push_str(&self.path);
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        url
    }
}

impl Request {
    /// The request as it is sent to `base`, signed for `region`.
    pub(super) fn signed(
        self,
        api: &Api,
        base: &str,
        region: &Region,
        credentials: Credentials,
    ) -> Result<HttpRequest> {
        let url = self.target.under(base);
        let mut settings = SigningSettings::default();
        if api.signs_path_as_sent {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = Identity::from(credentials);
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.as_str())
            .name(api.signing_name)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|_| Error::from(Failure::new(ErrorKind::Internal, "the request cannot be signed")))?;
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(self.method, &*url, headers, SignableBody::Bytes(self.body.as_bytes()));
        let signable = signable.map_err(|_| unfit())?;
        let (instructions, _) = sign(signable, &parameters.into()).map_err(|_| unfit())?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method).map_err(|_| unfit())?;
        request.set_uri(url.as_str()).map_err(|_| unfit())?;
        let mut add =
            |name: String, value: String| request.headers_mut().try_insert(name, value).map(drop).map_err(|_| unfit());
        add("user-agent".to_owned(), concat!("secretfetch/", env!("CARGO_PKG_VERSION")).to_owned())?;
        for (name, value) in self.headers {
            add(name.to_owned(), value)?;
        }
        for (name, value) in instructions.headers() {
            add(name.to_owned(), value.to_owned())?;
        }
        Ok(request)
    }
}

fn unfit() -> Error {
    Failure::new(ErrorKind::Config, "the request cannot be written as HTTP")
        .with_hint("check the endpoint URL and the name of what is asked for")
        .into()
}
