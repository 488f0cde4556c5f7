//! The actions of S3 that an identity must be allowed, and on which objects.

use super::settings::S3StoreConfig;
use crate::secret::Region;
use crate::store::aws_permissions::{add, decrypt, escaped, of_role, on_resources, regions};
use crate::store::named::{Asked, Permission, PolicyScope};

pub(super) fn permissions(config: &S3StoreConfig, asked: &Asked<'_>, scope: &PolicyScope) -> Vec<Permission> {
    let (mut objects, mut versions, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    for bucket in buckets(config, scope) {
        for request in &asked.requests {
            let wanted = if request.version_id().is_some() { &mut versions } else { &mut objects };
            add(wanted, format!("{bucket}/{}", escaped(request.secret_id().as_str())));
        }
        for find in &asked.finds {
            add(&mut objects, format!("{bucket}/{}*", escaped(find.prefix())));
            add(&mut listed, bucket.clone());
        }
    }
    let all = [
        ("ReadObjects", "s3:GetObject", objects.clone()),
        ("ReadVersionsOfObjects", "s3:GetObjectVersion", versions.clone()),
        ("ListBuckets", "s3:ListBucket", listed),
    ];
    let mut permissions = on_resources(all);
    // With a bucket key the context is the bucket.
    let mut encrypted: Vec<String> = objects.into_iter().chain(versions).collect();
    if !encrypted.is_empty() {
        encrypted.extend(buckets(config, scope));
    }
    let mut places: Vec<Option<&Region>> = regions(&config.aws, None, scope).collect();
    // A bucket may be elsewhere than it is asked for first, and its keys are where it is.
    if !scope.kms_keys.iter().any(|key| places.contains(&Some(key.region()))) {
        places = vec![None];
    }
    permissions.extend(decrypt("DecryptObjects", "s3", "kms:EncryptionContext:aws:s3:arn", encrypted, &places, scope));
    of_role(&config.aws, permissions)
}

/// The ARNs of the bucket, and of the other one that may be asked.
fn buckets(config: &S3StoreConfig, scope: &PolicyScope) -> impl Iterator<Item = String> {
    let region = config.aws.region.as_ref().or(scope.region.as_ref());
    let first = arn(region, &config.bucket);
    let second = config.aws.failover.as_ref().map(|failover| arn(Some(&failover.region), config.other_bucket()));
    std::iter::once(first).chain(second)
}

fn arn(region: Option<&Region>, bucket: &str) -> String {
    format!("arn:{}:s3:::{bucket}", region.map_or("aws", Region::partition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretRequest;
    use crate::store::Failover;

    fn of(config: &S3StoreConfig, request: SecretRequest) -> (&'static str, Vec<String>) {
        let asked = Asked { requests: vec![&request], ..Asked::default() };
        let permission = permissions(config, &asked, &PolicyScope::default()).remove(0);
        (permission.action, permission.resources)
    }

    #[test]
    fn an_object_is_read_and_a_version_by_an_action_of_its_own() {
        let config = S3StoreConfig::new("acme").with_region("cn-north-1".parse().unwrap());
        let request = || SecretRequest::new("a/b".parse().unwrap());
        assert_eq!(of(&config, request()), ("s3:GetObject", vec!["arn:aws-cn:s3:::acme/a/b".to_owned()]));
        let version = request().with_version_id("x".parse().unwrap());
        assert_eq!(of(&config, version).0, "s3:GetObjectVersion");
    }

    #[test]
    fn a_key_is_no_pattern() {
        let request = SecretRequest::new("a*?${b}".parse().unwrap());
        assert_eq!(of(&S3StoreConfig::new("acme"), request).1, ["arn:aws:s3:::acme/a${*}${?}${$}{b}"]);
    }

    #[test]
    fn the_bucket_of_the_other_region_is_read_too() {
        let config = S3StoreConfig::new("acme")
            .with_failover(Failover::to("us-west-2".parse().unwrap()).with_bucket("acme-replica"));
        let both = ["arn:aws:s3:::acme/k", "arn:aws:s3:::acme-replica/k"];
        assert_eq!(of(&config, SecretRequest::new("k".parse().unwrap())).1, both);
    }
}
