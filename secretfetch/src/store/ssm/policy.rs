//! The actions of Parameter Store that an identity must be allowed, and on which parameters.

use crate::secret::{Region, SecretRequest};
use crate::store::aws_settings::AwsSettings;
use crate::store::named::{Permission, PolicyScope};

pub(super) fn permissions(aws: &AwsSettings, requests: &[&SecretRequest], scope: &PolicyScope) -> Vec<Permission> {
    let mut parameters: Vec<String> = Vec::new();
    for request in requests {
        for parameter in resources(aws, request, scope) {
            if !parameters.contains(&parameter) {
                parameters.push(parameter);
            }
        }
    }
    if parameters.is_empty() {
        return Vec::new();
    }
    let read = Permission::new("ReadParameters", "ssm:GetParameters", parameters);
    vec![Permission { role: aws.role_arn.clone(), ..read }]
}

/// The ARNs of the parameter: in its region, and in the other one that may be asked for it.
fn resources(aws: &AwsSettings, request: &SecretRequest, scope: &PolicyScope) -> Vec<String> {
    let region = request.region().or(aws.region.as_ref()).or(scope.region.as_ref());
    let moved = aws.failover.as_ref().map(|failover| &failover.region).filter(|other| Some(*other) != region);
    let here = resource(request, region, scope.account.as_deref());
    let there = moved.map(|other| resource(&request.moved_to(other), Some(other), scope.account.as_deref()));
    std::iter::once(here).chain(there).collect()
}

/// The ARN that names the parameter in a policy; of a hierarchy, without the slash that its name begins with.
fn resource(request: &SecretRequest, region: Option<&Region>, account: Option<&str>) -> String {
    let id = request.secret_id();
    if id.is_arn() {
        return id.to_string();
    }
    let partition = region.map_or("aws", Region::partition);
    let region = region.map_or(PolicyScope::UNKNOWN_REGION, Region::as_str);
    let account = account.unwrap_or(PolicyScope::UNKNOWN_ACCOUNT);
    let name = id.as_str().trim_start_matches('/');
    format!("arn:{partition}:ssm:{region}:{account}:parameter/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Failover;

    fn arns(id: &str, aws: &AwsSettings) -> Vec<String> {
        let request = SecretRequest::new(id.parse().unwrap());
        let scope = PolicyScope::default().with_account("123456789012".to_owned());
        permissions(aws, &[&request], &scope).remove(0).resources
    }

    #[test]
    fn a_parameter_is_named_without_its_first_slash() {
        let aws = AwsSettings { region: Some("eu-west-1".parse().unwrap()), ..AwsSettings::default() };
        for name in ["/team/db", "team/db"] {
            assert_eq!(arns(name, &aws), ["arn:aws:ssm:eu-west-1:123456789012:parameter/team/db"]);
        }
        assert_eq!(arns("/a", &AwsSettings::default()), ["arn:aws:ssm:REGION:123456789012:parameter/a"]);
    }

    #[test]
    fn what_may_be_asked_for_in_two_regions_is_allowed_in_both() {
        let mut aws = AwsSettings { region: Some("eu-west-1".parse().unwrap()), ..AwsSettings::default() };
        aws.failover = Some(Failover::to("eu-central-1".parse().unwrap()));
        let both = ["eu-west-1", "eu-central-1"].map(|region| format!("arn:aws:ssm:{region}:123456789012:parameter/a"));
        assert_eq!(arns("/a", &aws), both);
        assert_eq!(arns(&both[0], &aws), both);
    }
}
