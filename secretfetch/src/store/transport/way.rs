//! The way of one request.

use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;

use super::cause::BoxError;
use super::error::{TransportError, WaitingFor};

/// Where a request goes, and how long it may take: what an error says of it.
pub(super) struct Way {
    pub(super) endpoint: String,
    pub(super) proxy: Option<String>,
    /// The name that is looked up: the proxy's, or the endpoint's own.
    pub(super) first_host: String,
    pub(super) limit: Duration,
}

impl Way {
    /// `limit` is that of a step; `None` for that of the whole attempt.
    pub(super) fn late(self, waiting_for: WaitingFor, limit: Option<Duration>) -> TransportError {
        let limit = limit.unwrap_or(self.limit);
        TransportError::Late { endpoint: self.endpoint, proxy: self.proxy, waiting_for, limit }
    }

    pub(super) fn broken(self, source: ConnectorError) -> ConnectorError {
        // The class decides only the SDK's own retries, which are off.
        let wrap: fn(BoxError) -> ConnectorError =
            if source.is_user() { ConnectorError::user } else { ConnectorError::io };
        wrap(TransportError::Connection { endpoint: self.endpoint, proxy: self.proxy, source }.into())
    }
}
