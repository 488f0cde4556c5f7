//! How a measurement ends, and how it tells what it finds.

use std::io::{self, Write as _};

/// Whatever ends a measurement: it is shown, and nothing depends on its kind.
pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// One line on standard output; a closed one is nobody's loss.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
