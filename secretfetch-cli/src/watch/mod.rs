//! `watch`: the files as `fetch` leaves them, and kept fresh.

mod config_file;
mod hooks;
mod port;
mod regular_file;
mod settle;

use std::path::PathBuf;
use std::time::Duration;

use secretfetch::{Call, DEFAULT_INTERVAL, Fetcher, FileOutcome, FileReport, Plan, Report, Result, Rounds};
use tokio::time::Instant;

use crate::args::WatchArguments;
use crate::child;
use crate::fetch::after_the_change;
use crate::hardening;
use crate::last_words::LastWords;
use crate::outcome::{Ended, usage};
use crate::plan::{Resolved, resolve_watched};
use crate::report::Printer;
use crate::run::{run, within};
use crate::watchdog::{self, Doing};
use config_file::ConfigFile;
use hooks::Hooks;
use settle::Settling;

pub(crate) fn watch(arguments: &WatchArguments, printer: &Printer, last_words: LastWords) -> Result<(), Ended> {
    // Before it is read as a configuration: what comes between the two is a change.
    let mut config_file = ConfigFile::of(arguments);
    let Resolved { plan, to_stdout } = resolve_watched(arguments)?;
    if to_stdout {
        return Err(usage("`watch` keeps files fresh, and standard output is not a file").into());
    }
    let mut rounds = Rounds::every(interval_of(&plan))?;
    watchdog::allow_in_all(plan.timeout());
    let ended = run(async {
        // The first round is `fetch`: without the files nothing may start, so that its failure ends the run.
        let timeout = plan.timeout();
        let health = port::listen(arguments, &plan, interval_of(&plan), printer)?;
        health.round_began(timeout);
        let first = async {
            let mut watched = Watched::open(plan).await?;
            let report = watched.round().await?;
            Ok((watched, report))
        };
        let (mut watched, report) = within(timeout, health.counting(first)).await?;
        health.succeeded(&report);
        printer.done(&report, &[]).map_err(after_the_change)?;
        let mut hooks = Hooks::telling(health.clone());
        loop {
            watchdog::allow(None);
            tokio::select! {
                () = watchdog::sleep(rounds.until_next()) => {}
                () = watchdog::asked() => {}
            }
            watchdog::allow(Some(watched.plan.timeout()));
            health.round_began(watched.plan.timeout());
            if let Some(file) = &mut config_file
                && let Some(plan) = file.changed(arguments, printer, last_words)
            {
                match within(plan.timeout(), Watched::open(plan)).await {
                    Ok(new) => {
                        rounds = rounds.at_interval(interval_of(&new.plan))?;
                        printer.note(&news(&watched.plan, &new.plan));
                        watched = new;
                        watchdog::allow(Some(watched.plan.timeout()));
                        health.round_began(watched.plan.timeout());
                    }
                    Err(error) => {
                        file.forget();
                        last_words.tell_in_passing(&error);
                        printer.note("the configuration has changed and cannot be followed yet");
                    }
                }
            }
            // Nobody waits for what is new: one connection is enough to ask for it.
            let timeout = watched.plan.timeout();
            let round = async { Call::current().unhurried().run(watched.round()).await };
            let result = within(timeout, health.counting(round)).await;
            match result {
                Ok(report) => {
                    health.succeeded(&report);
                    if rounds.succeeded() {
                        printer.note("the files are up to date again");
                    }
                    let Some(report) = changed(report) else { continue };
                    if let Err(error) = printer.done(&report, &[]) {
                        // Whoever reads the report is gone; whoever reads the files is not.
                        printer.note(&after_the_change(error).to_string());
                    }
                    hooks.tell(&watched.plan.watch().on_change, interval_of(&watched.plan), new_paths(&report));
                }
                // The files are those of the last good round, which is better than none: the next round tries again.
                Err(error) => {
                    health.failed(&error);
                    rounds.failed(error.kind());
                    last_words.tell_in_passing(&error);
                    printer.note("the files are kept as they are until the next round");
                }
            }
        }
    });
    child::end();
    ended
}

/// A plan, and what it takes to follow it.
struct Watched {
    plan: Plan,
    fetcher: Fetcher,
    settling: Settling,
}

impl Watched {
    async fn open(plan: Plan) -> Result<Self> {
        let fetcher = Fetcher::open(&plan).await?;
        hardening::forbid_attaching();
        Ok(Watched { plan, fetcher, settling: Settling::default() })
    }

    /// Reads what there is, and leaves the files.
    async fn round(&mut self) -> Result<Report> {
        let began = Instant::now();
        watchdog::doing(Doing::Fetching);
        let rendered = self.settling.render(&self.fetcher, &self.plan).await?;
        watchdog::doing(Doing::Writing(self.plan.directory().to_owned()));
        let report = rendered.write_within(self.plan.timeout().saturating_sub(began.elapsed())).await?;
        self.settling.stands(&rendered);
        Ok(report)
    }
}

fn interval_of(plan: &Plan) -> Duration {
    plan.watch().interval.unwrap_or(DEFAULT_INTERVAL)
}

/// What is told of a configuration that is taken.
fn news(old: &Plan, new: &Plan) -> String {
    let mut text = "the configuration has changed, and is followed from now on".to_owned();
    let stays = |plan: &Plan| (plan.watch().listen.clone(), plan.watch().max_stale);
    if stays(old) != stays(new) {
        text.push_str("; `listen` and `maxStale` only after a restart");
    }
    let gone = |path: &&std::path::Path| !new.paths().any(|known| known == *path);
    let left = if old.directory() == new.directory() { old.paths().filter(gone).count() } else { old.paths().count() };
    if left > 0 {
        text.push_str(&format!(
            "; {left} of the files from before {} named no more, and not removed unless a generation replaces them",
            if left == 1 { "is" } else { "are" }
        ));
    }
    text
}

/// The report, if there is something new in it; without its notes, which the first one had.
fn changed(mut report: Report) -> Option<Report> {
    report.notes.clear();
    report.files.iter().any(is_new).then_some(report)
}

fn is_new(file: &FileReport) -> bool {
    matches!(file.outcome, FileOutcome::Written | FileOutcome::Removed)
}

fn new_paths(report: &Report) -> impl Iterator<Item = PathBuf> {
    let absolute = |file: &FileReport| std::path::absolute(&file.path).unwrap_or_else(|_| file.path.clone());
    report.files.iter().filter(|file| is_new(file)).map(absolute)
}
