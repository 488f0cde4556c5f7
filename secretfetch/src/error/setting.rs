//! What a run is set up by, as far as a failure can be about it.

/// A setting that a failure can be mended by.
///
/// How it is set depends on the program: a field of [`Config`](crate::Config), a method of a builder, an option of a
/// command line. So messages and hints name it in plain words, and the program adds how it is set there.
///
/// ```
/// use secretfetch::{ErrorKind, Failure, Setting};
///
/// let failure = Failure::new(ErrorKind::Timeout, "no answer")
///     .with_hint("raise the timeout")
///     .with_setting(Setting::Timeout);
/// assert_eq!(failure.settings(), [Setting::Timeout]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Which configuration is read.
    Config,
    /// The region of secrets that name none.
    Region,
    /// The profile of the AWS configuration files.
    Profile,
    /// The time for everything.
    Timeout,
    /// The files' permissions.
    Mode,
    /// The files' owner.
    Owner,
}

impl Setting {
    /// Every setting, in declaration order.
    pub const ALL: &'static [Setting] =
        &[Setting::Config, Setting::Region, Setting::Profile, Setting::Timeout, Setting::Mode, Setting::Owner];
}
