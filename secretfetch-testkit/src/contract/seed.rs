//! What a store must hold for a rule to be tested.

use secretfetch::SecretValue;

use crate::fake::store::FakeSecretStore;

/// One secret that a prepared store holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeedSecret {
    /// Its name.
    pub name: String,
    /// Its versions in the order of their creation. Never empty, and one is at `AWSCURRENT`.
    ///
    /// A subject whose store has no versions takes [`current`](SeedSecret::current) alone.
    pub versions: Vec<SeedVersion>,
    /// Whether it is scheduled for deletion. A subject whose store knows no such thing leaves it out.
    pub scheduled_for_deletion: bool,
}

/// One version of a [`SeedSecret`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeedVersion {
    /// Its value.
    pub value: SecretValue,
    /// The one label to create it under; `None` for `AWSCURRENT`, which leaves the version before it at
    /// `AWSPREVIOUS`.
    pub stage: Option<&'static str>,
}

impl SeedSecret {
    pub(super) fn text(name: &str, text: &str) -> Self {
        SeedSecret::with_value(name, SecretValue::from_text(text.to_owned()))
    }

    pub(super) fn with_value(name: &str, value: SecretValue) -> Self {
        let versions = vec![SeedVersion { value, stage: None }];
        SeedSecret { name: name.to_owned(), versions, scheduled_for_deletion: false }
    }

    pub(super) fn then(mut self, text: &str, stage: Option<&'static str>) -> Self {
        self.versions.push(SeedVersion { value: SecretValue::from_text(text.to_owned()), stage });
        self
    }

    pub(super) fn deleted(mut self) -> Self {
        self.scheduled_for_deletion = true;
        self
    }

    /// The value at `AWSCURRENT`.
    pub fn current(&self) -> &SecretValue {
        let current = self.versions.iter().rev().find(|version| version.stage.is_none());
        &current.expect("a seed has a version at AWSCURRENT").value
    }
}

/// A fake that holds these secrets, for subjects that have one behind them.
pub fn fake_with(secrets: &[SeedSecret]) -> FakeSecretStore {
    let fake = FakeSecretStore::new();
    for secret in secrets {
        for (index, version) in secret.versions.iter().enumerate() {
            let value = version.value.clone();
            match (index, version.stage) {
                (0, _) => fake.create(&secret.name, value),
                (_, None) => fake.put(&secret.name, value),
                (_, Some(stage)) => fake.put_staged(&secret.name, value, &[stage]),
            };
        }
        if secret.scheduled_for_deletion {
            fake.schedule_deletion(&secret.name);
        }
    }
    fake
}
