//! The instance metadata service, version 2: a token first, then the region and the role's credentials.
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", EC2 User Guide.

use std::time::{Duration, SystemTime};

use hyper::Method;
use serde_json::json;

use super::exchange::{refused_by_status, serve, unsigned};
use super::issue::{Issued, iso8601};
use crate::fake::account::ACCOUNT;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::server::answer::Answer;
use crate::server::answer::Spoiled;
use crate::server::message::Message;
use crate::server::state::Server;

const LIFETIME: Duration = Duration::from_secs(6 * 3600);
/// The role of the instance's profile.
const ROLE: &str = "fake-instance-role";
const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials";

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let request = unsigned(server, Operation::InstanceMetadata, connection);
    let refused = |refusal: &Refusal| match refusal {
        // An instance without a role still tells its region.
        Refusal::NoCredentials if !message.path().starts_with(CREDENTIALS) => respond(server, message),
        _ => refused_by_status(refusal),
    };
    serve(server, request, refused, || respond(server, message)).await
}

fn respond(server: &Server, message: &Message) -> Answer {
    let text = |text: &str| Answer::text(200, "text/plain", text);
    let refuse = |status| Answer::text(status, "text/plain", "");
    if message.path() == "/latest/api/token" {
        let ttl = message.header("x-aws-ec2-metadata-token-ttl-seconds").and_then(|ttl| ttl.parse().ok());
        return match ttl {
            _ if *message.method() != Method::PUT => refuse(405),
            Some(ttl @ 1..=21_600) => {
                text(&server.tokens().issue()).with_header("x-aws-ec2-metadata-token-ttl-seconds", ttl)
            }
            _ => refuse(400),
        };
    }
    if !message.header("x-aws-ec2-metadata-token").is_some_and(|token| server.tokens().knows(token)) {
        return refuse(401);
    }
    let region = server.store().region();
    match message.path() {
        "/latest/meta-data/placement/region" => text(region.as_str()),
        "/latest/meta-data/placement/availability-zone" => text(&format!("{region}a")),
        "/latest/dynamic/instance-identity/document" => {
            let document = json!({
                "accountId": ACCOUNT,
                "availabilityZone": format!("{region}a"),
                "instanceId": "i-0123456789abcdef0",
                "region": region.as_str(),
                "version": "2017-09-30",
            });
            text(&document.to_string())
        }
        path => match path.strip_prefix(CREDENTIALS) {
            Some("" | "/") => text(ROLE),
            Some(name) if name.strip_prefix('/') == Some(ROLE) => text(&credentials()),
            _ => refuse(404),
        },
    }
}

fn credentials() -> String {
    let issued = Issued::by("INSTANCE", LIFETIME);
    let document = json!({
        "Code": "Success",
        "LastUpdated": iso8601(SystemTime::now()),
        "Type": "AWS-HMAC",
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "Token": issued.token,
        "Expiration": issued.expiration,
    });
    document.to_string()
}
