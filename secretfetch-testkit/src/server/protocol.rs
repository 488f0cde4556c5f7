//! AWS JSON 1.1, the protocol of Secrets Manager and of Parameter Store: which operation, in which region, with what input.

use hyper::Method;
use hyper::body::Bytes;
use secretfetch::Region;

use super::answer::{Answer, Spoiled};
use super::message::Message;
use super::signature::{Signature, Unsigned, verified};
use super::state::Server;
use crate::fake::log::Operation;
use crate::fake::refusal::Refusal;
use crate::fake::service::Service;
use crate::operations::{self, Caller, NoInput, Outcome};

/// One understood request.
pub(super) struct Call {
    operation: Operation,
    region: Region,
    access_key_id: String,
    /// The number of the connection that it came on.
    connection: u64,
    body: Bytes,
}

impl Call {
    pub(super) fn parse(server: &Server, message: Message, connection: u64) -> Result<Self, Answer> {
        let (service, operation) = operation(&message)?;
        let signature = verified(&message, service.signing_name(), server.store().shared()).map_err(refuse)?;
        let Signature { region, access_key_id, .. } = signature;
        Ok(Call { operation, region, access_key_id, connection, body: message.body })
    }

    pub(super) async fn answer(self, server: &Server) -> Spoiled {
        let caller = Caller { connection: Some(self.connection), access_key_id: Some(self.access_key_id) };
        let shared = server.store().shared();
        match operations::perform_json(shared, &self.region, &caller, self.operation, &self.body).await {
            Ok(Outcome { result, breakage }) => {
                let answer = result.map_or_else(|refusal| Answer::from(&refusal), Answer::ok);
                Spoiled { answer, breakage }
            }
            Err(NoInput(why)) => Answer::error(400, "SerializationException", why).into(),
        }
    }
}

fn operation(message: &Message) -> Result<(Service, Operation), Answer> {
    let unknown = |message: &str| Answer::error(400, "UnknownOperationException", message);
    if !message.is(&Method::POST, "/") {
        return Err(unknown("Secrets Manager and Parameter Store take POST / only."));
    }
    if !message.has_type("application/x-amz-json-1.1") {
        return Err(unknown("The Content-Type is not application/x-amz-json-1.1."));
    }
    let target = message.header("x-amz-target").unwrap_or_default();
    let (prefix, name) = target.split_once('.').unwrap_or_default();
    let service = Service::ALL.into_iter().find(|service| service.target() == prefix);
    let service = service.ok_or_else(|| unknown("No x-amz-target: secretsmanager.… or AmazonSSM.…"))?;
    let operation = Operation::from_name(name).filter(|operation| operation.service() == Some(service));
    operation.map(|operation| (service, operation)).ok_or_else(|| unknown("The fake does not know this operation."))
}

fn refuse(unsigned: Unsigned) -> Answer {
    match unsigned {
        Unsigned::Missing => Answer::error(400, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        Unsigned::Incomplete(message) => Answer::error(400, "IncompleteSignatureException", &message),
        Unsigned::WrongService(service) => Answer::error(
            400,
            "InvalidSignatureException",
            &format!("Credential should be scoped to correct service: '{service}'. "),
        ),
        Unsigned::UnknownKey => Answer::from(&Refusal::InvalidToken),
        Unsigned::ExpiredKey => Answer::from(&Refusal::ExpiredToken),
        Unsigned::Invalid(message) | Unsigned::Skewed(message) => {
            Answer::error(400, "InvalidSignatureException", &message)
        }
    }
}
