//! The termination message: what `kubectl describe pod` shows of a container that failed.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Kubernetes keeps 4096 bytes of it.
const LONGEST: usize = 4096;

/// Writes the message where the kubelet reads it; without such a file there is nobody to read it.
pub(crate) fn write(message: &str) {
    let moved = std::env::var_os("SECRETFETCH_TERMINATION_LOG").filter(|path| !path.is_empty());
    let path = moved.unwrap_or_else(|| "/dev/termination-log".into());
    let mut end = message.len().min(LONGEST);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    if let Ok(mut file) = OpenOptions::new().write(true).truncate(true).open(path) {
        let _ = file.write_all(&message.as_bytes()[..end]);
    }
}
