//! The credential endpoint that a container is told of in its environment.
//!
//! EKS Pod Identity's agent wants the service account's token in `Authorization`; ECS's agent wants
//! nothing, its path is the secret.
//!
//! Source: the agents' own code, aws/eks-pod-identity-agent and aws/amazon-ecs-agent.

use std::time::Duration;

use hyper::Method;
use serde_json::json;

use super::exchange::{refused_by_status, serve, unsigned};
use super::issue::Issued;
use super::web_token::Claims;
use crate::fake::account::ACCOUNT;
use crate::fake::identity::Identity;
use crate::fake::log::Operation;
use crate::server::answer::{Answer, Spoiled};
use crate::server::message::Message;
use crate::server::state::Server;

/// Where the Pod Identity agent answers (`AWS_CONTAINER_CREDENTIALS_FULL_URI`).
pub(in crate::server) const POD_IDENTITY_PATH: &str = "/v1/credentials";
/// Under which path ECS's agent answers (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`).
pub(super) const ECS_PATH: &str = "/v2/credentials/";
/// The path of the one task that a server has a URL for.
pub(in crate::server) const ECS_TASK_PATH: &str = "/v2/credentials/2c8f4b7e-9d31-4a60-8f57-1e0b6d2c9a43";

const LIFETIME: Duration = Duration::from_secs(6 * 3600);
const SOURCE: &str = "CONTAINER";

/// The role of a pod's service account, and the session that EKS names after cluster, pod and association.
const POD_ROLE: &str = "arn:aws:iam::123456789012:role/fake-pod-role";
const POD_SESSION: &str = "eks-fake-app-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
/// The role of a task, and the session that ECS names after the task.
const TASK_ROLE: &str = "arn:aws:iam::123456789012:role/fake-task-role";
const TASK_SESSION: &str = "0123456789abcdef0123456789abcdef";

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let request = unsigned(server, Operation::ContainerCredentials, connection);
    serve(server, request, refused_by_status, || {
        if *message.method() != Method::GET {
            Answer::text(405, "text/plain", "")
        } else if message.path() == POD_IDENTITY_PATH {
            pod(server, message)
        } else {
            task(server, message)
        }
    })
    .await
}

fn pod(server: &Server, message: &Message) -> Answer {
    let shared = server.store().shared();
    let refuse = |why: &str| Answer::text(400, "text/plain; charset=utf-8", format!("{why}\n"));
    let Some(token) = message.header("authorization").filter(|token| !token.is_empty()) else {
        return refuse("Service account token cannot be empty");
    };
    if Claims::read(token).is_some_and(|claims| claims.have_ended(shared.clock().now())) {
        return refuse("Service account token failed basic claim validations: token is expired");
    }
    let issued = Issued::to(shared, session(POD_ROLE, POD_SESSION), SOURCE, LIFETIME);
    let body = json!({
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "Token": issued.token,
        "AccountId": ACCOUNT,
        "Expiration": issued.expiration,
    });
    Answer::text(200, "application/json", body.to_string())
}

fn task(server: &Server, message: &Message) -> Answer {
    if message.path() == ECS_PATH {
        let body = json!({
            "code": "NoIdInRequest",
            "message": "CredentialsV2Request: No ID in the request",
            "HTTPErrorCode": 400,
        });
        return Answer::text(400, "application/json", body.to_string());
    }
    let issued = Issued::to(server.store().shared(), session(TASK_ROLE, TASK_SESSION), SOURCE, LIFETIME);
    let body = json!({
        "RoleArn": TASK_ROLE,
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "Token": issued.token,
        "Expiration": issued.expiration,
    });
    Answer::text(200, "application/json", body.to_string())
}

fn session(role: &str, name: &str) -> Identity {
    Identity::session(role, name).expect("the ARN of the fake's own role is one")
}
