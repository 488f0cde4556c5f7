//! Standard output, where it is for bytes and not for a report of what was done.

use std::io::Write as _;

use secretfetch::{ErrorKind, Failure, Result};

use crate::watchdog::printing;

/// Writes the bytes to standard output, all or with an error.
pub(crate) fn write_output(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    printing(|| out.write_all(bytes).and_then(|()| out.flush())).map_err(|error| {
        Failure::new(ErrorKind::CannotWrite, format!("cannot write to standard output: {error}")).into()
    })
}
