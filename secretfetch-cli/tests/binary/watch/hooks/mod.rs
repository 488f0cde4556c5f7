//! `onChange`: who is told of new files, and what of.

mod exec;
mod http;
mod signal;

use super::{local, rotate, wait_for_text};
use crate::scene::{Running, Scene, wait_for};

/// What no hook and no line of a log may have in it.
const CANARY: &str = "canary-7Yq1wZ";

/// With these hooks, of which each is one line of YAML in braces.
fn scene(hooks: &[&str]) -> Scene {
    let list: String = hooks.iter().map(|hook| format!("    - {{{hook}}}\n")).collect();
    local(&format!("watch:\n  interval: 1s\n  onChange:\n{list}"))
}

/// Runs `watch`, with the first set written.
fn start(scene: &Scene) -> Running {
    let running = scene.command(&["watch", "-v", "--config", "config.yaml"]).variable("PATH", "/usr/bin:/bin").start();
    wait_for_text(scene, "out/b", "first");
    running
}

fn wait_for_log(scene: &Scene, name: &str, text: &str) {
    let read = || std::fs::read_to_string(scene.path(name)).unwrap_or_default();
    wait_for(&format!("{name} has {text:?}"), || read().contains(text));
}
