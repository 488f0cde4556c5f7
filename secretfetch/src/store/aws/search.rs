//! [`AwsSecretStore`] looks for secrets: by what their names begin with in batches, and by tags in the list, which alone
//! has them.

use std::time::Duration;

use super::secrets_manager::{Found, batch, find, list, name_filter};
use super::store::AwsSecretStore;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Region, Secret, SecretId, SecretRequest};
use crate::store::batch_mode::BatchMode;
use crate::store::find::Find;
use crate::store::secret_store::SecretStore as _;

/// So many listed secrets are asked for at a time: as many as can be in flight in batches. What they hold is looked at
/// before more is asked for.
const PORTION: usize = batch::IN_FLIGHT * batch::LARGEST;

impl AwsSecretStore {
    /// All that fit, in the order of their names.
    pub(super) async fn search(&self, wanted: &Find) -> Result<Vec<Secret>> {
        let region = match wanted.region() {
            Some(region) => region.clone(),
            None => self.connection.default_region().await?,
        };
        let client = self.connection.client(&region).await?;
        let place = self.place(&region);
        let mut found = Found::in_region(&region);
        let mut call = Call::current();

        let filter = name_filter(wanted.prefix()).filter(|_| wanted.tags().is_empty());
        if let Some(filter) = filter.filter(|_| self.batches_are_worth_it(batch::LARGEST)) {
            let filter = (wanted.prefix(), filter);
            let search = Box::pin(find::by_prefix(&client, place, filter, &self.batch_refused, &mut found));
            let is_complete = self.in_time(search).await.unwrap_or_else(|time| Err(unanswered(time, &region)))?;
            if is_complete || found.has_failed() {
                return found.in_order();
            }
            call = call.with_batch(BatchMode::Never);
        }

        let listing = Box::pin(list::fitting(&client, place, wanted, &found));
        let listed = self.in_time(listing).await.unwrap_or_else(|time| Err(unanswered(time, &region)))?;
        let (names, requests): (Vec<String>, Vec<SecretRequest>) = listed.into_iter().unzip();
        for (names, requests) in names.chunks(PORTION).zip(requests.chunks(PORTION)) {
            let answers = call.clone().run(self.fetch_many(requests)).await;
            for ((name, request), answer) in names.iter().zip(requests).zip(answers) {
                found.put(name.clone(), named(answer, name, request))?;
            }
            if found.has_failed() {
                break;
            }
        }
        found.in_order()
    }
}

/// The answer as one about the secret of this name, which was asked for by its ARN.
fn named(answer: Result<Secret>, name: &str, request: &SecretRequest) -> Result<Secret> {
    let rename = |failure: Failure| match name.parse::<SecretId>() {
        Ok(id) if failure.secret_id() == Some(request.secret_id()) => failure.with_secret_id(&id),
        _ => failure,
    };
    match answer {
        Ok(secret) if secret.name == name => Ok(secret),
        Ok(_) => Err(rename(
            Failure::new(ErrorKind::InvalidResponse, "the answer is that of another secret")
                .with_secret_id(request.secret_id())
                .with_region(request.region())
                .with_hint("check the endpoint URL, and what proxy is in between"),
        )
        .into()),
        Err(error) => Err(error.map_failures(rename)),
    }
}

fn unanswered(time: Duration, region: &Region) -> Error {
    Failure::new(ErrorKind::Timeout, format!("no answer of Secrets Manager within {:.1} s", time.as_secs_f64()))
        .with_region(Some(region))
        .with_hint("check that the endpoint can be reached from here")
        .into()
}
