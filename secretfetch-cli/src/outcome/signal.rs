//! The signals that end a run.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Terminate,
    Interrupt,
}

impl Signal {
    pub(crate) const ALL: [Signal; 2] = [Signal::Terminate, Signal::Interrupt];

    /// Those that end a run here. One that was ignored when the process began stays so, as nohup(1) and a shell's background
    /// jobs want it, and as the program that `exec` becomes shall find it.
    pub(crate) fn heeded() -> impl Iterator<Item = Signal> {
        let ignored = ignored();
        Signal::ALL.into_iter().filter(move |signal| ignored >> (signal.number() - 1) & 1 == 0)
    }

    /// What asks `watch` for a round, and ends nothing there.
    pub(crate) const HANG_UP: i32 = rustix::process::Signal::HUP.as_raw();

    /// Whether a signal of this number was not ignored when the process began.
    pub(crate) fn is_heeded(number: i32) -> bool {
        ignored() >> (number - 1) & 1 == 0
    }

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

/// The signals that are ignored, as bits: proc(5), `SigIgn`. None where there is no such file.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
