use std::fs;
use std::path::Path;

use secretfetch::{Config, Fetcher, FileOutcome, LocalSecretStore, Plan, Report, Result};

pub(crate) fn plan(directory: &Path, files: &str) -> Plan {
    let mut config = Config::from_text(files, Path::new("")).unwrap();
    config.directory = Some(directory.to_owned());
    Plan::new(config).unwrap()
}

pub(crate) fn run(secrets: &str, directory: &Path, files: &str) -> Result<Report> {
    let plan = plan(directory, files);
    let fetcher = Fetcher::new(LocalSecretStore::from_json(secrets)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(fetcher.materialize(&plan))
}

pub(crate) fn outcomes(report: &Report) -> Vec<FileOutcome> {
    report.files.iter().map(|file| file.outcome).collect()
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
