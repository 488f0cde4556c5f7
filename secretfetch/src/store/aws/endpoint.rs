//! The endpoint's URL: where it comes from, what is a valid one, and what of it may be shown.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_types::service_config::ServiceConfigKey;

use super::sources::variable;
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Region;

/// A service that is asked, by its name in variables and in a `[services]` section of the profile files.
///
/// Their names are those of the [reference]; the SDK's client of Secrets Manager looks for `secrets-manager`.
///
/// [reference]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    SecretsManager,
    Sts,
}

impl Service {
    /// The variables that hold its endpoint, the first one winning.
    fn variables(self) -> [&'static str; 2] {
        let own = match self {
            Service::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Service::Sts => "AWS_ENDPOINT_URL_STS",
        };
        [own, "AWS_ENDPOINT_URL"]
    }

    fn section(self) -> &'static str {
        match self {
            Service::SecretsManager => "secrets_manager",
            Service::Sts => "sts",
        }
    }

    /// The environment's endpoint. An empty variable is one that is not set; the SDK would panic on it.
    pub(super) fn url_of_environment(self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
        if is_true(variable(IGNORE)) {
            return Ok(None);
        }
        let set = |name| Some((name, variable(name).filter(|url| !url.is_empty())?));
        match self.variables().into_iter().find_map(set) {
            Some((name, url)) => check_endpoint_url(&url, name).map(|()| Some(url)),
            None => Ok(None),
        }
    }

    /// The endpoint of the environment, or else of the profile and its `[services]` section.
    pub(super) fn configured_url(self, shared: &SdkConfig) -> Result<Option<String>> {
        let setting = |name| {
            // Variables have been looked at; no variable has such a name.
            let key = ServiceConfigKey::builder().service_id(self.section()).env("=").profile(name).build();
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

/// A URL that is given cannot be changed into AWS's own of a variant: to the SDK's rules that is an error, which it tells
/// as a failed request.
pub(super) fn check_variants(shared: &SdkConfig) -> Result<()> {
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

/// The URL of Secrets Manager in a region, if the SDK's rules give one.
pub(super) async fn url_of_region(shared: &SdkConfig, region: &Region) -> Option<String> {
    let parameters = Params::builder().region(region.as_str());
    let parameters = parameters.set_use_fips(shared.use_fips()).set_use_dual_stack(shared.use_dual_stack());
    let endpoint = DefaultResolver::new().resolve_endpoint(&parameters.build().ok()?).await.ok()?;
    Some(endpoint.url().to_owned())
}

/// Host and port of a URL, without user name and password: also if these have a `/`, `?` or `#` in them, which belongs
/// percent-encoded there.
pub(super) fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit('@').next().unwrap_or_default();
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

/// Says once of each host that what is sent there is not encrypted, unless it is this machine or link-local.
pub(super) fn tell_if_plain(url: &str) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let authority = authority(url);
    if !url.starts_with("http://") || is_near(host(&authority)) {
        return;
    }
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(authority.clone()) {
        tracing::warn!(
            target: "secretfetch::aws",
            "what is sent to {} is not encrypted: its URL is http, and it is not this machine",
            crate::text::quoted(&authority)
        );
    }
}

/// Whether a host is this machine, or what link-local addresses are given to.
fn is_near(host: &str) -> bool {
    let name = host.trim_matches(['[', ']']);
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            // The last: Pod Identity's agent and instance metadata over IPv6.
            address.is_loopback()
                || address.is_unicast_link_local()
                || [0x23, 0x254].contains(&address.segments()[7])
                    && address.segments()[..7] == [0xfd00, 0xec2, 0, 0, 0, 0, 0]
        }
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
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
        for service in [Service::SecretsManager, Service::Sts] {
            let of = |variables: &[(&str, &str)]| {
                let find =
                    |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
                service.url_of_environment(find)
            };
            let [own, general] = service.variables();
            assert_eq!(of(&[(general, "http://a"), (own, "http://b")]).unwrap().as_deref(), Some("http://b"));
            assert_eq!(of(&[(general, "http://a"), (own, "")]).unwrap().as_deref(), Some("http://a"));
            assert_eq!(of(&[(general, "")]).unwrap(), None);
            assert_eq!(of(&[(general, "http://a"), (IGNORE, "true")]).unwrap(), None);
            assert!(of(&[(general, "foo")]).unwrap_err().to_string().contains(general));
        }
    }

    #[test]
    fn the_authority_has_no_user_name_and_no_path() {
        assert_eq!(
            authority("https://secretsmanager.eu-west-1.amazonaws.com/"),
            "secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(authority("http://user:pass@proxy:3128/x?y"), "proxy:3128");
        assert_eq!(authority("http://[::1]:4566"), "[::1]:4566");
        for password in ["a/b", "a?b", "a#b", "a@b", "/?#@"] {
            assert_eq!(authority(&format!("http://user:{password}@proxy:3128/x")), "proxy:3128", "{password}");
        }
    }

    #[test]
    fn this_machine_and_link_local_addresses_are_near() {
        for host in [
            "localhost",
            "moto.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "169.254.170.23",
            "[fd00:ec2::23]",
            "[fe80::1]",
        ] {
            assert!(is_near(host), "{host}");
        }
        for host in ["moto", "10.0.0.1", "localhost.example", "[fd00:ec2::25]", "[2001:db8::1]", "169.255.0.1"] {
            assert!(!is_near(host), "{host}");
        }
    }

    #[tokio::test]
    async fn without_a_configured_endpoint_the_url_is_that_of_the_sdks_rules() {
        let url = async |shared: SdkConfig, region: &str| url_of_region(&shared, &region.parse().unwrap()).await;
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
    }

    /// A profile's services, and then the profile.
    #[derive(Debug)]
    struct Profile(&'static [(&'static str, &'static str, &'static str)]);

    impl LoadServiceConfig for Profile {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let is_asked = |(service, name, _): &&_| [key.service_id(), ""].contains(service) && *name == key.profile();
            self.0.iter().find(is_asked).map(|(_, _, value)| (*value).to_owned())
        }
    }

    #[test]
    fn a_profile_names_an_endpoint_for_each_service_or_for_all() {
        let of = |settings| {
            let shared = SdkConfig::builder().service_config(Profile(settings)).build();
            [Service::SecretsManager, Service::Sts].map(|service| service.configured_url(&shared))
        };
        let [manager, sts] =
            of(&[("secrets_manager", "endpoint_url", "https://vpce"), ("", "endpoint_url", "https://a")]);
        assert_eq!((manager.unwrap().as_deref(), sts.unwrap().as_deref()), (Some("https://vpce"), Some("https://a")));
        let [manager, sts] = of(&[("", "endpoint_url", "https://a"), ("", "ignore_configured_endpoint_urls", "true")]);
        assert_eq!((manager.unwrap(), sts.unwrap()), (None, None));
        let [manager, sts] = of(&[("sts", "endpoint_url", "foo")]);
        assert_eq!(manager.unwrap(), None);
        assert!(sts.unwrap_err().to_string().starts_with("`endpoint_url` of the AWS profile is not a valid URL"));
    }

    #[test]
    fn the_host_is_what_is_looked_up() {
        assert_eq!(["a.b:443", "a.b", "[::1]:80"].map(host), ["a.b", "a.b", "[::1]"]);
    }
}
