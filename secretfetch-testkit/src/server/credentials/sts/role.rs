//! A session of a role, for either way to assume it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secretfetch::Region;

use super::answer::{error, success};
use super::authorization;
use super::fields::Fields;
use super::web_identity::{self, WebCaller};
use crate::fake::identity::{Identity, PrincipalKind};
use crate::fake::log::Operation;
use crate::fake::role::Role;
use crate::fake::shared::Shared;
use crate::server::answer::Answer;
use crate::server::credentials::issue::Issued;
use crate::server::xml::{element, text};

/// What a session lasts that nobody wants longer or shorter, and the longest of one that was got by another.
const HOUR: u64 = 3600;
const SHORTEST: u64 = 900;
const LONGEST: u64 = 43_200;

pub(super) fn assume(
    shared: &Arc<Shared>,
    caller: &Identity,
    region: &Region,
    fields: &Fields,
) -> Result<Answer, Answer> {
    let mut session = session(fields)?;
    let duration = duration(fields)?;
    let role = declared(shared, fields)?;
    let (arn, external_id) = (fields.required("RoleArn")?, fields.get("ExternalId"));
    let is_trusted = role.as_ref().is_none_or(|role| role.trusts(caller, external_id));
    if !is_trusted || !authorization::allows(shared, caller, region, role.as_ref(), arn, external_id) {
        return Err(not_authorized(caller, arn));
    }
    if let Some(role) = &role {
        session.tags.extend(role.tags().clone());
    }
    session.tags.extend(tags(fields));
    // Who is known to come by a session; a key that nobody knows may be anyone's.
    let chained = caller.kind == PrincipalKind::AssumedRole && caller.expires.is_some();
    let lifetime = lifetime(duration, role.as_ref(), chained)?;
    let mut result = String::new();
    write(&mut result, &session, &Issued::to(shared, session.clone(), "ROLE", lifetime));
    Ok(success(Operation::AssumeRole, &result))
}

pub(super) fn assume_with_web_identity(shared: &Arc<Shared>, fields: &Fields) -> Result<Answer, Answer> {
    let mut session = session(fields)?;
    let duration = duration(fields)?;
    let role = declared(shared, fields)?;
    let token = fields.required("WebIdentityToken")?;
    let caller = web_identity::check(token, role.as_ref().and_then(Role::web_identities), shared.clock().now())?;
    session.tags.extend(role.iter().flat_map(|role| role.tags().clone()));
    let lifetime = lifetime(duration, role.as_ref(), false)?;
    let mut result = String::new();
    write(&mut result, &session, &Issued::to(shared, session.clone(), "WEBIDENTITY", lifetime));
    if let Some(WebCaller { issuer, subject, audience }) = caller {
        let provider = issuer.strip_prefix("https://").unwrap_or(&issuer);
        text(&mut result, "SubjectFromWebIdentityToken", &subject);
        text(&mut result, "Provider", &format!("arn:aws:iam::{}:oidc-provider/{provider}", session.account));
        text(&mut result, "Audience", &audience);
    }
    Ok(success(Operation::AssumeRoleWithWebIdentity, &result))
}

pub(super) fn not_authorized(caller: &Identity, role: &str) -> Answer {
    let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", caller.arn);
    error(403, "AccessDenied", &message)
}

/// The session that the request wants.
fn session(fields: &Fields) -> Result<Identity, Answer> {
    let arn = fields.required("RoleArn")?;
    let session = fields.required("RoleSessionName")?;
    Identity::session(arn, session).ok_or_else(|| invalid(&format!("{arn} is invalid")))
}

fn declared(shared: &Arc<Shared>, fields: &Fields) -> Result<Option<Role>, Answer> {
    let arn = fields.required("RoleArn")?;
    Ok(shared.identities().role(arn).cloned())
}

/// The session's tags: `Tags.member.1.Key`, `Tags.member.1.Value`, and so on.
fn tags(fields: &Fields) -> BTreeMap<String, String> {
    let all = (1..).map_while(|n| {
        let key = fields.get(&format!("Tags.member.{n}.Key"))?;
        let value = fields.get(&format!("Tags.member.{n}.Value")).unwrap_or_default();
        Some((key.to_owned(), value.to_owned()))
    });
    all.collect()
}

/// The seconds that the session should last, within the bounds of the API's model.
fn duration(fields: &Fields) -> Result<Option<u64>, Answer> {
    let Some(text) = fields.get("DurationSeconds") else { return Ok(None) };
    let out_of_bounds = |bound: &str| {
        Err(invalid(&format!(
            "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must \
             have value {bound}"
        )))
    };
    match text.parse::<i64>().map(|seconds| u64::try_from(seconds).unwrap_or(0)) {
        Err(_) => Err(invalid("DurationSeconds is not an integer.")),
        Ok(..SHORTEST) => out_of_bounds(&format!("greater than or equal to {SHORTEST}")),
        Ok(seconds) if seconds > LONGEST => out_of_bounds(&format!("less than or equal to {LONGEST}")),
        Ok(seconds) => Ok(Some(seconds)),
    }
}

fn lifetime(duration: Option<u64>, role: Option<&Role>, chained: bool) -> Result<Duration, Answer> {
    let longest = role.map_or(LONGEST, |role| role.max_session_duration().as_secs());
    match duration {
        None => Ok(Duration::from_secs(HOUR)),
        Some(seconds) if seconds > HOUR && chained => Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        )),
        Some(seconds) if seconds > longest => {
            Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."))
        }
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

fn invalid(message: &str) -> Answer {
    error(400, "ValidationError", message)
}

fn write(result: &mut String, session: &Identity, issued: &Issued) {
    element(result, "AssumedRoleUser", |user| {
        text(user, "Arn", &session.arn);
        text(user, "AssumedRoleId", &session.user_id);
    });
    element(result, "Credentials", |credentials| {
        text(credentials, "AccessKeyId", &issued.access_key_id);
        text(credentials, "SecretAccessKey", &issued.secret_access_key);
        text(credentials, "SessionToken", &issued.token);
        text(credentials, "Expiration", &issued.expiration);
    });
}
