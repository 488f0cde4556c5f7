//! Secrets Manager's endpoint misbehaves.

use std::thread;
use std::time::Duration;

use secretfetch_testkit::{BlackHole, FakeSecretStore, FakeSecretsManager, Fault, Operation, ReservedAddress};

use crate::network::fetch::{
    REGION, SECRET, assert_secret_fails, assert_waited_once, fetch, fetch_all, scene, scene_with,
};
use crate::scene::{Outcome, Scene, assert_says};

const GET: Operation = Operation::GetSecretValue;

/// A fetch that this fault befalls for good.
fn suffering(fault: Fault, timeout: u64) -> (Scene, Outcome) {
    let scene = scene_with([fault]);
    let run = fetch(&scene).timeout(timeout).run();
    (scene, run)
}

#[test]
fn an_endpoint_that_takes_the_request_and_never_answers() {
    let (scene, run) = suffering(Fault::hang(), 2);
    let endpoint = format!("no answer from `{}` within 1.", scene.server().address());
    assert_secret_fails(&run, 5, "timeout", &[&endpoint, "endpoint URL", "VPC endpoint"]);
}

#[test]
fn an_endpoint_that_answers_a_byte_a_second() {
    let (scene, run) = suffering(Fault::trickle(Duration::from_secs(1)), 3);
    let endpoint = format!("the answer of `{}` was not complete within 2.", scene.server().address());
    assert_secret_fails(&run, 5, "timeout", &[&endpoint]);
}

#[test]
fn an_address_that_swallows_connections() {
    let hole = BlackHole::new();
    let run = fetch(&scene()).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", hole.url()).timeout(4).run();
    let endpoint = format!("no connection to `{}` within 3.1 s", hole.address());
    assert_secret_fails(&run, 5, "timeout", &[&endpoint, "security groups", "network policies"]);
}

#[test]
fn an_address_where_nobody_listens_is_asked_until_the_time_is_over() {
    let address = ReservedAddress::new();
    let run = fetch(&scene()).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", address.url()).timeout(2).run();
    let endpoint = format!("no answer from `{}`: connection refused", address.address());
    assert_secret_fails(&run, 5, "connect", &[&endpoint, "attempts"]);
    assert!(run.waits() > 0, "{}", run.stderr());
}

#[test]
fn an_endpoint_that_comes_up_two_seconds_later_is_waited_for() {
    let address = ReservedAddress::new();
    let scene = scene();
    let run = fetch(&scene).variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", address.url()).start();
    thread::sleep(Duration::from_secs(2));
    let _late = address.start(scene.store());
    let run = run.wait();
    run.assert_done();
    assert!(run.waits() > 0 && run.stderr().contains("connection refused"), "{}", run.stderr());
}

#[test]
fn five_seconds_of_throttling_are_waited_out_with_growing_waits() {
    let scene = scene_with([Fault::throttled()]);
    let run = fetch(&scene).start();
    thread::sleep(Duration::from_secs(5));
    scene.store().clear_faults();
    let run = run.wait();
    run.assert_done();
    // Without back-off it would be thousands.
    let asked = scene.count(GET);
    assert!((3..=60).contains(&asked), "{asked} requests");
    assert_eq!(run.waits(), asked - 1, "each wait is told: {}", run.stderr());
    run.assert_tells(&["AWS asks to slow down; asking again in "]);
}

#[test]
fn what_passes_is_asked_again_and_what_is_waited_for_is_told() {
    for (fault, words) in [
        (Fault::unavailable(), "the server at ENDPOINT failed (ServiceUnavailable)"),
        (Fault::internal_error(), "the server at ENDPOINT failed (InternalServiceError)"),
        (Fault::html_page(502), "the server at ENDPOINT failed (HTTP status 502)"),
        (Fault::throttled(), "AWS asks to slow down"),
        (Fault::status(429), "AWS asks to slow down"),
        (Fault::reset(), "no answer from ENDPOINT: connection reset"),
        (Fault::reset_body(), "the connection to ENDPOINT broke while the answer was read: connection reset"),
        (Fault::truncated_body(), "the connection to ENDPOINT broke while the answer was read: unexpected end of file"),
        (Fault::malformed_body(), "the answer of ENDPOINT is not one of Secrets Manager's (HTTP status 200)"),
        (Fault::html_page(200), "the answer of ENDPOINT is not one of Secrets Manager's (HTTP status 200)"),
        (Fault::redirect("/"), "the answer of ENDPOINT is not one of Secrets Manager's (HTTP status 302)"),
    ] {
        let scene = scene_with([fault.once()]);
        let run = fetch(&scene).run();
        assert_waited_once(&scene, &run, GET, &format!("secret `{SECRET}` in {REGION}: {words}"));
    }
}

#[test]
fn a_server_that_fails_until_the_end_is_told_with_the_attempts() {
    for (fault, kind, words) in [
        (Fault::unavailable(), "serviceUnavailable", "failed (ServiceUnavailable)"),
        (Fault::throttled(), "throttled", "AWS asks to slow down"),
        (Fault::reset_body(), "connect", "broke while the answer was read: connection reset"),
        (Fault::malformed_body(), "invalidResponse", "is not one of Secrets Manager's"),
        (Fault::html_page(403), "invalidResponse", "is not one of Secrets Manager's (HTTP status 403)"),
    ] {
        let (scene, run) = suffering(fault, 1);
        assert_secret_fails(&run, 5, kind, &[words, "attempts)"]);
        assert!(scene.count(GET) > 1, "{}", run.stderr());
        assert_eq!(run.report()["failures"][0]["retryable"], true);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = FakeSecretsManager::start(&FakeSecretStore::new());
    let (_, run) = suffering(Fault::redirect(format!("{}/login", elsewhere.url())), 1);
    assert_secret_fails(&run, 5, "invalidResponse", &["HTTP status 302", "proxy"]);
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn an_endless_answer_is_cut_off_and_costs_little_memory() {
    // Ten times the 50 MB that would do, so that no bound is met by chance.
    let scene = scene_with([Fault::large_body(500_000_000).on(SECRET), Fault::hang().on("other")]);
    scene.store().create_text("other", "x");
    // The other one keeps the process alive, so that its peak can be read.
    let run = fetch_all(&scene, &["secretId: vinsguru/prod", "secretId: other"]).timeout(3).run();
    assert_eq!(run.code(), 5, "{}", run.stderr());
    let failures = run.failures();
    let large = failures.iter().find(|failure| failure["secretId"] == SECRET).unwrap();
    assert_says(large, "invalidResponse", &["the answer is larger than 2 MiB", "proxy"]);
    assert!((1..128 * 1024).contains(&run.peak), "{} KiB", run.peak);
}

#[test]
fn what_does_not_pass_is_asked_once() {
    for (fault, code, kind, words) in [
        (
            Fault::access_denied(),
            4,
            "accessDenied",
            &["arn:aws:sts::123456789012:assumed-role/app/i-0 may not call secretsmanager:GetSecretValue"][..],
        ),
        (Fault::kms_access_denied(), 4, "kmsAccessDenied", &["kms:Decrypt"]),
        (Fault::expired_token(), 4, "credentialsRejected", &["expired"]),
        (Fault::invalid_token(), 4, "credentialsRejected", &["does not know the credentials", "access key"]),
        (Fault::large_body(3 << 20), 5, "invalidResponse", &["2 MiB"]),
    ] {
        let (scene, run) = suffering(fault, 20);
        run.assert_reports(code, kind, words);
        assert_eq!((scene.count(GET), run.waits()), (1, 0), "{}", run.stderr());
    }
}

#[test]
fn every_cause_is_told_apart_in_one_report() {
    let scene = scene_with([Fault::access_denied().on("denied"), Fault::kms_access_denied().on("locked")]);
    for name in ["denied", "locked", "deleted", "plain"] {
        scene.store().create_text(name, "not json");
    }
    scene.store().create_text("json", r#"{"username": "app"}"#);
    scene.store().schedule_deletion("deleted");
    let run = fetch_all(
        &scene,
        &[
            "secretId: missing",
            "secretId: elsewhere, region: eu-west-1",
            "secretId: plain, versionStage: AWSPENDING",
            "secretId: deleted",
            "secretId: denied",
            "secretId: locked",
            "secretId: plain, format: properties",
            "secretId: json, key: usernme",
        ],
    )
    .run();
    assert_eq!(run.code(), 4, "{}", run.stderr());
    let expected: [(&str, &str, &[&str]); 8] = [
        ("missing", "secretNotFound", &[REGION]),
        ("elsewhere", "secretNotFound", &["eu-west-1"]),
        ("plain", "versionNotFound", &["AWSPENDING"]),
        ("deleted", "scheduledForDeletion", &["restore-secret"]),
        ("denied", "accessDenied", &["assumed-role/app", "secretsmanager:GetSecretValue"]),
        ("locked", "kmsAccessDenied", &["kms:Decrypt"]),
        ("plain", "wrongShape", &["JSON"]),
        ("json", "keyNotFound", &["username"]),
    ];
    let failures = run.failures();
    assert_eq!(failures.len(), expected.len(), "{}", run.stderr());
    for (secret, kind, words) in expected {
        let failure = failures.iter().find(|failure| failure["secretId"] == secret && failure["kind"] == kind);
        assert_says(failure.unwrap_or_else(|| panic!("{secret} {kind}: {}", run.stderr())), kind, words);
    }
    assert!(!scene.path("out").exists(), "nothing is written");
}
