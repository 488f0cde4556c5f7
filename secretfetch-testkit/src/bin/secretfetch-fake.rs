//! Serves the secrets of a JSON file as AWS Secrets Manager would, for local clusters and Compose.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use secretfetch::{ErrorCategory, Region};
use secretfetch_testkit::{Control, FakeSecretStore, FakeSecretsManager, Iam, IamPolicy, ParsePolicyError};
use tokio::signal::unix::{SignalKind, signal};

/// Serve the secrets of a JSON file as AWS Secrets Manager would.
///
/// Point secretfetch, an AWS SDK or the AWS CLI at it with AWS_ENDPOINT_URL; any credentials do, and it gives
/// some as well: as STS at that URL, as EKS Pod Identity (AWS_CONTAINER_CREDENTIALS_FULL_URI=URL/v1/credentials)
/// and as EC2's instance metadata (AWS_EC2_METADATA_SERVICE_ENDPOINT=URL). Once it is ready, it prints its URL as
/// one line on stdout. It ends on SIGTERM and SIGINT.
#[derive(Debug, Parser)]
#[command(name = "secretfetch-fake", version)]
struct Args {
    /// JSON file with the secrets: one object, name to value, as in `secretfetch --store file:PATH`; a value may also
    /// be a whole secret, {"$secret": {"tags": {…}, "versions": […]}}. Without it there are none at first.
    #[arg(long, value_name = "PATH")]
    seed: Option<PathBuf>,

    /// JSON file with an IAM policy: what it does not allow is denied, as AWS denies it. Without it everything is
    /// allowed.
    #[arg(long, value_name = "PATH")]
    policy: Option<PathBuf>,

    /// Port to listen at; 0 for any free one.
    #[arg(long, default_value_t = 4566)]
    port: u16,

    /// IP address to listen at; 0.0.0.0 to be reached from other machines and containers.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Who may use the control API (docs/fake.md), under /_secretfetch/: programs on this machine, anyone who reaches the
    /// port, or nobody.
    #[arg(long, env = "SECRETFETCH_FAKE_CONTROL", value_name = "WHO", default_value = "loopback")]
    control: ControlArg,

    /// Accept only requests whose signature is right, by an access key that the fake has issued or `testing` with the
    /// secret `testing`.
    #[arg(long)]
    require_signatures: bool,

    /// Regions that have the secrets, separated by commas; others have none.
    #[arg(long, env = "AWS_REGION", value_delimiter = ',', default_value = "us-east-1")]
    region: Vec<Region>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ControlArg {
    Loopback,
    Anyone,
    Off,
}

impl From<ControlArg> for Control {
    fn from(argument: ControlArg) -> Self {
        match argument {
            ControlArg::Loopback => Control::Loopback,
            ControlArg::Anyone => Control::Anyone,
            ControlArg::Off => Control::Off,
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "secretfetch-fake: {failure}");
            failure.exit_code()
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    let store = seeded(args)?;
    // The handlers are in place before anyone is told that the fake is ready.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(Failure::Serve)?;
    let end = runtime.block_on(async { Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)) });
    let (mut terminate, mut interrupt) = end.map_err(Failure::Serve)?;

    let address = SocketAddr::new(args.host, args.port);
    let server = FakeSecretsManager::bind_with_control(address, &store, args.control.into())
        .map_err(|error| Failure::Bind(address, error))?;
    if args.require_signatures {
        server.require_signatures();
    }
    announce(&server, args).map_err(Failure::Serve)?;
    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    Ok(())
}

fn seeded(args: &Args) -> Result<FakeSecretStore, Failure> {
    let store = FakeSecretStore::new();
    let read = |path: &PathBuf| fs::read_to_string(path).map_err(|error| Failure::Read(path.clone(), error));
    if let Some(path) = &args.policy {
        let policy: Result<IamPolicy, _> = read(path)?.parse();
        let iam = policy.and_then(|policy| Iam::new().with_identity_policy(policy));
        store.enforce(iam.map_err(|error| Failure::Policy(path.clone(), error))?);
    }
    if let Some(path) = &args.seed {
        let text = read(path)?;
        for region in &args.region {
            let seeded = store.in_region(region.as_str()).seed_json(&text);
            seeded.map_err(|error| Failure::Seed(path.clone(), error))?;
        }
    }
    // A request of the control API that names no region is for the first one.
    Ok(args.region.first().map_or(store.clone(), |region| store.in_region(region.as_str())))
}

/// The URL alone on stdout, for scripts; what it is on stderr, for people.
fn announce(server: &FakeSecretsManager, args: &Args) -> io::Result<()> {
    let regions: Vec<&str> = args.region.iter().map(Region::as_str).collect();
    writeln!(io::stderr(), "a fake AWS Secrets Manager listens at {} ({})", server.url(), regions.join(", "))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", server.url())?;
    stdout.flush()
}

enum Failure {
    Read(PathBuf, io::Error),
    Policy(PathBuf, ParsePolicyError),
    Seed(PathBuf, secretfetch::Error),
    Bind(SocketAddr, io::Error),
    Serve(io::Error),
}

impl Failure {
    /// As in secretfetch: 2 for what is wrong in the arguments, 1 for anything else.
    fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Seed(_, error) if error.category() == ErrorCategory::Internal => ExitCode::FAILURE,
            Failure::Read(..) | Failure::Policy(..) | Failure::Seed(..) | Failure::Bind(..) => ExitCode::from(2),
            Failure::Serve(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Failure::Policy(path, error) => write!(f, "{}: {error}", path.display()),
            Failure::Seed(path, error) => write!(f, "{}: {error}", path.display()),
            Failure::Bind(address, error) => write!(f, "cannot listen at {address}: {error}; choose another --port"),
            Failure::Serve(error) => write!(f, "cannot serve: {error}"),
        }
    }
}
