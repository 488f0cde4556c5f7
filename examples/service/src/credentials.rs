//! The secret, as a type.

use serde::Deserialize;
use tokio_postgres::Config;

/// The fields that AWS's rotation functions for PostgreSQL keep, with their defaults.
///
/// It has no `Debug`, so that no log line can have the password.
#[derive(Deserialize)]
pub struct DbCredentials {
    username: String,
    password: String,
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    #[serde(default = "default_database")]
    dbname: String,
}

fn default_port() -> u16 {
    5432
}

fn default_database() -> String {
    "postgres".to_owned()
}

impl DbCredentials {
    /// What the driver logs in with.
    pub fn login(&self) -> Config {
        let mut config = Config::new();
        config.user(&self.username).password(&self.password);
        config.host(&self.host).port(self.port).dbname(&self.dbname);
        config.application_name(env!("CARGO_PKG_NAME"));
        config
    }
}

#[cfg(test)]
mod tests {
    use secretfetch::{ErrorKind, Fetcher};
    use secretfetch_testkit::FakeSecretStore;

    use super::*;

    async fn fetch(secret: &str) -> secretfetch::Result<DbCredentials> {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", secret);
        Fetcher::new(store).fetch("prod/db").await
    }

    #[tokio::test]
    async fn what_the_secret_leaves_out_has_the_defaults_of_the_rotation_functions() {
        let credentials = fetch(r#"{"engine":"postgres","username":"app","password":"it's","host":"db"}"#).await;
        let login = credentials.unwrap().login();
        assert_eq!((login.get_ports(), login.get_dbname()), (&[5432][..], Some("postgres")));
        assert_eq!((login.get_user(), login.get_password()), (Some("app"), Some(&b"it's"[..])));
    }

    #[tokio::test]
    async fn a_missing_field_is_named() {
        let error = fetch(r#"{"username":"app","passwd":"s3cr3t","host":"db"}"#).await.err().unwrap();
        assert_eq!((error.kind(), error.key()), (ErrorKind::KeyNotFound, Some("password")));
        assert!(!error.to_string().contains("s3cr3t"));
    }
}
