//! As many secrets as one run may have to hold, each as long as Secrets Manager lets it be, in every format.

use std::fmt::Write as _;
use std::path::Path;

use secretfetch::Format;

use crate::contender;
use crate::measure;
use crate::outcome::Result;
use crate::scene::{Distance, Scene};

const SECRETS: usize = 1000;
/// The longest secret of Secrets Manager.
const BYTES: usize = 64 << 10;
/// So many values has each; none is longer than the longest line of `docker`.
const VALUES: usize = 16;
/// So many secrets go into one file, which is not longer than a file may be then.
const TOGETHER: usize = 200;

/// What a run needed to write all secrets in one format.
pub(crate) struct Peak {
    pub(crate) format: String,
    pub(crate) written_kib: u64,
    pub(crate) kib: u64,
}

/// One run for each format and dialect, and one for all formats at once.
pub(crate) fn peaks(binary: &Path) -> Result<Vec<Peak>> {
    let scene = Scene::holding(SECRETS, value, Distance::Near)?;
    let mut of_each: Vec<(String, String)> = Vec::new();
    for &format in Format::NAMES.iter().filter(|format| holds_every_value(format)) {
        match Format::dialects(format).as_slice() {
            [] => of_each.push((format.to_owned(), files(format, None))),
            dialects => {
                let name = |dialect| format!("{format}, {dialect}");
                of_each.extend(dialects.iter().map(|dialect| (name(dialect), files(format, Some(dialect)))));
            }
        }
    }
    let all = of_each.iter().filter(|(name, _)| !name.starts_with("env, ") || name == "env, dotenv");
    let all: String = all.map(|(_, files)| files.as_str()).collect();
    of_each.push(("every format".to_owned(), all));
    of_each.into_iter().map(|(format, files)| peak(binary, &scene, format, &files)).collect()
}

/// Whether a file of this format has all that its secrets have. A template has what its author writes into it; the files of
/// logins and of certificates have a few short values of each.
fn holds_every_value(format: &str) -> bool {
    let is_login = Format::parse(format, None).is_ok_and(|format| format.is_login());
    !is_login && !["template", "pem", "pkcs12"].contains(&format)
}

fn peak(binary: &Path, scene: &Scene, format: String, files: &str) -> Result<Peak> {
    let config = "volume.yaml";
    std::fs::write(scene.path(config), format!("directory: out\nfiles:\n{files}"))?;
    let ours = contender::ours_with_config(binary, config, scene);
    let kib = measure::peak_memory(&ours, scene)?;
    Ok(Peak { format, written_kib: bytes_below(&scene.path("out"))? / 1024, kib })
}

/// A JSON object of as many bytes as fit, whose values no format refuses.
fn value(n: usize) -> String {
    let length = BYTES / VALUES - 32;
    let members: Vec<_> = (0..VALUES).map(|m| format!(r#""value{m}":"{}""#, text(n, m, length))).collect();
    format!("{{{}}}", members.join(","))
}

/// Text with blanks, so that every format that has quotes needs them.
fn text(n: usize, m: usize, length: usize) -> String {
    let mut text = format!("secret {n} value {m} ");
    while text.len() < length {
        text.push_str("correct horse battery staple ");
    }
    text.truncate(length - 1);
    text.push('.');
    text
}

/// The files of a configuration that has all secrets in one format.
fn files(format: &str, dialect: Option<&str>) -> String {
    let mut files = String::new();
    let dialect = dialect.map_or(String::new(), |dialect| format!("    dialect: {dialect}\n"));
    let name = format!("{format}-{}", dialect.trim().rsplit(' ').next().unwrap_or_default());
    if Format::parse(format, None).is_ok_and(|format| format.is_raw()) {
        for n in 0..SECRETS {
            let _ = writeln!(files, "  - {{path: {name}/s{n}, secretId: s{n}}}");
        }
        return files;
    }
    for first in (0..SECRETS).step_by(TOGETHER) {
        let _ = write!(files, "  - path: {name}/{first}\n    format: {format}\n{dialect}    from:\n");
        for n in first..SECRETS.min(first + TOGETHER) {
            let _ = writeln!(files, "      - {{secretId: s{n}, prefix: S{n}_}}");
        }
    }
    files
}

fn bytes_below(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
