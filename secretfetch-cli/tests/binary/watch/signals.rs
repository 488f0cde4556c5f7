//! SIGHUP asks for a round.

use std::time::Duration;

use super::*;

fn watch_rarely(scene: &Scene) -> Invocation {
    scene.command(&["watch", "--config", "config.yaml", "--interval", "1h"])
}

#[test]
fn a_round_follows_at_once() {
    let scene = local("");
    let running = watch_rarely(&scene).start();
    wait_for_text(&scene, "out/b", "first");
    for text in ["second", "third"] {
        rotate(&scene, text, "first");
        running.signal("HUP");
        wait_for_text(&scene, "out/a", text);
    }
    running.end("TERM").assert_done();
}

#[test]
fn several_while_a_round_is_under_way_are_one_more() {
    let scene = scene();
    let running = watch_rarely(&scene).start();
    wait_for_text(&scene, "out/url", "postgres://first");
    let asked = || scene.server().requests().len();
    let of_a_round = asked();
    scene.store().inject(Fault::latency(Duration::from_millis(700)).times(of_a_round as u32));
    running.signal("HUP");
    wait_for("the round", || asked() > of_a_round);
    for _ in 0..5 {
        running.signal("HUP");
        std::thread::sleep(Duration::from_millis(20));
    }
    wait_for("one more round", || asked() == 3 * of_a_round);
    std::thread::sleep(Duration::from_millis(800));
    assert_eq!(asked(), 3 * of_a_round);
    running.end("TERM").assert_done();
}

#[test]
fn a_round_after_failures_does_not_wait_for_the_back_off() {
    let scene = local("");
    let running = watch_rarely(&scene).start();
    wait_for_text(&scene, "out/b", "first");
    replace(&scene, "secrets.json", "{");
    running.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    rotate(&scene, "second", "second");
    running.signal("HUP");
    wait_for_text(&scene, "out/a", "second");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["kept as they are", "up to date again"]);
}
