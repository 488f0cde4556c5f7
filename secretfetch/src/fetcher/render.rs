//! Fetched secrets to the bytes of every file, all in memory.

use std::collections::HashSet;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::environment::{EnvironmentVariable, RenderedEnvironment};
use super::retry::Answers;
use super::search;
use crate::entries::FoundSecret;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::format::{Conversion, Converted, ConvertedFile, Format, Material};
use crate::plan::{Content, EnvironmentPlan, FilePlan, Layout, Place, Plan, RelativePath, Source};
use crate::prepared::Prepared;
use crate::report::{EnvironmentReport, FileOutcome, FileReport, Report, SourceReport};
use crate::secret::{Secret, SecretId, SecretRequest};
use crate::store::Find;

/// What was fetched and found, by what the plan asks for.
struct Secrets<'a> {
    plan: &'a Plan,
    fetched: Vec<Held<Secret>>,
    found: Vec<Held<Vec<Secret>>>,
}

/// A result; a secret is kept until the last of its uses: rendered, it need not be there twice.
struct Held<T> {
    result: Option<Result<T>>,
    uses: usize,
    required: bool,
}

impl<T> Held<T> {
    fn all(results: Vec<Result<T>>) -> Vec<Self> {
        results.into_iter().map(|result| Held { result: Some(result), uses: 0, required: false }).collect()
    }

    fn note_use(&mut self, source: &Source) {
        self.uses += 1;
        self.required |= !source.optional;
    }

    fn failure(&self) -> Option<&Error> {
        self.result.as_ref()?.as_ref().err()
    }

    fn present(&self) -> Option<&T> {
        self.result.as_ref()?.as_ref().ok()
    }

    /// What is made of it; after its last use it is wiped.
    fn make<M>(&mut self, make: impl FnOnce(&T) -> M) -> Option<M> {
        let made = make(self.present()?);
        self.uses -= 1;
        if self.uses == 0 {
            self.result = None;
        }
        Some(made)
    }

    /// The failure, unless every use forgives it.
    fn told(&self) -> Option<&Error> {
        self.failure().filter(|error| self.required || !is_absent(error))
    }
}

impl<'a> Secrets<'a> {
    fn new(plan: &'a Plan, answers: Answers) -> Self {
        let mut secrets = Secrets { plan, fetched: Held::all(answers.secrets), found: Held::all(answers.found) };
        for source in plan.contents().flat_map(|content| &content.sources) {
            match source.place() {
                Place::Request(place) => secrets.fetched[place].note_use(source),
                Place::Find(place) => secrets.found[place].note_use(source),
            }
        }
        secrets
    }

    /// Each failure once, however many files need the secret.
    fn failures(&self) -> impl Iterator<Item = &Error> {
        self.fetched.iter().filter_map(Held::told).chain(self.found.iter().filter_map(Held::told))
    }

    fn failure(&self, source: &Source) -> Option<&Error> {
        match source.place() {
            Place::Request(place) => self.fetched[place].failure(),
            Place::Find(place) => self.found[place].failure(),
        }
    }

    /// Adds the source's secrets to the report: one that was asked for by its id, whether it is there or not, and all that
    /// were found.
    fn report(&self, source: &Source, reports: &mut Vec<SourceReport>) {
        match source.place() {
            Place::Request(place) => reports.push(self.report_of(place)),
            Place::Find(place) => {
                let find = &self.plan.finds()[place];
                let found = self.found[place].present().into_iter().flatten();
                reports.extend(found.filter_map(|secret| self.report_of_found(find, secret)));
            }
        }
    }

    /// How many reports a source has.
    fn count(&self, source: &Source) -> usize {
        match source.place() {
            Place::Request(_) => 1,
            Place::Find(place) => self.found[place].present().map_or(0, Vec::len),
        }
    }

    fn report_of(&self, place: usize) -> SourceReport {
        let (request, secret) = (&self.plan.requests()[place], self.fetched[place].present());
        SourceReport {
            secret_id: request.secret_id().clone(),
            store: request.store().unwrap_or(self.plan.store()).clone(),
            arn: secret.and_then(|secret| secret.arn.clone()),
            region: secret.and_then(|secret| secret.region.as_ref()).or(request.region()).cloned(),
            version_id: secret.and_then(|secret| secret.version_id.clone()),
            version_stages: secret.map(|secret| secret.version_stages.clone()).unwrap_or_default(),
            found: secret.is_some(),
        }
    }

    fn report_of_found(&self, find: &Find, secret: &Secret) -> Option<SourceReport> {
        Some(SourceReport {
            secret_id: secret.name.parse().ok()?,
            store: find.store().unwrap_or(self.plan.store()).clone(),
            arn: secret.arn.clone(),
            region: secret.region.as_ref().or(find.region()).cloned(),
            version_id: secret.version_id.clone(),
            version_stages: secret.version_stages.clone(),
            found: true,
        })
    }

    /// What a conversion takes of the source's secrets, if they are there.
    fn take(&mut self, source: &Source, conversion: &Conversion) -> Option<Result<Material>> {
        let part = source.taking.part();
        match source.place() {
            Place::Request(place) => {
                let request = &self.plan.requests()[place];
                let taken = self.fetched[place].make(|secret| part.take(&secret.value, conversion))?;
                let taken = taken.map(|material| material.of_secret(request.secret_id()));
                Some(taken.map_err(|error| about(error, request)))
            }
            Place::Find(place) => {
                let find = &self.plan.finds()[place];
                let take = |secrets: &Vec<Secret>| part.take_found(&members(secrets, find)?, conversion);
                let taken = self.found[place].make(take)?;
                Some(taken.map_err(|error| search::about(error, find)))
            }
        }
    }
}

/// Found secrets by their names without the prefix.
fn members(secrets: &[Secret], find: &Find) -> Result<Vec<FoundSecret>> {
    let member = |secret: &Secret| {
        let fail = |message: String| Error::from(Failure::new(ErrorKind::Unrepresentable, message));
        let id = secret.name.parse::<SecretId>().map_err(|error| fail(error.to_string()))?;
        let name = secret.name.strip_prefix(find.prefix()).ok_or_else(|| {
            let failure = Failure::new(ErrorKind::Internal, "the store found it, and its name does not begin so");
            Error::from(failure.with_secret_id(&id))
        })?;
        Ok(FoundSecret { name: name.to_owned(), id, value: secret.value.clone() })
    };
    secrets.iter().map(member).collect()
}

/// The files of a plan, rendered and not yet written, and its environment.
pub struct Rendered {
    pub(super) root: PathBuf,
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only writing has a layout"))]
    pub(super) layout: Layout,
    #[cfg_attr(not(feature = "files"), expect(dead_code, reason = "only what is written belongs to a name"))]
    pub(super) name: Option<String>,
    pub(super) files: Vec<RenderedFile>,
    environment: Option<RenderedEnvironment>,
}

pub(super) struct RenderedFile {
    pub(super) prepared: Prepared,
    format: Format,
    sources: Vec<SourceReport>,
    /// What its user should know about how it is read.
    caution: Option<String>,
    /// That some of the entries are nowhere in it.
    unused: Option<String>,
}

impl RenderedFile {
    /// Whether this stands for a directory of `format: files` of which no source exists: there is no file to write,
    /// and the report says so.
    pub(super) fn is_directory(&self) -> bool {
        self.format.is_files() && self.prepared.bytes.is_none()
    }

    /// What there is to say, with the path.
    fn note(&self, what: Option<&str>) -> Option<String> {
        Some(format!("{}: {}", crate::text::quoted(&self.prepared.path.to_string()), what?))
    }
}

/// `answers` has what the plan asked for, in its order.
pub(super) fn render(plan: &Plan, answers: Answers) -> Result<Rendered> {
    let mut secrets = Secrets::new(plan, answers);
    let mut errors: Vec<Error> = secrets.failures().cloned().collect();
    let mut files = Vec::new();
    for file in &plan.files {
        match render_file(file, &mut secrets) {
            Ok(rendered) => files.extend(rendered),
            Err(error) => errors.push(error.map_failures(|failure| failure.with_file(file.path.shown()))),
        }
    }
    let environment = plan
        .environment
        .as_ref()
        .and_then(|environment| render_environment(environment, &mut secrets).map_err(|error| errors.push(error)).ok());
    errors.extend(overlaps(&files));
    match Error::join(errors) {
        Some(error) => Err(error),
        None => {
            let (root, layout, name) = (plan.directory.clone(), plan.layout, plan.name.clone());
            Ok(Rendered { root, layout, name, files, environment })
        }
    }
}

/// Files with one path, or one where another's directory is: the plan knows no names of `format: files`.
fn overlaps(files: &[RenderedFile]) -> Vec<Error> {
    let mut seen = HashSet::with_capacity(files.len());
    let mut errors = Vec::new();
    let written = || files.iter().filter(|file| !file.is_directory());
    for file in written().filter(|file| !seen.insert(file.prepared.path.as_str())) {
        let failure = Failure::new(ErrorKind::Unrepresentable, "a key's file and another file have this path");
        errors.push(failure.with_file(file.prepared.path.as_path()).into());
    }
    if !files.iter().any(|file| file.format.is_files()) {
        return errors;
    }
    for file in written() {
        if let Some(above) = file.prepared.path.and_above().skip(1).find(|above| seen.contains(above)) {
            let above = crate::text::quoted(above);
            let failure =
                Failure::new(ErrorKind::Unrepresentable, format!("the file {above} stands where its directory is"));
            errors.push(failure.with_file(file.prepared.path.as_path()).with_hint("rename one under `keys`").into());
        }
    }
    errors
}

/// Whether the secret or version does not exist: what `optional` forgives. A denial is not that.
fn is_absent(error: &Error) -> bool {
    error.kind().is_absence()
}

/// What becomes of the secrets of a file, or of the environment.
enum Made {
    /// One of them failed, which is told already: there is nothing to make.
    Nothing,
    /// Of the secrets, with a report of each.
    Of(Option<Converted>, Vec<SourceReport>),
}

fn make(content: &Content, secrets: &mut Secrets<'_>) -> Result<Made> {
    let mut reports = Vec::with_capacity(content.sources.len());
    content.sources.iter().for_each(|source| secrets.report(source, &mut reports));
    let is_missing =
        |source: &Source| secrets.failure(source).is_some_and(|error| !(source.optional && is_absent(error)));
    if content.sources.iter().any(is_missing) {
        return Ok(Made::Nothing);
    }
    let mut materials = Vec::new();
    let mut errors = Vec::new();
    // Where the reports of a source begin.
    let mut next = 0;
    for source in &content.sources {
        let first = next;
        next += secrets.count(source);
        match secrets.take(source, &content.conversion) {
            Some(Ok(material)) => materials.push((first, material)),
            Some(Err(error)) => errors.push(error),
            None => {}
        }
    }
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    let converted = if materials.is_empty() { None } else { Some(content.conversion.write(materials)?) };
    Ok(Made::Of(converted, reports))
}

fn render_file(file: &FilePlan, secrets: &mut Secrets<'_>) -> Result<Vec<RenderedFile>> {
    let (converted, reports) = match make(&file.content, secrets)? {
        Made::Nothing => return Ok(Vec::new()),
        Made::Of(None, reports) => return Ok(vec![prepared(file, file.path.clone(), None, reports)]),
        Made::Of(Some(converted), reports) => (converted, reports),
    };
    let (caution, unused) = (converted.caution, converted.unused);
    let mut files = Vec::new();
    for ConvertedFile { name, bytes, source } in converted.files {
        let Some(name) = name else {
            let rendered = prepared(file, file.path.clone(), Some(bytes), reports);
            return Ok(vec![RenderedFile { caution, unused, ..rendered }]);
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

fn render_environment(environment: &EnvironmentPlan, secrets: &mut Secrets<'_>) -> Result<RenderedEnvironment> {
    let Made::Of(converted, sources) = make(&environment.content, secrets)? else {
        return Ok(RenderedEnvironment::default());
    };
    let variable = |file: ConvertedFile| {
        let source = file.source.and_then(|source| sources.get(source));
        EnvironmentVariable {
            name: file.name.unwrap_or_default(),
            value: file.bytes,
            secret_id: source.map(|source| source.secret_id.clone()),
        }
    };
    let files = converted.map(|converted| converted.files).unwrap_or_default();
    Ok(RenderedEnvironment { variables: files.into_iter().map(variable).collect(), sources })
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
    RenderedFile { prepared, format: file.format(), sources, caution: None, unused: None }
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
        let unused = self.files.iter().filter_map(|file| file.note(file.unused.as_deref()));
        self.with_environment(reports.collect(), self.cautions().chain(unused).collect())
    }

    /// The environment of the program that starts next; nothing in it if the plan has none.
    pub fn expose_environment(&self) -> &[EnvironmentVariable] {
        self.environment.as_ref().map_or(&[], |environment| &environment.variables)
    }

    /// The report of these files, and of the environment.
    pub(super) fn with_environment(&self, files: Vec<FileReport>, notes: Vec<String>) -> Report {
        let environment = self.environment.as_ref().map(|environment| EnvironmentReport {
            variables: environment.variables.iter().map(|variable| variable.name.clone()).collect(),
            sources: environment.sources.clone(),
        });
        Report { files, environment, notes }
    }

    pub(super) fn cautions(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|file| file.note(file.caution.as_deref()))
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
