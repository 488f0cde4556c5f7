//! Secrets Manager as a service, and where it is.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use futures_util::FutureExt as _;

use crate::secret::Region;
use crate::store::identity::Service;

/// The SDK's client looks for `secrets-manager` in the profile files; the reference has the name that is here.
pub(crate) const SECRETS_MANAGER: &Service = &Service {
    name: "Secrets Manager",
    server: "the server",
    prefix: "",
    // Batches that are throttled are asked again one by one: what is told of is GetSecretValue.
    throttled: "all that read secrets in this account and region share the quota of GetSecretValue: start them in \
                smaller groups, or give the run more time",
    endpoint_variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    section: "secrets_manager",
};

/// The URL of Secrets Manager in a region, if the SDK's rules give one.
pub(super) fn url_of_region(shared: &SdkConfig, region: &Region) -> Option<String> {
    let parameters = Params::builder().region(region.as_str());
    let parameters = parameters.set_use_fips(shared.use_fips()).set_use_dual_stack(shared.use_dual_stack());
    // The rules are data: there is nothing to wait for.
    let endpoint = DefaultResolver::new().resolve_endpoint(&parameters.build().ok()?).now_or_never()?.ok()?;
    Some(endpoint.url().to_owned())
}

#[cfg(test)]
mod tests {
    use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

    use super::*;
    use crate::store::identity::STS;

    #[test]
    fn the_services_own_endpoint_variable_wins_and_an_empty_one_is_not_set() {
        for service in [SECRETS_MANAGER, STS] {
            let of = |variables: &[(&str, &str)]| {
                let find =
                    |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
                service.url_of_environment(find)
            };
            let (own, general) = (service.endpoint_variable, "AWS_ENDPOINT_URL");
            assert_eq!(of(&[(general, "http://a"), (own, "http://b")]).unwrap().as_deref(), Some("http://b"));
            assert_eq!(of(&[(general, "http://a"), (own, "")]).unwrap().as_deref(), Some("http://a"));
            assert_eq!(of(&[(general, "")]).unwrap(), None);
            assert_eq!(of(&[(general, "http://a"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]).unwrap(), None);
            assert!(of(&[(general, "foo")]).unwrap_err().to_string().contains(general));
        }
    }

    #[test]
    fn without_a_configured_endpoint_the_url_is_that_of_the_sdks_rules() {
        let url = |shared: SdkConfig, region: &str| url_of_region(&shared, &region.parse().unwrap());
        let plain = || SdkConfig::builder();
        let found = url(plain().build(), "ca-central-1");
        assert_eq!(found.as_deref(), Some("https://secretsmanager.ca-central-1.amazonaws.com"));
        let found = url(plain().build(), "cn-north-1");
        assert_eq!(found.as_deref(), Some("https://secretsmanager.cn-north-1.amazonaws.com.cn"));
        let found = url(plain().use_fips(true).build(), "us-east-1");
        assert_eq!(found.as_deref(), Some("https://secretsmanager-fips.us-east-1.amazonaws.com"));
        // In the other partitions the usual name has addresses of both kinds.
        let found = url(plain().use_dual_stack(true).build(), "us-iso-east-1");
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
            [SECRETS_MANAGER, STS].map(|service| service.configured_url(&shared))
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
}
