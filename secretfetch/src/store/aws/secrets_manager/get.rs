//! GetSecretValue: one request by itself.

use aws_sdk_secretsmanager::Client;

use super::asked::{Asked, Place};
use super::{answer, diagnosis};
use crate::error::Result;
use crate::secret::{Secret, SecretRequest};

/// One secret, of the version that the request names.
pub(crate) async fn fetch(client: &Client, place: Place<'_>, request: &SecretRequest) -> Result<Secret> {
    let Place { region, endpoint } = place;
    let asked = Asked { request, region, endpoint };
    let sent = client
        .get_secret_value()
        .secret_id(request.secret_id().as_str())
        .set_version_id(request.version_id().map(|id| id.as_str().to_owned()))
        .set_version_stage(request.version_stage().map(|stage| stage.as_str().to_owned()))
        .send();
    match sent.await {
        Ok(output) => answer::secret(output, asked),
        Err(error) => Err(diagnosis::sdk_error(&error, asked).into()),
    }
}
