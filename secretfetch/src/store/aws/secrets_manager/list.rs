//! ListSecrets: which secrets there are.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::SecretListEntry;

use super::answer::is_partial_arn;
use super::asked::Place;
use super::diagnosis;
use super::filter::filters;
use super::found::Found;
use super::pages::Pages;
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::{Region, SecretId, SecretRequest};
use crate::store::find::Find;

/// The most secrets on a page.
const LARGEST_PAGE: i32 = 100;

/// A request for each secret that fits and is not `found` yet, by name.
pub(crate) async fn fitting(
    client: &Client,
    place: Place<'_>,
    find: &Find,
    found: &Found<'_>,
) -> Result<BTreeMap<String, SecretRequest>> {
    let filters = Some(filters(find)).filter(|filters| !filters.is_empty());
    let request = client.list_secrets().set_filters(filters).max_results(LARGEST_PAGE);
    let mut pages = Pages::of("ListSecrets");
    let mut listed = BTreeMap::new();
    loop {
        let page = request.clone().set_next_token(pages.token()).send().await;
        let page = page.map_err(|error| diagnosis::search_error(&error, place))?;
        for entry in page.secret_list.unwrap_or_default().into_iter().filter(|entry| fits(find, entry)) {
            let name = entry.name.unwrap_or_default();
            if !found.has(&name) {
                let request = request_for(&name, entry.arn.as_deref(), place.region)?;
                listed.insert(name, request);
            }
        }
        found.check_room(listed.len())?;
        if !pages.turn(page.next_token)? {
            return Ok(listed);
        }
    }
}

/// Whether an entry is exactly what is looked for, whatever a filter has let through.
fn fits(find: &Find, entry: &SecretListEntry) -> bool {
    let has = |(key, value): &(String, String)| {
        entry.tags().iter().any(|tag| tag.key() == Some(key.as_str()) && tag.value().unwrap_or_default() == value)
    };
    entry.deleted_date.is_none()
        && entry.name().is_some_and(|name| name.starts_with(find.prefix()))
        && find.tags().iter().all(has)
}

/// The request for what is listed. By its ARN: a policy that allows names of a prefix lets a caller know then that a
/// secret is gone, and by the name AWS answers that it is denied.
fn request_for(name: &str, arn: Option<&str>, region: &Region) -> Result<SecretRequest> {
    let is_of_name = |id: &SecretId| {
        let own = id.as_str().rsplit_once(":secret:").is_some_and(|(_, resource)| is_partial_arn(name, resource));
        own && id.arn_region() == Some(region)
    };
    let by_arn = arn.and_then(|arn| arn.parse().ok()).filter(is_of_name);
    let by_name = || name.parse().ok().filter(|id: &SecretId| !id.is_arn());
    let id: SecretId = by_arn.or_else(by_name).ok_or_else(|| {
        Failure::new(ErrorKind::InvalidResponse, "ListSecrets answers with a name that no secret can have")
            .with_region(Some(region))
            .with_hint("check the endpoint URL, and what proxy is in between")
    })?;
    Ok(SecretRequest::new(id).with_region(region.clone()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_secretsmanager::primitives::DateTime;
    use aws_sdk_secretsmanager::types::Tag;

    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag::builder().key(key).value(value).build()
    }

    #[test]
    fn a_filter_lets_through_more_than_fits() {
        let entry =
            || SecretListEntry::builder().name("team/app/a").tags(tag("Team", "pay")).tags(tag("Stage", "prod"));
        let find = || Find::by_prefix("team/app/");
        let fits = |find: Find, entry: SecretListEntry| fits(&find, &entry);
        assert!(fits(find(), entry().build()));
        assert!(fits(find().with_tag("Team", "pay").with_tag("Stage", "prod"), entry().build()));
        // A value of another key, a value that begins so, another case, a tag that is not there.
        for (key, value) in
            [("Team", "prod"), ("Team", "pa"), ("Team", "Pay"), ("team", "pay"), ("Tea", "pay"), ("X", "")]
        {
            assert!(!fits(find().with_tag(key, value), entry().build()), "{key} {value}");
        }
        assert!(fits(find().with_tag("Empty", ""), entry().tags(tag("Empty", "")).build()));
        assert!(!fits(find(), entry().name("team/app2").build()));
        assert!(!fits(find(), entry().name("Team/app/a").build()));
        assert!(!fits(find(), entry().deleted_date(DateTime::from_secs(1)).build()));
        assert!(!fits(Find::by_prefix(""), SecretListEntry::builder().build()));
    }

    #[test]
    fn a_secret_is_asked_for_by_its_own_arn_or_else_by_its_name() {
        let region: Region = "eu-west-1".parse().unwrap();
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";
        let id = |name: &str, arn: Option<&str>| request_for(name, arn, &region).map(|r| r.secret_id().to_string());
        assert_eq!(id("db", Some(arn)).unwrap(), arn);
        // One of another secret, of another region, and none.
        let elsewhere = arn.replace("eu-west-1", "us-east-1");
        for arn in [Some(arn.replace("db-", "web-")), Some(elsewhere), Some("x".to_owned()), None] {
            assert_eq!(id("db", arn.as_deref()).unwrap(), "db");
        }
        for name in ["", "a\nb", "arn:aws:s3:::bucket"] {
            let error = id(name, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        }
    }
}
