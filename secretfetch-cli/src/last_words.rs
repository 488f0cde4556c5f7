//! What is told of a command that does not come to its end: to the user, and to the kubelet.

use secretfetch::{Error, ErrorKind, Failure};

use crate::args::{PlanArguments, Refusal, Settings};
use crate::outcome::{Ended, exit_code, termination};
use crate::output::write_error;
use crate::report::Printer;

/// Tells the end in the words of the command line that asked for the run.
#[derive(Clone, Copy, Default)]
pub(crate) struct LastWords {
    printer: Printer,
    settings: Settings,
}

impl LastWords {
    pub(crate) fn new(printer: Printer, plan: Option<&PlanArguments>) -> Self {
        LastWords { printer, settings: plan.map(Settings::of).unwrap_or_default() }
    }

    /// Tells how the run ended, and answers its exit code.
    pub(crate) fn tell(self, ended: Ended) -> u8 {
        match ended {
            Ended::Failed(error) => {
                let error = self.in_words_of_the_command_line(&error);
                termination::failed(&error, exit_code(&error));
                self.printer.fail(&error)
            }
            Ended::NotExecuted(error, code) => {
                termination::failed(&error, code);
                self.printer.fail(&error);
                code
            }
            Ended::Denied(error) => self.printer.fail(&error),
            Ended::Signal(signal) => {
                let message = format!("ended by {}; nothing was left half-written", signal.name());
                termination::ended(&message, signal.code());
                self.printer.ended(&message, signal.name(), signal.code());
                signal.code()
            }
            Ended::Stopped(signal) => {
                let message = format!("stopped by {}; the files stay as they are", signal.name());
                self.printer.stopped(&message, signal.name());
                0
            }
        }
    }

    /// Tells of a failure that does not end the run.
    pub(crate) fn tell_in_passing(self, error: &Error) {
        self.printer.fail(&self.in_words_of_the_command_line(error));
    }

    /// Tells what is wrong with a command line, and answers the exit code.
    pub(crate) fn refuse(self, refusal: &Refusal) -> u8 {
        let error = refusal.error();
        match refusal.text() {
            // With the usage, which a person at a terminal wants.
            Some(text) if !self.printer.is_json_log() => {
                termination::failed(&error, exit_code(&error));
                write_error(&text);
                self.printer.refused(&error)
            }
            _ => self.tell(Ended::Failed(error)),
        }
    }

    /// The error, each of its hints with how that is set here.
    fn in_words_of_the_command_line(self, error: &Error) -> Error {
        let failures = error.failures().iter().cloned().map(|failure| {
            match (failure.hint(), self.settings.how_to_set(failure.settings())) {
                (Some(hint), Some(how)) => {
                    let hint = format!("{hint} ({how})");
                    failure.with_hint(hint)
                }
                _ => failure,
            }
        });
        Error::join(failures.map(Error::from)).unwrap_or_else(|| error.clone())
    }

    /// A panic's message can hold anything, a secret too: only its place in the source is told.
    pub(crate) fn of_a_panic(self) {
        std::panic::set_hook(Box::new(move |panic| {
            secretfetch::remove_unfinished();
            // Of a dependency's path only the crate and file: where it was built is nobody's business.
            let place = panic.location().map(|at| {
                let file = at.file().split_once("registry/src/").map_or(at.file(), |(_, path)| path);
                format!(" at {file}:{}", at.line())
            });
            let failure = Failure::new(ErrorKind::Internal, format!("internal error{}", place.unwrap_or_default()));
            let code = self.tell(failure.with_hint("this is a defect in secretfetch").into());
            std::process::exit(code.into());
        }));
    }
}
