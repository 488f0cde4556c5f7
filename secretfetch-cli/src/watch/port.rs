//! Where a watch can be seen, and what counts as stale there: the options, or else the configuration.

use std::fmt::Display;
use std::time::Duration;

use secretfetch::{Failure, Plan, Result};

use crate::args::WatchArguments;
use crate::health::{Health, ListenAddress};
use crate::outcome::usage;
use crate::report::Printer;

/// Listens, if that is wanted. Before anything is fetched, so that who asks is told to wait, and a port that is taken ends
/// the run.
pub(super) fn listen(arguments: &WatchArguments, plan: &Plan, interval: Duration, printer: &Printer) -> Result<Health> {
    let Some(address) = address(arguments, plan)? else {
        let origin = arguments.max_stale.as_ref().map(|given| given.origin.to_string());
        let of_config = plan.watch().max_stale.map(|_| "`watch.maxStale`".to_owned());
        return match origin.or(of_config) {
            None => Ok(Health::default()),
            Some(what) => Err(usage(format!("{what} is about /readyz, and nothing listens"))
                .with_hint("say where to listen: `--listen`, or `watch.listen` in the configuration")
                .into()),
        };
    };
    let (health, bound) = Health::listen(address, max_stale(arguments, plan, interval)?)?;
    printer.note(&format!("listening on {bound}"));
    Ok(health)
}

fn address(arguments: &WatchArguments, plan: &Plan) -> Result<Option<ListenAddress>> {
    match (&arguments.listen, &plan.watch().listen) {
        (Some(given), _) => Ok(Some(given.value)),
        (None, Some(text)) => {
            let address = text.parse().map_err(|error: String| usage(format!("`watch.listen`: {error}")))?;
            Ok(Some(address))
        }
        (None, None) => Ok(None),
    }
}

/// How old the files may become.
fn max_stale(arguments: &WatchArguments, plan: &Plan, interval: Duration) -> Result<Option<Duration>> {
    match (&arguments.max_stale, plan.watch().max_stale) {
        (Some(given), _) if given.value <= interval => Err(too_short(&given.origin).into()),
        (None, Some(time)) if time <= interval => Err(too_short(&"`watch.maxStale`").into()),
        (Some(given), _) => Ok(Some(given.value)),
        (None, time) => Ok(time),
    }
}

fn too_short(what: &impl Display) -> Failure {
    usage(format!("{what}: the watch would not be ready between two good rounds"))
        .with_hint("it must be longer than the interval (`--interval`); several of them are usual")
}
