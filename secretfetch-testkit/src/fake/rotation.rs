//! Rotation functions: what a test has in the place of the Lambda function that rotates a secret.

use std::sync::Arc;

use secretfetch::{SecretValue, VersionId, VersionStage};

use super::record::{PENDING, SecretVersion};
use super::shared::BoxError;
use super::store::FakeSecretStore;

/// A step of a rotation, in their order. Source: "Lambda rotation functions" in the user guide of Secrets Manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RotationStep {
    /// `createSecret`: puts a new value at `AWSPENDING`.
    Create,
    /// `setSecret`: changes the password in the database.
    Set,
    /// `testSecret`: signs in with it.
    Test,
    /// `finishSecret`: moves `AWSCURRENT` to the new version.
    Finish,
}

impl RotationStep {
    const ALL: [RotationStep; 4] = [RotationStep::Create, RotationStep::Set, RotationStep::Test, RotationStep::Finish];

    /// The name in the event that a function gets.
    pub fn name(self) -> &'static str {
        match self {
            RotationStep::Create => "createSecret",
            RotationStep::Set => "setSecret",
            RotationStep::Test => "testSecret",
            RotationStep::Finish => "finishSecret",
        }
    }
}

/// What a rotation function is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationEvent {
    /// The step.
    pub step: RotationStep,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the version that the rotation makes.
    pub client_request_token: VersionId,
}

/// Why a step failed: the rotation ends there, and its version stays at `AWSPENDING`.
pub type RotationError = BoxError;

impl FakeSecretStore {
    /// Has `function` called with the four steps of each rotation from now on, by `RotateSecret` over the wire and by
    /// [`rotate`](FakeSecretStore::rotate).
    ///
    /// Without one the fake does a rotation's work itself. The function may call anything on the store that it is
    /// given, and wait; a step that fails ends the rotation and leaves its version at `AWSPENDING`.
    ///
    /// ```
    /// use secretfetch::SecretValue;
    /// use secretfetch_testkit::{FakeSecretStore, RotationStep};
    ///
    /// let store = FakeSecretStore::new();
    /// store.create_text("prod/db", "old");
    /// store.on_rotation(|store, event| {
    ///     match event.step {
    ///         RotationStep::Create => _ = store.put_pending(event, SecretValue::from_text("new".to_owned())),
    ///         RotationStep::Finish => store.finish(event),
    ///         _ => {} // change the password in the database, sign in with it
    ///     }
    ///     Ok(())
    /// });
    /// store.rotate("prod/db");
    /// assert_eq!(store.versions("prod/db").len(), 2);
    /// ```
    pub fn on_rotation(
        &self,
        function: impl Fn(&FakeSecretStore, &RotationEvent) -> Result<(), RotationError> + Send + Sync + 'static,
    ) {
        self.shared().set_rotation_function(Some(Arc::new(move |shared, region, secret_id, token| {
            let store = FakeSecretStore::sharing(Arc::clone(shared), region.clone());
            for step in RotationStep::ALL {
                let (secret_id, client_request_token) = (secret_id.to_owned(), token.clone());
                function(&store, &RotationEvent { step, secret_id, client_request_token })?;
            }
            store.finish_rotation(secret_id);
            Ok(())
        })));
    }

    /// The usual work of [`RotationStep::Create`]: a version with this value at `AWSPENDING`.
    #[track_caller]
    pub fn put_pending(&self, event: &RotationEvent, value: SecretValue) -> SecretVersion {
        self.put_version(&event.secret_id, value, Some(&event.client_request_token), &[PENDING])
    }

    /// The usual work of [`RotationStep::Finish`]: `AWSCURRENT` moves to the new version.
    #[track_caller]
    pub fn finish(&self, event: &RotationEvent) {
        self.move_stage(&event.secret_id, VersionStage::CURRENT, &event.client_request_token);
    }
}
