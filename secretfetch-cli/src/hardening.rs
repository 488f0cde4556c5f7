//! What other processes, and whoever finds a core file, must not read of this one.

use std::sync::OnceLock;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// The limit of core files as it was found.
static FOUND: OnceLock<Rlimit> = OnceLock::new();

/// No core file, whatever the limit was: it would have every secret in it.
pub(crate) fn forbid_core_dumps() {
    let found = FOUND.get_or_init(|| getrlimit(Resource::Core));
    // A sandbox may forbid it; then the limit that is there stays.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: found.maximum });
}

/// The same so that nothing can give the limit back.
pub(crate) fn forbid_core_dumps_for_good() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Gives the program that this process becomes the limits that were found. That it may not be attached to ends with
/// execve(2).
pub(crate) fn undo() {
    if let Some(found) = FOUND.get() {
        let _ = setrlimit(Resource::Core, *found);
    }
}

/// No debugger, and no reader of /proc/PID/mem, that is not root: see PR_SET_DUMPABLE in prctl(2).
///
/// Called when the inputs are open, since /proc/self, and with it /dev/stdin and a shell's `<(…)`, belongs to root
/// afterwards.
pub(crate) fn forbid_attaching() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
