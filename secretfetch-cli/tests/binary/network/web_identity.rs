//! A service account's token for a role (IRSA), and a role of a role: STS in between.

use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use secretfetch_testkit::{BlackHole, Fault, Operation, ReservedAddress};

use crate::network::fetch::{access_keys, assert_waited_once, bare, fetch, fetch_config, scene, scene_with};
use crate::scene::{Invocation, Outcome, Scene};

const STS: Operation = Operation::AssumeRoleWithWebIdentity;
const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const TOKEN: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The claims `{"exp": 1700000000}`, in November 2023.
const EXPIRED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl";

fn web_identity(scene: &Scene) -> Invocation {
    let token = scene.write("token", "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl");
    bare(scene)
        .variable("AWS_ROLE_ARN", ROLE)
        .variable(TOKEN, &token)
        .variable("AWS_ENDPOINT_URL_STS", scene.server().url())
}

#[track_caller]
fn assert_got_role(scene: &Scene, run: &Outcome) {
    run.assert_done();
    let keys = access_keys(scene);
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("ASIAWEBIDENTITY")), "{keys:?}");
}

#[test]
fn a_token_is_exchanged_for_a_role_once() {
    let scene = scene();
    let run = web_identity(&scene).run();
    assert_got_role(&scene, &run);
    assert_eq!(scene.count(STS), 1);
}

#[test]
fn variables_that_are_set_to_nothing_count_as_not_set() {
    // A chart that renders an unset value leaves them so.
    for (role, token) in [("", ""), (ROLE, ""), ("", "/nonexistent/token")] {
        let scene = scene();
        let empty = |fetch: Invocation| fetch.variable("AWS_ROLE_ARN", role).variable(TOKEN, token);
        empty(fetch(&scene)).run().assert_done();
        let run = empty(bare(&scene)).variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "").variable("AWS_PROFILE", "");
        run.run().assert_reports(4, "noCredentials", &["AWS_ACCESS_KEY_ID", "IRSA"]);
        let run = empty(bare(&scene))
            .variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", scene.server().pod_identity_url())
            .variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token");
        run.run().assert_done();
    }
    let run = bare(&scene()).variable("AWS_ROLE_ARN", ROLE).run();
    run.assert_reports(4, "noCredentials", &["AWS_ROLE_ARN is set without AWS_WEB_IDENTITY_TOKEN_FILE"]);
}

#[test]
fn a_token_that_is_not_there_or_may_not_be_read_is_named_with_the_remedy() {
    let scene = scene();
    let run = web_identity(&scene).variable(TOKEN, "/nonexistent/token").run();
    run.assert_reports(4, "credentialsUnreadable", &["/nonexistent/token", TOKEN, "mounted"]);

    let scene = scene.with_program_for_everyone();
    let fetch = web_identity(&scene);
    std::fs::set_permissions(scene.path("token"), PermissionsExt::from_mode(0o000)).unwrap();
    // Root reads what nobody may: then the program is run as somebody else.
    let fetch = if std::fs::read(scene.path("token")).is_ok() { fetch.user(65_534) } else { fetch };
    let run = fetch.run();
    run.assert_reports(4, "credentialsUnreadable", &["permission denied", TOKEN, "fsGroup"]);
    assert_eq!(scene.count(STS), 0);
}

#[test]
fn what_sts_refuses_is_told_apart_and_asked_once() {
    for (fault, kind, words) in [
        (Fault::access_denied(), "accessDenied", &["sts:AssumeRoleWithWebIdentity", "trust policy"][..]),
        (Fault::invalid_token(), "credentialsRejected", &["web-identity token", "OIDC provider"]),
        (Fault::expired_token(), "credentialsRejected", &["expired", "clock"]),
    ] {
        let scene = scene_with([fault.on_operation(STS)]);
        let run = web_identity(&scene).run();
        run.assert_reports(4, kind, words);
        assert_eq!((scene.count(STS), run.waits()), (1, 0), "{}", run.stderr());
    }
    let scene = scene();
    let fetch = web_identity(&scene);
    scene.write("token", EXPIRED);
    fetch.run().assert_reports(4, "credentialsRejected", &["the web-identity token", "expired"]);
    assert_eq!(scene.count(STS), 1);
}

#[test]
fn what_passes_at_sts_is_asked_again() {
    for (fault, words) in [
        (Fault::throttled(), "AWS asks to slow down"),
        (Fault::unavailable(), "STS failed (ServiceUnavailable)"),
        (Fault::internal_error(), "STS failed (InternalFailure)"),
        (Fault::status(502), "STS failed (HTTP status 502)"),
        (Fault::reset(), "no answer from ENDPOINT: connection reset"),
        (Fault::truncated_body(), "the connection to ENDPOINT broke while the answer was read: unexpected end of file"),
        (Fault::malformed_body(), "the answer of their source is incomplete"),
        (Fault::html_page(200), "the answer is not one of STS's (HTTP status 200)"),
    ] {
        let scene = scene_with([fault.once().on_operation(STS)]);
        let run = web_identity(&scene).run();
        assert_waited_once(&scene, &run, STS, &format!("no credentials: {words}"));
        assert_got_role(&scene, &run);
    }
}

#[test]
fn an_sts_that_stays_away_is_named() {
    let hole = BlackHole::new();
    let run = web_identity(&scene()).variable("AWS_ENDPOINT_URL_STS", hole.url()).timeout(4).run();
    let words = format!("no connection to `{}` within 3.1 s", hole.address());
    run.assert_reports(5, "timeout", &["no credentials", &words]);

    let scene = scene_with([Fault::hang().on_operation(STS)]);
    let run = web_identity(&scene).timeout(2).run();
    let words = format!("no answer from `{}` within", scene.server().address());
    run.assert_reports(5, "timeout", &["no credentials", &words, "STS"]);

    let scene = scene_with([Fault::html_page(200).on_operation(STS)]);
    web_identity(&scene).timeout(1).run().assert_reports(5, "invalidResponse", &["not one of STS's"]);
}

#[test]
fn an_sts_that_comes_up_two_seconds_later_is_waited_for() {
    let address = ReservedAddress::new();
    let scene = scene();
    let run = web_identity(&scene).variable("AWS_ENDPOINT_URL_STS", address.url()).start();
    thread::sleep(Duration::from_secs(2));
    let _late = address.start(scene.store());
    assert_got_role(&scene, &run.wait());
}

fn role_of_a_role(scene: &Scene) -> Invocation {
    let config = format!(
        "store: {{aws: {{roleArn: {ROLE}, endpointUrl: {}}}}}\ndirectory: out\nfiles:\n  - {{path: f, secretId: vinsguru/prod}}\n",
        scene.server().url()
    );
    fetch_config(scene, &config).variable("AWS_ENDPOINT_URL_STS", scene.server().url())
}

#[test]
fn a_role_is_assumed_with_the_credentials_that_are_there() {
    let scene = scene();
    role_of_a_role(&scene).run().assert_done();
    let requests = scene.server().requests();
    let [assume, get] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(assume.operation, Operation::AssumeRole);
    assert_eq!(assume.access_key_id.as_deref(), Some("AKIATESTING"));
    assert!(get.access_key_id.as_deref().unwrap().starts_with("ASIAROLE"));
}

#[test]
fn a_role_that_may_not_be_assumed_names_who_wanted_to() {
    let scene = scene_with([Fault::access_denied().on_operation(Operation::AssumeRole)]);
    let words = ["arn:aws:sts::123456789012:assumed-role/app/i-0 may not call sts:AssumeRole", "trust policy"];
    role_of_a_role(&scene).run().assert_reports(4, "accessDenied", &words);
    assert_eq!((scene.count(Operation::AssumeRole), scene.count(Operation::GetSecretValue)), (1, 0));
}
