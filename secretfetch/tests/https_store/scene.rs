//! A configuration with one store of the kind, and another that has its secrets.

use std::path::Path;

use secretfetch::{Config, Fetcher, Plan, Result, RetryPolicy, Secret};
use tempfile::TempDir;

/// A directory with `secrets.json`, and whatever else a test puts there.
pub(crate) struct Scene(TempDir);

impl Scene {
    pub(crate) fn new() -> Self {
        Scene(tempfile::tempdir().unwrap())
    }

    /// With secrets, name → text.
    pub(crate) fn with_secrets(secrets: &[(&str, &str)]) -> Self {
        let scene = Scene::new();
        scene.set_secrets(secrets);
        scene
    }

    pub(crate) fn set_secrets(&self, secrets: &[(&str, &str)]) {
        let secrets: serde_json::Map<_, _> =
            secrets.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        // In another file, so that it is another one however fast it changes.
        let (new, path) = (self.path().join("new.json"), self.path().join("secrets.json"));
        std::fs::write(&new, serde_json::Value::Object(secrets).to_string()).unwrap();
        std::fs::rename(new, path).unwrap();
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A configuration whose default store has these settings.
    pub(crate) fn config(&self, settings: &str) -> Result<Config> {
        let text =
            format!("stores: {{web: {{https: {{{settings}}}}}}}\nstore: web\nfiles: [{{path: f, secretId: x}}]\n");
        Config::from_text(&text, self.path())
    }

    /// A fetcher that asks once.
    pub(crate) async fn fetcher(&self, settings: &str) -> Result<Fetcher> {
        let plan = Plan::new(self.config(settings)?)?;
        Ok(Fetcher::open(&plan).await?.with_retry(RetryPolicy::never()))
    }

    pub(crate) async fn fetch(&self, settings: &str, id: &str) -> Result<Secret> {
        self.fetcher(settings).await?.fetch_secret(id).await
    }
}

/// What is fetched without any secret of the store's own.
pub(crate) async fn fetch(settings: &str, id: &str) -> Result<Secret> {
    Scene::new().fetch(settings, id).await
}
