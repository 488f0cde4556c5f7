//! A service that takes its database credentials from Secrets Manager when it starts.
//!
//! `AWS_REGION=ca-central-1 cargo run -p example-service` reads `vinsguru/db`.

use std::process::ExitCode;

use example_service::Database;
use secretfetch::{AwsSecretStore, Error, Fetcher};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match start().await {
        Ok(database) => {
            print(&format!("connecting to {}", database.address()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            print(&format!("cannot start: {error}"));
            // What may pass by itself is worth another start: EX_TEMPFAIL of sysexits.h.
            if error.is_retryable() { ExitCode::from(75) } else { ExitCode::FAILURE }
        }
    }
}

async fn start() -> Result<Database, Error> {
    let store = AwsSecretStore::builder().build().await?;
    Database::from_secret(&Fetcher::new(store), "vinsguru/db").await
}

fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}
