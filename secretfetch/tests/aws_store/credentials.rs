//! Where credentials come from, and what is said when they do not.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::process::{Line, failure, run, run_against};
use crate::server::{Server, closed_address, respond};

const POD_CREDENTIALS: &str =
    r#"{"AccessKeyId":"ASIAPOD","SecretAccessKey":"key","Token":"token","Expiration":"2099-01-01T00:00:00Z"}"#;

#[test]
fn pod_identity_is_asked_once_for_all_secrets() {
    let agent = Server::always("200 OK", "application/json", POD_CREDENTIALS);
    let server = Server::values();
    let uri = format!("{}/v1/credentials", agent.url);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &server.url),
    ];
    let lines = run("a,b,c", "", &variables);
    assert_eq!(lines, ["<a>", "<b>", "<c>"].map(|value| Line::Secret(value.to_owned())));
    assert_eq!(agent.requests().len(), 1);
    assert!(server.requests().iter().all(|(head, _)| head.contains("Credential=ASIAPOD/")));
}

#[test]
fn a_mute_pod_identity_agent_ends_for_all_secrets_at_once() {
    let agent = Server::start(|_, _, _| std::thread::sleep(Duration::from_secs(30)));
    let uri = format!("{}/v1/credentials", agent.url);
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()), ("AWS_REGION", "eu-west-1")];
    let started = Instant::now();
    let lines = run("a,b,c,d,e,f,g,h", "credentials=500", &variables);
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(lines.len(), 8);
    for line in lines {
        let (kind, retryable, text) = failure(line);
        assert_eq!((kind.as_str(), retryable), ("timeout", true), "{text}");
        assert!(text.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "{text}");
    }
}

#[test]
fn an_agent_that_refuses_is_told_from_one_that_is_not_there() {
    let refusing = Server::always("403 Forbidden", "text/plain", "hunter2");
    let region = ("AWS_REGION", "eu-west-1");
    let uri = format!("{}/v1/credentials", refusing.url);
    let (kind, retryable, text) =
        failure(run("a", "", &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri), region]).remove(0));
    assert_eq!((kind.as_str(), retryable), ("credentialsRejected", false), "{text}");
    assert!(text.contains("403") && !text.contains("hunter2"), "{text}");

    let uri = format!("http://{}/v1/credentials", closed_address());
    let (kind, retryable, text) =
        failure(run("a", "", &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri), region]).remove(0));
    assert_eq!((kind.as_str(), retryable), ("connect", true), "{text}");
    assert!(text.contains("connection refused"), "{text}");
}

const STS: &str = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
    <AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>key</SecretAccessKey><SessionToken>token</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
    </AssumeRoleWithWebIdentityResponse>";

const ROLE: (&str, &str) = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");

#[test]
fn a_web_identity_is_exchanged_at_sts() {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "header.payload.signature").unwrap();
    let sts = Server::always("200 OK", "text/xml", STS);
    let server = Server::values();
    let variables = [
        ROLE,
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.path().to_str().unwrap()),
        ("AWS_ENDPOINT_URL_STS", &sts.url),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &server.url),
        ("AWS_REGION", "eu-west-1"),
    ];
    assert_eq!(run("a", "", &variables), [Line::Secret("<a>".to_owned())]);
    assert!(sts.requests()[0].1.contains("WebIdentityToken=header.payload.signature"));
    assert!(server.requests()[0].0.contains("Credential=ASIAWEB/"));
}

#[test]
fn a_refused_web_identity_and_an_unreadable_token_are_told_apart() {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "hunter2").unwrap();
    let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                   <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
    let sts = Server::always("403 Forbidden", "text/xml", refusal);
    let region = ("AWS_REGION", "eu-west-1");
    let endpoint = ("AWS_ENDPOINT_URL_STS", sts.url.as_str());
    let file = ("AWS_WEB_IDENTITY_TOKEN_FILE", token.path().to_str().unwrap());
    let (kind, _, text) = failure(run("a", "", &[ROLE, file, endpoint, region]).remove(0));
    assert_eq!(kind, "accessDenied");
    assert!(text.contains("sts:AssumeRoleWithWebIdentity") && text.contains("trust policy"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(sts.requests().len(), 1);

    let file = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token");
    let (kind, retryable, text) = failure(run("a", "", &[ROLE, file, endpoint, region]).remove(0));
    assert_eq!((kind.as_str(), retryable), ("credentialsUnreadable", false), "{text}");
    assert!(text.contains("/nonexistent/token"), "{text}");
}

#[test]
fn a_role_is_assumed_with_the_credentials_that_are_found_and_not_at_the_given_endpoint() {
    let answer = STS.replace("AssumeRoleWithWebIdentity", "AssumeRole").replace("ASIAWEB", "ASIAROLE");
    let sts = Server::start(move |_, _, stream| respond(stream, "200 OK", "text/xml", &answer));
    let server = Server::values();
    let options = format!("role=arn:aws:iam::123456789012:role/reader endpoint={}", server.url);
    assert_eq!(run_against(&sts.url, &options, &[]), Line::Secret("<prod/db>".to_owned()));
    let (head, body) = sts.requests().remove(0);
    assert!(head.contains("Credential=AKIATEST/"), "{head}");
    assert!(body.contains("RoleSessionName=secretfetch") && body.contains("role%2Freader"), "{body}");
    assert!(server.requests()[0].0.contains("Credential=ASIAROLE/"));
}

#[test]
fn a_profile_gives_region_and_credentials_and_a_missing_one_is_named() {
    let server = Server::values();
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = "[profile dev]\nregion = ap-south-1\naws_access_key_id = AKIADEV\naws_secret_access_key = key\n";
    std::fs::write(config.path(), text).unwrap();
    let file = ("AWS_CONFIG_FILE", config.path().to_str().unwrap());
    let endpoint = ("AWS_ENDPOINT_URL", server.url.as_str());
    assert_eq!(run("a", "profile=dev", &[file, endpoint]), [Line::Secret("<a>".to_owned())]);
    assert!(server.requests()[0].0.contains("/ap-south-1/secretsmanager/"));

    let region = ("AWS_REGION", "eu-west-1");
    let (kind, _, text) = failure(run("a", "profile=nope", &[file, endpoint, region]).remove(0));
    assert_eq!(kind, "credentialsUnreadable");
    assert!(text.contains("`nope`"), "{text}");
}

/// Instance metadata at `url` instead of its link-local address.
fn instance(url: &str) -> [(&str, &str); 2] {
    [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)]
}

#[test]
fn instance_metadata_gives_region_and_credentials_as_the_last_source() {
    let metadata = Server::start(|head, _, stream| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let role = POD_CREDENTIALS.replace('{', r#"{"Code":"Success","#).replace("ASIAPOD", "ASIAEC2");
        match path {
            "/latest/api/token" => {
                let head =
                    "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\ncontent-length: 5\r\n\r\ntoken";
                let _ = stream.write_all(head.as_bytes());
            }
            "/latest/meta-data/placement/region" => respond(stream, "200 OK", "text/plain", "sa-east-1"),
            "/latest/meta-data/iam/security-credentials/" => respond(stream, "200 OK", "text/plain", "role"),
            "/latest/meta-data/iam/security-credentials/role" => respond(stream, "200 OK", "text/plain", &role),
            _ => respond(stream, "404 Not Found", "text/plain", ""),
        }
    });
    let server = Server::values();
    let [on, endpoint] = instance(&metadata.url);
    let lines = run("a,b", "", &[on, endpoint, ("AWS_ENDPOINT_URL", &server.url)]);
    assert_eq!(lines, ["<a>", "<b>"].map(|value| Line::Secret(value.to_owned())));
    for (head, _) in server.requests() {
        assert!(head.contains("Credential=ASIAEC2/") && head.contains("/sa-east-1/"), "{head}");
    }
}

#[test]
fn instance_metadata_that_is_silent_absent_or_something_else_is_no_source_and_costs_little_time() {
    let silent = Server::start(|_, _, _| std::thread::sleep(Duration::from_secs(30)));
    let other = Server::always("403 Forbidden", "text/plain", "hunter2");
    for url in [silent.url, other.url, format!("http://{}", closed_address())] {
        let [on, endpoint] = instance(&url);
        let started = Instant::now();
        let lines = run("a,b,c,d,e,f,g,h", "", &[on, endpoint, ("AWS_REGION", "eu-west-1")]);
        for line in lines {
            let (kind, retryable, text) = failure(line);
            assert_eq!((kind.as_str(), retryable), ("noCredentials", false), "{url}: {text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        let (kind, _, text) = failure(run("a", "", &[on, endpoint]).remove(0));
        assert_eq!(kind, "config", "{text}");
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }
}

#[test]
fn the_connection_to_secrets_manager_is_begun_while_credentials_are_asked_for() {
    let secrets = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", secrets.local_addr().unwrap());
    let (tell, begun) = mpsc::channel();
    std::thread::spawn(move || tell.send(secrets.accept().is_ok()));
    let begun = Mutex::new(begun);
    let seen = Arc::new(AtomicBool::new(false));
    let agent = Server::start({
        let seen = seen.clone();
        move |_, _, stream| {
            let begun = begun.lock().unwrap().recv_timeout(Duration::from_secs(10));
            seen.store(begun == Ok(true), Ordering::SeqCst);
            respond(stream, "403 Forbidden", "text/plain", "no");
        }
    });
    let uri = format!("{}/v1/credentials", agent.url);
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &endpoint),
    ];
    // Credentials that do not come are what is told, not the connection that came to nothing.
    let (kind, _, text) = failure(run("a", "credentials=15000", &variables).remove(0));
    assert_eq!(kind, "credentialsRejected", "{text}");
    assert!(seen.load(Ordering::SeqCst), "there was no connection before the credentials were answered");
}
