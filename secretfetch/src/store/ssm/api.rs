//! Systems Manager as a service, and where it is.

use crate::secret::Region;
use crate::store::identity::Service;
use crate::store::signed::{Api, Request, Target, Variants};

const SERVICE: Service = Service {
    name: "Parameter Store",
    server: "the server",
    prefix: "",
    throttled: "all that read parameters in this account and region share 40 requests a second, unless higher throughput \
                is switched on for it: start them in smaller groups, or give the run more time",
    endpoint_variable: "AWS_ENDPOINT_URL_SSM",
    section: "ssm",
};

pub(super) static SSM: Api = Api { service: &SERVICE, signing_name: "ssm", signs_path_as_sent: false, host };

/// As the SDKs' rules have it (`endpoint-rule-set` of `ssm`).
fn host(region: &Region, variants: Variants) -> String {
    let [domain, dual_stack] = region.domains();
    let domain = if variants.dual_stack { dual_stack } else { domain };
    // GovCloud's own endpoints are validated, under the usual name.
    let fips = variants.fips && (variants.dual_stack || region.partition() != "aws-us-gov");
    format!("ssm{}.{region}.{domain}", if fips { "-fips" } else { "" })
}

/// A call of the JSON 1.1 protocol.
pub(super) fn call(operation: &'static str, input: String) -> Request {
    let headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", format!("AmazonSSM.{operation}")),
    ];
    Request { method: "POST", target: Target { path: "/".to_owned(), ..Target::default() }, headers, body: input }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_hosts() {
        let of = |region: &str, fips, dual_stack| host(&region.parse().unwrap(), Variants { fips, dual_stack });
        assert_eq!(of("eu-west-1", false, false), "ssm.eu-west-1.amazonaws.com");
        assert_eq!(of("eu-west-1", true, false), "ssm-fips.eu-west-1.amazonaws.com");
        assert_eq!(of("eu-west-1", false, true), "ssm.eu-west-1.api.aws");
        assert_eq!(of("us-gov-west-1", true, false), "ssm.us-gov-west-1.amazonaws.com");
        assert_eq!(of("us-gov-west-1", true, true), "ssm-fips.us-gov-west-1.api.aws");
        assert_eq!(of("cn-north-1", false, true), "ssm.cn-north-1.api.amazonwebservices.com.cn");
        assert_eq!(of("us-isob-east-1", false, false), "ssm.us-isob-east-1.sc2s.sgov.gov");
    }
}
