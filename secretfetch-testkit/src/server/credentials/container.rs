//! The credential endpoint that a container is told of in its environment.
//!
//! EKS Pod Identity's agent wants the service account's token in `Authorization`; ECS's agent wants
//! nothing, its path is the secret.

use std::time::Duration;

use hyper::Method;
use serde_json::json;

use super::exchange::{refused_by_status, serve, unsigned};
use super::issue::Issued;
use crate::fake::account::ACCOUNT;
use crate::fake::log::Operation;
use crate::server::answer::Answer;
use crate::server::answer::Spoiled;
use crate::server::message::Message;
use crate::server::state::Server;

/// Where the Pod Identity agent answers (`AWS_CONTAINER_CREDENTIALS_FULL_URI`).
pub(in crate::server) const POD_IDENTITY_PATH: &str = "/v1/credentials";
/// Under which path ECS's agent answers (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`).
pub(super) const ECS_PATH: &str = "/v2/credentials/";

const LIFETIME: Duration = Duration::from_secs(6 * 3600);

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let request = unsigned(server, Operation::ContainerCredentials, connection);
    serve(server, request, refused_by_status, || {
        if *message.method() != Method::GET {
            return Answer::text(405, "text/plain", "");
        }
        let token = message.header("authorization").is_some_and(|token| !token.is_empty());
        if message.path() == POD_IDENTITY_PATH && !token {
            return Answer::text(400, "text/plain", "Service account token cannot be empty");
        }
        let issued = Issued::by("CONTAINER", LIFETIME);
        let body = json!({
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret_access_key,
            "Token": issued.token,
            "AccountId": ACCOUNT,
            "Expiration": issued.expiration,
        });
        Answer::text(200, "application/json", body.to_string())
    })
    .await
}
