//! `AWS_REGION=ca-central-1 cargo run -p example-service` takes its database from the secret `vinsguru/db` and serves on
//! port 8080, or on the address in `LISTEN`.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use example_service::{database, routes};
use secretfetch::{AwsSecretStore, Fetcher};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    // From "info" up. At "trace" the AWS SDK prints whole requests.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let store = AwsSecretStore::builder().build().await?;
    // Nine thousand requests a month, which is cents. A refused login does not wait for the next one.
    let database = database::open(&Fetcher::new(store), "vinsguru/db", Duration::from_secs(300)).await?;
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    tracing::info!("serves on {}", listener.local_addr()?);
    // How a pod is asked to stop. What is under way is answered first.
    let mut terminated = signal(SignalKind::terminate())?;
    let stopped = async move { _ = terminated.recv().await };
    axum::serve(listener, routes::routes(database)).with_graceful_shutdown(stopped).await?;
    Ok(())
}
