//! What shall exist afterwards: the configuration as written, and the plan that is checked.

mod checked;
mod config;
mod decode;
mod environment;
mod permission;
mod source;
mod stores;
mod target;
mod value_from;

pub(crate) use checked::FilePlan;
pub use checked::{DEFAULT_TIMEOUT, Plan};
pub use config::{
    Config, FileConfig, Layout, ParseDurationError, ParseLayoutError, SourceConfig, SourceSecrets, parse_duration,
};
pub(crate) use environment::EnvironmentPlan;
pub use environment::{EnvironmentConfig, OnConflict, ParseOnConflictError};
pub use permission::{Mode, Owner, ParsePermissionError, User};
pub(crate) use source::{Content, Place, Source};
pub(crate) use target::RelativePath;
