//! What shall exist afterwards: the configuration as written, and the plan that is checked.

mod checked;
mod config;
mod decode;
mod environment;
mod length;
mod permission;
mod source;
mod source_config;
mod stores;
mod target;
mod value_from;
mod watch;
mod watch_fields;

pub use checked::{DEFAULT_TIMEOUT, Plan};
pub(crate) use checked::{EnvironmentPlan, FilePlan};
pub use config::{Config, FileConfig, Layout, ParseDurationError, ParseLayoutError, parse_duration};
pub use environment::{EnvironmentConfig, OnConflict, ParseOnConflictError};
pub use permission::{Mode, Owner, ParsePermissionError, User};
pub(crate) use source::{Content, Place, Source};
pub use source_config::{SourceConfig, SourceSecrets};
pub(crate) use target::RelativePath;
pub(crate) use watch::SHORTEST_INTERVAL;
pub use watch::{
    DEFAULT_INTERVAL, ExecHook, HookMethod, HookUrl, HttpHook, OnChange, ParseHookError, SignalHook, SignalName,
    SignalTarget, WatchConfig,
};
