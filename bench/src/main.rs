//! Measures `secretfetch` against a local Secrets Manager over TLS.
//!
//! `docs/performance.md` says what is measured, with which command, and what came out.

mod case;
mod chart;
mod compare;
mod contender;
mod delay;
mod fake;
mod fleet;
mod guard;
mod measure;
mod outcome;
mod polls;
mod report;
mod scene;
mod serve;
mod soak;
mod volume;
mod watching;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "secretfetch-bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Whole processes side by side: times, ratios and memory.
    Compare(compare::Arguments),
    /// Figures that do not depend on the clock, each against its bound.
    Guard(guard::Arguments),
    /// Thousands of polls of `watch`, with rotations and faults.
    Soak(soak::Arguments),
    /// Many clients at once on an account with AWS's published rates.
    Fleet(fleet::Arguments),
    /// How fast `secretfetch-fake` starts, and what it answers on one core.
    Fake(fake::Arguments),
    /// The server that the others measure against, until standard input ends.
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Guard(arguments) => guard::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Fleet(arguments) => fleet::run(&arguments),
        Command::Fake(arguments) => fake::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "secretfetch-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
