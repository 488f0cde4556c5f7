//! Who is told of a change: one after the other, in a thread of their own, so that no round waits for them.

mod changes;
mod exec;
mod http;
mod signal;

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use secretfetch::OnChange;

use changes::Changes;

use crate::health::{Health, HookKind};

/// How often a hook is tried for one change.
const ATTEMPTS: u32 = 3;

/// The longest wait after a first failure. The waits fit into an interval, so that a change is told before the next one.
const LONGEST_FIRST_WAIT: Duration = Duration::from_secs(2);

/// The thread, from the first change on that somebody wants to hear of.
pub(super) struct Hooks {
    queue: Arc<Queue>,
    health: Health,
    is_running: bool,
}

/// What the thread has not begun with yet: of several changes the union, so that it does not grow without end.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Option<Work>>,
    more: Condvar,
}

struct Work {
    changes: Changes,
    hooks: Vec<OnChange>,
    interval: Duration,
}

impl Hooks {
    /// Whose ends are noted there.
    pub(super) fn telling(health: Health) -> Self {
        Hooks { queue: Arc::default(), health, is_running: false }
    }

    /// Has everyone told that these files, of which absolute paths are given, are new or gone.
    pub(super) fn tell(&mut self, hooks: &[OnChange], interval: Duration, paths: impl IntoIterator<Item = PathBuf>) {
        if hooks.is_empty() {
            return;
        }
        let mut waiting = self.queue.lock();
        let work = waiting.get_or_insert_with(|| Work { changes: Changes::default(), hooks: Vec::new(), interval });
        work.changes.0.extend(paths);
        work.hooks = hooks.to_vec();
        work.interval = interval;
        drop(waiting);
        self.queue.more.notify_one();
        if !self.is_running {
            let (queue, health) = (self.queue.clone(), self.health.clone());
            let thread = thread::Builder::new().name("on-change".to_owned()).stack_size(256 << 10);
            match thread.spawn(move || queue.work(&health)) {
                Ok(_) => self.is_running = true,
                // With the next change it is tried again, and this one is told then.
                Err(error) => tracing::warn!("cannot start a thread for `onChange`: {error}"),
            }
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Option<Work>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Work {
        let mut waiting = self.lock();
        loop {
            match waiting.take() {
                Some(work) => return work,
                None => waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn work(&self, health: &Health) -> ! {
        loop {
            let work = self.next();
            for hook in &work.hooks {
                let result = attempts(hook, &work);
                report(hook, result, health);
            }
        }
    }
}

/// Tries until it succeeds, and answers how it ended.
fn attempts(hook: &OnChange, work: &Work) -> Result<String, String> {
    let mut wait = LONGEST_FIRST_WAIT.min(work.interval / 8);
    let mut attempt = 1;
    loop {
        let result = run(hook, &work.changes);
        match result {
            Err(error) if attempt < ATTEMPTS => tracing::info!("{error}; trying again in {wait:?}"),
            result => return result,
        }
        thread::sleep(wait);
        wait *= 2;
        attempt += 1;
    }
}

fn run(hook: &OnChange, changes: &Changes) -> Result<String, String> {
    match hook {
        OnChange::Signal(hook) => signal::send(hook),
        OnChange::Exec(hook) => exec::run(hook, changes),
        OnChange::Http(hook) => http::send(hook, changes),
        _ => Err("this kind is not known here".to_owned()),
    }
}

/// Tells how a hook ended: the one place that knows of all.
fn report(hook: &OnChange, result: Result<String, String>, health: &Health) {
    let kind = match hook {
        OnChange::Signal(_) => HookKind::Signal,
        OnChange::Exec(_) => HookKind::Exec,
        _ => HookKind::Http,
    };
    health.hook_ended(kind, result.is_ok());
    let kind = kind.name();
    match result {
        Ok(done) => tracing::info!(hook = kind, "onChange: {done}"),
        Err(error) => {
            tracing::warn!(hook = kind, "onChange: {error}; {ATTEMPTS} attempts, and the files stay as they are");
        }
    }
}
