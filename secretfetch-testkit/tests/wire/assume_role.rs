//! STS: who may assume which role, for how long, and as whom it then acts.

use std::time::Duration;

use secretfetch_testkit::{FakeSecretsManager, Iam, PrincipalKind, Role};

use crate::serving;
use crate::signer::{Signer, at, element, refusal};

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const DEPLOY: &str = "arn:aws:iam::123456789012:role/team/deploy";

/// A server that checks signatures, and the key of a user.
fn checking() -> (FakeSecretsManager, Signer) {
    let server = serving(1);
    let key = server.store().create_access_key(ALICE);
    server.require_signatures();
    (server, Signer::from(&key))
}

fn assume(role: &str, more: &str) -> String {
    format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role}&RoleSessionName=ci{more}")
}

#[tokio::test]
async fn an_assumed_role_is_who_its_credentials_say() {
    let (server, user) = checking();
    let answer = user.sts(&server, &assume(DEPLOY, "&Tags.member.1.Key=team&Tags.member.1.Value=blue")).await;
    let session = Signer::of_sts(&answer);
    let arn = "arn:aws:sts::123456789012:assumed-role/deploy/ci";
    assert_eq!(element(&answer, "Arn"), arn);
    assert_eq!(session.arn(&server).await, arn);
    assert_eq!(session.get_secret_value(&server, "s00").await.0, 200);

    let identity = server.store().identity_of(&session.id).unwrap();
    assert_eq!((identity.arn.as_str(), identity.account.as_str()), (arn, "123456789012"));
    assert_eq!(identity.kind, PrincipalKind::AssumedRole);
    assert_eq!(identity.role_arn.as_deref(), Some(DEPLOY));
    assert_eq!(identity.tags["team"], "blue");
    let principals: Vec<_> = server.requests().into_iter().map(|request| request.principal.unwrap()).collect();
    assert_eq!(principals, [ALICE, arn, arn]);
}

#[tokio::test]
async fn who_called_is_a_user_or_a_session() {
    let (server, user) = checking();
    let answer = user.sts(&server, "Action=GetCallerIdentity").await;
    let element = |name| element(&answer, name);
    assert_eq!(
        (element("Arn"), element("UserId"), element("Account")),
        (ALICE, "AIDAFAKE000000000000", "123456789012")
    );
    let other = server.store().create_access_key("arn:aws:iam::210987654321:root");
    let answer = Signer::from(&other).sts(&server, "Action=GetCallerIdentity").await;
    assert_eq!(crate::signer::element(&answer, "Account"), "210987654321");
}

#[tokio::test]
async fn a_role_is_given_to_those_whom_it_trusts() {
    let (server, user) = checking();
    let denied = format!("User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {DEPLOY}");
    server.store().add_role(Role::new(DEPLOY).trusting("arn:aws:iam::123456789012:user/bob"));
    let answer = user.sts(&server, &assume(DEPLOY, "")).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied", denied.as_str()));
    // What no role could be asked is refused to everyone.
    assert_eq!(refusal(&user.sts(&server, &assume(DEPLOY, "&DurationSeconds=899")).await).1, "ValidationError");
    server.store().add_role(Role::new(DEPLOY).trusting(ALICE).with_tag("stage", "prod"));
    let answer = user.sts(&server, &assume(DEPLOY, "")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(server.store().identity_of(element(&answer, "AccessKeyId")).unwrap().tags["stage"], "prod");
}

#[tokio::test]
async fn the_policies_of_the_caller_have_to_allow_it_unless_the_role_names_the_caller() {
    let (server, user) = checking();
    let store = server.store();
    let own = |statement: &str| {
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        store.enforce(Iam::new().with_policy_of(ALICE, policy.parse().unwrap()).unwrap());
    };
    let statement = |effect: &str, resource: &str, more: &str| {
        format!(r#"{{"Effect": "{effect}", "Action": "sts:AssumeRole", "Resource": "{resource}"{more}}}"#)
    };
    let with_id = r#", "Condition": {"StringEquals": {"sts:ExternalId": "acme-42"}}"#;
    let elsewhere = "arn:aws:iam::210987654321:role/reader";
    let (named, by_account) = (Role::new(DEPLOY).trusting(ALICE), Role::new(DEPLOY).trusting("123456789012"));
    let other = Role::new(elsewhere).trusting(ALICE);
    for (role, allowed, status) in [
        (&by_account, String::new(), 403),
        (&by_account, statement("Allow", DEPLOY, ""), 200),
        (&by_account, statement("Allow", elsewhere, ""), 403),
        (&by_account, statement("Allow", DEPLOY, with_id), 403),
        (&named, String::new(), 200),
        (&named, statement("Deny", "*", ""), 403),
        (&other, String::new(), 403),
        (&other, statement("Allow", elsewhere, ""), 200),
    ] {
        store.add_role(role.clone());
        own(&allowed);
        let arn = if std::ptr::eq(role, &other) { elsewhere } else { DEPLOY };
        let answer = user.sts(&server, &assume(arn, "")).await;
        assert_eq!(answer.status, status, "{role:?} {allowed}");
        if status == 403 {
            let denied = format!("User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            assert_eq!(refusal(&answer), (403, "AccessDenied", denied.as_str()));
        }
    }
    own(&statement("Allow", DEPLOY, with_id));
    store.add_role(by_account);
    assert_eq!(user.sts(&server, &assume(DEPLOY, "&ExternalId=acme-42")).await.status, 200);
}

#[tokio::test]
async fn a_role_with_an_external_id_wants_that_one() {
    let (server, user) = checking();
    server.store().add_role(Role::new(DEPLOY).with_external_id("ticket-17"));
    for (more, status) in [("", 403), ("&ExternalId=ticket-18", 403), ("&ExternalId=ticket-17", 200)] {
        assert_eq!(user.sts(&server, &assume(DEPLOY, more)).await.status, status, "{more}");
    }
}

#[tokio::test]
async fn a_session_lasts_as_long_as_it_is_asked_for_within_limits() {
    let (server, user) = checking();
    server.store().set_time(at(1_800_000_000));
    let user = Signer { time: at(1_800_000_000), ..user };
    let short = "arn:aws:iam::123456789012:role/short";
    server.store().add_role(Role::new(short));
    server.store().add_role(Role::new(DEPLOY).with_max_session_duration(Duration::from_secs(43_200)));
    for (role, seconds, end) in [
        (DEPLOY, "", "2027-01-15T09:00:00Z"),
        (DEPLOY, "&DurationSeconds=900", "2027-01-15T08:15:00Z"),
        (DEPLOY, "&DurationSeconds=43200", "2027-01-15T20:00:00Z"),
        (short, "&DurationSeconds=3600", "2027-01-15T09:00:00Z"),
    ] {
        let answer = user.sts(&server, &assume(role, seconds)).await;
        assert_eq!(element(&answer, "Expiration"), end, "{role}{seconds}");
    }
    let constraint = "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: \
                      Member must have value greater than or equal to 900";
    for (role, seconds, message) in [
        (DEPLOY, "899", constraint.to_owned()),
        (DEPLOY, "-1", constraint.replace("899", "-1")),
        (DEPLOY, "43201", constraint.replace("899", "43201").replace("greater", "less").replace("to 900", "to 43200")),
        (short, "3601", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".to_owned()),
        (short, "long", "DurationSeconds is not an integer.".to_owned()),
    ] {
        let answer = user.sts(&server, &assume(role, &format!("&DurationSeconds={seconds}"))).await;
        assert_eq!(refusal(&answer), (400, "ValidationError", message.as_str()), "{role} {seconds}");
    }
}

#[tokio::test]
async fn a_role_of_a_role_lasts_an_hour_at_most() {
    let (server, user) = checking();
    server.store().add_role(Role::new(DEPLOY).trusting(ALICE));
    let next = "arn:aws:iam::210987654321:role/next";
    server.store().add_role(Role::new(next).trusting(DEPLOY).with_max_session_duration(Duration::from_secs(43_200)));
    assert_eq!(user.sts(&server, &assume(next, "")).await.status, 403);

    let first = Signer::of_sts(&user.sts(&server, &assume(DEPLOY, "")).await);
    let answer = first.sts(&server, &assume(next, "&DurationSeconds=3601")).await;
    let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    assert_eq!(refusal(&answer), (400, "ValidationError", message));
    let second = Signer::of_sts(&first.sts(&server, &assume(next, "&DurationSeconds=3600")).await);
    assert_eq!(second.arn(&server).await, "arn:aws:sts::210987654321:assumed-role/next/ci");
}

#[tokio::test]
async fn a_session_is_over_at_its_end() {
    let (server, user) = checking();
    let session = Signer::of_sts(&user.sts(&server, &assume(DEPLOY, "&DurationSeconds=900")).await);
    server.store().advance(Duration::from_secs(899));
    assert_eq!(session.get_secret_value(&server, "s00").await.0, 200);
    server.store().advance(Duration::from_secs(1));
    let (status, body) = session.get_secret_value(&server, "s00").await;
    assert_eq!((status, body["__type"].as_str()), (400, Some("ExpiredTokenException")));
    let renewed = Signer::of_sts(&user.sts(&server, &assume(DEPLOY, "")).await);
    assert_eq!(renewed.get_secret_value(&server, "s00").await.0, 200);
}

#[test]
#[should_panic(expected = "is not the ARN of a role")]
fn what_is_no_role_cannot_be_declared() {
    serving(0).store().add_role(Role::new(ALICE));
}

#[test]
#[should_panic(expected = "is not the ARN of a principal")]
fn what_is_no_principal_gets_no_key() {
    serving(0).store().create_access_key(DEPLOY);
}
