//! The scene alone, for a profiler or a try by hand.

use std::io;
use std::time::Duration;

use crate::outcome::{Result, say};
use crate::scene::{Distance, Identity, Scene};

/// What the scene holds.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many secrets.
    #[arg(long, default_value_t = 1)]
    secrets: usize,

    /// The bytes of each value; without it, what is usual for a database.
    #[arg(long)]
    bytes: Option<usize>,

    /// How long each round trip takes, in milliseconds.
    #[arg(long, value_name = "MS")]
    round_trip: Option<u64>,
}

/// Prints the environment as a shell takes it, and serves until standard input ends.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let distance = arguments.round_trip.map(|ms| Distance::PerRoundTrip(Duration::from_millis(ms)));
    let scene = Scene::new(arguments.secrets, arguments.bytes, distance.unwrap_or(Distance::Near))?;
    for (name, value) in scene.environment(&scene.path("ca.pem"), Identity::Key) {
        say(format!("export {name}='{}'", value.to_string_lossy()));
    }
    say(format!("cd '{}'", scene.path("").display()));
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
