//! How a command ends that does not come to its end: what the process answers for it, and the container's termination
//! message.

mod exit_code;
mod signal;
pub(crate) mod termination;

use secretfetch::{Error, ErrorKind, Failure};

pub(crate) use exit_code::{docs, exit_code};
pub(crate) use signal::Signal;

pub(crate) enum Ended {
    Failed(Error),
    /// With an answer that is no. It is for whoever asked, and not the container's: that one runs on.
    Denied(Error),
    Signal(Signal),
    /// The program cannot be executed: with the code that env(1) has for it.
    NotExecuted(Error, u8),
    /// By a signal, which is the normal end of what would go on for ever.
    Stopped(Signal),
}

impl Ended {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Ended::Failed(error) | Ended::Denied(error) => exit_code(error),
            Ended::NotExecuted(_, code) => *code,
            Ended::Signal(signal) => signal.code(),
            Ended::Stopped(_) => 0,
        }
    }
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Failed(error)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Failed(failure.into())
    }
}

/// A failure by what the command line or the environment says.
pub(crate) fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Config, message)
}
