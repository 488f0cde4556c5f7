//! The signals that end a run.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Terminate,
    Interrupt,
}

impl Signal {
    pub(crate) const ALL: [Signal; 2] = [Signal::Terminate, Signal::Interrupt];

    pub(crate) fn number(self) -> i32 {
        match self {
            Signal::Terminate => rustix::process::Signal::TERM.as_raw(),
            Signal::Interrupt => rustix::process::Signal::INT.as_raw(),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Signal::Terminate => "SIGTERM",
            Signal::Interrupt => "SIGINT",
        }
    }

    /// As a shell has it: 128 and the signal's number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Signal::Terminate => 143,
            Signal::Interrupt => 130,
        }
    }
}
