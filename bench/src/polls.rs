//! What the polls of `watch` cost where nothing has changed.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::outcome::Result;
use crate::scene::{Distance, Scene};
use crate::watching::{Watching, wait_for};

/// How many polls are looked at.
const POLLS: usize = 3;

/// What is left to happen after the last answer: the files are compared.
const AFTER: Duration = Duration::from_millis(400);

/// No poll of an interval of ten seconds, less a tenth by chance, comes in this time.
const BETWEEN: Duration = Duration::from_secs(7);

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

/// How often the process wakes in seven seconds in which it has nothing to do.
pub(crate) fn wakeups(binary: &Path, secrets: usize) -> Result<u64> {
    let scene = Scene::new(secrets, None, Distance::Near)?;
    let watching = Watching::start(binary, &scene, "10s")?;
    sleep(AFTER);
    let before = watching.wakeups()?;
    sleep(BETWEEN);
    Ok(watching.wakeups()? - before)
}
