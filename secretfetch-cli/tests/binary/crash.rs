//! Killed at any instant, a run leaves each file whole, old or new, and the next run heals what is left.
//!
//! `SECRETFETCH_CRASHES` says how many runs are killed for each layout; more find more.

#![allow(clippy::print_stdout, reason = "how many runs were killed says what the test is worth")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::scene::{Invocation, Scene};

const FILES: usize = 12;

struct Volume {
    scene: Scene,
    directory: PathBuf,
}

impl Volume {
    fn new(layout: &str) -> Self {
        let scene = Scene::new();
        let mut config = format!("store: file:secrets.json\ndirectory: volume\nlayout: {layout}\nfiles:\n");
        for number in 0..FILES {
            let directory = ["", "sub/", "sub/deep/"][number % 3];
            config += &format!("  - {{path: {directory}file{number}, secretId: secret{number}}}\n");
        }
        config += "  - {path: sub/extra, secretId: extra, optional: true}\n";
        scene.write("config.yaml", config);
        let directory = scene.path("volume");
        Volume { scene, directory }
    }

    /// The secrets of one set: every file says which set it is of, and every other set has one file more.
    fn set(&self, set: usize) {
        let mut secrets: Vec<String> =
            (0..FILES).map(|number| format!("\"secret{number}\":\"{}\"", content(set, number))).collect();
        if set % 2 == 1 {
            secrets.push(format!("\"extra\":\"{}\"", content(set, FILES)));
        }
        self.scene.write("secrets.json", format!("{{{}}}", secrets.join(",")));
    }

    fn command(&self) -> Invocation {
        self.scene.command(&["fetch", "-q", "--config", "config.yaml"])
    }

    /// Starts a run and kills it after the time; says whether it was still at work.
    fn kill_after(&self, time: Duration) -> bool {
        let running = self.command().start();
        sleep(time);
        !running.kill().succeeded()
    }

    /// The set that each file is of; panics at a file that is not whole.
    fn sets(&self, directory: &Path) -> BTreeSet<usize> {
        let mut sets = BTreeSet::new();
        for number in 0..=FILES {
            let name = match number {
                FILES => "sub/extra".to_owned(),
                _ => format!("{}file{number}", ["", "sub/", "sub/deep/"][number % 3]),
            };
            let Ok(text) = fs::read_to_string(directory.join(&name)) else { continue };
            let set = text.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{name}: {text:?}"));
            assert_eq!(text, content(set, number), "{name} is not whole");
            sets.insert(set);
        }
        sets
    }

    /// Everything in the volume, but for directories.
    fn paths(&self) -> Vec<String> {
        fn collect(directory: &Path, root: &Path, paths: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    collect(&entry.path(), root, paths);
                } else {
                    paths.push(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut paths = Vec::new();
        collect(&self.directory, &self.directory, &mut paths);
        paths.sort();
        paths
    }
}

/// Longer than a page, so that a file can be cut in the middle.
fn content(set: usize, number: usize) -> String {
    format!("{set} {number} {}", "x".repeat(6000 + number))
}

/// Kills runs on changing sets; `check` looks at what each left.
fn crash(layout: &str, check: impl Fn(&Volume)) {
    let crashes: usize = std::env::var("SECRETFETCH_CRASHES").map_or(150, |count| count.parse().unwrap());
    let volume = Volume::new(layout);
    volume.set(0);
    volume.command().run().assert_done();
    let mut random = fastrand::Rng::with_seed(1);
    let mut killed = 0;
    // How long a run takes here and now decides when it is killed; nothing is asserted about it.
    let mut whole = Duration::from_millis(20);
    for set in 1..=crashes {
        volume.set(set);
        if volume.kill_after(whole.mul_f64(random.f64() * 1.2)) {
            killed += 1;
        }
        check(&volume);
        let sets = volume.sets(&volume.directory);
        assert!(sets.iter().all(|found| *found <= set), "{sets:?}");
        if set % 5 == 0 {
            let output = volume.command().run();
            output.assert_done();
            whole = output.took;
            healed(&volume, layout, set);
        }
    }
    println!("{layout}: {killed} of {crashes} runs were killed before their end");
    assert!(killed > 0, "no run was killed before its end");
}

/// After a whole run every file is of its set, and nothing else is left.
fn healed(volume: &Volume, layout: &str, set: usize) {
    assert_eq!(volume.sets(&volume.directory), BTreeSet::from([set]));
    let files = FILES + set % 2;
    // The generation's files and its mark, `..data`, and the symlinks `file0`, `file3`, … and `sub`.
    let links = if layout == "generation" { 1 + 1 + FILES / 3 + 1 } else { 0 };
    let paths = volume.paths();
    assert_eq!(paths.len(), files + links, "{paths:?}");
    for directory in ["", "sub", "sub/deep"] {
        let mode = fs::metadata(volume.directory.join(directory)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o750, "{directory:?}");
    }
}

#[test]
fn plain_files_are_whole_after_any_kill() {
    crash("plain", |_| {});
}

#[test]
fn generations_never_mix_after_any_kill() {
    crash("generation", |volume| {
        if let Ok(current) = volume.directory.join("..data").canonicalize() {
            let sets = volume.sets(&current);
            assert_eq!(sets.len(), 1, "{sets:?}");
            let extra = current.join("sub/extra").exists();
            assert_eq!(extra, sets.first().unwrap() % 2 == 1, "the set is not whole");
            // What readers open is that generation, all of it.
            assert_eq!(volume.sets(&volume.directory), sets);
        }
    });
}
