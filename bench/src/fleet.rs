//! Many clients at once, on an account with AWS's published rates.
//!
//! Each client is what a pod's init container is: a store and connections of its own. The clients run in one child
//! process, whose environment says where the service is.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use secretfetch::{AwsSecretStore, BatchMode, Config, Fetcher, FileConfig, Plan, SourceConfig};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Operation};
use tokio::task::JoinSet;

use crate::measure::median;
use crate::outcome::{Result, say};
use crate::scene::REGION;

/// The fleet.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many clients begin at once.
    #[arg(long, default_value_t = 1000)]
    clients: usize,

    /// How many secrets each of them needs.
    #[arg(long, default_value_t = 1)]
    secrets: usize,

    /// Whether the clients may use BatchGetSecretValue: auto or never.
    #[arg(long, default_value = "auto")]
    batch: BatchMode,

    /// The time of each client, in seconds.
    #[arg(long, default_value_t = 60)]
    timeout: u64,

    #[arg(long, hide = true)]
    clients_only: bool,
}

/// Requests a second in each account and region.
/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const RATES: [(Operation, u32); 2] = [(Operation::GetSecretValue, 10_000), (Operation::BatchGetSecretValue, 100)];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.clients_only {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        return runtime.block_on(clients(arguments));
    }
    let store = FakeSecretStore::new().in_region(REGION);
    for n in 0..arguments.secrets {
        store.create_text(&format!("s{n}"), format!(r#"{{"password":"{n}"}}"#));
    }
    for (operation, rate) in RATES {
        store.inject(Fault::throttled().on_operation(operation).above(rate));
    }
    let server = FakeSecretsManager::start(&store);
    let output = Command::new(std::env::current_exe()?)
        .args(["fleet", "--clients-only", "--batch", &arguments.batch.to_string()])
        .args(["--clients", &arguments.clients.to_string(), "--secrets", &arguments.secrets.to_string()])
        .args(["--timeout", &arguments.timeout.to_string()])
        .env_clear()
        .env("AWS_ENDPOINT_URL", server.url())
        .env("AWS_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .stderr(Stdio::inherit())
        .output()?;
    say(String::from_utf8_lossy(&output.stdout).trim_end());
    let requests = server.requests();
    for (operation, rate) in RATES {
        let count = requests.iter().filter(|request| request.operation == operation).count();
        let each = count as f64 / arguments.clients as f64;
        say(format!("{operation}, {rate} a second: {count} requests, {each:.2} for each client"));
    }
    match output.status.success() {
        true => Ok(()),
        false => Err("not every client had its secrets in time".into()),
    }
}

async fn clients(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..arguments.clients {
        running.spawn(client(arguments.secrets, arguments.batch, Duration::from_secs(arguments.timeout)));
    }
    let (mut times, mut failures) = (Vec::new(), Vec::new());
    while let Some(done) = running.join_next().await {
        match done? {
            Ok(()) => times.push(started.elapsed().as_secs_f64()),
            Err(error) => failures.push(error.to_string()),
        }
    }
    let of = format!("{} clients with {} secrets each", arguments.clients, arguments.secrets);
    let (middle, last) = (median(&times).unwrap_or(f64::NAN), times.last().copied().unwrap_or(f64::NAN));
    say(format!("{of}: {} succeeded, half of them within {middle:.1} s, all within {last:.1} s", times.len()));
    match failures.first() {
        None => Ok(()),
        Some(first) => Err(format!("{} failed; the first: {first}", failures.len()).into()),
    }
}

async fn client(secrets: usize, batch: BatchMode, timeout: Duration) -> secretfetch::Result<()> {
    let store = AwsSecretStore::builder().batch(batch).build().await?;
    let mut config = Config::default();
    for n in 0..secrets {
        config.files.push(FileConfig::new(format!("s{n}"), SourceConfig::new(format!("s{n}").parse()?)));
    }
    config.timeout = Some(timeout);
    let rendered = Fetcher::new(store).render(&Plan::new(config)?).await?;
    debug_assert_eq!(rendered.expose_files().count(), secrets);
    Ok(())
}
