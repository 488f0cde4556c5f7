//! The endpoint's URL: where it comes from, what is a valid one, and what of it may be shown.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_types::service_config::ServiceConfigKey;

use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Region;

/// The variables that hold an endpoint, the first one winning.
pub(super) const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];

/// The environment's endpoint. An empty variable is one that is not set; the SDK would panic on it.
pub(super) fn configured_endpoint_url(variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
    if variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let set = |name| Some((name, variable(name).filter(|url| !url.is_empty())?));
    match ENDPOINT_VARIABLES.into_iter().find_map(set) {
        Some((name, url)) => check_endpoint_url(&url, name).map(|()| Some(url)),
        None => Ok(None),
    }
}

pub(super) fn check_endpoint_url(url: &str, what: &str) -> Result<()> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plausible = rest.is_some_and(|rest| {
        !authority(url).is_empty() && !rest.contains('@') && rest.chars().all(|c| c.is_ascii_graphic())
    });
    if plausible {
        return Ok(());
    }
    // The URL may hold a password, so only the scheme and host of a plain one are worth showing.
    Err(Failure::new(ErrorKind::Config, format!("{what} is not a valid URL"))
        .with_hint("write it as `https://HOST` or `http://HOST:PORT`, without user name and password")
        .into())
}

/// What the profile, with its `[services]` section, has for Secrets Manager.
///
/// The section's name is `secrets_manager` by the [reference], and the SDK's client looks for `secrets-manager`: so it is
/// asked by the name itself.
///
/// [reference]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
pub(super) fn of_profile(shared: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("secrets_manager").env("AWS_ENDPOINT_URL").profile("endpoint_url");
    shared.service_config()?.load_config(key.build().ok()?)
}

/// How the SDK finds the URL of Secrets Manager.
pub(super) enum Endpoints {
    /// By the environment, an option or the profile, for all regions.
    Configured { use_fips: Option<bool>, use_dual_stack: Option<bool> },
    /// By its rules, for each region.
    Rules { use_fips: Option<bool>, use_dual_stack: Option<bool> },
}

impl Endpoints {
    /// `is_given`: by an option or the environment.
    pub(super) fn of(shared: &SdkConfig, is_given: bool) -> Self {
        let (use_fips, use_dual_stack) = (shared.use_fips(), shared.use_dual_stack());
        if is_given || shared.endpoint_url().is_some() || of_profile(shared).is_some() {
            return Endpoints::Configured { use_fips, use_dual_stack };
        }
        Endpoints::Rules { use_fips, use_dual_stack }
    }

    /// A URL that is given cannot be changed into AWS's own of a variant: to the SDK's rules that is an error, which it
    /// tells as a failed request.
    pub(super) fn check(&self) -> Result<()> {
        let Endpoints::Configured { use_fips, use_dual_stack } = *self else { return Ok(()) };
        let settings = [
            (use_fips, "FIPS", "AWS_USE_FIPS_ENDPOINT or `use_fips_endpoint`"),
            (use_dual_stack, "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT or `use_dualstack_endpoint`"),
        ];
        match settings.into_iter().find(|(is_set, ..)| *is_set == Some(true)) {
            None => Ok(()),
            Some((_, variant, names)) => Err(Failure::new(
                ErrorKind::Config,
                format!("an endpoint URL is given, and {variant} endpoints are asked for ({names})"),
            )
            .with_hint(format!("give the URL of a {variant} endpoint and take that setting away, or give no URL"))
            .into()),
        }
    }

    /// The URL for a region, if the rules give it.
    pub(super) async fn url(&self, region: &Region) -> Option<String> {
        let Endpoints::Rules { use_fips, use_dual_stack } = *self else { return None };
        let parameters = Params::builder().region(region.as_str());
        let parameters = parameters.set_use_fips(use_fips).set_use_dual_stack(use_dual_stack).build().ok()?;
        let endpoint = DefaultResolver::new().resolve_endpoint(&parameters).await.ok()?;
        Some(endpoint.url().to_owned())
    }
}

/// Host and port of a URL, without user name and password.
pub(super) fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// The host of `host:port`; of an IPv6 address, with its brackets.
pub(super) fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use aws_types::service_config::LoadServiceConfig;

    use super::*;

    #[test]
    fn endpoint_urls_are_checked_and_a_password_in_one_is_not_shown() {
        assert!(check_endpoint_url("http://127.0.0.1:4566", "x").is_ok());
        assert!(check_endpoint_url("https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com/", "x").is_ok());
        for url in ["", "localhost:4566", "ftp://x", "https://", "http://user:hunter2@x", "http://a b"] {
            let failure = check_endpoint_url(url, "x").unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::Config);
            assert!(!failure.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn the_services_own_endpoint_variable_wins_and_an_empty_one_is_not_set() {
        let of = |variables: &[(&str, &str)]| {
            let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            configured_endpoint_url(find)
        };
        let [own, general] = ENDPOINT_VARIABLES;
        assert_eq!(of(&[(general, "http://a"), (own, "http://b")]).unwrap().as_deref(), Some("http://b"));
        assert_eq!(of(&[(general, "http://a"), (own, "")]).unwrap().as_deref(), Some("http://a"));
        assert_eq!(of(&[(general, "")]).unwrap(), None);
        assert_eq!(of(&[(general, "http://a"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]).unwrap(), None);
        assert!(of(&[(general, "foo")]).unwrap_err().to_string().contains(general));
    }

    #[test]
    fn the_authority_has_no_user_name_and_no_path() {
        assert_eq!(
            authority("https://secretsmanager.eu-west-1.amazonaws.com/"),
            "secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(authority("http://user:pass@proxy:3128/x?y"), "proxy:3128");
        assert_eq!(authority("http://[::1]:4566"), "[::1]:4566");
    }

    #[tokio::test]
    async fn without_a_configured_endpoint_the_url_is_that_of_the_sdks_rules() {
        let url =
            async |shared: SdkConfig, region: &str| Endpoints::of(&shared, false).url(&region.parse().unwrap()).await;
        let plain = || SdkConfig::builder();
        let found = url(plain().build(), "ca-central-1").await;
        assert_eq!(found.as_deref(), Some("https://secretsmanager.ca-central-1.amazonaws.com"));
        let found = url(plain().build(), "cn-north-1").await;
        assert_eq!(found.as_deref(), Some("https://secretsmanager.cn-north-1.amazonaws.com.cn"));
        let found = url(plain().use_fips(true).build(), "us-east-1").await;
        assert_eq!(found.as_deref(), Some("https://secretsmanager-fips.us-east-1.amazonaws.com"));
        // In the other partitions the usual name has addresses of both kinds.
        let found = url(plain().use_dual_stack(true).build(), "us-iso-east-1").await;
        assert_eq!(found.as_deref(), Some("https://secretsmanager.us-iso-east-1.api.aws.ic.gov"));
        assert_eq!(url(plain().endpoint_url("http://127.0.0.1:1").build(), "us-east-1").await, None);
    }

    #[tokio::test]
    async fn where_a_profile_names_an_endpoint_the_rules_are_not_asked() {
        #[derive(Debug)]
        struct Profile(&'static str);
        impl LoadServiceConfig for Profile {
            fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
                let asked = (key.service_id(), key.profile(), key.env());
                (asked == (self.0, "endpoint_url", "AWS_ENDPOINT_URL")).then(|| "https://vpce.internal".to_owned())
            }
        }
        for (service, is_none) in [("secrets_manager", true), ("sts", false)] {
            let shared = SdkConfig::builder().service_config(Profile(service)).build();
            let found = Endpoints::of(&shared, false).url(&"us-east-1".parse().unwrap()).await;
            assert_eq!(found.is_none(), is_none, "{service}");
        }
    }

    #[test]
    fn the_host_is_what_is_looked_up() {
        assert_eq!(["a.b:443", "a.b", "[::1]:80"].map(host), ["a.b", "a.b", "[::1]"]);
    }
}
