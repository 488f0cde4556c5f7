//! Why no usable answer came over the network.

use std::time::Duration;

use aws_smithy_runtime_api::client::result::ConnectorError;

use super::cause::BoxError;
use crate::error::Error;

/// Why no usable answer came over the network, with what a message needs to say about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    /// The trust roots or the TLS settings are wrong: nothing was sent.
    #[error("the TLS configuration is not usable")]
    Unusable(Error),
    /// The connection could not be made or broke.
    #[error("no answer from the endpoint")]
    Connection {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        source: ConnectorError,
    },
    /// The time is over, for the connection or for the whole attempt.
    #[error("the time for a step is over")]
    Late {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        /// What was waited for.
        waiting_for: WaitingFor,
        limit: Duration,
    },
    /// An answer began and did not come to its end.
    #[error("the answer broke off")]
    Broken {
        /// Host and port of the endpoint.
        endpoint: String,
        /// The proxy in between.
        proxy: Option<String>,
        source: BoxError,
    },
    /// The answer has more bytes than it may.
    #[error("the answer is too large")]
    TooLarge {
        /// How many it may have.
        longest: u64,
    },
}

/// What an attempt waited for when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitingFor {
    Lookup,
    Connection,
    Answer,
    /// An answer that had begun.
    Rest,
}

impl From<TransportError> for ConnectorError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Late { .. } => ConnectorError::timeout(error.into()),
            TransportError::Unusable(_) => ConnectorError::user(error.into()),
            TransportError::Connection { .. } | TransportError::Broken { .. } => ConnectorError::io(error.into()),
            TransportError::TooLarge { .. } => ConnectorError::other(error.into(), None),
        }
    }
}

/// What failed on the way to the proxy itself, not behind it.
#[derive(Debug, thiserror::Error)]
#[error("no way to the proxy")]
pub(super) struct ToProxy(#[source] pub(super) BoxError);
