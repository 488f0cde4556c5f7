//! What other processes, and whoever finds a core file, must not read of this one.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core file, whatever the limit was: it would have every secret in it.
pub(crate) fn forbid_core_dumps() {
    // A sandbox may forbid it; then the limit that is there stays.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// No debugger, and no reader of /proc/PID/mem, that is not root: see PR_SET_DUMPABLE in prctl(2).
///
/// Called when the inputs are open, since /proc/self, and with it /dev/stdin and a shell's `<(…)`, belongs to root
/// afterwards.
pub(crate) fn forbid_attaching() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
