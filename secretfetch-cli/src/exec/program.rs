//! The program that this process becomes.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind as IoErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::Access;
use secretfetch::{ErrorKind, Failure};

use crate::escape::one_line;
use crate::outcome::{Ended, usage};

/// What env(1) answers for a program that cannot be executed, and for one that is not there.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// execvp(3)'s, where PATH is not set.
const USUAL_PATH: &str = "/bin:/usr/bin";

/// Refuses what is known to fail, before anything is fetched for it.
pub(super) fn check(program: &[OsString]) -> Result<(), Ended> {
    let mut known = io::Error::from(IoErrorKind::NotFound);
    for path in candidates(name_of(program)) {
        match is_program(&path) {
            Ok(()) => return Ok(()),
            // As execvp(3): one that is there and cannot be executed is told if no other directory has one.
            Err(error) if error.kind() != IoErrorKind::NotFound => known = error,
            Err(_) => {}
        }
    }
    Err(failed(program, &known))
}

/// Executes the program in the place of this process. Answers why that did not happen.
pub(super) fn become_it(program: &[OsString], variables: Vec<(OsString, OsString)>) -> Ended {
    let mut command = Command::new(name_of(program));
    command.args(program.iter().skip(1)).env_clear().envs(variables);
    failed(program, &command.exec())
}

fn name_of(program: &[OsString]) -> &OsStr {
    program.first().map_or(OsStr::new(""), OsString::as_os_str)
}

/// Where execvp(3) looks for it.
fn candidates(name: &OsStr) -> Vec<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return vec![PathBuf::from(name)];
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    std::env::split_paths(&path).map(|directory| directory.join(name)).collect()
}

fn is_program(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(IoErrorKind::IsADirectory.into());
    }
    Ok(rustix::fs::access(path, Access::EXEC_OK)?)
}

/// POSIX.1-2017, env, "EXIT STATUS".
fn failed(program: &[OsString], error: &io::Error) -> Ended {
    let name = name_of(program);
    let shown = one_line(&name.to_string_lossy());
    let has_path = name.as_bytes().contains(&b'/');
    let (code, failure) = match error.kind() {
        IoErrorKind::ArgumentListTooLong => {
            let what = format!("the kernel does not take so much for the program `{shown}`: arguments and environment");
            let hint = "choose fewer variables under `keys`, or let the program read the largest from a file";
            return Failure::new(ErrorKind::Unrepresentable, what).with_hint(hint).into();
        }
        IoErrorKind::NotFound if has_path && Path::new(name).exists() => {
            let what = format!("the program `{shown}` is there, and the interpreter or loader that it names is not");
            (
                NOT_FOUND,
                usage(what).with_hint("check its first line (`#!`), or whether it is built for this image's C library"),
            )
        }
        IoErrorKind::NotFound if has_path => {
            let what = format!("the program `{shown}` does not exist");
            (NOT_FOUND, usage(what).with_hint("name one that is in this image"))
        }
        IoErrorKind::NotFound => {
            let what = format!("the program `{shown}` is in none of the directories of PATH");
            (NOT_FOUND, usage(what).with_hint("name it with its path, or set PATH"))
        }
        IoErrorKind::IsADirectory => {
            (NOT_EXECUTABLE, usage(format!("the program `{shown}` is a directory")).with_hint("name a file in it"))
        }
        IoErrorKind::PermissionDenied => {
            let what = format!("the program `{shown}` may not be executed");
            let hint = "it needs the permission (`chmod a+x`), and a mount without `noexec`; a directory is none";
            (NOT_EXECUTABLE, usage(what).with_hint(hint))
        }
        _ => {
            let what = format!("cannot execute the program `{shown}`: {error}");
            (NOT_EXECUTABLE, usage(what).with_hint("check that it is built for this machine"))
        }
    };
    Ended::NotExecuted(failure.into(), code)
}
