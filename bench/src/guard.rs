//! Figures that do not depend on the clock, each against its bound.
//!
//! A bound has some per cent of head-room over what is measured, so that another compiler or libc passes, and a
//! second parse of every certificate does not.

use std::path::PathBuf;

use crate::contender;
use crate::measure;
use crate::outcome::{Result, say};
use crate::polls;
use crate::scene::{Distance, Scene};
use crate::volume;

/// The binary that is held to the bounds.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The static binary `secretfetch`.
    #[arg(long)]
    binary: PathBuf,

    /// The distribution's bundle.
    #[arg(long, default_value = "/etc/ssl/certs/ca-certificates.crt")]
    bundle: PathBuf,
}

/// Instructions for one secret, with one authority in the bundle.
const ONE_SECRET: u64 = 5_200_000;
/// The same with a distribution's bundle of some 150 authorities.
const ONE_SECRET_WHOLE_BUNDLE: u64 = 7_900_000;
/// Instructions for a thousand secrets: what is quadratic shows here first.
const THOUSAND_SECRETS: u64 = 136_000_000;
/// Peak of resident memory in KiB, by number of secrets.
const PEAKS: [(usize, u64); 2] = [(1, 6 * 1024 + 768), (1000, 8 * 1024 + 768)];
/// Requests and connections by number of secrets: batches of twenty, at most ten at once.
const ASKED: [(usize, usize, usize); 4] = [(1, 1, 1), (20, 1, 1), (100, 5, 5), (1000, 50, 10)];

/// The same of parameters: ten in one request.
const ASKED_OF_PARAMETER_STORE: [(usize, usize, usize); 3] = [(1, 1, 1), (100, 10, 10), (1000, 100, 10)];
/// Instructions for one parameter, in per cent of those for one secret.
const ONE_PARAMETER_PERCENT: u64 = 110;
/// Instructions of `exec` up to its execve(2), in per cent of those of `fetch`.
const EXEC_PERCENT: u64 = 103;

/// A poll of `watch`, by number of secrets: its requests, and the connections of several polls.
const POLLS: [(usize, usize, usize); 2] = [(1, 1, 1), (100, 5, 1)];

/// Peak of resident memory where much is written: so many times the bytes of the files, and so many KiB beside them.
const VOLUME_TIMES: u64 = 3;
const VOLUME_BESIDE: u64 = 6 * 1024;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let binary = std::fs::canonicalize(&arguments.binary)?;
    let mut over = 0;
    let mut hold = |what: &str, value: u64, bound: u64| {
        let verdict = if value <= bound { "ok" } else { "OVER" };
        over += u32::from(value > bound);
        say(format!("{what}: {value}, at most {bound}: {verdict}"));
    };
    for (secrets, requests, connections) in ASKED {
        let scene = Scene::new(secrets, None, Distance::Near)?;
        let ours = contender::ours(&binary, &scene);
        let asked = measure::check(&ours, &scene)?;
        hold(&format!("{secrets} secrets, requests"), asked.requests as u64, requests as u64);
        hold(&format!("{secrets} secrets, connections"), asked.connections as u64, connections as u64);
    }
    for (parameters, requests, connections) in ASKED_OF_PARAMETER_STORE {
        let scene = Scene::new(parameters, None, Distance::Near)?;
        let asked = measure::check(&contender::ours_with_parameters(&binary, &scene), &scene)?;
        hold(&format!("{parameters} parameters, requests"), asked.requests as u64, requests as u64);
        hold(&format!("{parameters} parameters, connections"), asked.connections as u64, connections as u64);
    }
    for (secrets, requests, connections) in POLLS {
        let asked = polls::unchanged(&binary, secrets)?;
        hold(&format!("a poll of {secrets} secrets, requests"), asked.requests as u64, requests as u64);
        hold(&format!("polls of {secrets} secrets, connections"), asked.connections as u64, connections as u64);
    }
    hold("wakeups between two polls", polls::wakeups(&binary, 100)?, 0);
    let scene = Scene::new(1, None, Distance::Near)?;
    let ours = contender::ours(&binary, &scene);
    let one_secret = measure::instructions(&ours, &scene)?;
    hold("1 secret, instructions", one_secret, ONE_SECRET);
    let one_parameter = measure::instructions(&contender::ours_with_parameters(&binary, &scene), &scene)?;
    hold("1 parameter, instructions", one_parameter, one_secret * ONE_PARAMETER_PERCENT / 100);
    let before = measure::instructions(&contender::ours_before_a_program(&binary, &scene), &scene)?;
    hold("exec, 1 secret, instructions", before, one_secret * EXEC_PERCENT / 100);
    let whole = contender::ours_with_bundle(&binary, &arguments.bundle, &scene)?;
    hold("1 secret, whole bundle, instructions", measure::instructions(&whole, &scene)?, ONE_SECRET_WHOLE_BUNDLE);
    for (secrets, bound) in PEAKS {
        let scene = Scene::new(secrets, None, Distance::Near)?;
        let ours = contender::ours_with_files(&binary, &scene);
        hold(&format!("{secrets} secrets, peak memory in KiB"), measure::peak_memory(&ours, &scene)?, bound);
        if secrets > 1 {
            hold(&format!("{secrets} secrets, instructions"), measure::instructions(&ours, &scene)?, THOUSAND_SECRETS);
        }
    }
    for peak in volume::peaks(&binary)? {
        let bound = VOLUME_TIMES * peak.written_kib + VOLUME_BESIDE;
        hold(&format!("{} written as {}, peak memory in KiB", peak.written_kib, peak.format), peak.kib, bound);
    }
    match over {
        0 => Ok(()),
        _ => Err(format!("{over} figures are over their bound").into()),
    }
}
