//! A command line that is refused. It is told as any other failure, in the form that was asked for as far as that could
//! be read.

use std::io::Write as _;

use secretfetch::Error;

use crate::args::{Command, Refusal};
use crate::plan::usage;
use crate::report::Printer;
use crate::termination;

/// Tells what is wrong with the command line, and answers the exit code.
pub(crate) fn refuse(refusal: &Refusal) -> u8 {
    let stdout_is_for = refusal.command.as_ref().and_then(Command::stdout_is_for);
    // What is wrong with the options about messages as well is less than this.
    let (printer, _) = Printer::new(&refusal.output, stdout_is_for);
    let hint = refusal.tip().unwrap_or_else(|| format!("see `{}`", refusal.see()));
    let error = Error::from(usage(refusal.message()).with_hint(hint));
    termination::failed(&error);
    if !printer.is_json_log() {
        // With the usage, which a person at a terminal wants; a closed stream cannot be told about.
        let _ = std::io::stderr().write_all(refusal.text().as_bytes());
    }
    printer.refused(&error)
}
