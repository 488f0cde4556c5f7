//! What a store was built with.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;

use super::transport::Transport;

/// The name in the user agent, by which a request is recognized in CloudTrail; also the name of an
/// assumed role's session.
pub(super) const APP_NAME: &str = "secretfetch";

/// What a store was built with, checked.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) profile: Option<String>,
    pub(super) endpoint_url: Option<String>,
    /// By an option, not by a variable, which a profile may have us ignore.
    pub(super) is_endpoint_given: bool,
    /// Host and port of that URL.
    pub(super) endpoint: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) connect_timeout: Duration,
    pub(super) credentials_timeout: Duration,
    pub(super) transport: Transport,
}

impl Settings {
    /// The time for an attempt is the transport's part, which knows what is waited for.
    pub(super) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder().connect_timeout(self.connect_timeout).build()
    }
}
