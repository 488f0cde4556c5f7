//! A configuration that changes while it is followed, and what it says of `watch`.

use std::os::unix::fs::symlink;
use std::time::Duration;

use super::*;

const RARELY: &str = "watch: {interval: 1h}\n";

#[test]
fn the_switch_of_a_config_map_is_followed() {
    let scene = local("");
    for (version, lines) in
        [("v1", "watch: {interval: 1s}\n"), ("v2", "  - {path: c, secretId: a}\nwatch: {interval: 1s}\n")]
    {
        fs::create_dir_all(scene.path("map").join(version)).unwrap();
        scene.write(
            &format!("map/{version}/config.yaml"),
            local_config(lines).replace("out", "../out").replace("file:", "file:../"),
        );
    }
    symlink("v1", scene.path("map/..data")).unwrap();
    symlink("..data/config.yaml", scene.path("map/config.yaml")).unwrap();
    let running = scene.command(&["watch", "--config", "map/config.yaml"]).start();
    wait_for_text(&scene, "out/b", "first");
    symlink("v2", scene.path("map/..data_tmp")).unwrap();
    fs::rename(scene.path("map/..data_tmp"), scene.path("map/..data")).unwrap();
    wait_for_text(&scene, "out/c", "first");
    let output = running.end("TERM");
    output.assert_done();
    assert_eq!(output.stderr().matches("the configuration has changed").count(), 1, "{}", output.stderr());
}

#[test]
fn one_that_is_wrong_is_refused_once_and_the_old_one_followed() {
    let scene = local("watch: {interval: 1s}\n");
    let running = scene.command(&["watch", "--config", "config.yaml"]).start();
    wait_for_text(&scene, "out/b", "first");
    replace(&scene, "config.yaml", "files: [{path: a, secretId: a, fromat: raw}]");
    std::thread::sleep(Duration::from_millis(1200));
    for text in ["second", "third"] {
        rotate(&scene, text, "first");
        wait_for_text(&scene, "out/a", text);
    }
    fs::remove_file(scene.path("config.yaml")).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    rotate(&scene, "fourth", "first");
    wait_for_text(&scene, "out/a", "fourth");
    replace(&scene, "config.yaml", &local_config("  - {path: c, secretId: b}\nwatch: {interval: 1s}\n"));
    wait_for_text(&scene, "out/c", "first");
    let output = running.end("TERM");
    output.assert_done();
    let stderr = output.stderr();
    assert_eq!(stderr.matches("fromat").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("cannot read the configuration").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("followed from now on").count(), 1, "{stderr}");
}

#[test]
fn another_interval_and_other_hooks_are_taken_and_an_option_wins() {
    let scene = local(RARELY);
    let running = scene.command(&["watch", "--config", "config.yaml"]).variable("PATH", "/usr/bin:/bin").start();
    wait_for_text(&scene, "out/b", "first");
    let lines = "watch: {interval: 1s, onChange: [{exec: {command: [touch, told]}}]}\n";
    replace(&scene, "config.yaml", &local_config(lines));
    running.signal("HUP");
    std::thread::sleep(Duration::from_millis(500));
    rotate(&scene, "second", "first");
    wait_for_text(&scene, "out/a", "second");
    wait_for("the hook", || scene.path("told").exists());
    running.end("TERM").assert_done();

    let scene = local(RARELY);
    let running = scene.command(&["watch", "--config", "config.yaml", "--interval", "1s"]).start();
    wait_for_text(&scene, "out/b", "first");
    rotate(&scene, "second", "first");
    wait_for_text(&scene, "out/a", "second");
    running.end("TERM").assert_done();
}

#[test]
fn files_that_are_named_no_more_are_left_and_that_is_told() {
    let scene = local("watch: {interval: 1s}\n");
    let running = scene.command(&["watch", "--config", "config.yaml"]).start();
    wait_for_text(&scene, "out/b", "first");
    let text = "store: file:secrets.json\ndirectory: out\nfiles: [{path: c, secretId: a}]\nwatch: {interval: 1s}\n";
    replace(&scene, "config.yaml", text);
    wait_for_text(&scene, "out/c", "first");
    assert_eq!(scene.names("out").len(), 3);
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["2 of the files from before are named no more"]);
}
