//! Measures [`CachedSecretStore`](secretfetch::CachedSecretStore) beside `aws_secretsmanager_caching`, AWS's own cache for
//! Rust: both on the official SDK, against the same Secrets Manager on loopback.
//!
//! `docs/performance.md` says what is measured, with which command, and what came out.

mod contender;
mod hits;
mod memory;
mod outcome;
mod stampede;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;

use crate::contender::Kind;
use crate::outcome::{Result, say};

/// Measures the cache beside AWS's own.
#[derive(Parser)]
#[command(name = "secretfetch-bench-cache")]
struct Arguments {
    /// How often each cache has its turn.
    #[arg(long, default_value_t = 400)]
    rounds: usize,

    /// The hits of a turn.
    #[arg(long, default_value_t = 4_000)]
    hits: usize,

    /// The threads of the runtime, where several tasks ask at once.
    #[arg(long, default_value_t = 4)]
    threads: usize,

    /// The tasks that ask when the secret has expired.
    #[arg(long, default_value_t = 1000)]
    tasks: usize,

    /// The entries whose memory is measured.
    #[arg(long, default_value_t = 10_000)]
    entries: usize,

    /// Measures the memory of one cache in this process, and nothing else.
    #[arg(long, hide = true)]
    only_memory_of: Option<Kind>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "secretfetch-bench-cache: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(kind) = arguments.only_memory_of {
        return memory::measure(kind, arguments.entries);
    }
    say("| a hit | CachedSecretStore, ns | peer, ns | CachedSecretStore takes |");
    say("| --- | --- | --- | --- |");
    for crowd in hits::CROWDS {
        say(hits::compare(crowd, arguments.rounds, arguments.hits, arguments.threads)?);
    }
    say("\n| | CachedSecretStore | peer |");
    say("| --- | --- | --- |");
    let requests = |kind| stampede::requests(kind, arguments.tasks, arguments.threads);
    say(format!(
        "| requests when {} tasks ask for what has expired | {} | {} |",
        arguments.tasks,
        requests(Kind::Ours)?,
        requests(Kind::Peer)?
    ));
    let bytes = |kind| memory::per_entry(kind, arguments.entries);
    say(format!("| memory of an entry, bytes | {} | {} |", bytes(Kind::Ours)?, bytes(Kind::Peer)?));
    Ok(())
}
