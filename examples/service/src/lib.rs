//! The part of the service that is worth testing: it knows the engine, and not where secrets live.

use secretfetch::{Error, Fetcher};
use serde::Deserialize;

/// The secret's fields, as RDS writes them.
#[derive(Deserialize)]
struct DbCredentials {
    username: String,
    password: String,
    host: String,
    #[serde(default = "default_port")]
    port: u16,
}

fn default_port() -> u16 {
    5432
}

/// A database to connect to.
pub struct Database {
    credentials: DbCredentials,
}

impl Database {
    /// Fetches the credentials from the secret with this name.
    ///
    /// # Errors
    /// What fetching can end with; a missing or mistyped field is named, its value is not.
    pub async fn from_secret(fetcher: &Fetcher, secret_id: &str) -> Result<Self, Error> {
        let credentials = fetcher.fetch::<DbCredentials>(secret_id).await?;
        Ok(Database { credentials })
    }

    /// Where the database is, without its password: fit for a log.
    pub fn address(&self) -> String {
        let DbCredentials { username, host, port, .. } = &self.credentials;
        format!("{username}@{host}:{port}")
    }

    /// What the driver needs.
    pub fn connection_string(&self) -> String {
        let DbCredentials { username, password, host, port } = &self.credentials;
        format!(
            "user={username} password='{}' host={host} port={port}",
            password.replace('\\', "\\\\").replace('\'', "\\'")
        )
    }
}

#[cfg(test)]
mod tests {
    use secretfetch::{ErrorKind, RetryPolicy};
    use secretfetch_testkit::{FakeSecretStore, Fault};

    use super::*;

    const SECRET: &str = r#"{"username":"app","password":"it's","host":"db.example","port":6543}"#;

    async fn database(store: &FakeSecretStore) -> Result<Database, Error> {
        Database::from_secret(&Fetcher::new(store.clone()), "prod/db").await
    }

    #[tokio::test]
    async fn the_address_has_no_password() {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", SECRET);
        let database = database(&store).await.unwrap();
        assert_eq!(database.address(), "app@db.example:6543");
        assert!(database.connection_string().contains(r"password='it\'s'"));
    }

    #[tokio::test]
    async fn a_rotated_password_is_read_on_the_next_start() {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", SECRET);
        store.put_text("prod/db", SECRET.replace("it's", "rotated"));
        assert!(database(&store).await.unwrap().connection_string().contains("password='rotated'"));
    }

    #[tokio::test]
    async fn a_missing_field_is_named() {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", r#"{"username":"app","passwd":"secret","host":"db"}"#);
        let error = database(&store).await.err().unwrap();
        assert_eq!((error.kind(), error.key()), (ErrorKind::KeyNotFound, Some("password")));
        assert!(!error.to_string().contains("secret\""));
    }

    #[tokio::test]
    async fn a_denial_is_no_reason_to_try_again() {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", SECRET);
        store.inject(Fault::access_denied());
        let fetcher = Fetcher::new(store.clone()).with_retry(RetryPolicy::default());
        let error = Database::from_secret(&fetcher, "prod/db").await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::AccessDenied);
        assert_eq!(store.requests().len(), 1);
    }
}
