//! S3 as a service, and where it is.

use crate::secret::Region;
use crate::store::identity::Service;
use crate::store::signed::{Api, Variants};

const SERVICE: Service = Service {
    name: "S3",
    server: "the server",
    prefix: "",
    throttled: "S3 serves 5,500 reads a second under one prefix: start what reads there in smaller groups, or give the run \
                more time",
    endpoint_variable: "AWS_ENDPOINT_URL_S3",
    section: "s3",
};

pub(super) static S3: Api = Api { service: &SERVICE, signing_name: "s3", signs_path_as_sent: true, host };

/// As the SDKs' rules have it (`endpoint-rule-set` of `s3`).
fn host(region: &Region, variants: Variants) -> String {
    let fips = if variants.fips { "-fips" } else { "" };
    let dual_stack = if variants.dual_stack { ".dualstack" } else { "" };
    let [domain, _] = region.domains();
    format!("s3{fips}{dual_stack}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_has_its_host() {
        let of = |region: &str, fips, dual_stack| host(&region.parse().unwrap(), Variants { fips, dual_stack });
        assert_eq!(of("us-east-1", false, false), "s3.us-east-1.amazonaws.com");
        assert_eq!(of("eu-west-1", true, true), "s3-fips.dualstack.eu-west-1.amazonaws.com");
        assert_eq!(of("cn-north-1", false, true), "s3.dualstack.cn-north-1.amazonaws.com.cn");
    }
}
