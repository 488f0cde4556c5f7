//! `exec`: the program that the binary becomes, and what it finds.

mod environment;
mod process;
mod references;

use crate::scene::{Invocation, Outcome, Scene};

/// Prints its environment as the kernel gave it.
const ENVIRONMENT: [&str; 3] = ["--", "/bin/cat", "/proc/self/environ"];

const SECRETS: &str = r#"{
    "team/db": {"USER": "app", "PASSWORD": "p\u00e4ss'\"$\n", "PORT": 5432, "nested": {"ssl": true}},
    "team/url": "postgres://db",
    "blob": {"$binary": "//4B"},
    "nul": "a\u0000b",
    "loader": {"LD_PRELOAD": "/tmp/x.so"},
    "null": {"A": null},
    "other": {"user": "else"}
}"#;

fn scene() -> Scene {
    Scene::new().with_file("secrets.json", SECRETS)
}

/// `exec` of what these arguments say, before the program prints its environment.
fn printing(scene: &Scene, arguments: &[&str]) -> Invocation {
    scene.command(&["exec", "--store", "file:secrets.json"]).arguments(arguments).arguments(ENVIRONMENT)
}

/// The variables that such a program printed, in the order of their names.
#[track_caller]
fn variables(outcome: &Outcome) -> Vec<(String, Vec<u8>)> {
    assert!(outcome.succeeded(), "{}", outcome.stderr());
    let mut variables = Vec::new();
    for variable in outcome.stdout.split(|byte| *byte == 0).filter(|variable| !variable.is_empty()) {
        let at = variable.iter().position(|byte| *byte == b'=').unwrap();
        variables.push((String::from_utf8(variable[..at].to_vec()).unwrap(), variable[at + 1..].to_vec()));
    }
    variables.sort();
    variables
}

fn expected(pairs: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect()
}
