//! Standard output and standard error, either of which may be a pipe that nobody reads.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use secretfetch::{ErrorKind, Failure, Result};

/// Whether something is being written: whatever else is done, that is waited for then.
static PRINTING: AtomicBool = AtomicBool::new(false);

/// Writes the bytes to standard output, all or with an error.
pub(crate) fn write_output(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    printing(|| out.write_all(bytes).and_then(|()| out.flush())).map_err(|error| {
        Failure::new(ErrorKind::CannotWrite, format!("cannot write to standard output: {error}")).into()
    })
}

/// Writes the text to standard error. Nobody is left to tell when that is closed.
pub(crate) fn write_error(text: &str) {
    let _ = printing(|| io::stderr().write_all(text.as_bytes()));
}

/// Whether a write is waited for at this moment.
pub(crate) fn is_printing() -> bool {
    PRINTING.load(Ordering::Relaxed)
}

fn printing<T>(print: impl FnOnce() -> T) -> T {
    PRINTING.store(true, Ordering::Relaxed);
    let printed = print();
    PRINTING.store(false, Ordering::Relaxed);
    printed
}
