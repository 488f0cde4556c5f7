//! Whether a file is already as it shall be.

use std::fs::File;
use std::io::Read as _;

use rustix::fs::{self, FileType, Mode as FileMode, OFlags};

use super::directory::Directory;
use super::status::Status;
use crate::plan::{Mode, Owner};

/// Whether the file has these bytes, this mode and this owner.
pub(super) fn holds(directory: &Directory, name: &str, bytes: &[u8], mode: Mode, owner: Option<Owner>) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(fd) = fs::openat(directory, name, flags, FileMode::empty()) else { return false };
    let Ok(status) = Status::of(&fd) else { return false };
    let same_owner =
        owner.is_none_or(|owner| status.uid == owner.uid() && owner.gid().is_none_or(|gid| status.gid == gid));
    let same = status.kind == FileType::RegularFile
        && status.mode & 0o7777 == mode.bits()
        && status.size == bytes.len() as u64
        && same_owner;
    same && same_bytes(File::from(fd), bytes)
}

/// Compares without holding a second copy of the secret for longer than a block.
fn same_bytes(mut file: File, mut bytes: &[u8]) -> bool {
    let mut block = zeroize::Zeroizing::new([0; 8192]);
    loop {
        match file.read(&mut block[..]) {
            Ok(0) => return bytes.is_empty(),
            Ok(read) => match bytes.strip_prefix(&block[..read]) {
                Some(rest) => bytes = rest,
                None => return false,
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}
