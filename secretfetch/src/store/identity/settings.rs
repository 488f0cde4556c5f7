//! What a store was built with, whichever service it asks.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;

use crate::store::transport::Transport;

/// The name in the user agent, by which a request is recognized in CloudTrail; also the name of an
/// assumed role's session.
pub(super) const APP_NAME: &str = "secretfetch";

/// What a store was built with, checked: who asks, and over which transport.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) profile: Option<String>,
    pub(crate) role_arn: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) credentials_timeout: Duration,
    pub(crate) transport: Transport,
}

impl Settings {
    /// The time for an attempt is the transport's part, which knows what is waited for.
    pub(super) fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder().connect_timeout(self.connect_timeout).build()
    }
}
