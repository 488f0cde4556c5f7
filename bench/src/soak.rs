//! Many polls of `watch`, with rotations and faults among them: what it holds must not grow.
//!
//! The interval's floor is a second, so each poll is asked for by SIGHUP as soon as the one before is answered.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use secretfetch_testkit::Fault;

use crate::outcome::{Result, say};
use crate::scene::{Distance, Scene};
use crate::watching::{Watching, wait_for};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The static binary `secretfetch`.
    #[arg(long)]
    binary: PathBuf,

    /// How many polls.
    #[arg(long, default_value_t = 10_000)]
    polls: u32,

    /// The longest time, in seconds: what is held then is compared after fewer polls.
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
}

const SECRETS: usize = 100;

/// Peak of resident memory in KiB.
const PEAK: u64 = 8 * 1024;
/// How many connections more there can be at one moment than at another: those of a first round, and those that a fault has
/// just replaced. What leaked with each poll would be thousands.
const CONNECTIONS: u64 = 10;

/// After so many polls every fault has been there twice, and all connections that it costs.
const WARM: u32 = 200;

/// A poll that has not asked by then was one with the poll before.
const PATIENCE: Duration = Duration::from_millis(500);

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let binary = std::fs::canonicalize(&arguments.binary)?;
    let scene = Scene::new(SECRETS, None, Distance::Near)?;
    let mut watching = Watching::start(&binary, &scene, "1h")?;
    let started = Instant::now();
    let end = started + Duration::from_secs(arguments.seconds);
    let (mut polls, mut warm) = (0, None);
    while polls < arguments.polls && Instant::now() < end {
        disturb(&scene, polls);
        poll(&mut watching, &scene, end)?;
        polls += 1;
        if polls == WARM {
            warm = Some((watching.descriptors()?, watching.peak_memory()?));
        }
    }
    let (descriptors, peak) = warm.ok_or_else(|| format!("{polls} polls say nothing: at least {WARM} are needed"))?;
    catches_up(&mut watching, &scene, end)?;

    let (last_descriptors, last_peak) = (watching.descriptors()?, watching.peak_memory()?);
    say(format!("{polls} polls of {SECRETS} secrets in {:.0} s", started.elapsed().as_secs_f64()));
    say(format!("peak memory in KiB: {peak} after {WARM} polls, {last_peak} in the end, at most {PEAK}"));
    say(format!("descriptors: {descriptors} after {WARM} polls, {last_descriptors} in the end"));
    match last_peak <= PEAK && last_descriptors <= descriptors + CONNECTIONS {
        true => Ok(()),
        false => Err("watch holds more than it may".into()),
    }
}

/// Something happens before this poll, or nothing.
fn disturb(scene: &Scene, poll: u32) {
    let store = scene.store();
    if poll % 10 == 5 {
        let (n, value) = (poll / 10 % SECRETS as u32, format!(r#"{{"password":"rotation {poll}"}}"#));
        store.put_text(&format!("s{n}"), value);
    }
    let fault = match poll % 100 {
        7 => Fault::throttled().once(),
        27 => Fault::internal_error().times(2),
        47 => Fault::reset().once(),
        67 => Fault::unavailable().once(),
        // For good, as far as the poll knows: what it holds for the next one is what it held.
        87 => Fault::access_denied().on("s8").times(2),
        _ => return,
    };
    store.inject(fault);
}

/// One poll, from the signal to the last secret's first answer. What it does beyond is before the next one.
fn poll(watching: &mut Watching, scene: &Scene, end: Instant) -> Result<()> {
    scene.forget_requests();
    loop {
        watching.poll()?;
        if wait_for(PATIENCE, || scene.asked().is_ok()) {
            return Ok(());
        }
        if Instant::now() > end + Duration::from_secs(10) {
            return Err("watch does not poll when it gets SIGHUP".into());
        }
    }
}

/// In the end it does what it is there for.
fn catches_up(watching: &mut Watching, scene: &Scene, end: Instant) -> Result<()> {
    scene.store().clear_faults();
    scene.store().put_text("s0", r#"{"password":"the last one"}"#);
    let file = scene.path("out/all.json");
    let is_there = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains("the last one"));
    for _ in 0..20 {
        poll(watching, scene, end)?;
        if wait_for(PATIENCE, is_there) {
            return Ok(());
        }
    }
    Err("the file has not followed its secrets in the end".into())
}
