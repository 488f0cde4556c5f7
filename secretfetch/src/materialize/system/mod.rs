//! The calls that systems have each in their own way. What Linux alone can do is in `linux`; `portable` does it with what
//! POSIX and macOS have, there and where a kernel or a sandbox refuses.

mod hold;
#[cfg(target_os = "linux")]
mod linux;
mod portable;

#[cfg(target_os = "linux")]
pub(super) use linux::{hold, open_above, open_beneath, open_in_this_mount, sync};
pub(super) use portable::{DIRECTORY, exchange, is_unsupported, open_directory, rename_new};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::{hold, open_above, open_beneath, open_in_this_mount, sync};
