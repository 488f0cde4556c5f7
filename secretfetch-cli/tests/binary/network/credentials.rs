//! A container's credential endpoint: EKS Pod Identity and ECS.

use std::thread;
use std::time::Duration;

use secretfetch_testkit::{BlackHole, Fault, Operation, ReservedAddress};

use crate::network::fetch::{access_keys, assert_waited_once, bare, fetch_all, scene, scene_with};
use crate::scene::{Invocation, Outcome, Scene};

const AGENT: Operation = Operation::ContainerCredentials;
const ENDPOINT: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

fn pod_identity(scene: &Scene) -> Invocation {
    let token = scene.write("token", "pod-token");
    bare(scene).variable(ENDPOINT, scene.server().pod_identity_url()).variable(TOKEN, &token)
}

#[track_caller]
fn assert_got_credentials(scene: &Scene, run: &Outcome) {
    run.assert_done();
    let keys = access_keys(scene);
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("ASIACONTAINER")), "{keys:?}");
}

#[test]
fn an_agent_is_asked_once_with_the_token_and_on_ecs_without() {
    let scene = scene();
    let run = pod_identity(&scene).run();
    assert_got_credentials(&scene, &run);
    assert_eq!(scene.count(AGENT), 1);
    let ecs = format!("{}/v2/credentials/0123", scene.server().url());
    assert_got_credentials(&scene, &bare(&scene).variable(ENDPOINT, &ecs).run());
}

#[test]
fn an_agent_that_refuses_is_asked_once_and_the_role_is_the_remedy() {
    for (fault, status) in [(Fault::access_denied(), "403"), (Fault::status(404), "404")] {
        let scene = scene_with([fault.on_operation(AGENT)]);
        let run = pod_identity(&scene).run();
        run.assert_reports(4, "credentialsRejected", &["no credentials", status, ENDPOINT, "role"]);
        assert_eq!((scene.count(AGENT), run.waits()), (1, 0), "{}", run.stderr());
    }
    // Pod Identity without the token is one of these refusals.
    let scene = scene();
    let run = pod_identity(&scene).without(TOKEN).run();
    run.assert_reports(4, "credentialsRejected", &["HTTP status 400", ENDPOINT]);
}

#[test]
fn what_passes_at_the_agent_is_asked_again_and_told() {
    for (fault, words) in [
        (Fault::internal_error(), "their endpoint failed (HTTP status 500)"),
        (Fault::unavailable(), "their endpoint failed (HTTP status 503)"),
        (Fault::throttled(), "their endpoint failed (HTTP status 429)"),
        (Fault::reset(), "no answer from ENDPOINT: connection reset"),
        (Fault::truncated_body(), "the connection to ENDPOINT broke while the answer was read: unexpected end of file"),
        (Fault::malformed_body(), "the answer of their endpoint has none in it"),
        (Fault::html_page(200), "the answer of their endpoint has none in it"),
    ] {
        let scene = scene_with([fault.once().on_operation(AGENT)]);
        let run = pod_identity(&scene).run();
        // As many waits as failures: the SDK repeats nothing behind our back.
        assert_waited_once(&scene, &run, AGENT, &format!("no credentials: {words}"));
        assert_got_credentials(&scene, &run);
    }
}

#[test]
fn an_agent_that_fails_until_the_end_is_told_once_for_all_secrets() {
    for (fault, kind, words) in [
        (Fault::internal_error(), "serviceUnavailable", "HTTP status 500"),
        (Fault::malformed_body(), "invalidResponse", "has none in it"),
    ] {
        let scene = scene_with([fault.on_operation(AGENT)]);
        let run = many(&scene).timeout(1).run();
        run.assert_reports(5, kind, &["no credentials", words, ENDPOINT, "attempts"]);
        assert_eq!(scene.count(AGENT), run.waits() + 1, "{}", run.stderr());
    }
}

/// Twenty secrets with the agent's credentials.
fn many(scene: &Scene) -> Invocation {
    let sources: Vec<String> = (0..20).map(|n| format!("secretId: s{n}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let token = scene.write("token", "pod-token");
    let fetch = fetch_all(scene, &sources).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    fetch.variable(ENDPOINT, scene.server().pod_identity_url()).variable(TOKEN, &token)
}

#[test]
fn a_mute_agent_keeps_twenty_secrets_no_longer_than_one() {
    let mute = || scene_with([Fault::hang().on_operation(AGENT)]);
    let (one, twenty) = (mute(), mute());
    let runs = [pod_identity(&one), many(&twenty)].map(|fetch| fetch.timeout(2).run());
    for (scene, run) in [&one, &twenty].into_iter().zip(&runs) {
        let words = format!("no answer from `{}` within", scene.server().address());
        run.assert_reports(5, "timeout", &["no credentials", &words, ENDPOINT, "agent"]);
    }
    // What is left of the two seconds may be enough to ask again, and again; each of the twenty by itself asks more often.
    assert!((1..=4).contains(&twenty.count(AGENT)), "{}", twenty.count(AGENT));
}

#[test]
fn an_agent_behind_a_firewall_is_told_within_its_own_limit() {
    let hole = BlackHole::new();
    let scene = scene();
    let run = pod_identity(&scene).variable(ENDPOINT, format!("{}/v1/credentials", hole.url())).timeout(3).run();
    let words = format!("no connection to `{}` within 2.0 s", hole.address());
    run.assert_reports(5, "timeout", &["no credentials", &words, ENDPOINT]);
}

#[test]
fn an_agent_that_comes_up_two_seconds_later_is_waited_for() {
    let address = ReservedAddress::new();
    let scene = scene();
    let run = pod_identity(&scene).variable(ENDPOINT, format!("{}/v1/credentials", address.url())).start();
    thread::sleep(Duration::from_secs(2));
    let _late = address.start(scene.store());
    let run = run.wait();
    assert_got_credentials(&scene, &run);
    let words = format!("no answer from `{}`: connection refused; asking again in", _late.address());
    assert!(run.stderr().contains(&words) && run.waits() > 0, "{}", run.stderr());
}

#[test]
fn settings_of_the_agent_that_cannot_work_are_named() {
    let scene = scene();
    let run = pod_identity(&scene).variable(TOKEN, "/nonexistent/token").run();
    run.assert_reports(4, "credentialsUnreadable", &["/nonexistent/token", TOKEN, "mounted"]);
    let run = pod_identity(&scene).variable(TOKEN, "").run();
    run.assert_reports(4, "credentialsUnreadable", &[TOKEN, "unset it"]);
    // Credentials are not asked of a stranger in clear text.
    let run = pod_identity(&scene).variable(ENDPOINT, "http://192.0.2.1/v1/credentials").run();
    run.assert_reports(4, "credentialsUnreadable", &[ENDPOINT, "https"]);
    assert_eq!(scene.count(AGENT), 0);
}
