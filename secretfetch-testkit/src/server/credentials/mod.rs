//! Where clients get credentials: STS, a container's credential endpoint, and instance metadata.

mod container;
mod exchange;
mod issue;
mod metadata;
mod sts;
pub(super) mod tokens;

use hyper::Method;

use super::answer::Spoiled;
use super::message::Message;
use super::state::Server;

pub(super) use container::POD_IDENTITY_PATH;

/// A source of credentials.
pub(super) enum Source {
    SecurityTokenService,
    Container,
    InstanceMetadata,
}

impl Source {
    /// The source that a request goes to; `None` for one to Secrets Manager.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let path = message.path();
        if message.is(&Method::POST, "/") && message.has_type("application/x-www-form-urlencoded") {
            Some(Source::SecurityTokenService)
        } else if path == POD_IDENTITY_PATH || path.starts_with(container::ECS_PATH) {
            Some(Source::Container)
        } else if path.starts_with("/latest/") {
            Some(Source::InstanceMetadata)
        } else {
            None
        }
    }

    pub(super) async fn answer(&self, server: &Server, message: &Message, connection: u64) -> Spoiled {
        match self {
            Source::SecurityTokenService => sts::answer(server, message, connection).await,
            Source::Container => container::answer(server, message, connection).await,
            Source::InstanceMetadata => metadata::answer(server, message, connection).await,
        }
    }
}
