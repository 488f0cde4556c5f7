//! The one process that this one may have started, in a group of its own, and its end with ours.

use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How long a process has to end by itself after SIGTERM. A signal to us leaves less than a second in all.
const GRACE: Duration = Duration::from_millis(200);

/// How often it is looked whether a process has ended, while there is one.
pub(crate) const PACE: Duration = Duration::from_millis(20);

static CHILD: Mutex<State> = Mutex::new(State { group: None, is_over: false });

struct State {
    group: Option<Pid>,
    /// Nothing is started any more.
    is_over: bool,
}

fn state() -> MutexGuard<'static, State> {
    CHILD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process whose group ends with us.
pub(crate) struct Guarded {
    child: Child,
    group: Option<Pid>,
}

impl Guarded {
    /// Starts the command, which asks for a group of its own.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let mut state = state();
        if state.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let group = Pid::from_child(&child);
        state.group = Some(group);
        Ok(Guarded { child, group: Some(group) })
    }

    /// How it has ended, if it has. What is left of its group stays, unless this process is about to end.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if !self.has_ended()? {
            return Ok(None);
        }
        let mut state = state();
        // Before its id is given back, so that no other group can have it.
        if state.is_over {
            self.signal(Signal::KILL);
        }
        state.group = None;
        self.group = None;
        self.child.wait().map(Some)
    }

    /// Ends it and all of its group: told to, and after a while forced to.
    pub(crate) fn end(&mut self) {
        self.signal(Signal::TERM);
        let until = Instant::now() + GRACE;
        while Instant::now() < until && !self.has_ended().unwrap_or(true) {
            thread::sleep(PACE);
        }
        self.signal(Signal::KILL);
        // One that the system holds, by a disk that does not answer, is not waited for.
        let until = Instant::now() + GRACE;
        while Instant::now() < until && !matches!(self.ended(), Ok(Some(_))) {
            thread::sleep(PACE);
        }
    }

    /// Without taking it back from the system: its id, and so its group's, is nobody else's until then.
    fn has_ended(&self) -> io::Result<bool> {
        let Some(group) = self.group else { return Ok(true) };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(group), look) {
            Ok(status) => Ok(status.is_some()),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.group.is_some() {
            state().group = None;
        }
    }
}

/// Ends what runs, because this process ends, and lets nothing be started any more.
pub(crate) fn end() {
    let signal = |signal| {
        let mut state = state();
        state.is_over = true;
        // Under the lock, beneath which alone an id is given back.
        state.group.map(|group| kill_process_group(group, signal))
    };
    if signal(Signal::TERM).is_none() {
        return;
    }
    let until = Instant::now() + GRACE;
    while Instant::now() < until && state().group.is_some() {
        thread::sleep(Duration::from_millis(5));
    }
    signal(Signal::KILL);
}
