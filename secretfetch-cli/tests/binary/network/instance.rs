//! Instance metadata (IMDSv2): the last source, asked on any machine.

use std::time::Duration;

use secretfetch_testkit::{BlackHole, Fault, Operation, ReservedAddress};

use crate::network::fetch::{access_keys, bare, fetch_all, scene, scene_with};
use crate::scene::{Invocation, Outcome, Scene};

const METADATA: Operation = Operation::InstanceMetadata;
const ENDPOINT: &str = "AWS_EC2_METADATA_SERVICE_ENDPOINT";

/// With nothing configured but where instance metadata is.
fn instance(scene: &Scene) -> Invocation {
    let fetch = bare(scene).without("AWS_EC2_METADATA_DISABLED").without("AWS_REGION");
    fetch.variable(ENDPOINT, scene.server().url())
}

/// That nobody answers costs a second or two of the sixty.
#[track_caller]
fn assert_is_no_source(run: &Outcome, code: i32, kind: &str, words: &[&str]) {
    run.assert_reports(code, kind, words);
    assert_eq!(run.waits(), 0, "{}", run.stderr());
    assert!(run.took < Duration::from_secs(30), "{:?}", run.took);
}

#[test]
fn an_instance_has_a_region_and_a_role() {
    let scene = scene();
    instance(&scene).run().assert_done();
    assert!(access_keys(&scene).iter().all(|key| key.starts_with("ASIAINSTANCE")));
    // One token, the region, the role's name, its credentials.
    assert_eq!(scene.count(METADATA), 4);
}

#[test]
fn without_a_region_and_without_an_instance_the_settings_are_named() {
    let words = ["no AWS region is configured", "--region", "AWS_REGION"];
    let hole = BlackHole::new();
    let nobody = ReservedAddress::new();
    let silent = scene_with([Fault::hang().on_operation(METADATA)]);
    for url in [hole.url(), nobody.url(), silent.server().url()] {
        let run = instance(&silent).variable(ENDPOINT, &url).run();
        assert_is_no_source(&run, 2, "config", &words);
    }
    assert_eq!(silent.count(METADATA), 1);
    // Twenty secrets wait for one answer.
    let sources: Vec<String> = (0..20).map(|n| format!("secretId: s{n}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let many = fetch_all(&silent, &sources).without("AWS_EC2_METADATA_DISABLED").without("AWS_REGION");
    assert_is_no_source(&many.variable(ENDPOINT, silent.server().url()).run(), 2, "config", &words);
    assert_eq!(silent.count(METADATA), 2);
    let short = instance(&silent).timeout(1).run();
    short.assert_reports(2, "config", &words);
}

#[test]
fn a_silent_or_foreign_instance_service_is_no_source_of_credentials() {
    let words = ["no AWS credentials are configured", "IRSA", "instance metadata"];
    for fault in [Fault::hang(), Fault::status(404), Fault::html_page(200)] {
        let scene = scene_with([fault.on_operation(METADATA)]);
        let run = instance(&scene).variable("AWS_REGION", "ca-central-1").run();
        assert_is_no_source(&run, 4, "noCredentials", &words);
        assert_eq!(scene.count(METADATA), 1);
    }
}

#[test]
fn an_instance_service_that_takes_a_connection_and_is_mute_is_told_as_a_hop_limit() {
    let scene = scene_with([Fault::hang().on_operation(METADATA)]);
    let run = instance(&scene).variable("AWS_REGION", "ca-central-1").run();
    assert_is_no_source(&run, 4, "noCredentials", &["instance metadata takes connections", "a hop limit of 1"]);
    let nobody = ReservedAddress::new();
    let run = instance(&scene).variable("AWS_REGION", "ca-central-1").variable(ENDPOINT, nobody.url()).run();
    assert!(!run.stderr().contains("hop limit"), "{}", run.stderr());
}

#[test]
fn an_instance_service_that_fails_for_the_moment_is_asked_again() {
    let faults = [Fault::unavailable(), Fault::unavailable().after(1)];
    let scene = scene_with(faults.map(|fault| fault.once().on_operation(METADATA)));
    let run = instance(&scene).variable("AWS_REGION", "ca-central-1").run();
    run.assert_done();
    assert_eq!(run.waits(), 2, "{}", run.stderr());
    run.assert_tells(&["instance metadata failed (HTTP status 503)"]);
}
