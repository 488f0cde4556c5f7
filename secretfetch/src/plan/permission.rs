//! Permissions and owners of files.

use std::fmt;
use std::str::FromStr;

use crate::error::is_config_error;

/// A file's permission bits, such as `0440` (the default).
///
/// ```
/// use secretfetch::Mode;
/// assert_eq!("0400".parse::<Mode>()?.bits(), 0o400);
/// assert_eq!(Mode::new(0o400)?, "0400".parse()?);
/// assert!("0888".parse::<Mode>().is_err());
/// assert!("4755".parse::<Mode>().is_err(), "set-user-id on a secret is a mistake");
/// # Ok::<(), secretfetch::ParsePermissionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(u32);

impl Mode {
    /// The owner's alone.
    pub(crate) const PRIVATE: Mode = Mode(0o600);

    /// The mode with these bits, of 0o777: set-user-id on a secret is a mistake.
    ///
    /// # Errors
    /// For other bits.
    pub fn new(bits: u32) -> Result<Self, ParsePermissionError> {
        if bits <= 0o777 { Ok(Mode(bits)) } else { Err(ParsePermissionError::Mode(format!("`{bits:o}`"))) }
    }

    /// The permission bits.
    pub fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Mode {
    fn default() -> Self {
        Mode(0o440)
    }
}

impl FromStr for Mode {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        let octal = matches!(digits.len(), 3 | 4) && digits.bytes().all(|b| (b'0'..=b'7').contains(&b));
        match u32::from_str_radix(digits, 8) {
            Ok(bits) if octal && bits <= 0o777 => Ok(Mode(bits)),
            _ => Err(ParsePermissionError::Mode(crate::text::quoted(text))),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

/// Who owns a file: `UID` or `UID:GID`, as numbers (a container has no user names to look up).
///
/// ```
/// use secretfetch::Owner;
/// let owner: Owner = "1000:2000".parse()?;
/// assert_eq!((owner.uid(), owner.gid()), (1000, Some(2000)));
/// assert_eq!(owner, Owner::new(1000)?.with_group(2000)?);
/// # Ok::<(), secretfetch::ParsePermissionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    uid: u32,
    gid: Option<u32>,
}

impl Owner {
    /// This user, and the group that the directory gives.
    ///
    /// # Errors
    /// For 4294967295, which to chown(2) is nobody.
    pub fn new(uid: u32) -> Result<Self, ParsePermissionError> {
        if uid == u32::MAX {
            Err(ParsePermissionError::Owner(format!("`{uid}`")))
        } else {
            Ok(Owner { uid, gid: None })
        }
    }

    /// Sets the group.
    ///
    /// # Errors
    /// For 4294967295, which to chown(2) is no group.
    pub fn with_group(self, gid: u32) -> Result<Self, ParsePermissionError> {
        if gid == u32::MAX {
            Err(ParsePermissionError::Owner(format!("`{gid}`")))
        } else {
            Ok(Owner { gid: Some(gid), ..self })
        }
    }

    /// The user.
    pub fn uid(self) -> u32 {
        self.uid
    }

    /// The group; `None` leaves the one that the directory gives.
    pub fn gid(self) -> Option<u32> {
        self.gid
    }
}

impl FromStr for Owner {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (uid, gid) = text.split_once(':').map_or((text, None), |(uid, gid)| (uid, Some(gid)));
        match (id(uid), gid.map(id)) {
            (Some(uid), None) => Ok(Owner { uid, gid: None }),
            (Some(uid), Some(Some(gid))) => Ok(Owner { uid, gid: Some(gid) }),
            _ => Err(ParsePermissionError::Owner(crate::text::quoted(text))),
        }
    }
}

/// A user that shall be able to read the files: `UID`, or `UID:GID,…` with all of its groups, as numbers.
///
/// ```
/// use secretfetch::User;
/// let user: User = "1000:1000,2000".parse()?;
/// assert_eq!(user.uid(), 1000);
/// # Ok::<(), secretfetch::ParsePermissionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    uid: u32,
    gids: Vec<u32>,
}

impl User {
    /// The user.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Whether it may do what the bit says (4: read, 1: search) to a file of this mode and owner, by the rules of
    /// POSIX.1-2017, section 4.5, "File Access Permissions". Access control lists are not looked at.
    #[cfg(feature = "files")]
    pub(crate) fn may(&self, bit: u32, mode: u32, uid: u32, gid: u32) -> bool {
        let class = match () {
            // Whoever has CAP_DAC_OVERRIDE needs no permission.
            () if self.uid == 0 => return true,
            () if self.uid == uid => mode >> 6,
            () if self.gids.contains(&gid) => mode >> 3,
            () => mode,
        };
        class & bit != 0
    }
}

impl FromStr for User {
    type Err = ParsePermissionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParsePermissionError::User(crate::text::quoted(text));
        let (uid, gids) = text.split_once(':').map_or((text, None), |(uid, gids)| (uid, Some(gids)));
        let gids = gids.map(|gids| gids.split(',').map(id).collect::<Option<Vec<u32>>>());
        match (id(uid), gids) {
            (Some(uid), None) => Ok(User { uid, gids: Vec::new() }),
            (Some(uid), Some(Some(gids))) => Ok(User { uid, gids }),
            _ => Err(invalid()),
        }
    }
}

/// The largest id means "unchanged" to chown(2).
fn id(digits: &str) -> Option<u32> {
    digits.parse::<u32>().ok().filter(|id| *id != u32::MAX)
}

is_config_error!(ParsePermissionError);

/// The text is not a mode, owner or user.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParsePermissionError {
    /// Not a mode.
    #[error("{0} is not a file mode (three or four octal digits, such as `0440`)")]
    Mode(String),
    /// Not an owner.
    #[error("{0} is not an owner (`UID` or `UID:GID`, as numbers)")]
    Owner(String),
    /// Not a user with its groups.
    #[error("{0} is not a user with its groups (`UID` or `UID:GID,…`, as numbers)")]
    User(String),
}
