//! The instance metadata service, version 2: a token first, then the region and the role's credentials.
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", EC2 User Guide.

use std::time::Duration;

use hyper::Method;
use serde_json::json;

use super::exchange::{refused_by_status, serve, unsigned};
use super::issue::Issued;
use crate::calendar::iso8601;
use crate::fake::account::ACCOUNT;
use crate::fake::identity::Identity;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::server::answer::{Answer, Spoiled};
use crate::server::message::Message;
use crate::server::state::Server;

const LIFETIME: Duration = Duration::from_secs(6 * 3600);
const INSTANCE: &str = "i-0123456789abcdef0";
/// The role of the instance's profile.
const ROLE: &str = "fake-instance-role";
const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/fake-instance-role";

/// What tells of the role.
const ROLE_PATH: &str = "/latest/meta-data/iam";
const TOKEN_PATH: &str = "/latest/api/token";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aws-ec2-metadata-token";

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let request = unsigned(server, Operation::InstanceMetadata, connection);
    let refused = |refusal: &Refusal| match refusal {
        // An instance without a role still tells its region.
        Refusal::NoCredentials if !message.path().starts_with(ROLE_PATH) => respond(server, message),
        _ => refused_by_status(refusal),
    };
    serve(server, request, refused, || respond(server, message)).await
}

fn respond(server: &Server, message: &Message) -> Answer {
    match message.path() {
        TOKEN_PATH => token(server, message),
        path => metadata(server, message, path),
    }
}

/// Starts a session.
fn token(server: &Server, message: &Message) -> Answer {
    // A proxy that is open to the world must not hand tokens out.
    if message.header("x-forwarded-for").is_some() {
        return refuse(403);
    }
    if *message.method() != Method::PUT {
        return refuse(405);
    }
    match message.header(TTL).and_then(|ttl| ttl.parse().ok()) {
        Some(ttl @ 1..=21_600) => {
            let end = server.store().shared().clock().now() + Duration::from_secs(ttl);
            text(&server.tokens().issue(end)).with_header(TTL, ttl)
        }
        _ => refuse(400),
    }
}

fn metadata(server: &Server, message: &Message, path: &str) -> Answer {
    let now = server.store().shared().clock().now();
    if !message.header(TOKEN).is_some_and(|token| server.tokens().hold(token, now)) {
        return refuse(401);
    }
    if *message.method() != Method::GET {
        return refuse(405);
    }
    let region = server.store().region();
    match path {
        "/latest/meta-data/instance-id" => text(INSTANCE),
        "/latest/meta-data/placement" | "/latest/meta-data/placement/" => text("availability-zone\nregion"),
        "/latest/meta-data/placement/region" => text(region.as_str()),
        "/latest/meta-data/placement/availability-zone" => text(&format!("{region}a")),
        "/latest/dynamic/instance-identity/document" => {
            let document = json!({
                "accountId": ACCOUNT,
                "architecture": "x86_64",
                "availabilityZone": format!("{region}a"),
                "billingProducts": null,
                "devpayProductCodes": null,
                "imageId": "ami-0123456789abcdef0",
                "instanceId": INSTANCE,
                "instanceType": "t3.micro",
                "kernelId": null,
                "marketplaceProductCodes": null,
                "pendingTime": "2026-01-01T00:00:00Z",
                "privateIp": "10.0.0.17",
                "ramdiskId": null,
                "region": region.as_str(),
                "version": "2017-09-30",
            });
            text(&document.to_string())
        }
        "/latest/meta-data/iam" | "/latest/meta-data/iam/" => text("info\nsecurity-credentials/"),
        "/latest/meta-data/iam/info" => {
            let document = json!({
                "Code": "Success",
                "LastUpdated": iso8601(now),
                "InstanceProfileArn": format!("arn:aws:iam::{ACCOUNT}:instance-profile/{ROLE}"),
                "InstanceProfileId": "AIPAFAKE000000000000",
            });
            text(&document.to_string())
        }
        "/latest/meta-data/iam/security-credentials" | "/latest/meta-data/iam/security-credentials/" => text(ROLE),
        path if path.strip_prefix("/latest/meta-data/iam/security-credentials/") == Some(ROLE) => {
            text(&credentials(server))
        }
        _ => refuse(404),
    }
}

fn credentials(server: &Server) -> String {
    let shared = server.store().shared();
    let identity = Identity::session(ROLE_ARN, INSTANCE).expect("the ARN of the fake's own role is one");
    let issued = Issued::to(shared, identity, "INSTANCE", LIFETIME);
    let document = json!({
        "Code": "Success",
        "LastUpdated": iso8601(shared.clock().now()),
        "Type": "AWS-HMAC",
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "Token": issued.token,
        "Expiration": issued.expiration,
    });
    document.to_string()
}

fn text(text: &str) -> Answer {
    Answer::text(200, "text/plain", text)
}

/// Refuses with a page, as the service does.
fn refuse(status: u16) -> Answer {
    let reason = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let title = format!("{status} - {}", reason.unwrap_or_default());
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n \
         <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    );
    Answer::text(status, "text/html", page)
}
