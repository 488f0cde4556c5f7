//! Many secrets on a network that misbehaves: they fail together, and come through together.

use std::time::Duration;

use secretfetch_testkit::{Fault, Operation};

use crate::network::fetch::{fetch_config, scene_with};
use crate::scene::{Invocation, Scene};

fn named(scene: &Scene, count: usize, batch: &str) -> Invocation {
    let files: String = (0..count).map(|n| format!("  - {{path: f{n}, secretId: s{n}}}\n")).collect();
    fetch_config(scene, &format!("directory: out\nbatch: {batch}\nfiles:\n{files}"))
}

#[test]
fn twenty_secrets_fail_as_fast_as_one() {
    // One after the other, twenty would take twenty times as long.
    let faults = || [Fault::latency(Duration::from_millis(500)), Fault::access_denied()];
    for batch in ["auto", "never"] {
        let [one, twenty] = [1, 20].map(|count| {
            let scene = scene_with(faults());
            let run = named(&scene, count, batch).run();
            assert_eq!((run.code(), run.failures().len()), (4, count), "{}", run.stderr());
            assert_eq!(scene.count(Operation::GetSecretValue), count, "none is asked twice");
            run.took
        });
        assert!(twenty < one * 8, "{batch}: {one:?} for one, {twenty:?} for twenty");
    }
}

#[test]
fn twenty_secrets_on_a_silent_endpoint_end_with_the_timeout_and_are_all_told() {
    for batch in ["auto", "never"] {
        let scene = scene_with([Fault::hang()]);
        let run = named(&scene, 20, batch).timeout(2).run();
        assert_eq!((run.code(), run.failures().len()), (5, 20), "{}", run.stderr());
        assert!(run.failures().iter().all(|failure| failure["kind"] == "timeout"), "{}", run.report());
    }
}

#[test]
fn a_thousand_throttled_secrets_come_through() {
    const COUNT: usize = 1000;
    for (batch, throttled) in [("auto", 2_500), ("never", 2_500)] {
        let scene = scene_with([Fault::throttled().times(throttled)]);
        for n in 0..COUNT {
            scene.store().create_text(&format!("s{n}"), format!("value {n}"));
        }
        let run = named(&scene, COUNT, batch).run();
        run.assert_done();
        assert_eq!(scene.read("out/f999"), "value 999");
        // A budget of retries, such as the SDK's, is spent after some hundred.
        let asked = scene.count(Operation::GetSecretValue);
        assert!(asked >= throttled as usize, "{asked} requests");
        assert!((1..20).contains(&run.waits()), "one line a round:\n{}", run.stderr());
        run.assert_tells(&["of 1000 secrets are open"]);
    }
}
