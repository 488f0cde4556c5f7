//! What an entry takes: by how much the resident memory grows while as many again are remembered.

use std::process::Command;
use std::time::Duration;

use tokio::runtime::Builder;

use crate::contender::{self, Kind, Wanted};
use crate::outcome::{Result, say};

/// In a process of its own: what another one left free would be taken first.
pub(crate) fn per_entry(kind: Kind, entries: usize) -> Result<u64> {
    let name = match kind {
        Kind::Ours => "ours",
        Kind::Peer => "peer",
    };
    let output = Command::new(std::env::current_exe()?)
        .args(["--only-memory-of", name, "--entries", &entries.to_string()])
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?.trim().parse()?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

pub(crate) fn measure(kind: Kind, entries: usize) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let server = contender::server(2 * entries);
    let cache = contender::open(kind, &server, Duration::from_secs(3600), 2 * entries)?;
    let fill = |from: usize| {
        runtime.block_on(async {
            for n in from..from + entries {
                cache.ask(&[Wanted::new(n)?], 1).await?;
                // The fake remembers its requests, in the same memory.
                if n % 100 == 0 {
                    server.store().clear_requests();
                }
            }
            resident()
        })
    };
    let before = fill(0)?;
    say(fill(entries)?.saturating_sub(before) / entries as u64);
    Ok(())
}

fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}
