//! A pool of connections that are made with the newest credentials.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Pool, RecycleError, RecycleResult};
use secretfetch::{Fetcher, Watched};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};

use crate::credentials::DbCredentials;

/// The pool. A clone is another handle on it.
pub type Database = Pool<Logins>;

/// More connections than PostgreSQL has cores to serve them make it slower.
const CONNECTIONS: usize = 8;

/// How long a request waits for a connection: longer than all of [`WAITS`].
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a refused login waits for other credentials before it is tried again, in milliseconds: six seconds in all. The
/// steps of AWS's rotation that come after the change in the database take a second or two.
const WAITS: [u64; 6] = [100, 200, 400, 800, 1600, 3200];

/// Fetches the credentials from the secret with this name, looks for newer ones each interval, and opens a pool with them,
/// which connects when it is first used.
///
/// # Errors
/// What fetching can end with; a missing or mistyped field is named, its value is not.
pub async fn open(fetcher: &Fetcher, secret_id: &str, interval: Duration) -> secretfetch::Result<Database> {
    let credentials = fetcher.watch(secret_id, interval).await?;
    let pool = Pool::builder(Logins { credentials }).max_size(CONNECTIONS).runtime(Runtime::Tokio1);
    let pool = pool.wait_timeout(Some(PATIENCE)).create_timeout(Some(PATIENCE)).recycle_timeout(Some(PATIENCE));
    Ok(pool.build().expect("the runtime is what a pool with timeouts cannot be without"))
}

/// Makes the pool's connections.
pub struct Logins {
    credentials: Watched<DbCredentials>,
}

/// A connection, and the credentials that it was made with.
pub struct Connection {
    client: Client,
    credentials: Arc<DbCredentials>,
}

impl Logins {
    /// What the next connection logs in with.
    pub fn newest(&self) -> Arc<DbCredentials> {
        self.credentials.latest()
    }
}

impl Manager for Logins {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        let mut newest = self.credentials.receiver();
        for wait in WAITS.map(Duration::from_millis) {
            let credentials = newest.borrow_and_update().clone();
            match Connection::open(credentials).await {
                Err(error) if error.code() == Some(&SqlState::INVALID_PASSWORD) => {}
                result => return result,
            }
            // Either the secret has changed since the last round, or it is about to: where one user's password rotates,
            // PostgreSQL has the new one before AWSCURRENT does. Why a refresh fails is in the log already.
            let _ = self.credentials.refresh().await;
            let _ = tokio::time::timeout(wait, newest.changed()).await;
        }
        Connection::open(self.newest()).await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.client.is_closed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        let newest = self.newest();
        // An open connection outlives its password. One that works is not given up for a secret that does not.
        if !Arc::ptr_eq(&newest, &connection.credentials)
            && let Ok(renewed) = Connection::open(newest).await
        {
            *connection = renewed;
        }
        Ok(())
    }
}

impl Connection {
    async fn open(credentials: Arc<DbCredentials>) -> Result<Self, Error> {
        // On the way to another machine, production has TLS here (tokio-postgres-rustls) and `ssl_mode(Require)`.
        let (client, driver) = credentials.login().connect(NoTls).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::warn!("a connection to the database is lost: {error}");
            }
        });
        Ok(Connection { client, credentials })
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
