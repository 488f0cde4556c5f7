//! One file by itself, which no plan has.

use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::lock::within;
use super::materialize;
use crate::error::{ErrorKind, Failure, Result};
use crate::plan::{Layout, Mode, RelativePath};
use crate::prepared::Prepared;
use crate::report::{FileReport, Report};

/// Writes one file by the steps that the files of a [`Plan`](crate::Plan) are written by: it is the old or the new one
/// in full, left alone if it is unchanged, and never written through a symlink that has its name. Missing directories
/// are created. No longer than `time` is waited for another run that works on the directory.
///
/// # Errors
/// [`ErrorKind::Config`] for a path that is no file's, [`ErrorKind::CannotWrite`], and [`ErrorKind::Timeout`], with the
/// target as it was.
///
/// # Blocking
/// As [`Rendered::write`](crate::Rendered::write): the system calls hold the thread.
///
/// ```
/// use secretfetch::{DEFAULT_TIMEOUT, FileOutcome, Mode, write_file};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let report = write_file(&directory.join("run"), b"#!/bin/sh\n".to_vec(), Mode::new(0o555)?, DEFAULT_TIMEOUT).await?;
/// assert_eq!(report.files[0].outcome, FileOutcome::Written);
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
/// ```
pub async fn write_file(path: &Path, bytes: Vec<u8>, mode: Mode, time: Duration) -> Result<Report> {
    let unfit = |why: &str| Failure::new(ErrorKind::Config, format!("cannot write there: {why}")).with_file(path);
    let root = path.parent().ok_or_else(|| unfit("the path is that of a directory"))?;
    let name = path.file_name().ok_or_else(|| unfit("the path is that of a directory"))?;
    let name = name.to_str().ok_or_else(|| unfit("the file's name is not UTF-8"))?;
    let name = RelativePath::new(name).map_err(|why| unfit(&why))?;
    let length = bytes.len() as u64;
    let file = Prepared { path: name, bytes: Some(Zeroizing::new(bytes)), mode, owner: None };
    let done = within(time, root, materialize(root, Layout::Plain, &[&file], None)).await?;
    let files = done.files.into_iter().map(|outcome| FileReport {
        path: path.to_owned(),
        outcome,
        format: "raw",
        dialect: None,
        bytes: length,
        mode,
        sources: Vec::new(),
    });
    Ok(Report { files: files.collect(), environment: None, notes: done.notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_that_is_no_files_is_refused() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;

        for path in ["", "/", "a/..", "a/.secretfetch-x.tmp", "..data"]
            .map(OsStr::new)
            .into_iter()
            .chain([OsStr::from_bytes(b"\xff")])
        {
            let error = write_file(Path::new(path), Vec::new(), Mode::default(), Duration::ZERO).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{path:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn another_run_is_waited_for_no_longer_than_was_said() {
        let temporary = tempfile::tempdir().unwrap();
        let held = std::fs::File::open(temporary.path()).unwrap();
        held.lock().unwrap();
        let path = temporary.path().join("a");
        let write = || write_file(&path, b"x".to_vec(), Mode::default(), Duration::from_secs(1));
        let error = write().await.unwrap_err();
        assert_eq!((error.kind(), path.exists()), (ErrorKind::Timeout, false));
        drop(held);
        write().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }
}
