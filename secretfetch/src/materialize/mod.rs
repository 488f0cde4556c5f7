//! Rendered bytes to files: each target is the old or the new file in full, whatever happens.

mod access;
mod comparison;
mod creation;
mod directory;
mod generation;
mod generation_name;
mod leftover;
mod lock;
mod materialized;
mod moves;
mod ownership;
mod parent;
mod plain;
mod rehearsal;
mod replacement;
mod single;
mod staged;
mod status;
mod system;
mod unfinished;
mod write_error;

use std::path::Path;

use rustix::io::Errno;

pub(crate) use access::check_owner;
pub(crate) use lock::within;
pub(crate) use rehearsal::rehearse;
pub use single::write_file;
pub use unfinished::remove_unfinished;

use crate::error::{Error, Result};
use crate::plan::Layout;
use crate::prepared::Prepared;
use materialized::Materialized;
use parent::ParentAccess;
use write_error::WriteError;

/// Writes all files under `root`, or none.
///
/// `name` is that of the configuration: a generation is replaced by none of another name.
pub(crate) async fn materialize(
    root: &Path,
    layout: Layout,
    files: &[&Prepared],
    name: Option<&str>,
) -> Result<Materialized> {
    check_size(root, files)?;
    let base = creation::open_or_create(root, ParentAccess::of("", files));
    let base = base.map_err(|error| error.at(root, "open the directory"))?;
    match layout {
        Layout::Plain => plain::publish(root, &base, files, name).await,
        Layout::Generation => generation::publish(root, &base, files, name).await,
    }
}

/// A process that writes beyond RLIMIT_FSIZE is killed by SIGXFSZ, unless it has said otherwise: no library may do that.
fn check_size(root: &Path, files: &[&Prepared]) -> Result<()> {
    let Some(limit) = rustix::process::getrlimit(rustix::process::Resource::Fsize).current else { return Ok(()) };
    let too_large = |file: &&&Prepared| file.bytes.as_ref().is_some_and(|bytes| bytes.len() as u64 > limit);
    let errors = files
        .iter()
        .filter(too_large)
        .map(|file| WriteError::from(Errno::FBIG).at(&root.join(file.path.as_path()), "write the file"));
    Error::join(errors).map_or(Ok(()), Err)
}
