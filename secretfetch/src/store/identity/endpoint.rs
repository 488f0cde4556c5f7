//! The endpoint of a service: where its URL comes from.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::service::Service;
use super::variable::variable;
use crate::error::{ErrorKind, Failure, Result};
use crate::store::transport::{authority, check_endpoint_url, tell_if_plain};

/// The endpoint of a store's service, as far as an option or the environment names it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    service: &'static Service,
    url: Option<String>,
    /// By an option, not by a variable, which a profile may have us ignore.
    is_given: bool,
    /// Host and port of that URL.
    authority: Option<String>,
}

impl Endpoint {
    /// At the URL of an option, or else of the environment.
    pub(crate) fn new(service: &'static Service, given: Option<String>) -> Result<Self> {
        let is_given = given.is_some();
        let url = match given {
            Some(url) => check_endpoint_url(&url, "the endpoint URL").map(|()| Some(url))?,
            None => service.url_of_environment(|name| std::env::var(name).ok())?,
        };
        Ok(Endpoint { service, authority: url.as_deref().map(authority), url, is_given })
    }

    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The URL with what the profile says of it. It is for this service alone, as in the AWS CLI: STS has its own.
    pub(crate) fn configured_url(&self, shared: &SdkConfig) -> Result<Option<String>> {
        let url = match &self.url {
            Some(url) if self.is_given => Some(url.clone()),
            _ => self.service.configured_url(shared)?,
        };
        if url.is_some() {
            check_variants(shared)?;
        }
        url.as_deref().map(tell_if_plain);
        Ok(url)
    }
}

impl Service {
    /// The environment's endpoint. An empty variable is one that is not set; the SDK would panic on it.
    pub(crate) fn url_of_environment(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
        if is_true(variable(IGNORE)) {
            return Ok(None);
        }
        let set = |name| Some((name, variable(name).filter(|url| !url.is_empty())?));
        match [self.endpoint_variable, "AWS_ENDPOINT_URL"].into_iter().find_map(set) {
            Some((name, url)) => check_endpoint_url(&url, name).map(|()| Some(url)),
            None => Ok(None),
        }
    }

    /// The endpoint of the environment, or else of the profile and its `[services]` section.
    pub(crate) fn configured_url(&self, shared: &SdkConfig) -> Result<Option<String>> {
        let setting = |name| {
            // Variables have been looked at; no variable has such a name.
            let key = ServiceConfigKey::builder().service_id(self.section).env("=").profile(name).build();
            shared.service_config()?.load_config(key.ok()?).filter(|value| !value.is_empty())
        };
        if is_true(variable(IGNORE).or_else(|| setting("ignore_configured_endpoint_urls"))) {
            return Ok(None);
        }
        if let Some(url) = self.url_of_environment(variable)? {
            return Ok(Some(url));
        }
        let Some(url) = setting("endpoint_url") else { return Ok(None) };
        check_endpoint_url(&url, "`endpoint_url` of the AWS profile").map(|()| Some(url))
    }
}

const IGNORE: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

fn is_true(setting: Option<String>) -> bool {
    setting.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// A URL that is given cannot be changed into AWS's own of a variant: to the SDK's rules that is an error, which it tells
/// as a failed request.
fn check_variants(shared: &SdkConfig) -> Result<()> {
    let settings = [
        (shared.use_fips(), "FIPS", "AWS_USE_FIPS_ENDPOINT or `use_fips_endpoint`"),
        (shared.use_dual_stack(), "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT or `use_dualstack_endpoint`"),
    ];
    match settings.into_iter().find(|(is_set, ..)| *is_set == Some(true)) {
        None => Ok(()),
        Some((_, variant, names)) => Err(Failure::new(
            ErrorKind::Config,
            format!("an endpoint URL is given, and {variant} endpoints are asked for ({names})"),
        )
        .with_hint(format!("give the URL of a {variant} endpoint and remove that setting, or give no URL"))
        .into()),
    }
}
