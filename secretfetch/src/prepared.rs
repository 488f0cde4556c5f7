//! A file as it will be: the last step before writing it.

use zeroize::Zeroizing;

use crate::plan::{Mode, Owner, RelativePath};

/// One file's bytes and where they go; without bytes, the file shall not exist.
pub(crate) struct Prepared {
    pub(crate) path: RelativePath,
    pub(crate) bytes: Option<Zeroizing<Vec<u8>>>,
    pub(crate) mode: Mode,
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only what is written has an owner"))]
    pub(crate) owner: Option<Owner>,
}
