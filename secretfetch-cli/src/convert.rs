//! `convert`: a secret's text from standard input to a format on standard output.

use std::io::Read as _;

use secretfetch::{ErrorKind, Failure, Result, SecretValue, SourceConfig};

use crate::args::ConvertArguments;
use crate::outcome::usage;
use crate::output::write_output;
use crate::plan;
use crate::report::Printer;

/// A secret of Secrets Manager has at most 64 KiB; what is larger than this `fetch` refuses as well.
const LARGEST_INPUT: u64 = 1 << 20;

pub(crate) fn convert(arguments: &ConvertArguments, printer: &Printer) -> Result<()> {
    let format = plan::format(&arguments.conversion)?;
    if let Some(given) = arguments.conversion.format.as_ref().filter(|_| format.is_files()) {
        let what = given.origin.with("files");
        let failure = usage(format!("{what} writes a directory, and `convert` writes no files"));
        return Err(failure.with_hint("use `secretfetch fetch --format files --output DIR`").into());
    }
    // What is taken of the secret is said as for a file's source; the id is a placeholder that nothing prints.
    let source = SourceConfig::new("stdin".parse()?);
    let file = plan::conversion_file(&arguments.conversion, source)?;
    file.check()?;
    let converted = file.convert(&read_input()?)?;
    converted.expose_files().try_for_each(|(_, bytes)| write_output(bytes))?;
    if let Some(caution) = converted.caution() {
        printer.note(caution);
    }
    Ok(())
}

fn read_input() -> Result<SecretValue> {
    crate::hardening::forbid_attaching();
    let failure = |message: String| Failure::new(ErrorKind::Config, message);
    let mut bytes = Vec::with_capacity(64 << 10);
    let read = std::io::stdin().lock().take(LARGEST_INPUT + 1).read_to_end(&mut bytes);
    read.map_err(|error| failure(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(failure("standard input has more than 1 MiB".to_owned()).into());
    }
    Ok(match String::from_utf8(bytes) {
        Ok(text) => SecretValue::from_text(text),
        Err(error) => SecretValue::from_binary(error.into_bytes()),
    })
}
