//! S3's REST API: which bucket and key a request names, what it wants of them, and the answer in XML or bytes.
//!
//! A request goes from its [`address`] to a [`call`], which is signed, written down and put to the faults here, and then
//! [`perform`]ed; an [`error`] is what any of these ends in otherwise.

mod address;
mod call;
mod chunked;
mod error;
mod list;
mod perform;

use secretfetch::Region;

use self::address::Address;
use self::call::Call;
use self::perform::Performance;
use super::answer::{Answer, Spoiled};
use super::message::Message;
use super::signature::{Signature, verified};
use super::state::Server;
use crate::fake::identity::Identity;
use crate::fake::log::RecordedRequest;
use crate::fake::shared::Scope;
use crate::iam::request::Caller;
use crate::objects::authorization::arn;
use crate::objects::refusal::ObjectRefusal;
use crate::operations::breakage;

/// Whether a request is signed for S3, whatever its path may be elsewhere.
pub(super) fn are_signed_for(message: &Message) -> bool {
    let authorization = message.header("authorization").unwrap_or_default();
    message.header("x-amz-target").is_none() && authorization.contains("/s3/aws4_request")
}

/// Whether a request that says nothing of who it is from is for a bucket that is there.
pub(super) fn are_meant_by(server: &Server, message: &Message) -> bool {
    let is_anonymous = message.header("authorization").is_none() && message.header("x-amz-target").is_none();
    let buckets = server.store().shared().buckets();
    let named = Address::of(message, &buckets).ok().and_then(|address| address.bucket);
    is_anonymous && named.is_some_and(|bucket| buckets.contains(&bucket))
}

pub(super) async fn answer(server: &Server, message: &Message, connection: u64) -> Spoiled {
    let answered = serve(server, message, connection).await;
    answered.unwrap_or_else(|refusal| error::answer(&refusal, message.path()).into())
}

async fn serve(server: &Server, message: &Message, connection: u64) -> Result<Spoiled, ObjectRefusal> {
    let shared = server.store().shared();
    let address = Address::of(message, &shared.buckets())?;
    let call = Call::parse(message, address)?;
    let signature = verified(message, "s3", shared);
    let Signature { region, access_key_id, .. } =
        signature.map_err(|unsigned| error::unsigned(unsigned, message, shared))?;
    if shared.identities().signatures_are_required() {
        chunked::check_hash(message)?;
    }
    let identity = shared.identities().identity_of(&access_key_id).unwrap_or_else(Identity::anyone);
    let caller = Caller { arn: identity.arn, role_arn: identity.role_arn, tags: identity.tags };
    let key = call.address.key.as_deref();
    let _in_flight = shared.begin(RecordedRequest {
        operation: call.operation,
        region: region.clone(),
        secret_ids: key.map(str::to_owned).into_iter().collect(),
        bucket: call.address.bucket.clone(),
        version_id: call.parameter("versionId").map(str::to_owned),
        version_stage: None,
        connection: Some(connection),
        access_key_id: Some(access_key_id.clone()),
        principal: None,
    });
    let scope = key.map_or(Scope::Whole, Scope::Secret);
    let breakage = breakage(shared.play(call.operation, &region, scope).await)
        .map_err(|refusal| error::of_fault(&refusal, &caller, &access_key_id, &call, &resource(&call, &region)))?;
    let performance = Performance { shared, message, call: &call, region: &region, caller: &caller };
    let answer = performance.answer().unwrap_or_else(|refusal| error::answer(&refusal, message.path()));
    Ok(Spoiled { answer: identified(answer), breakage })
}

/// What a policy would have to name.
fn resource(call: &Call, region: &Region) -> String {
    arn(region, call.bucket(), call.address.key.as_deref())
}

/// With the ids that S3 gives to what it has answered.
fn identified(answer: Answer) -> Answer {
    answer.with_text_header("x-amz-request-id", &error::request_id()).with_text_header("server", "AmazonS3")
}
