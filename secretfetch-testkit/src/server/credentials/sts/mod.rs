//! The Security Token Service, by the Query protocol: form fields in, XML out.
//!
//! A request goes from here (who asks, and for what) to [`role`], which looks at a [`web_identity`] if there is one, and
//! else at the account's policies ([`authorization`]); what comes of it is written by [`answer`](mod@answer).
//!
//! Texts and codes are those of the API reference and of public reports.

mod answer;
mod authorization;
mod fields;
mod role;
mod web_identity;

use secretfetch::Region;

use self::answer::{error, success};
use self::fields::Fields;
use super::exchange::{serve, unsigned};
use crate::fake::identity::Identity;
use crate::fake::log::{Operation, RecordedRequest};
use crate::fake::refusal::Refusal;
use crate::server::answer::{Answer, Spoiled};
use crate::server::message::Message;
use crate::server::signature::{Signature, Unsigned, verified};
use crate::server::state::Server;
use crate::server::xml::text;

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let fields = Fields::read(&message.body);
    let operation = match fields.get("Action") {
        Some("AssumeRole") => Operation::AssumeRole,
        Some("AssumeRoleWithWebIdentity") => Operation::AssumeRoleWithWebIdentity,
        Some("GetCallerIdentity") => Operation::GetCallerIdentity,
        _ => return error(400, "InvalidAction", "The fake does not know this action.").into(),
    };
    let shared = server.store().shared();
    let mut request = unsigned(server, operation, connection);
    let mut caller = Identity::anyone();
    // A web identity is what a caller has who cannot sign yet.
    if operation != Operation::AssumeRoleWithWebIdentity {
        match verified(message, "sts", shared) {
            Ok(Signature { region, access_key_id, .. }) => {
                caller = shared.identities().identity_of(&access_key_id).unwrap_or(caller);
                request = RecordedRequest { region, access_key_id: Some(access_key_id), ..request };
            }
            Err(unsigned) => return refuse_unsigned(unsigned).into(),
        }
    }
    let region = request.region.clone();
    let refused = |refusal: &Refusal| refuse(refusal, operation, &caller, &fields);
    serve(server, request, refused, || match operation {
        Operation::GetCallerIdentity => caller_identity(&caller, &region),
        Operation::AssumeRole => role::assume(shared, &caller, &region, &fields).unwrap_or_else(|refusal| refusal),
        _ => role::assume_with_web_identity(shared, &fields).unwrap_or_else(|refusal| refusal),
    })
    .await
}

fn caller_identity(caller: &Identity, region: &Region) -> Answer {
    // Who has no key of the account is in whatever part of AWS the request goes to.
    let arn = if *caller == Identity::anyone() {
        caller.arn.replacen("arn:aws:", &format!("arn:{}:", region.partition()), 1)
    } else {
        caller.arn.clone()
    };
    let mut result = String::new();
    text(&mut result, "Arn", &arn);
    text(&mut result, "UserId", &caller.user_id);
    text(&mut result, "Account", &caller.account);
    success(Operation::GetCallerIdentity, &result)
}

fn refuse_unsigned(unsigned: Unsigned) -> Answer {
    match unsigned {
        Unsigned::Missing => error(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
        Unsigned::Incomplete(message) => error(400, "IncompleteSignature", &message),
        Unsigned::WrongService(service) => {
            let message = format!("Credential should be scoped to correct service: '{service}'.");
            error(403, "SignatureDoesNotMatch", &message)
        }
        Unsigned::UnknownKey => error(403, "InvalidClientTokenId", &Refusal::InvalidToken.to_string()),
        Unsigned::ExpiredKey => error(403, "ExpiredToken", &Refusal::ExpiredToken.to_string()),
        Unsigned::Invalid(message) | Unsigned::Skewed(message) => error(403, "SignatureDoesNotMatch", &message),
    }
}

/// The refusal of a fault.
fn refuse(refusal: &Refusal, operation: Operation, caller: &Identity, fields: &Fields) -> Answer {
    match refusal {
        Refusal::AccessDenied { .. } | Refusal::KmsAccessDenied => {
            match fields.get("RoleArn").filter(|_| operation == Operation::AssumeRole) {
                Some(role) => role::not_authorized(caller, role),
                None => error(403, "AccessDenied", &format!("Not authorized to perform sts:{}", operation.name())),
            }
        }
        Refusal::ExpiredToken if operation == Operation::AssumeRoleWithWebIdentity => web_identity::expired(),
        Refusal::ExpiredToken => error(403, "ExpiredToken", &refusal.to_string()),
        Refusal::InvalidToken if operation == Operation::AssumeRoleWithWebIdentity => {
            web_identity::unknown_issuer("https://oidc.eks.example")
        }
        Refusal::InvalidToken => error(403, "InvalidClientTokenId", &refusal.to_string()),
        Refusal::NoCredentials => refuse_unsigned(Unsigned::Missing),
        Refusal::Throttled => error(400, "Throttling", &refusal.to_string()),
        Refusal::Unavailable => error(503, "ServiceUnavailable", &refusal.to_string()),
        _ => error(500, "InternalFailure", &refusal.to_string()),
    }
}
