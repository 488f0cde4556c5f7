//! Files of logins, each in the form of one program: from the keys that AWS's database secrets have.
//!
//! A secret's other keys (`engine`, `dbInstanceIdentifier`, …) are passed over. Each source of a file is a login.

mod dockerconfigjson;
mod field;
mod logins;
mod mycnf;
mod netrc;
mod pgpass;

pub(super) use self::logins::Logins;

/// Each of them, as a row.
pub(super) static FORMATS: &[Logins] = &[pgpass::FORMAT, mycnf::FORMAT, netrc::FORMAT, dockerconfigjson::FORMAT];
