//! Requests in memory by an operation's name, with its input and output as the API has them.

use std::fmt;

use serde_json::Value;

use super::log::Operation;
use super::refusal::Refusal;
use super::shared::Ending;
use super::store::FakeSecretStore;
use crate::operations::{Caller, NoInput, perform_json};

/// Why Secrets Manager has not answered a request as was hoped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// The service's name for it, such as `ResourceNotFoundException`; `None` where there is no answer of the service: a
    /// fault broke it.
    pub code: Option<&'static str>,
    /// The service's own words.
    pub message: String,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ServiceError {}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        ServiceError { code: Some(refusal.code().1), message: refusal.to_string() }
    }
}

impl FakeSecretStore {
    /// Sends any request of Secrets Manager in memory: its input and its output are those of the API, and it goes the way
    /// of every request, with the log, the faults and the policies.
    ///
    /// ```
    /// use secretfetch_testkit::{FakeSecretStore, Operation};
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", "s3cr3t");
    /// store.request(Operation::UpdateSecret, json!({
    ///     "SecretId": "prod/db",
    ///     "Description": "the database",
    ///     "ClientRequestToken": "11111111-1111-4111-8111-111111111111",
    /// })).await?;
    /// let described = store.request(Operation::DescribeSecret, json!({"SecretId": "prod/db"})).await?;
    /// assert_eq!(described["Description"], "the database");
    ///
    /// let error = store.request(Operation::DescribeSecret, json!({"SecretId": "absent"})).await.unwrap_err();
    /// assert_eq!(error.code, Some("ResourceNotFoundException"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What the service refuses, and what a fault breaks.
    pub async fn request(&self, operation: Operation, input: Value) -> Result<Value, ServiceError> {
        let caller = Caller::default();
        let input = input.to_string();
        let answer = perform_json(self.shared(), self.region(), &caller, operation, input.as_bytes()).await;
        let outcome = answer
            .map_err(|NoInput(why)| ServiceError { code: Some("SerializationException"), message: why.to_owned() })?;
        outcome.in_memory().map_err(|ending| match ending {
            Ending::Refused(refusal) => refusal.into(),
            broken @ Ending::Broken(_) => ServiceError { code: None, message: broken.failure().message().to_owned() },
        })
    }
}
