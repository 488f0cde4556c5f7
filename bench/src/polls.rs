//! What the polls of `watch` cost where nothing has changed.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::outcome::Result;
use crate::scene::{Distance, Scene};
use crate::watching::{Watching, wait_for};

/// How many polls are looked at.
const POLLS: usize = 3;

/// What is left to happen after the last answer: the files are compared.
const AFTER: Duration = Duration::from_millis(400);

/// Who wakes for a poll has sent its first request by then, on a machine that is busy too.
const BEFORE: Duration = Duration::from_millis(500);

/// Requests of one poll, and connections of several.
pub(crate) struct Polls {
    pub(crate) requests: usize,
    pub(crate) connections: usize,
}

/// The polls after the first round, which is `fetch`.
pub(crate) fn unchanged(binary: &Path, secrets: usize) -> Result<Polls> {
    let scene = Scene::new(secrets, None, Distance::Near)?;
    let _watching = Watching::start(binary, &scene, "1s")?;
    sleep(AFTER);
    scene.forget_requests();
    if !wait_for(Duration::from_secs(30), || scene.times_asked("s0") >= POLLS) {
        return Err("watch does not poll".into());
    }
    sleep(AFTER);
    let (polls, asked) = (scene.times_asked("s0"), scene.asked()?);
    Ok(Polls { requests: asked.requests.div_ceil(polls), connections: asked.connections })
}

/// How often the process wakes between two polls that are some ten seconds apart.
pub(crate) fn wakeups(binary: &Path, secrets: usize) -> Result<u64> {
    let scene = Scene::new(secrets, None, Distance::Near)?;
    let watching = Watching::start(binary, &scene, "10s")?;
    sleep(AFTER);
    scene.forget_requests();
    let mut counts = vec![(Instant::now(), watching.wakeups()?)];
    while scene.times_asked("s0") == 0 {
        if counts[0].0.elapsed() > Duration::from_secs(30) {
            return Err("watch does not poll".into());
        }
        sleep(Duration::from_millis(5));
        counts.push((Instant::now(), watching.wakeups()?));
    }
    let last = counts.iter().rev().find(|(at, _)| at.elapsed() > BEFORE).ok_or("watch has polled too soon")?;
    Ok(last.1 - counts[0].1)
}
