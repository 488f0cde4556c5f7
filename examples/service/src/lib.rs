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
        format!("user={username} password='{}' host={host} port={port}", password.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}
