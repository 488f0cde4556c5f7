//! `signal`: to the processes of a name, or to the one whose id a file has.

use std::fs;
use std::io;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, getpid, kill_process};
use secretfetch::{SignalHook, SignalName, SignalTarget};

use crate::watch::regular_file;

/// More of a file with an id is not read: some programs write further lines.
const LONGEST_PID_FILE: u64 = 4 << 10;

pub(super) fn send(hook: &SignalHook) -> Result<String, String> {
    let name = hook.name.name();
    match &hook.target {
        SignalTarget::PidFile(path) => {
            let pid = pid_in(path)?;
            signal(pid, hook.name, || true).map_err(|error| of_process(pid, error))?;
            Ok(format!("sent {name} to process {pid}"))
        }
        SignalTarget::Process(process) => {
            let all = running().map_err(|error| format!("cannot list the processes in /proc: {error}"))?;
            let found = topmost(all, |candidate| candidate.pid != getpid() && is_called(candidate.pid, process));
            let mut told = 0;
            for pid in found {
                match signal(pid, hook.name, || is_called(pid, process)) {
                    Ok(()) => told += 1,
                    // It has ended since.
                    Err(Errno::SRCH) => {}
                    Err(error) => return Err(of_process(pid, error)),
                }
            }
            if told == 0 {
                return Err(format!(
                    "no process is called `{process}` (in a pod, other containers' are seen with \
                     `shareProcessNamespace: true`)"
                ));
            }
            Ok(format!("sent {name} to {told} {}", if told == 1 { "process" } else { "processes" }))
        }
        _ => Err("this target of a signal is not known here".to_owned()),
    }
}

fn of_process(pid: Pid, error: Errno) -> String {
    match error {
        Errno::SRCH => format!("there is no process {pid}: it has ended, and the file still has its id"),
        Errno::PERM => format!("no permission to signal process {pid}: run as its user"),
        error => format!("cannot signal process {pid}: {}", io::Error::from(error)),
    }
}

/// The process id in a file: on its first line, and nothing else there.
fn pid_in(path: &Path) -> Result<Pid, String> {
    let shown = path.display();
    let content =
        regular_file::read(path, LONGEST_PID_FILE).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let first = content.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    // Digits alone: 0 and negative ids are groups of processes, and -1 is all of them.
    let is_number = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    let number = is_number.then(|| str::from_utf8(first).ok()?.parse::<i32>().ok()).flatten();
    let pid = number.and_then(Pid::from_raw).ok_or_else(|| format!("{shown} has no process id on its first line"))?;
    if pid == getpid() { Err(format!("the process id in {shown} is this process's own")) } else { Ok(pid) }
}

struct Process {
    pid: Pid,
    parent: i32,
}

/// Every process that is there, but for those that have ended and wait for their parents.
fn running() -> io::Result<Vec<Process>> {
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    Ok(pids
        .filter_map(|pid| {
            // proc_pid_stat(5): the name, in parentheses, can have any character.
            let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
            let after = stat.iter().rposition(|&byte| byte == b')')?;
            let mut fields = str::from_utf8(&stat[after + 1..]).ok()?.split_ascii_whitespace();
            let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
            (!matches!(state, "Z" | "X")).then_some(Process { pid, parent })
        })
        .collect())
}

/// Those that are meant, without those that another one of them has started: a server's workers.
fn topmost(all: Vec<Process>, is_meant: impl Fn(&Process) -> bool) -> Vec<Pid> {
    let meant: Vec<Process> = all.into_iter().filter(is_meant).collect();
    let is_top = |process: &&Process| !meant.iter().any(|other| other.pid.as_raw_nonzero().get() == process.parent);
    meant.iter().filter(is_top).map(|process| process.pid).collect()
}

/// Whether the process calls itself so, or its program's file has this name.
fn is_called(pid: Pid, name: &str) -> bool {
    let file = |of: &str| format!("/proc/{}/{of}", pid.as_raw_nonzero());
    let base = |path: &[u8]| path.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec).unwrap_or_default();
    let comm = fs::read(file("comm")).unwrap_or_default();
    if comm.trim_ascii_end() == name.as_bytes() {
        return true;
    }
    let command = fs::read(file("cmdline")).unwrap_or_default();
    base(command.split(|&byte| byte == 0).next().unwrap_or_default()) == name.as_bytes()
}

/// Signals the process, if it is still the one that is meant: by a descriptor of it, so that its id cannot have become
/// another's meanwhile.
#[cfg(target_os = "linux")]
fn signal(pid: Pid, name: SignalName, is_meant: impl Fn() -> bool) -> Result<(), Errno> {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};

    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(process) if is_meant() => match pidfd_send_signal(&process, number(name)) {
            Err(Errno::NOSYS) => kill_process(pid, number(name)),
            result => result,
        },
        Ok(_) => Err(Errno::SRCH),
        // Before Linux 5.3, and in sandboxes that have or allow none.
        Err(Errno::NOSYS | Errno::PERM) => kill_process(pid, number(name)),
        Err(error) => Err(error),
    }
}

#[cfg(not(target_os = "linux"))]
fn signal(pid: Pid, name: SignalName, is_meant: impl Fn() -> bool) -> Result<(), Errno> {
    if is_meant() { kill_process(pid, number(name)) } else { Err(Errno::SRCH) }
}

fn number(name: SignalName) -> Signal {
    match name {
        SignalName::Int => Signal::INT,
        SignalName::Quit => Signal::QUIT,
        SignalName::Term => Signal::TERM,
        SignalName::Usr1 => Signal::USR1,
        SignalName::Usr2 => Signal::USR2,
        SignalName::Winch => Signal::WINCH,
        // The enum may grow; a test holds that no other one is meant today.
        _ => Signal::HUP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_no_id_of_another_process_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        let own = getpid().to_string();
        for text in ["", "0", "-1", "-7", "+7", "1 2", "x", "\n7", "99999999999", "0x10", &own] {
            fs::write(&path, text).unwrap();
            assert!(pid_in(&path).is_err(), "{text:?}");
        }
        fs::write(&path, b"7\xff").unwrap();
        assert!(pid_in(&path).is_err());
        fs::write(&path, vec![b'7'; 5000]).unwrap();
        assert!(pid_in(&path).is_err());
        assert!(pid_in(directory.path()).is_err());
        assert!(pid_in(&directory.path().join("none")).is_err());
        // PostgreSQL writes more lines; pid 1 is a container's program, if it is named.
        for (text, pid) in [("7", 7), (" 7 \n", 7), ("7\n/var/lib/data\n5432\n", 7), ("1\n", 1)] {
            fs::write(&path, text).unwrap();
            assert_eq!(pid_in(&path).unwrap().as_raw_nonzero().get(), pid, "{text:?}");
        }
    }

    #[test]
    fn of_a_server_and_its_workers_only_the_server_is_meant() {
        let process = |pid, parent| Process { pid: Pid::from_raw(pid).unwrap(), parent };
        // 10 and 40 are servers; 11 and 12 workers of the one; 30 has another name.
        let all = vec![process(11, 10), process(10, 1), process(12, 10), process(30, 1), process(40, 30)];
        let pids: Vec<i32> = topmost(all, |process| process.pid.as_raw_nonzero().get() != 30)
            .into_iter()
            .map(|pid| pid.as_raw_nonzero().get())
            .collect();
        assert_eq!(pids, [10, 40]);
    }

    #[test]
    fn each_signal_is_the_one_that_is_named() {
        let named = [
            (SignalName::Hup, Signal::HUP),
            (SignalName::Int, Signal::INT),
            (SignalName::Quit, Signal::QUIT),
            (SignalName::Term, Signal::TERM),
            (SignalName::Usr1, Signal::USR1),
            (SignalName::Usr2, Signal::USR2),
            (SignalName::Winch, Signal::WINCH),
        ];
        for (name, signal) in named {
            assert_eq!(number(name), signal);
        }
    }
}
