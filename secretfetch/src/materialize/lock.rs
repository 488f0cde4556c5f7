//! The lock that makes two runs on one directory take turns.

use std::path::Path;
use std::time::Duration;

use rustix::fs::{self, FlockOperation};
use rustix::io::Errno;

use super::directory::Directory;
use super::write_error::WriteError;
use crate::error::{ErrorKind, Failure, Result};

/// How long to wait before asking again for a lock that another run holds.
const INTERVAL: Duration = Duration::from_millis(20);

/// Gives up the work on a directory if another run holds that for so long: nothing else in such work waits.
pub(crate) async fn within<T>(time: Duration, root: &Path, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| {
        let what = "another run held the directory until the time was over";
        Err(Failure::new(ErrorKind::Timeout, what).with_file(root).into())
    })
}

/// Waits until no other run works on the directory. The lock ends with the descriptor, so a killed run leaves none behind.
pub(super) async fn lock(directory: &Directory, path: &Path) -> Result<()> {
    while !try_lock(directory).map_err(|error| error.at(path, "lock the directory"))? {
        tokio::time::sleep(INTERVAL).await;
    }
    Ok(())
}

/// `false` while another run holds it.
fn try_lock(directory: &Directory) -> Result<bool, WriteError> {
    match fs::flock(directory, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        // A file system without locks (some network ones): atomic renames still hold.
        Err(error) if [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS].contains(&error) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
