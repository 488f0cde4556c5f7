//! `exec`: a program, without a shell.

use std::ffi::OsString;
use std::io::{PipeReader, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, io};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use secretfetch::ExecHook;

use super::changes::Changes;
use crate::child::{Guarded, PACE};

const USUAL_TIMEOUT: Duration = Duration::from_secs(30);

/// What is kept of a command's output, in bytes.
const KEPT: usize = 4 << 10;

/// Linux has no string of more than 128 KiB in an environment (execve(2)).
const LONGEST_VARIABLE: usize = 64 << 10;

pub(super) fn run(hook: &ExecHook, changes: &Changes) -> Result<String, String> {
    let timeout = hook.timeout.unwrap_or(USUAL_TIMEOUT);
    let [program, arguments @ ..] = hook.command.as_slice() else { return Err("there is no command".to_owned()) };
    let cannot = |error: io::Error| format!("cannot run {program}: {error}");
    let (reader, writer) = io::pipe().map_err(cannot)?;
    let mut child = {
        let mut command = Command::new(program);
        let copy = writer.try_clone().map_err(cannot)?;
        command.args(arguments).process_group(0).stdin(Stdio::null()).stdout(copy).stderr(writer);
        command.env_clear().envs(env::vars_os().filter(|(name, _)| is_for_command(name)));
        command.env("SECRETFETCH_CHANGED_COUNT", changes.count().to_string());
        if let Some(lines) = changes.lines(LONGEST_VARIABLE) {
            command.env("SECRETFETCH_CHANGED", lines);
        }
        // With the command, our ends of the pipe that are for it.
        Guarded::start(&mut command).map_err(cannot)?
    };
    let mut output = Output { reader: Some(reader), kept: Vec::new() };
    let until = Instant::now() + timeout;
    let status = loop {
        output.read(PACE);
        match child.ended() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) if Instant::now() < until => {}
            Ok(None) => {
                child.end();
                break Err(format!("{program} did not end within {:.1} s, and was killed", timeout.as_secs_f64()));
            }
            Err(error) => break Err(cannot(error)),
        }
    };
    // What it has written before its end. One that it left behind may hold the pipe open, and is not waited for.
    output.read(Duration::ZERO);
    output.tell();
    match status? {
        status if status.success() => Ok(format!("{program} succeeded")),
        status => Err(format!("{program} {}", how(status))),
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "failed".to_owned(),
    }
}

/// Credentials and settings of ours are none of its business.
fn is_for_command(name: &OsString) -> bool {
    let name = name.as_bytes();
    !name.starts_with(b"AWS_") && !name.starts_with(b"SECRETFETCH_")
}

/// What the command writes: read on, so that it is not held, and kept up to a bound.
struct Output {
    reader: Option<PipeReader>,
    kept: Vec<u8>,
}

impl Output {
    /// Reads what is there now, and waits for some so long; not longer, however much comes.
    fn read(&mut self, wait: Duration) {
        let until = Instant::now() + wait.max(PACE);
        let mut wait = wait;
        let mut buffer = [0; 4 << 10];
        while let Some(reader) = &mut self.reader {
            let timeout = Timespec::try_from(wait).ok();
            match poll(&mut [PollFd::new(reader, PollFlags::IN)], timeout.as_ref()) {
                Ok(ready) if ready > 0 => {}
                _ => return,
            }
            match reader.read(&mut buffer) {
                Ok(count) if count > 0 => {
                    let room = KEPT.saturating_sub(self.kept.len()).min(count);
                    self.kept.extend_from_slice(&buffer[..room]);
                }
                // Nobody has the other end any more, or it cannot be read.
                _ => {
                    self.reader = None;
                    std::thread::sleep(wait);
                    return;
                }
            }
            if Instant::now() >= until {
                return;
            }
            wait = Duration::ZERO;
        }
        std::thread::sleep(wait);
    }

    /// The command's own words, in which a secret may be: only for who asks for more.
    fn tell(&self) {
        for line in String::from_utf8_lossy(&self.kept).lines().filter(|line| !line.trim().is_empty()) {
            tracing::info!("the command says: {line}");
        }
    }
}
