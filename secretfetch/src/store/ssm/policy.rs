//! The actions of Parameter Store that an identity must be allowed, and on which parameters.

use crate::secret::{Region, SecretRequest};
use crate::store::aws_permissions::{add, arn, decrypt, of_role, on_resources, regions};
use crate::store::aws_settings::AwsSettings;
use crate::store::named::{Asked, Permission, PolicyScope};

pub(super) fn permissions(aws: &AwsSettings, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
    let (mut parameters, mut paths, mut below, mut places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for request in &asked.requests {
        for (turn, region) in regions(aws, request.region(), scope).enumerate() {
            let moved = region.filter(|_| turn > 0).map(|region| request.moved_to(region));
            add(&mut parameters, resource(aws, moved.as_ref().unwrap_or(request), region, scope));
            places.push(region);
        }
    }
    for find in &asked.finds {
        // The action is allowed on the path as it is asked for, which is without a slash at the end, and so on all that is below
        // it. A pattern of what is below would not allow it.
        let path = find.prefix().trim_matches('/');
        for region in regions(aws, find.region(), scope) {
            let root = if path.is_empty() { "parameter/".to_owned() } else { format!("parameter/{path}") };
            add(&mut paths, arn("ssm", aws, region, scope, &root));
            add(&mut below, arn("ssm", aws, region, scope, &format!("{}/*", root.trim_end_matches('/'))));
            places.push(region);
        }
    }
    let all = [
        ("ReadParameters", "ssm:GetParameters", parameters.clone()),
        ("ReadParametersBelowPaths", "ssm:GetParametersByPath", paths),
    ];
    let mut permissions = on_resources(all);
    parameters.extend(below);
    let context = "kms:EncryptionContext:PARAMETER_ARN";
    permissions.extend(decrypt("DecryptParameters", "ssm", context, parameters, &places, scope));
    of_role(aws, permissions)
}

/// The ARN that names the parameter in a policy; of a hierarchy, without the slash that its name begins with.
fn resource(aws: &AwsSettings, request: &SecretRequest, region: Option<&Region>, scope: &PolicyScope) -> String {
    let id = request.secret_id();
    match id.is_arn() {
        true => id.to_string(),
        false => arn("ssm", aws, region, scope, &format!("parameter/{}", id.as_str().trim_start_matches('/'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Failover;

    fn arns(id: &str, aws: &AwsSettings) -> Vec<String> {
        let request = SecretRequest::new(id.parse().unwrap());
        let scope = PolicyScope::default().with_account("123456789012".to_owned());
        let asked = Asked { requests: vec![&request], ..Asked::default() };
        permissions(aws, &asked, &scope).remove(0).resources
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
