//! How the rounds went, and whether that is good enough.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant, SystemTime};

use rustix::time::{ClockId, clock_gettime};
use secretfetch::{Error, ErrorKind, FileOutcome, FileReport, Report, SourceReport};

/// What a round may take beyond its time until it counts as stuck: its own limits end it earlier, with a message.
const GRACE: Duration = Duration::from_secs(1);

/// One moment on three clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// The clock of timers, which stands still while the machine is suspended.
    pub(super) timers: Instant,
    /// The time since the start of the machine, suspension included, that nobody can set back.
    pub(super) uptime: Duration,
    /// The clock on the wall, for people.
    pub(super) wall: SystemTime,
}

impl Now {
    pub(super) fn read() -> Self {
        let uptime = Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default();
        Now { timers: Instant::now(), uptime, wall: SystemTime::now() }
    }
}

/// What is run after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HookKind {
    Signal,
    Exec,
    Http,
}

impl HookKind {
    pub(super) const ALL: [HookKind; 3] = [HookKind::Signal, HookKind::Exec, HookKind::Http];

    pub(crate) fn name(self) -> &'static str {
        match self {
            HookKind::Signal => "signal",
            HookKind::Exec => "exec",
            HookKind::Http => "http",
        }
    }
}

/// How the rounds of a `watch` went. No secret value is in it.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The longest time since the last good round with which the files count as fresh.
    max_stale: Option<Duration>,
    /// When the round began that is going on, and how long it may take.
    round: Option<(Instant, Duration)>,
    pub(super) last_attempt: Option<SystemTime>,
    pub(super) last_success: Option<SystemTime>,
    last_success_uptime: Option<Duration>,
    /// What the rounds since the last good one failed with at last.
    failing: Option<ErrorKind>,
    pub(super) rounds_succeeded: u64,
    pub(super) rounds_failed: u64,
    pub(super) failures: HashMap<ErrorKind, u64>,
    /// Counted while they are sent, which is no change to be told of.
    pub(super) requests: Arc<AtomicU64>,
    /// By whether they ended well.
    pub(super) hooks: BTreeMap<(HookKind, bool), u64>,
    /// As the last good round left them.
    pub(super) files: Vec<File>,
}

/// A file that is there.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) changed: SystemTime,
    /// One file can have several keys of one version, which is one source then.
    pub(super) sources: BTreeSet<Source>,
}

/// A version that a file is made of; of what a store does not have, the text is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    pub(super) secret_id: String,
    pub(super) store: String,
    pub(super) region: String,
    pub(super) version_id: String,
}

impl Source {
    fn of(report: &SourceReport) -> Self {
        fn text(value: Option<&impl ToString>) -> String {
            value.map(ToString::to_string).unwrap_or_default()
        }
        Source {
            secret_id: report.secret_id.to_string(),
            store: report.store.to_string(),
            region: text(report.region.as_ref()),
            version_id: text(report.version_id.as_ref()),
        }
    }
}

impl State {
    pub(super) fn new(max_stale: Option<Duration>) -> Self {
        State { max_stale, ..State::default() }
    }

    pub(super) fn round_began(&mut self, limit: Duration, now: Now) {
        self.round = Some((now.timers, limit));
        self.last_attempt = Some(now.wall);
    }

    pub(super) fn succeeded(&mut self, report: &Report, now: Now) {
        let is_there = |file: &&FileReport| matches!(file.outcome, FileOutcome::Written | FileOutcome::Unchanged);
        let mut known: HashMap<PathBuf, SystemTime> =
            self.files.drain(..).map(|file| (file.path, file.changed)).collect();
        let files = report.files.iter().filter(is_there).map(|file| {
            let changed = match file.outcome {
                // What an earlier run wrote has not been touched since.
                FileOutcome::Unchanged => known.remove(&file.path).or_else(|| modified(&file.path)),
                _ => None,
            };
            let sources = file.sources.iter().filter(|source| source.found).map(Source::of).collect();
            File { path: file.path.clone(), changed: changed.unwrap_or(now.wall), sources }
        });
        self.ended_well(files.collect(), now);
    }

    fn ended_well(&mut self, files: Vec<File>, now: Now) {
        self.round = None;
        self.rounds_succeeded += 1;
        self.last_success = Some(now.wall);
        self.last_success_uptime = Some(now.uptime);
        self.failing = None;
        self.files = files;
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.round = None;
        self.rounds_failed += 1;
        self.failing = Some(error.kind());
        for failure in error.failures() {
            *self.failures.entry(failure.kind()).or_default() += 1;
        }
    }

    pub(super) fn hook_ended(&mut self, kind: HookKind, ok: bool) {
        *self.hooks.entry((kind, ok)).or_default() += 1;
    }

    /// Whether the files are there and fresh enough, or why not.
    pub(super) fn ready(&self, now: Now) -> Result<(), String> {
        let Some(last) = self.last_success_uptime else {
            return Err("not ready: the first set of files is not written yet".to_owned());
        };
        let age = now.uptime.saturating_sub(last);
        let Some(max_stale) = self.max_stale.filter(|max_stale| age > *max_stale) else { return Ok(()) };
        let why = self.failing.map(|kind| format!("; the last one failed: {}", kind.name())).unwrap_or_default();
        Err(format!(
            "not ready: no round has succeeded for {} s, and {} s are allowed{why}",
            age.as_secs(),
            max_stale.as_secs()
        ))
    }

    /// Whether rounds end in their time, or why not.
    pub(super) fn live(&self, now: Now) -> Result<(), String> {
        let Some((began, limit)) = self.round else { return Ok(()) };
        let age = now.timers.saturating_duration_since(began);
        if age <= limit.saturating_add(GRACE) {
            return Ok(());
        }
        Err(format!("stuck: a round goes on for {} s, and its time is {} s", age.as_secs(), limit.as_secs()))
    }
}

/// When the file was changed last.
fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests {
    use secretfetch::Failure;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// So long after the beginning, on a wall clock that stands still.
    fn after(start: Now, time: Duration) -> Now {
        Now { timers: start.timers + time, uptime: start.uptime + time, ..start }
    }

    fn failed(kind: ErrorKind) -> Error {
        Failure::new(kind, "the message has a name").into()
    }

    /// A good round without files.
    fn succeed(state: &mut State, now: Now) {
        state.ended_well(Vec::new(), now);
    }

    #[test]
    fn it_is_ready_from_the_first_good_round_on() {
        let (mut state, now) = (State::new(None), Now::read());
        assert_eq!(state.ready(now), Err("not ready: the first set of files is not written yet".to_owned()));
        state.round_began(SECOND, now);
        assert!(state.ready(now).is_err());
        succeed(&mut state, now);
        assert_eq!(state.ready(now), Ok(()));
        state.failed(&failed(ErrorKind::AccessDenied));
        assert_eq!(state.ready(after(now, 1_000_000 * SECOND)), Ok(()), "nobody has said how old is too old");
    }

    #[test]
    fn it_is_ready_for_as_long_as_the_last_good_round_is_not_too_old() {
        let (mut state, now) = (State::new(Some(60 * SECOND)), Now::read());
        succeed(&mut state, now);
        assert_eq!(state.ready(after(now, 60 * SECOND)), Ok(()));
        let stale = state.ready(after(now, 61 * SECOND)).unwrap_err();
        assert_eq!(stale, "not ready: no round has succeeded for 61 s, and 60 s are allowed");
        state.failed(&failed(ErrorKind::Throttled));
        let stale = state.ready(after(now, 62 * SECOND)).unwrap_err();
        assert!(stale.ends_with("62 s, and 60 s are allowed; the last one failed: throttled"), "{stale}");
        succeed(&mut state, after(now, 63 * SECOND));
        assert_eq!(state.ready(after(now, 64 * SECOND)), Ok(()));
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_no_verdict() {
        let (mut state, now) = (State::new(Some(60 * SECOND)), Now::read());
        succeed(&mut state, now);
        let day = Duration::from_secs(86_400);
        for wall in [now.wall - day, now.wall + day] {
            assert!(state.ready(Now { wall, ..after(now, 30 * SECOND) }).is_ok());
            assert!(state.ready(Now { wall, ..after(now, 90 * SECOND) }).is_err());
        }
    }

    #[test]
    fn it_is_live_while_rounds_end_in_their_time() {
        let (mut state, now) = (State::new(None), Now::read());
        assert_eq!(state.live(now), Ok(()), "before the first round");
        state.round_began(30 * SECOND, now);
        assert_eq!(state.live(after(now, 31 * SECOND)), Ok(()));
        let stuck = state.live(after(now, 32 * SECOND)).unwrap_err();
        assert_eq!(stuck, "stuck: a round goes on for 32 s, and its time is 30 s");
        state.failed(&failed(ErrorKind::Timeout));
        assert_eq!(state.live(after(now, 1_000_000 * SECOND)), Ok(()), "between two rounds");
        state.round_began(Duration::MAX, now);
        assert_eq!(state.live(after(now, 1_000_000 * SECOND)), Ok(()));
    }

    #[test]
    fn every_failure_of_a_round_is_counted_by_its_kind() {
        let mut state = State::new(None);
        let about = |kind: ErrorKind, id: &str| Error::from(Failure::new(kind, format!("no {id}")));
        let denied = ErrorKind::AccessDenied;
        let several = Error::join([about(denied, "a"), about(ErrorKind::Throttled, "b"), about(denied, "c")]);
        state.failed(&several.unwrap());
        state.failed(&failed(ErrorKind::Throttled));
        assert_eq!(state.rounds_failed, 2);
        assert_eq!((state.failures[&ErrorKind::AccessDenied], state.failures[&ErrorKind::Throttled]), (2, 2));
        assert!(!state.failures.contains_key(&ErrorKind::Dns));
    }
}
