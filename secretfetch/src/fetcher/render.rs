//! Fetched secrets to the bytes of every file, all in memory.

use std::collections::HashSet;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Failure, Result};
use crate::format::{ConvertedFile, Format};
use crate::plan::{FilePlan, Layout, Plan, RelativePath, Source};
use crate::prepared::Prepared;
use crate::report::{FileOutcome, FileReport, Report, SourceReport};
use crate::secret::{Secret, SecretRequest, StoreName};

/// What was fetched, by the requests of the plan.
struct Secrets<'a> {
    requests: &'a [SecretRequest],
    /// The store of requests that name none.
    default: &'a StoreName,
    held: Vec<Held>,
}

/// A result; a secret is kept until the last of its uses: rendered, it need not be there twice.
struct Held {
    result: Option<Result<Secret>>,
    uses: usize,
    required: bool,
}

impl<'a> Secrets<'a> {
    /// `results` has the result of each of the plan's requests, in their order.
    fn new(plan: &'a Plan, results: Vec<Result<Secret>>) -> Self {
        let held = |result| Held { result: Some(result), uses: 0, required: false };
        let mut held: Vec<Held> = results.into_iter().map(held).collect();
        for source in plan.files.iter().flat_map(|file| &file.sources) {
            let held = &mut held[source.request];
            held.uses += 1;
            held.required |= !source.optional;
        }
        Secrets { requests: plan.requests(), default: plan.store(), held }
    }

    /// Each failure once, however many files need the secret.
    fn failures(&self) -> impl Iterator<Item = &Error> {
        self.held.iter().filter_map(|held| {
            let error = held.result.as_ref()?.as_ref().err()?;
            (held.required || !is_absent(error)).then_some(error)
        })
    }

    fn request(&self, source: &Source) -> &'a SecretRequest {
        &self.requests[source.request]
    }

    fn failure(&self, source: &Source) -> Option<&Error> {
        self.held[source.request].result.as_ref()?.as_ref().err()
    }

    fn present(&self, source: &Source) -> Option<&Secret> {
        self.held[source.request].result.as_ref()?.as_ref().ok()
    }

    /// What the source's secret is made into; after its last use the secret is wiped.
    fn make<T>(&mut self, source: &Source, make: impl FnOnce(&Secret) -> T) -> Option<T> {
        let made = make(self.present(source)?);
        let held = &mut self.held[source.request];
        held.uses -= 1;
        if held.uses == 0 {
            held.result = None;
        }
        Some(made)
    }
}

/// The files of a plan, rendered and not yet written.
pub struct Rendered {
    pub(super) root: PathBuf,
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only writing has a layout"))]
    pub(super) layout: Layout,
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only what is written belongs to a name"))]
    pub(super) name: Option<String>,
    pub(super) files: Vec<RenderedFile>,
}

pub(super) struct RenderedFile {
    pub(super) prepared: Prepared,
    format: Format,
    sources: Vec<SourceReport>,
    /// What its user should know about how it is read.
    caution: Option<String>,
}

impl RenderedFile {
    /// Whether this stands for a directory of `format: files` of which no source exists: there is no file to write,
    /// and the report says so.
    pub(super) fn is_directory(&self) -> bool {
        self.format.is_files() && self.prepared.bytes.is_none()
    }
}

/// `results` has the result of each of the plan's requests, in their order.
pub(super) fn render(plan: &Plan, results: Vec<Result<Secret>>) -> Result<Rendered> {
    let mut secrets = Secrets::new(plan, results);
    let mut errors: Vec<Error> = secrets.failures().cloned().collect();
    let mut files = Vec::new();
    for file in &plan.files {
        match render_file(file, &mut secrets) {
            Ok(rendered) => files.extend(rendered),
            Err(error) => errors.push(error.map_failures(|failure| failure.with_file(file.path.shown()))),
        }
    }
    let mut seen = HashSet::new();
    let written = files.iter().filter(|file| !file.is_directory());
    for file in written.filter(|file| !seen.insert(file.prepared.path.as_str())) {
        let failure = Failure::new(ErrorKind::Unrepresentable, "a key's file and another file have this path");
        errors.push(failure.with_file(file.prepared.path.as_path()).into());
    }
    match Error::join(errors) {
        Some(error) => Err(error),
        None => Ok(Rendered { root: plan.directory.clone(), layout: plan.layout, name: plan.name.clone(), files }),
    }
}

/// Whether the secret or version does not exist: what `optional` forgives. A denial is not that.
fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::SecretNotFound | ErrorKind::VersionNotFound | ErrorKind::ScheduledForDeletion)
}

fn render_file(file: &FilePlan, secrets: &mut Secrets<'_>) -> Result<Vec<RenderedFile>> {
    let report = |source| source_report(secrets.request(source), secrets.default, secrets.present(source));
    let reports: Vec<SourceReport> = file.sources.iter().map(report).collect();
    // Failed secrets are reported already; without any there is nothing to render.
    let is_missing =
        |source: &Source| secrets.failure(source).is_some_and(|error| !(source.optional && is_absent(error)));
    if file.sources.iter().any(is_missing) {
        return Ok(Vec::new());
    }
    let mut materials = Vec::new();
    let mut errors = Vec::new();
    for (place, source) in file.sources.iter().enumerate() {
        let take = |secret: &Secret| source.taking.part().take(&secret.value, &file.conversion);
        let request = secrets.request(source);
        match secrets.make(source, take) {
            Some(Ok(material)) => materials.push((place, material.of_secret(request.secret_id()))),
            Some(Err(error)) => errors.push(about(error, request)),
            None => {}
        }
    }
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    if materials.is_empty() {
        return Ok(vec![prepared(file, file.path.clone(), None, reports)]);
    }
    let converted = file.conversion.write(materials)?;
    let caution = converted.caution;
    let mut files = Vec::new();
    for ConvertedFile { name, bytes, source } in converted.files {
        let Some(name) = name else {
            let rendered = prepared(file, file.path.clone(), Some(bytes), reports);
            return Ok(vec![RenderedFile { caution, ..rendered }]);
        };
        // A key's file names the secret that has the key: all of them in each would be their square.
        let own = source.and_then(|source| reports.get(source)).cloned().into_iter().collect();
        let path = file.path.join(&name);
        let path = path.map_err(|reason| Failure::new(ErrorKind::Unrepresentable, reason).with_key(name))?;
        files.push(prepared(file, path, Some(bytes), own));
    }
    // Those that do not exist are told once, with the first file.
    if let Some(first) = files.first_mut() {
        first.sources.extend(reports.into_iter().filter(|report| !report.found));
    }
    Ok(files)
}

fn about(error: Error, request: &SecretRequest) -> Error {
    error.map_failures(|failure| failure.with_secret_id(request.secret_id()).with_region(request.region()))
}

fn prepared(
    file: &FilePlan,
    path: RelativePath,
    bytes: Option<Zeroizing<Vec<u8>>>,
    sources: Vec<SourceReport>,
) -> RenderedFile {
    let prepared = Prepared { path, bytes, mode: file.mode, owner: file.owner };
    RenderedFile { prepared, format: file.format(), sources, caution: None }
}

/// `default` is the store of requests that name none.
fn source_report(request: &SecretRequest, default: &StoreName, secret: Option<&Secret>) -> SourceReport {
    SourceReport {
        secret_id: request.secret_id().clone(),
        store: request.store().unwrap_or(default).clone(),
        arn: secret.and_then(|secret| secret.arn.clone()),
        region: request.region().cloned(),
        version_id: secret.and_then(|secret| secret.version_id.clone()),
        version_stages: secret.map(|secret| secret.version_stages.clone()).unwrap_or_default(),
        found: secret.is_some(),
    }
}

impl Rendered {
    /// The bytes of each file by its path, in the plan's order; no bytes for one that shall not exist.
    pub fn expose_files(&self) -> impl Iterator<Item = (&std::path::Path, Option<&[u8]>)> {
        self.files.iter().map(|file| {
            let bytes = file.prepared.bytes.as_ref().map(|bytes| bytes.as_slice());
            (file.prepared.path.as_path(), bytes)
        })
    }

    /// What writing would leave behind; nothing has been compared with what is there.
    pub fn report(&self) -> Report {
        let reports = self.files.iter().map(|file| {
            let skipped = file.prepared.bytes.is_none();
            self.file_report(file, if skipped { FileOutcome::Skipped } else { FileOutcome::Checked })
        });
        Report { files: reports.collect(), notes: self.cautions().collect() }
    }

    pub(super) fn cautions(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|file| {
            let path = crate::text::quoted(&file.prepared.path.to_string());
            Some(format!("{path}: {}", file.caution.as_ref()?))
        })
    }

    pub(super) fn file_report(&self, file: &RenderedFile, outcome: FileOutcome) -> FileReport {
        FileReport {
            path: self.root.join(file.prepared.path.as_path()),
            outcome,
            format: file.format.name(),
            dialect: file.format.dialect(),
            bytes: file.prepared.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            mode: file.prepared.mode,
            sources: file.sources.clone(),
        }
    }
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.files.iter().map(|file| file.prepared.path.as_path())).finish()
    }
}
