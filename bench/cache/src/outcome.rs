//! How a measurement ends, and how it tells what it finds.

use std::io::{self, Write as _};

/// Whatever ends a measurement: it is shown, and nothing depends on its kind.
pub(crate) type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// One line on standard output; a closed one is nobody's loss.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The middle one; of an even number the lower of the two.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
