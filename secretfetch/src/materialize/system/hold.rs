//! What keeps a name from being given to something else.

/// What keeps one: nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Hold {
    /// It is a mount of its own, where the system tells.
    pub(in super::super) is_mount: bool,
    /// It is marked as one that nobody changes (`chattr +i`, `chflags uchg`) or that only grows.
    pub(in super::super) is_marked: bool,
}
