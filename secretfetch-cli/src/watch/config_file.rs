//! The configuration's file, which may change while its files are kept fresh: a ConfigMap's by a switch of a symbolic link.

use std::path::PathBuf;

use secretfetch::Plan;

use super::regular_file;
use crate::args::WatchArguments;
use crate::last_words::LastWords;
use crate::plan::resolve_watched;
use crate::report::Printer;

/// What a configuration may have at most, as when it was read first.
const LONGEST: u64 = 4 << 20;

/// The file, and what it had when it was last read.
pub(super) struct ConfigFile {
    path: PathBuf,
    content: Vec<u8>,
    is_gone: bool,
}

impl ConfigFile {
    /// The file of this run, before it is read as a configuration; none for one that is given in another way, or by a pipe,
    /// which has it once.
    pub(super) fn of(arguments: &WatchArguments) -> Option<Self> {
        let path = arguments.plan.config.config.as_ref()?.value.clone();
        let content = regular_file::read(&path, LONGEST).ok()?;
        Some(ConfigFile { path, content, is_gone: false })
    }

    /// The plan of a new content, if there is one and it can be followed. What is wrong with it is told once.
    pub(super) fn changed(
        &mut self,
        arguments: &WatchArguments,
        printer: &Printer,
        last_words: LastWords,
    ) -> Option<Plan> {
        match regular_file::read(&self.path, LONGEST) {
            Ok(content) if content == self.content => {
                self.is_gone = false;
                return None;
            }
            Ok(content) => {
                self.is_gone = false;
                self.content = content;
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_gone, true) {
                    let path = self.path.display();
                    tracing::warn!("cannot read the configuration {path}: {error}; the one from before is kept");
                }
                return None;
            }
        }
        match resolve_watched(arguments) {
            Ok(resolved) => Some(resolved.plan),
            Err(error) => {
                last_words.tell_in_passing(&error);
                printer.note("the configuration has changed and is refused; the one from before is kept");
                None
            }
        }
    }

    /// Has the content taken as new again in the next round.
    pub(super) fn forget(&mut self) {
        self.content.clear();
    }
}
