//! `watch` while it runs: what it holds, and how often it wakes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::contender;
use crate::outcome::Result;
use crate::scene::Scene;

/// A process that ends with this value.
pub(crate) struct Watching {
    child: Child,
    log: PathBuf,
}

impl Watching {
    /// Starts it, and waits until it has fetched everything once.
    pub(crate) fn start(binary: &Path, scene: &Scene, interval: &str) -> Result<Self> {
        scene.clear()?;
        let log = scene.path("watch.log");
        let child =
            contender::ours_watching(binary, interval, scene).command(scene).stderr(File::create(&log)?).spawn()?;
        let watching = Watching { child, log };
        let written = scene.path("out/all.json");
        match wait_for(Duration::from_secs(30), || written.exists()) {
            true => Ok(watching),
            false => Err(watching.describe("has not written its file")),
        }
    }

    /// Has it poll now, whatever its interval.
    pub(crate) fn poll(&mut self) -> Result<()> {
        // What has ended is not there to be sent a signal, nor is another process that has got its number since.
        if self.child.try_wait()?.is_some() {
            return Err(self.describe("has ended"));
        }
        let process = Pid::from_raw(self.child.id().try_into()?).ok_or("there is no process 0")?;
        kill_process(process, Signal::HUP)?;
        Ok(())
    }

    /// The peak of resident memory in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        field(&std::fs::read_to_string(self.proc("status"))?, "VmHWM:")
    }

    pub(crate) fn descriptors(&self) -> Result<u64> {
        Ok(std::fs::read_dir(self.proc("fd"))?.count() as u64)
    }

    /// How often one of its threads has begun to wait: as often as it was woken.
    pub(crate) fn wakeups(&self) -> Result<u64> {
        let threads = std::fs::read_dir(self.proc("task"))?;
        threads
            .map(|thread| {
                let status = std::fs::read_to_string(thread?.path().join("status"))?;
                field(&status, "voluntary_ctxt_switches:")
            })
            .sum()
    }

    fn proc(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.child.id()).into()
    }

    fn describe(&self, what: &str) -> Box<dyn std::error::Error> {
        format!("watch {what}\n{}", std::fs::read_to_string(&self.log).unwrap_or_default()).into()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it is so; whether it has become so in time.
pub(crate) fn wait_for(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        sleep(Duration::from_micros(200));
    }
}

/// The number behind a name in a file of `/proc`.
fn field(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or_else(|| format!("the system does not tell {name}"))?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_the_number_behind_its_name() {
        let status = "VmHWM:\t    6900 kB\nnonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t12\n";
        assert_eq!(field(status, "VmHWM:").unwrap(), 6900);
        assert_eq!(field(status, "voluntary_ctxt_switches:").unwrap(), 12);
        assert!(field(status, "VmRSS:").is_err());
    }
}
