//! The termination message: what `kubectl describe pod` shows of a container that failed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use secretfetch::{Error, Failure};

use super::exit_code::docs;
use crate::escape::one_line;

/// Kubernetes keeps 4096 bytes of it.
const LONGEST: usize = 4096;

/// The header's share of the first 1024 bytes, which are what is left of a message where a pod has twelve containers
/// (the kubelet divides 12 KiB among them).
const LONGEST_HEADER: usize = 300;

/// The share of one failure, so that the first one ends within these 1024 bytes.
const LONGEST_LINE: usize = 700;

/// Tells about a command that failed.
pub(crate) fn failed(error: &Error, code: u8) {
    write(&summary(error, code));
}

/// Tells about a command that a signal ended.
pub(crate) fn ended(message: &str, code: u8) {
    write(&format!("exit {code}: {message}\n"));
}

/// Writes the message where the kubelet reads it. Without that file nobody reads it; one that the user names is made.
fn write(message: &str) {
    let moved = std::env::var_os("SECRETFETCH_TERMINATION_LOG").filter(|path| !path.is_empty());
    let create = moved.is_some();
    let path = moved.unwrap_or_else(|| "/dev/termination-log".into());
    let message = &message[..message.floor_char_boundary(LONGEST)];
    // There is nobody left to tell that even this failed.
    let _ = replace(Path::new(&path), create, message.as_bytes());
}

/// Replaces the content of a regular file, and of nothing else: a FIFO without a reader would hold the exit, and a
/// link could lead to a file that is not for us.
fn replace(path: &Path, create: bool, content: &[u8]) -> std::io::Result<()> {
    let careful = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.write(true).create(create).truncate(false).custom_flags(careful.bits().cast_signed());
    let mut file = options.open(path)?;
    // ftruncate(2) refuses what is not a regular file.
    file.set_len(0)?;
    file.write_all(content)
}

/// The exit code, and the failures that fit: what a person must mend first stands first.
fn summary(error: &Error, code: u8) -> String {
    let failures: Vec<&Failure> = error.by_precedence().collect();
    let mut text = header(error, code, &failures);
    text.push('\n');
    for (shown, failure) in failures.iter().enumerate() {
        let line = format!("- {}\n", shortened(&one_line(&failure.to_string()), LONGEST_LINE));
        let room_for_rest = match failures.len() - shown - 1 {
            0 => 0,
            rest => more(rest).len(),
        };
        if text.len() + line.len() + room_for_rest > LONGEST {
            text.push_str(&more(failures.len() - shown));
            break;
        }
        text.push_str(&line);
    }
    text
}

fn header(error: &Error, code: u8, failures: &[&Failure]) -> String {
    let kind = error.kind();
    let mut text = format!("exit {code} ({}), see {}", kind.name(), docs(kind));
    if failures.len() > 1 {
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        for failure in failures {
            let name = failure.kind().name();
            match kinds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => kinds.push((name, 1)),
            }
        }
        let kinds: Vec<String> = kinds.iter().map(|(name, count)| format!("{count} {name}")).collect();
        text.push_str(&format!("; {} failures: {}", failures.len(), kinds.join(", ")));
    }
    shortened(&text, LONGEST_HEADER)
}

fn more(failures: usize) -> String {
    format!("… and {failures} more\n")
}

/// The line in at most `longest` bytes. What is left out is in the middle: a failure starts with what it is about, and
/// ends with what to do.
fn shortened(line: &str, longest: usize) -> String {
    const GAP: &str = " … ";
    if line.len() <= longest {
        return line.to_owned();
    }
    let room = longest - GAP.len();
    let end = room / 3;
    let start = &line[..line.floor_char_boundary(room - end)];
    format!("{start}{GAP}{}", &line[line.ceil_char_boundary(line.len() - end)..])
}

#[cfg(test)]
mod tests {
    use super::super::exit_code;
    use super::*;
    use secretfetch::ErrorKind;

    fn summary_of(error: &Error) -> String {
        summary(error, exit_code(error))
    }

    fn joined(failures: impl IntoIterator<Item = Failure>) -> Error {
        Error::join(failures.into_iter().map(Error::from)).unwrap()
    }

    #[test]
    fn what_must_be_mended_first_stands_first() {
        let text = summary_of(&joined([
            Failure::new(ErrorKind::Throttled, "slow down"),
            Failure::new(ErrorKind::AccessDenied, "not allowed").with_hint("allow it"),
            Failure::new(ErrorKind::Throttled, "slow down, too"),
        ]));
        assert_eq!(
            text,
            "exit 4 (accessDenied), see docs/errors.md#accessdenied; 3 failures: 1 accessDenied, 2 throttled\n\
             - not allowed; allow it\n- slow down\n- slow down, too\n"
        );
    }

    #[test]
    fn a_long_list_is_cut_at_a_whole_line_and_says_how_many_are_missing() {
        for count in [10, 99, 100, 101, 1000, 12_345] {
            let failure = |n| Failure::new(ErrorKind::KeyNotFound, format!("ключ {n} отсутствует в секрете"));
            let text = summary_of(&joined((0..count).map(failure)));
            assert!(text.len() <= LONGEST, "{}", text.len());
            let lines: Vec<&str> = text.lines().collect();
            let shown = lines.iter().filter(|line| line.starts_with("- ") && line.ends_with("секрете")).count();
            let rest = lines.last().unwrap().strip_prefix("… and ").and_then(|rest| rest.strip_suffix(" more"));
            let rest: usize = rest.map_or(0, |rest| rest.parse().unwrap());
            assert_eq!(shown + rest, count);
            assert_eq!(lines.len(), 1 + shown + usize::from(rest > 0));
            // As full as it can be: the next line would not have fitted.
            assert!(rest == 0 || text.len() > LONGEST - 100, "{}", text.len());
        }
    }

    #[test]
    fn the_first_failure_is_whole_within_the_first_kilobyte() {
        let every = ErrorKind::ALL.iter().map(|&kind| {
            Failure::new(kind, format!("begins {} ends", "ä".repeat(3000))).with_hint("this is what to do")
        });
        let text = summary_of(&joined(every));
        let first = &text[..text.floor_char_boundary(1024)];
        assert!(first.starts_with("exit 1 (internal), see docs/errors.md#internal; 22 failures: "), "{first}");
        let failure = first.lines().nth(1).unwrap();
        assert!(failure.starts_with("- begins ä") && failure.contains(" … ä"), "{failure}");
        assert!(first.contains("ä ends; this is what to do\n"), "{first}");
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let text = summary_of(&joined([Failure::new(ErrorKind::Config, "a\n- forged\u{1b}[2J")]));
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}'));
    }
}
