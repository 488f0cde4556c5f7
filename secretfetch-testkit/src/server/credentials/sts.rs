//! The Security Token Service, by the Query protocol: form fields in, XML out.
//!
//! Texts and codes are those of the API reference and of public reports.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use secretfetch::Region;

use super::exchange::{serve, unsigned};
use super::issue::Issued;
use crate::fake::account::ACCOUNT;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::server::answer::Answer;
use crate::server::answer::Spoiled;
use crate::server::message::Message;
use crate::server::signature::{Signature, Unsigned};
use crate::server::state::Server;

type Fields = HashMap<String, String>;

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let fields: Fields = form_urlencoded::parse(&message.body).into_owned().collect();
    let operation = match fields.get("Action").map(String::as_str) {
        Some("AssumeRole") => Operation::AssumeRole,
        Some("AssumeRoleWithWebIdentity") => Operation::AssumeRoleWithWebIdentity,
        Some("GetCallerIdentity") => Operation::GetCallerIdentity,
        _ => return error(400, "InvalidAction", "The fake does not know this action.").into(),
    };
    let mut request = unsigned(server, operation, connection);
    // A web identity is what a caller has who cannot sign yet.
    if operation != Operation::AssumeRoleWithWebIdentity {
        match Signature::read(message, "sts") {
            Ok(Signature { region, access_key_id }) => {
                request = RecordedRequest { region, access_key_id: Some(access_key_id), ..request };
            }
            Err(Unsigned::Missing) => {
                return error(403, "MissingAuthenticationToken", "Request is missing Authentication Token").into();
            }
            Err(Unsigned::Incomplete(message)) => return error(400, "IncompleteSignature", &message).into(),
            Err(Unsigned::WrongService(service)) => {
                let message = format!("Credential should be scoped to correct service: '{service}'.");
                return error(403, "SignatureDoesNotMatch", &message).into();
            }
        }
    }
    let region = request.region.clone();
    let refused = |refusal: &Refusal| refused(refusal, operation, &fields);
    serve(server, request, refused, || match operation {
        Operation::GetCallerIdentity => caller_identity(&region),
        _ => role(operation, &fields).unwrap_or_else(|answer| answer),
    })
    .await
}

/// The credentials of a role, for either way to assume it.
fn role(operation: Operation, fields: &Fields) -> Result<Answer, Answer> {
    let arn = required(fields, "RoleArn")?;
    let session = required(fields, "RoleSessionName")?;
    let invalid = |message: String| error(400, "ValidationError", &message);
    let name = arn
        .splitn(6, ':')
        .nth(5)
        .and_then(|resource| resource.strip_prefix("role/"))
        .and_then(|path| path.rsplit('/').next())
        .filter(|name| arn.starts_with("arn:") && !name.is_empty())
        .ok_or_else(|| invalid(format!("{arn} is invalid")))?;
    let source = if operation == Operation::AssumeRole {
        "ROLE"
    } else {
        check_token(required(fields, "WebIdentityToken")?)?;
        "WEBIDENTITY"
    };
    let seconds = match fields.get("DurationSeconds").map(|text| text.parse()) {
        None => 3600,
        Some(Ok(seconds @ 900..=43_200)) => seconds,
        Some(_) => return Err(invalid("The requested DurationSeconds is not between 900 and 43200.".to_owned())),
    };
    let issued = Issued::by(source, Duration::from_secs(seconds));
    let account = arn.split(':').nth(4).unwrap_or(ACCOUNT);
    let mut result = String::new();
    element(&mut result, "AssumedRoleUser", |user| {
        text(user, "Arn", &format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"));
        text(user, "AssumedRoleId", &format!("AROAFAKE000000000000:{session}"));
    });
    element(&mut result, "Credentials", |credentials| {
        text(credentials, "AccessKeyId", &issued.access_key_id);
        text(credentials, "SecretAccessKey", &issued.secret_access_key);
        text(credentials, "SessionToken", &issued.token);
        text(credentials, "Expiration", &issued.expiration);
    });
    Ok(success(operation, &result))
}

fn caller_identity(region: &Region) -> Answer {
    let mut result = String::new();
    text(&mut result, "Arn", &format!("arn:{}:sts::{ACCOUNT}:assumed-role/app/i-0", region.partition()));
    text(&mut result, "UserId", "AROAFAKE000000000000:i-0");
    text(&mut result, "Account", ACCOUNT);
    success(Operation::GetCallerIdentity, &result)
}

fn required<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Answer> {
    let value = fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        let member = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be \
             null"
        );
        error(400, "ValidationError", &message)
    })
}

/// A token that is over is refused. Whose it is, and who signed it, is not looked at: any text is a token.
fn check_token(token: &str) -> Result<(), Answer> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: Option<f64>,
    }
    let claims = token.split('.').nth(1).and_then(|part| BASE64URL.decode(part).ok());
    let claims: Option<Claims> = claims.and_then(|json| serde_json::from_slice(&json).ok());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    match claims.and_then(|claims| claims.exp) {
        Some(expiry) if expiry < now => Err(expired_token()),
        _ => Ok(()),
    }
}

fn expired_token() -> Answer {
    let message = "Token expired: current date/time must be before the expiration date/time";
    error(400, "ExpiredTokenException", message)
}

fn refused(refusal: &Refusal, operation: Operation, fields: &Fields) -> Answer {
    match refusal {
        Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => {
            let name = operation.name();
            let message = match fields.get("RoleArn").filter(|_| operation == Operation::AssumeRole) {
                Some(role) => format!(
                    "User: arn:aws:sts::{ACCOUNT}:assumed-role/app/i-0 is not authorized to perform: sts:{name} on \
                     resource: {role}"
                ),
                None => format!("Not authorized to perform sts:{name}"),
            };
            error(403, "AccessDenied", &message)
        }
        Refusal::ExpiredToken if operation == Operation::AssumeRoleWithWebIdentity => expired_token(),
        Refusal::ExpiredToken => error(403, "ExpiredToken", &refusal.to_string()),
        Refusal::InvalidToken if operation == Operation::AssumeRoleWithWebIdentity => error(
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://oidc.eks.example",
        ),
        Refusal::InvalidToken => error(403, "InvalidClientTokenId", &refusal.to_string()),
        Refusal::NoCredentials => error(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
        Refusal::Throttled => error(400, "Throttling", &refusal.to_string()),
        Refusal::Unavailable => error(503, "ServiceUnavailable", &refusal.to_string()),
        _ => error(500, "InternalFailure", &refusal.to_string()),
    }
}

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

fn success(operation: Operation, result: &str) -> Answer {
    let name = operation.name();
    let mut body = format!("<{name}Response xmlns=\"{NAMESPACE}\">\n");
    let _ = writeln!(body, "<{name}Result>{result}</{name}Result>");
    element(&mut body, "ResponseMetadata", |metadata| text(metadata, "RequestId", &request_id()));
    let _ = write!(body, "\n</{name}Response>\n");
    Answer::text(200, "text/xml", body)
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let mut body = format!("<ErrorResponse xmlns=\"{NAMESPACE}\">\n");
    element(&mut body, "Error", |error| {
        text(error, "Type", if status < 500 { "Sender" } else { "Receiver" });
        text(error, "Code", code);
        text(error, "Message", message);
    });
    text(&mut body, "RequestId", &request_id());
    body.push_str("\n</ErrorResponse>\n");
    Answer::text(status, "text/xml", body)
}

fn request_id() -> String {
    crate::uuid::from_bits(fastrand::u64(..), fastrand::u64(..))
}

fn element(body: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    let _ = write!(body, "<{name}>");
    content(body);
    let _ = write!(body, "</{name}>");
}

fn text(body: &mut String, name: &str, value: &str) {
    element(body, name, |body| {
        for character in value.chars() {
            match character {
                '&' => body.push_str("&amp;"),
                '<' => body.push_str("&lt;"),
                '>' => body.push_str("&gt;"),
                _ => body.push(character),
            }
        }
    });
}
