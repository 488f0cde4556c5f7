//! What a kernel takes of arguments and environment: execve(2), "Limits on size of arguments and environment".

use std::ffi::{OsStr, OsString};

use secretfetch::{EnvironmentVariable, Error, ErrorKind, Failure, Result};

/// Refuses what no kernel takes. What it takes beyond, only execve(2) knows: whether it counts the pointers too depends on
/// its version.
pub(super) fn check(
    program: &[OsString],
    variables: &[(OsString, OsString)],
    secrets: &[EnvironmentVariable],
) -> Result<()> {
    let longest = longest_string();
    let too_long = secrets.iter().filter(|secret| size_of(secret) > longest).map(|secret| {
        let what = format!(
            "the variable is {} bytes long with its name, and the kernel takes at most {longest} of one",
            size_of(secret)
        );
        Error::from(secret.failure(ErrorKind::Unrepresentable, what).with_hint(FILE))
    });
    if let Some(error) = Error::join(too_long.collect::<Vec<_>>()) {
        return Err(error);
    }
    if total(program, variables) > largest_total() {
        return Err(too_much(program, variables, secrets).into());
    }
    Ok(())
}

const FILE: &str = "let the program read it from a file: `files` in the configuration";

/// The failure of what is too much together.
fn too_much(program: &[OsString], variables: &[(OsString, OsString)], secrets: &[EnvironmentVariable]) -> Failure {
    let what = format!(
        "the program's arguments and environment have {} bytes, {} of them secrets, and the kernel takes at most {}",
        total(program, variables),
        secrets.iter().map(size_of).sum::<u64>(),
        largest_total(),
    );
    let hint = "choose fewer under `keys`, let the program read the largest from a file, or raise the limit of the stack \
                (`ulimit -s`), of which a quarter is for this";
    match secrets.iter().max_by_key(|secret| size_of(secret)) {
        Some(largest) => largest.failure(ErrorKind::Unrepresentable, what).with_hint(hint),
        None => Failure::new(ErrorKind::Unrepresentable, what).with_hint(hint),
    }
}

/// With the `=` and without the NUL at its end.
fn size_of(secret: &EnvironmentVariable) -> u64 {
    (secret.name().len() + 1 + secret.expose_value().len()) as u64
}

fn total(program: &[OsString], variables: &[(OsString, OsString)]) -> u64 {
    let string = |text: &OsStr| text.len() as u64 + 1;
    let arguments = program.iter().map(|argument| string(argument)).sum::<u64>();
    arguments + variables.iter().map(|(name, value)| string(name) + string(value)).sum::<u64>()
}

/// MAX_ARG_STRLEN of Linux, 32 pages with the NUL at the end.
fn longest_string() -> u64 {
    if cfg!(target_os = "linux") { 32 * page_size() - 1 } else { u64::MAX }
}

/// What every kernel of x86-64 has need not be asked for; others have 4, 16 or 64 KiB.
fn page_size() -> u64 {
    if cfg!(target_arch = "x86_64") { 4096 } else { rustix::param::page_size() as u64 }
}

/// `bprm_stack_limits` of Linux: a quarter of the stack, at most 6 MiB, and 128 KiB in any case.
fn largest_total() -> u64 {
    if !cfg!(target_os = "linux") {
        return u64::MAX;
    }
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current.unwrap_or(u64::MAX);
    (stack / 4).clamp(128 << 10, 6 << 20)
}
