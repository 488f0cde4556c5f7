//! `install`: this program, left where another image finds it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use secretfetch::{DEFAULT_TIMEOUT, ErrorKind, Failure, Mode, Report, Result, write_file};

use crate::args::InstallArguments;
use crate::fetch::after_the_change;
use crate::outcome::Ended;
use crate::report::Printer;
use crate::run::{run, within};
use crate::watchdog::{self, Doing};

/// What the program is called in a directory.
const NAME: &str = "secretfetch";

/// Everyone may read and start it, and nobody changes it: the container that it is for often has another user.
const MODE: u32 = 0o555;

pub(crate) fn install(arguments: &InstallArguments, printer: &Printer) -> Result<(), Ended> {
    let path = target(&arguments.path);
    run(within(DEFAULT_TIMEOUT, async {
        check_executable(&path)?;
        let program = this_program().map_err(|error| {
            Failure::new(ErrorKind::Internal, format!("cannot read this program: {error}"))
                .with_hint("mount `/proc`, by which a program finds its own file")
        })?;
        watchdog::doing(Doing::Writing(directory_of(&path).to_owned()));
        let mode = Mode::new(MODE).map_err(|error| Failure::new(ErrorKind::Internal, error.to_string()))?;
        let report = write_file(&path, program, mode, DEFAULT_TIMEOUT).await?;
        tell(&report, printer).map_err(after_the_change)
    }))
}

/// As install(1): into a directory, or to a file of any name.
fn target(path: &Path) -> PathBuf {
    let names_directory = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    if names_directory || path.is_dir() { path.join(NAME) } else { path.to_owned() }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file that this process runs, whatever has its name by now: proc_pid_exe(5).
fn this_program() -> io::Result<Vec<u8>> {
    let path = if cfg!(target_os = "linux") { PathBuf::from("/proc/self/exe") } else { std::env::current_exe()? };
    let mut file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut program = Vec::with_capacity(length);
    file.read_to_end(&mut program)?;
    Ok(program)
}

/// An error where no program can be started from: the copy would be there, and whoever starts it would fail.
fn check_executable(path: &Path) -> Result<()> {
    // Directories that are missing will be of the file system that the first one above is of.
    let above =
        directory_of(path).ancestors().map(|path| if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let Some(found) = above.filter_map(|directory| statvfs(directory).ok()).next() else { return Ok(()) };
    if !found.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Ok(());
    }
    let what = "cannot install the program: the file system is mounted `noexec`, and nothing on it can be started";
    let hint = "take a volume without `noexec`: on Kubernetes an emptyDir with `medium: Memory`, with Docker and Podman a \
                volume in place of `--tmpfs`, which has it unless told `exec`";
    Err(Failure::new(ErrorKind::CannotWrite, what).with_file(path).with_hint(hint).into())
}

fn tell(report: &Report, printer: &Printer) -> Result<()> {
    let dynamic = "this build is linked dynamically: it starts only where the C library is that it was built with";
    let notes = if cfg!(target_feature = "crt-static") { Vec::new() } else { vec![dynamic.to_owned()] };
    notes.iter().for_each(|note| printer.note(note));
    printer.installed(report, &notes)
}
