//! Whole processes side by side.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::case::{Case, Line};
use crate::contender::{self, Contender};
use crate::measure;
use crate::outcome::{Result, say};
use crate::report::{Report, Weight};
use crate::scene::{Distance, Scene};

/// What is measured, and beside what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The binary `secretfetch`.
    #[arg(long)]
    binary: PathBuf,

    /// How many secrets are fetched, in one case after the other.
    #[arg(long, value_delimiter = ',', default_value = "1,20,100,1000")]
    secrets: Vec<usize>,

    /// How often each program runs in a case; the AWS CLI and boto3 run an eighth of that.
    #[arg(long, default_value_t = 40)]
    rounds: usize,

    /// A distribution's bundle, to measure what a whole one costs.
    #[arg(long, default_value = "/etc/ssl/certs/ca-certificates.crt")]
    bundle: PathBuf,

    /// An AWS CLI, as NAME=PATH; repeatable.
    #[arg(long, value_name = "NAME=PATH", value_parser = named)]
    aws: Vec<(String, PathBuf)>,

    /// A Python with boto3, as NAME=PATH; repeatable.
    #[arg(long, value_name = "NAME=PATH", value_parser = named)]
    python: Vec<(String, PathBuf)>,

    /// The directory whose performance.md, performance.json and performance.svg are renewed.
    #[arg(long)]
    write: Option<PathBuf>,
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("write NAME=PATH")?;
    Ok((name.to_owned(), path.into()))
}

/// The most secrets that those are asked for who take a second for them: the AWS CLI, a process for each twenty, and
/// curl with a whole bundle, which it reads for each connection.
const MOST_OF_THE_SLOW: usize = 100;

const FAR: Duration = Duration::from_millis(20);

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let installed = Installed::new(&arguments.binary)?;
    let binary = installed.binary();
    let mut report = Report { bytes: std::fs::metadata(&binary)?.len(), ..Report::default() };
    for distance in [Distance::Near, Distance::PerRequest(FAR), Distance::PerRoundTrip(FAR)] {
        for &secrets in &arguments.secrets {
            let case = compare(arguments, &binary, secrets, distance)?;
            say(case.table());
            report.cases.push(case);
        }
    }
    for &secrets in &arguments.secrets {
        report.weights.push(weigh(arguments, &binary, secrets, None)?);
    }
    report.weights.push(weigh(arguments, &binary, 100, Some(64 * 1024))?);
    say(report.weights_table());
    match &arguments.write {
        Some(directory) => report.write(directory),
        None => Ok(()),
    }
}

fn compare(arguments: &Arguments, binary: &Path, secrets: usize, distance: Distance) -> Result<Case> {
    let scene = Scene::new(secrets, None, distance)?;
    let mut contenders = vec![contender::ours(binary, &scene)];
    if secrets > 1 {
        contenders.push(contender::ours_with_files(binary, &scene));
    }
    if arguments.bundle.is_file() {
        contenders.push(contender::ours_with_bundle(binary, &arguments.bundle, &scene)?);
    }
    if secrets == 1 && matches!(distance, Distance::PerRoundTrip(_)) {
        contenders.push(contender::ours_with_web_identity(binary, &scene));
    }
    contenders.extend(contender::curl(&scene)?);
    if arguments.bundle.is_file() && secrets <= MOST_OF_THE_SLOW {
        contenders.extend(contender::curl_with_bundle(&arguments.bundle, &scene)?);
    }
    // A distance of milliseconds says nothing about what takes a second.
    if distance == Distance::Near {
        contenders.extend(peers(arguments, &scene)?);
    }

    let mut lines = Vec::new();
    let mut able = Vec::new();
    for contender in contenders {
        match measure::check(&contender, &scene) {
            Ok(asked) => {
                lines.push(Line::new(contender.name.clone(), asked));
                able.push(contender);
            }
            // A distribution's may be older than BatchGetSecretValue.
            Err(error) if contender.slow && secrets > 1 => {
                say(format!("left out: {}", error.to_string().lines().next().unwrap_or_default()));
            }
            Err(error) => return Err(error),
        }
    }
    let contenders = able;
    for round in 0..arguments.rounds {
        for index in order(round, contenders.len()) {
            if !contenders[index].slow || round % 8 == 0 {
                let time = measure::time(&contenders[index], &scene)?;
                lines[index].add(round, time);
            }
        }
    }
    Ok(Case::new(secrets, distance, lines))
}

/// The binary as an installation leaves it: written as a whole. A linker writes through a memory map, which leaves single
/// pages in the page cache, and a run from there takes up to a sixth longer than one from the large ones of a copy.
struct Installed(TempDir);

impl Installed {
    fn new(binary: &Path) -> Result<Self> {
        let installed = Installed(tempfile::Builder::new().prefix("secretfetch-bench-").tempdir()?);
        std::fs::write(installed.binary(), std::fs::read(binary)?)?;
        std::fs::set_permissions(installed.binary(), std::fs::metadata(binary)?.permissions())?;
        Ok(installed)
    }

    fn binary(&self) -> PathBuf {
        self.0.path().join("secretfetch")
    }
}

/// In which order the contenders run in a round: interleaved, so that what the machine does meanwhile hits all alike;
/// and shuffled, since a large process leaves cold caches behind it. The same in each measurement.
fn order(round: usize, contenders: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contenders).collect();
    fastrand::Rng::with_seed(round as u64).shuffle(&mut order);
    order
}

fn peers(arguments: &Arguments, scene: &Scene) -> Result<Vec<Contender>> {
    let mut peers = Vec::new();
    if scene.secrets() <= MOST_OF_THE_SLOW {
        peers.extend(arguments.aws.iter().map(|(name, path)| contender::aws_cli(name, path, scene)));
    }
    for (name, path) in &arguments.python {
        peers.push(contender::boto3(name, path, scene)?);
    }
    Ok(peers)
}

/// Memory, and for the binary under test the instructions.
fn weigh(arguments: &Arguments, binary: &Path, secrets: usize, bytes: Option<usize>) -> Result<Weight> {
    let scene = Scene::new(secrets, bytes, Distance::Near)?;
    let ours = contender::ours(binary, &scene);
    let bundle = match arguments.bundle.is_file() {
        true => Some(measure::instructions(&contender::ours_with_bundle(binary, &arguments.bundle, &scene)?, &scene)?),
        false => None,
    };
    let mut peaks = Vec::new();
    let files = contender::ours_with_files(binary, &scene);
    let others = contender::curl(&scene)?.into_iter().chain(peers(arguments, &scene)?);
    for contender in [&ours, &files].into_iter().chain(&others.collect::<Vec<_>>()) {
        if contender.slow && measure::check(contender, &scene).is_err() {
            continue;
        }
        let mut runs = Vec::new();
        for _ in 0..if contender.slow { 1 } else { 3 } {
            runs.push(measure::peak_memory(contender, &scene)?);
        }
        peaks.push((contender.name.clone(), measure::median(&runs).unwrap_or_default()));
    }
    Ok(Weight { secrets, bytes, instructions: measure::instructions(&ours, &scene)?, bundle, peaks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_contender_runs_once_a_round_and_after_every_other_one() {
        // In all rounds, and in those in which the slow ones run.
        for (contenders, step, rounds) in [(2, 1, 40), (5, 1, 200), (8, 1, 400), (8, 8, 3200)] {
            let mut neighbours = std::collections::HashSet::new();
            for round in (0..rounds).step_by(step) {
                let order = order(round, contenders);
                let mut sorted = order.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..contenders).collect::<Vec<_>>());
                neighbours.extend(order.windows(2).map(|pair| (pair[0], pair[1])));
            }
            assert_eq!(neighbours.len(), contenders * (contenders - 1), "{contenders}");
        }
    }
}
