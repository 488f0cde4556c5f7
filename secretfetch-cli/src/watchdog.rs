//! What ends the process where the one thread that does the work cannot: held by a disk, a pipe that nobody reads, or work
//! without an end. A thread of its own waits for signals and for the deadline.
//!
//! The work has the first word: a signal or the end of its time is told to it, and what it says then is better. Only if
//! it has not ended shortly after, it is ended.

use std::io::{self, ErrorKind as IoErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use secretfetch::{Error, ErrorKind, Failure, Result, Setting};
use tokio::sync::Notify;

use crate::child;
use crate::last_words::LastWords;
use crate::outcome::{Ended, Signal};
use crate::output::is_printing;

/// What the work may take beyond its time to end by itself, with its own message.
const GRACE: Duration = Duration::from_millis(600);

/// What the last words, and the removal of what was staged, may take. With `GRACE` less than a second.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// What is done now, and so what is waited for when the time is over.
#[derive(Clone, Debug, Default)]
pub(crate) enum Doing {
    /// Reading arguments, configuration and other inputs.
    #[default]
    Reading,
    Fetching,
    /// Writing the files of this directory.
    Writing(PathBuf),
}

static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();

struct Watchdog {
    last_words: LastWords,
    runs_on: bool,
    state: Mutex<State>,
    /// Wakes the thread.
    wake: UnixStream,
    /// Wakes the work after a signal.
    signalled: Notify,
    /// Wakes the work when its alarm is due.
    alarm: Notify,
    /// The number of the last signal.
    arrived: Arc<AtomicUsize>,
    /// Whether SIGHUP has come, which asks what runs on for a round, and wakes the work for it.
    hung_up: Arc<AtomicBool>,
    asked: Notify,
}

#[derive(Default)]
struct State {
    doing: Doing,
    /// The length of the work's time, and its end.
    time: Option<(Duration, Instant)>,
    signal: Option<Signal>,
    /// When the work wants to be woken.
    alarm: Option<Instant>,
}

/// Begins to wait for signals, and for the end of `time`. `runs_on` is for work that only a signal ends: that is not a failure.
pub(crate) fn start(time: Duration, last_words: LastWords, runs_on: bool) -> Result<()> {
    let internal = |error: io::Error| Failure::new(ErrorKind::Internal, format!("cannot start: {error}"));
    let (wake, wakes) = UnixStream::pair().map_err(internal)?;
    let arrived = Arc::new(AtomicUsize::new(0));
    for signal in Signal::heeded() {
        let number = usize::try_from(signal.number()).unwrap_or_default();
        // In this order: who is woken finds the number.
        signal_hook::flag::register_usize(signal.number(), arrived.clone(), number).map_err(internal)?;
        let woken = wake.try_clone().map_err(internal)?;
        signal_hook::low_level::pipe::register(signal.number(), woken).map_err(internal)?;
    }
    let hung_up = Arc::new(AtomicBool::new(false));
    if runs_on && Signal::is_heeded(Signal::HANG_UP) {
        signal_hook::flag::register(Signal::HANG_UP, hung_up.clone()).map_err(internal)?;
        let woken = wake.try_clone().map_err(internal)?;
        signal_hook::low_level::pipe::register(Signal::HANG_UP, woken).map_err(internal)?;
    }
    let state = Mutex::new(State { time: Some((time, Instant::now() + time)), ..State::default() });
    let (signalled, alarm, asked) = (Notify::new(), Notify::new(), Notify::new());
    let watchdog = WATCHDOG.get_or_init(|| Watchdog {
        last_words,
        runs_on,
        state,
        wake,
        signalled,
        alarm,
        arrived,
        hung_up,
        asked,
    });
    let thread = thread::Builder::new().name("watchdog".to_owned()).stack_size(64 << 10);
    thread.spawn(move || watchdog.watch(wakes)).map_err(|error| {
        Failure::new(ErrorKind::Internal, format!("cannot start a thread: {error}"))
            .with_hint("raise the limit of processes (`pids` of the container's cgroup, RLIMIT_NPROC)")
    })?;
    Ok(())
}

/// Gives the work so much time from now on, or without a length as much as it takes.
pub(crate) fn allow(time: Option<Duration>) {
    set(|_| time.map(|time| (time, Instant::now() + time)));
}

/// The same from the beginning of the run on: what the configuration says is known only when it is read.
pub(crate) fn allow_in_all(time: Duration) {
    set(|known| known.map(|(before, end)| (time, end - before + time)));
}

fn set(time: impl FnOnce(Option<(Duration, Instant)>) -> Option<(Duration, Instant)>) {
    let Some(watchdog) = WATCHDOG.get() else { return };
    let mut state = watchdog.state();
    // After a signal there is no more time than it leaves.
    if state.signal.is_none() {
        state.time = time(state.time);
        drop(state);
        watchdog.wake();
    }
}

/// Lets the work wait so long. This thread's wait is one of the system's, which wakes once: the runtime's timers come to
/// what is far away in steps, and wake for each.
pub(crate) async fn sleep(time: Duration) {
    let Some(watchdog) = WATCHDOG.get() else { return tokio::time::sleep(time).await };
    // Further away than there is time: until a signal.
    let Some(due) = Instant::now().checked_add(time) else { return std::future::pending().await };
    watchdog.state().alarm = Some(due);
    watchdog.wake();
    // An alarm that nobody waited for may still be told here.
    while Instant::now() < due {
        watchdog.alarm.notified().await;
    }
}

/// What is done from now on.
pub(crate) fn doing(doing: Doing) {
    if let Some(watchdog) = WATCHDOG.get() {
        watchdog.state().doing = doing;
    }
}

/// How a signal ends the work, once one has come.
pub(crate) async fn signalled() -> Ended {
    let Some(watchdog) = WATCHDOG.get() else { return std::future::pending().await };
    loop {
        watchdog.signalled.notified().await;
        if let Some(signal) = watchdog.state().signal {
            return watchdog.ended_by(signal);
        }
    }
}

/// Waits until a round is asked for. However often that was while nobody waited, it is one.
pub(crate) async fn asked() {
    match WATCHDOG.get() {
        Some(watchdog) => watchdog.asked.notified().await,
        None => std::future::pending().await,
    }
}

/// The failure of work that is not done in `time`, by what it was doing.
pub(crate) fn overdue(time: Duration) -> Failure {
    let doing = WATCHDOG.get().map(|watchdog| watchdog.state().doing.clone()).unwrap_or_default();
    let within = format!("within {:.1} s", time.as_secs_f64());
    if is_printing() {
        let what = format!("the output was not read {within}: nobody reads standard output or error");
        return Failure::new(ErrorKind::CannotWrite, what).with_hint("read from the pipe, or redirect it");
    }
    match doing {
        Doing::Reading => {
            Failure::new(ErrorKind::Timeout, format!("the configuration or another input was not read {within}"))
                .with_hint("check the volume that it is on, or the program that writes to the pipe")
        }
        Doing::Fetching => Failure::new(ErrorKind::Timeout, format!("not done {within}"))
            .with_hint("raise the timeout")
            .with_setting(Setting::Timeout),
        Doing::Writing(directory) => {
            let what = format!("the files were not written {within}; each is the old or the new one in full");
            Failure::new(ErrorKind::CannotWrite, what)
                .with_file(directory)
                .with_hint("the volume does not answer: check the disk or the server that it is on")
        }
    }
}

impl State {
    /// When there is something to do, if nothing comes before.
    fn next(&self) -> Option<Instant> {
        let end = self.time.map(|(_, end)| end + GRACE);
        end.into_iter().chain(self.alarm).min()
    }
}

impl Watchdog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        let _ = (&self.wake).write(&[0]);
    }

    fn ended_by(&self, signal: Signal) -> Ended {
        if self.runs_on { Ended::Stopped(signal) } else { Ended::Signal(signal) }
    }

    fn watch(&'static self, mut wakes: UnixStream) {
        loop {
            let left = self
                .state()
                .next()
                .map(|next| next.saturating_duration_since(Instant::now()).max(Duration::from_millis(1)));
            if wakes.set_read_timeout(left).is_err() {
                return;
            }
            match wakes.read(&mut [0; 64]) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        IoErrorKind::WouldBlock | IoErrorKind::TimedOut | IoErrorKind::Interrupted
                    ) => {}
                Err(_) => return,
            }
            if self.hung_up.swap(false, Ordering::SeqCst) {
                self.asked.notify_one();
            }
            let number = self.arrived.swap(0, Ordering::SeqCst);
            let came = Signal::ALL.into_iter().find(|signal| usize::try_from(signal.number()) == Ok(number));
            if let Some(signal) = came {
                let mut state = self.state();
                if state.signal.is_none() {
                    state.signal = Some(signal);
                    state.time = Some((Duration::ZERO, Instant::now()));
                    self.signalled.notify_one();
                }
            }
            let mut state = self.state();
            if state.alarm.is_some_and(|due| Instant::now() >= due) {
                state.alarm = None;
                self.alarm.notify_one();
            }
            let Some((time, _)) = state.time.filter(|(_, end)| Instant::now() >= *end + GRACE) else { continue };
            let signal = state.signal;
            drop(state);
            self.bite(time, signal);
        }
    }

    /// Ends the process: with the last words and without what was staged, if both do not take long.
    fn bite(&self, time: Duration, signal: Option<Signal>) {
        let last_words = self.last_words;
        let ended = match signal {
            Some(signal) => self.ended_by(signal),
            None => Ended::Failed(Error::from(overdue(time))),
        };
        let code = ended.code();
        let (done, all_done) = channel();
        let (removed, left) = (done.clone(), done.clone());
        let spawn = |work: Box<dyn FnOnce() + Send>| drop(thread::Builder::new().stack_size(256 << 10).spawn(work));
        // Apart from each other: a disk that holds the one does not hold the other.
        spawn(Box::new(move || {
            secretfetch::remove_unfinished();
            let _ = removed.send(());
        }));
        spawn(Box::new(move || {
            child::end();
            let _ = left.send(());
        }));
        spawn(Box::new(move || {
            last_words.tell(ended);
            let _ = done.send(());
        }));
        let until = Instant::now() + LAST_WORDS;
        for _ in 0..3 {
            let _ = all_done.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
        std::process::exit(code.into());
    }
}
