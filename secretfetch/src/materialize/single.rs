//! One file by itself, which no plan has.

use std::path::Path;

use zeroize::Zeroizing;

use super::materialize;
use crate::error::{ErrorKind, Failure, Result};
use crate::plan::{Layout, Mode, RelativePath};
use crate::prepared::Prepared;
use crate::report::{FileReport, Report};

/// Writes one file by the steps that the files of a [`Plan`](crate::Plan) are written by: it is the old or the new one
/// in full, left alone if it is unchanged, and never written through a symlink that has its name. Missing directories
/// are created.
///
/// # Errors
/// [`ErrorKind::Config`] for a path that is no file's, and [`ErrorKind::CannotWrite`], with the target as it was.
///
/// # Blocking
/// As [`Rendered::write`](crate::Rendered::write): another run's lock on the directory is waited for without an end, the
/// system calls hold the thread.
///
/// ```
/// use secretfetch::{FileOutcome, Mode, write_file};
///
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path();
/// let report = write_file(&directory.join("run"), b"#!/bin/sh\n".to_vec(), Mode::new(0o555)?).await?;
/// assert_eq!(report.files[0].outcome, FileOutcome::Written);
/// # Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(demo()).unwrap();
/// ```
pub async fn write_file(path: &Path, bytes: Vec<u8>, mode: Mode) -> Result<Report> {
    let unfit = |why: &str| Failure::new(ErrorKind::Config, format!("cannot write there: {why}")).with_file(path);
    let root = path.parent().ok_or_else(|| unfit("the path is that of a directory"))?;
    let name = path.file_name().ok_or_else(|| unfit("the path is that of a directory"))?;
    let name = name.to_str().ok_or_else(|| unfit("the file's name is not UTF-8"))?;
    let name = RelativePath::new(name).map_err(|why| unfit(&why))?;
    let length = bytes.len() as u64;
    let file = Prepared { path: name, bytes: Some(Zeroizing::new(bytes)), mode, owner: None };
    let done = materialize(root, Layout::Plain, &[&file], None).await?;
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
            let error = write_file(Path::new(path), Vec::new(), Mode::default()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{path:?}");
        }
    }
}
