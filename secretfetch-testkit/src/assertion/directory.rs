//! Assertions on everything that is in a directory.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Panics unless the directory holds these files and no others, hidden ones and those in
/// subdirectories included: nothing is left over from a staged write.
///
/// The files are named by their paths relative to `directory`. A symlink counts as one file and is not
/// followed; an empty subdirectory is named with a final `/`.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// # std::fs::create_dir(directory.path().join("tls"))?;
/// # std::fs::write(directory.path().join("app.env"), "")?;
/// # std::fs::write(directory.path().join("tls/key.pem"), "")?;
/// secretfetch_testkit::assert_only_files(directory.path(), ["app.env", "tls/key.pem"]);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// If a file is missing, another is there, or the directory cannot be read.
#[track_caller]
pub fn assert_only_files<'a>(directory: impl AsRef<Path>, expected: impl IntoIterator<Item = &'a str>) {
    let directory = directory.as_ref();
    let mut actual = BTreeSet::new();
    if let Err(error) = list(directory, "", &mut actual) {
        panic!("{}: {error}", directory.display());
    }
    let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
    let missing: Vec<_> = expected.difference(&actual).collect();
    let left_over: Vec<_> = actual.difference(&expected).collect();
    assert!(
        missing.is_empty() && left_over.is_empty(),
        "{}: missing {missing:?}, left over {left_over:?}",
        directory.display()
    );
}

fn list(directory: &Path, prefix: &str, files: &mut BTreeSet<String>) -> io::Result<()> {
    let mut empty = true;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        empty = false;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    if empty && !prefix.is_empty() {
        files.insert(prefix.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = r#"missing ["b"], left over [".a.tmp", "empty/"]"#]
    fn leftovers_and_gaps_are_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(".a.tmp"), "").unwrap();
        fs::create_dir(directory.path().join("empty")).unwrap();
        assert_only_files(directory.path(), ["b"]);
    }

    #[test]
    fn a_symlink_is_one_file() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("..1")).unwrap();
        fs::write(directory.path().join("..1/a"), "").unwrap();
        std::os::unix::fs::symlink("..1", directory.path().join("..data")).unwrap();
        assert_only_files(directory.path(), ["..1/a", "..data"]);
    }
}
