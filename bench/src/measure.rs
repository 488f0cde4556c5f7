//! One process at a time: how long it takes, how much memory it needs, how many instructions it executes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::contender::Contender;
use crate::outcome::Result;
use crate::scene::{Asked, Scene};

/// The wall time of one run, from before it starts until it has ended.
pub(crate) fn time(contender: &Contender, scene: &Scene) -> Result<Duration> {
    scene.clear()?;
    let mut command = contender.command(scene);
    let started = Instant::now();
    let status = command.stderr(Stdio::null()).status()?;
    let time = started.elapsed();
    match status.success() {
        true => Ok(time),
        false => Err(format!("{}: {status}", contender.name).into()),
    }
}

/// One run of which only success counts, and what it cost the server.
pub(crate) fn check(contender: &Contender, scene: &Scene) -> Result<Asked> {
    scene.clear()?;
    output(contender.command(scene), &contender.name)?;
    let written = std::fs::read_dir(scene.path("out"))?.count();
    if written == 0 {
        return Err(format!("{} wrote nothing", contender.name).into());
    }
    scene.asked().map_err(|error| format!("{}: {error}", contender.name).into())
}

/// The peak of resident memory in KiB, by GNU time.
///
/// A child's peak counts that of the process which it was forked from, and GNU time is smaller than anything
/// measured here; this program is not.
pub(crate) fn peak_memory(contender: &Contender, scene: &Scene) -> Result<u64> {
    scene.clear()?;
    let file = scene.path("peak");
    let file = file.to_string_lossy();
    output(contender.prefixed(&["/usr/bin/time", "--format=%M", "--output", &file], scene), "GNU time")?;
    Ok(std::fs::read_to_string(&*file)?.trim().parse()?)
}

/// The instructions that the program executes itself (not the kernel for it), by callgrind.
pub(crate) fn instructions(contender: &Contender, scene: &Scene) -> Result<u64> {
    scene.clear()?;
    let file = scene.path("callgrind.out");
    let out = format!("--callgrind-out-file={}", file.display());
    let valgrind = contender.prefixed(&["valgrind", "--tool=callgrind", "--quiet", &out], scene);
    output_with(contender.code, valgrind, "valgrind")?;
    let text = std::fs::read_to_string(&file)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(total.ok_or("callgrind gave no total")?.trim().parse()?)
}

fn output(command: Command, what: &str) -> Result<()> {
    output_with(0, command, what)
}

/// A run that ends with this code.
fn output_with(code: i32, mut command: Command, what: &str) -> Result<()> {
    let output = command.stderr(Stdio::piped()).output().map_err(|error| format!("cannot run {what}: {error}"))?;
    match output.status.code() == Some(code) {
        true => Ok(()),
        false => Err(format!("{what}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The middle one; of an even number the lower of the two.
pub(crate) fn median<T: PartialOrd + Copy>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(&[3, 1, 2]), Some(2));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median::<u8>(&[]), None);
    }
}
