//! Who owns the files and who can read them, as far as that depends on who writes them.

use super::directory::Directory;
use crate::error::{ErrorKind, Failure, Result};
use crate::plan::Owner;
use crate::prepared::Prepared;

/// Refuses an owner that only root could set, before anything is fetched.
pub(crate) fn check_owner(owner: Option<Owner>) -> Result<()> {
    let Some(owner) = owner else { return Ok(()) };
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        return Ok(());
    }
    let failure = |message: String| {
        Failure::new(ErrorKind::CannotWrite, message)
            .with_hint("run as that user (`runAsUser`), or let `fsGroup` give the volume's group")
    };
    if owner.uid() != uid.as_raw() {
        return Err(failure(format!("user {} cannot give files to user {}", uid.as_raw(), owner.uid())).into());
    }
    let ours = |gid: u32| {
        rustix::process::getegid().as_raw() == gid
            || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == gid))
    };
    match owner.gid() {
        Some(gid) if !ours(gid) => Err(failure(format!("user {} is not in group {gid}", uid.as_raw())).into()),
        _ => Ok(()),
    }
}

/// Says once that the next program, running as another user, will not be able to read the files.
pub(super) fn unreadable_by_others<'a>(
    files: impl IntoIterator<Item = (&'a Prepared, &'a Directory)>,
) -> Option<String> {
    let (file, _) = files.into_iter().find(|(file, directory)| {
        let mode = file.mode.bits();
        // The directory's group is of use to a file that lets its group read.
        let by_group = mode & 0o040 != 0 && directory.gives_group();
        file.bytes.is_some() && file.owner.is_none() && mode & 0o004 == 0 && !by_group
    })?;
    let (who, remedy) = match file.mode.bits() & 0o040 {
        0 => (
            "",
            "let it run as this user (`runAsUser`), or set the mode 0440 with `fsGroup` on the pod, or the mode 0444",
        ),
        _ => (" and its group", "set `fsGroup` on the pod, or the mode 0444"),
    };
    Some(format!(
        "only user {}{who} can read {} (mode {}); if the program that reads it runs as another user, {remedy}",
        rustix::process::geteuid().as_raw(),
        crate::text::quoted(&file.path.to_string()),
        file.mode,
    ))
}
