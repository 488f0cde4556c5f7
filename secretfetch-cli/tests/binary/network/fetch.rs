//! Fetches of one secret and of several, from a fake that they find by its endpoint, and with credentials of a source that
//! a test is about.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};

use crate::scene::{Invocation, Outcome, Scene};

pub(super) const REGION: &str = "ca-central-1";
pub(super) const SECRET: &str = "vinsguru/prod";

/// Beside a server with one secret, in an environment with a region and its endpoint, and without credentials.
pub(super) fn scene() -> Scene {
    let store = FakeSecretStore::new().in_region(REGION);
    store.create_text(SECRET, "the value");
    let server = FakeSecretsManager::start(&store);
    let endpoint = server.url();
    Scene::new().beside(server).with_variables([
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", "/nonexistent"),
    ])
}

pub(super) fn scene_with(faults: impl IntoIterator<Item = Fault>) -> Scene {
    let scene = scene();
    faults.into_iter().for_each(|fault| scene.store().inject(fault));
    scene
}

/// A fetch of the one secret into a file, without credentials.
pub(super) fn bare(scene: &Scene) -> Invocation {
    scene.command(&["fetch", "--secret-id", SECRET, "--output", "out/file", "--report", "json"]).timeout(60)
}

/// As [`bare`], with static credentials.
pub(super) fn fetch(scene: &Scene) -> Invocation {
    with_keys(bare(scene))
}

/// A fetch of several secrets into a file each, with static credentials.
pub(super) fn fetch_all(scene: &Scene, sources: &[&str]) -> Invocation {
    let files = sources.iter().enumerate();
    let files: String = files.map(|(n, source)| format!("  - {{path: f{n}, {source}}}\n")).collect();
    fetch_config(scene, &format!("directory: out\nfiles:\n{files}"))
}

/// A fetch with this configuration and static credentials.
pub(super) fn fetch_config(scene: &Scene, config: &str) -> Invocation {
    scene.write("config.yaml", config);
    with_keys(scene.command(&["fetch", "--config", "config.yaml", "--report", "json"]).timeout(60))
}

/// With static credentials.
pub(super) fn with_keys(fetch: Invocation) -> Invocation {
    fetch.variables([("AWS_ACCESS_KEY_ID", "AKIATESTING"), ("AWS_SECRET_ACCESS_KEY", "testing")])
}

/// The access key ids that the requests to Secrets Manager were signed with.
pub(super) fn access_keys(scene: &Scene) -> Vec<String> {
    let requests = scene.server().requests().into_iter();
    let about_secrets = requests.filter(|request| !request.secret_ids.is_empty());
    about_secrets.filter_map(|request| request.access_key_id).collect()
}

/// Asserts that the run came through after one failure, which it has told in these words with `ENDPOINT` for the server's
/// address, and one more request than would have done.
#[track_caller]
pub(super) fn assert_waited_once(scene: &Scene, run: &Outcome, operation: Operation, words: &str) {
    run.assert_done();
    assert_eq!((scene.count(operation), run.waits()), (2, 1), "{words}: {}", run.stderr());
    let words = words.replace("ENDPOINT", &format!("`{}`", scene.server().address()));
    let told = format!("warning: {words}; asking again in ");
    assert!(run.stderr().starts_with(&told), "not {told}: {}", run.stderr());
    run.assert_tells(&["s (1 of 1 secrets are open)"]);
}

/// Asserts that the one secret has failed, in this way and with these words.
#[track_caller]
pub(super) fn assert_secret_fails(run: &Outcome, code: i32, kind: &str, words: &[&str]) {
    run.assert_reports(code, kind, words);
    let failure = &run.failures()[0];
    assert_eq!((failure["secretId"].as_str(), failure["region"].as_str()), (Some(SECRET), Some(REGION)), "{failure}");
}
