//! Rendered files to disk.

use super::render::{Rendered, RenderedFile};
use crate::error::{Error, Result};
use crate::materialize;
use crate::plan::{Layout, Plan, User};
use crate::prepared::Prepared;
use crate::report::{FileOutcome, Report};

/// Checks what can be known before anything is fetched.
pub(super) fn check(plan: &Plan) -> Result<()> {
    let refusals = plan.files.iter().filter_map(|file| {
        let error = materialize::check_owner(file.owner).err()?;
        Some(error.map_failures(|failure| failure.with_file(file.path.shown())))
    });
    Error::join(refusals).map_or(Ok(()), Err)
}

impl Rendered {
    /// Finds out whether [`write`](Rendered::write) could leave the files, and whether `reader` could read them then,
    /// as far as that can be known without writing: permissions of the directories, what stands in the way, mounts.
    ///
    /// # Errors
    /// [`ErrorKind::CannotWrite`](crate::ErrorKind::CannotWrite), with a failure for every directory and file.
    pub fn rehearse(&self, reader: Option<&User>) -> Result<Report> {
        let prepared: Vec<&Prepared> = self.prepared().collect();
        let notes = materialize::rehearse(&self.root, self.layout, &prepared, reader)?;
        let mut report = self.report();
        report.notes.extend(notes);
        Ok(report)
    }

    /// Leaves the files on disk.
    ///
    /// # Errors
    /// [`ErrorKind::CannotWrite`](crate::ErrorKind::CannotWrite). Unless the very last step failed, every target is then
    /// what it was before.
    ///
    /// # Blocking
    /// Only another run's lock is waited for asynchronously. The system calls that write, and that make it durable, hold
    /// the thread: a volume in memory has them done in microseconds, a disk that has failed may never. No deadline
    /// interrupts them, because nobody could tell then what stands on disk. A service whose directory is on a disk
    /// writes in a thread of its own, and decides how long it waits for it:
    ///
    /// ```
    /// # use secretfetch::{Fetcher, LocalSecretStore, Plan};
    /// # async fn demo(fetcher: Fetcher, plan: Plan) -> Result<(), Box<dyn std::error::Error>> {
    /// let rendered = fetcher.render(&plan).await?;
    /// let runtime = tokio::runtime::Handle::current();
    /// let written = tokio::task::spawn_blocking(move || runtime.block_on(rendered.write()));
    /// let report = tokio::time::timeout(plan.timeout(), written).await???;
    /// # Ok(()) }
    /// ```
    pub async fn write(&self) -> Result<Report> {
        let prepared: Vec<&Prepared> = self.prepared().collect();
        let done = materialize::materialize(&self.root, self.layout, &prepared, self.name.as_deref()).await?;
        let mut outcomes = done.files.into_iter();
        let reports = self.files.iter().map(|file| {
            let outcome = if self.is_for_disk(file) { outcomes.next() } else { None };
            self.file_report(file, outcome.unwrap_or(FileOutcome::Skipped))
        });
        let notes = self.cautions().chain(done.notes).collect();
        Ok(self.with_environment(reports.collect(), notes))
    }

    /// Leaves the files on disk, and waits no longer than `time` for another run that works on the directory.
    ///
    /// # Errors
    /// As [`write`](Rendered::write), and [`ErrorKind::Timeout`](crate::ErrorKind::Timeout).
    pub async fn write_within(&self, time: std::time::Duration) -> Result<Report> {
        materialize::within(time, &self.root, self.write()).await
    }

    fn prepared(&self) -> impl Iterator<Item = &Prepared> {
        self.files.iter().filter(|file| self.is_for_disk(file)).map(|file| &file.prepared)
    }

    /// A directory of files without any is nothing to write, and nothing to remove but as a part of a generation.
    fn is_for_disk(&self, file: &RenderedFile) -> bool {
        !file.is_directory() || self.layout == Layout::Generation
    }
}
