//! The plan: a configuration that has been checked as far as that needs no network.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::config::{Config, FileConfig, Layout, is_name};
use super::environment::{EnvironmentConfig, OnConflict};
use super::permission::{Mode, Owner};
use super::source::{Content, Place, Source, Taking};
use super::source_config::SourceSecrets;
use super::stores::{Question, Resolved};
use super::target::RelativePath;
use super::watch::WatchConfig;
use crate::entries::{Flattening, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::format::{Conversion, Converted, Format};
use crate::secret::{Region, SecretRequest, SecretValue, StoreName};
use crate::store::{BatchMode, Defaults, Find, StoreConfig, StoreKinds, Stores};

/// The time for a whole run where nothing else is said.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// What to fetch and what to leave behind, checked as far as that needs no network.
///
/// ```
/// use secretfetch::{Config, Plan};
///
/// let config = Config::from_text("files: [{path: app.env, format: env, secretId: prod/db}]", "/etc".as_ref())?;
/// let plan = Plan::new(config)?;
/// assert_eq!(plan.requests().len(), 1);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) directory: PathBuf,
    pub(crate) layout: Layout,
    pub(crate) name: Option<String>,
    pub(crate) files: Vec<FilePlan>,
    pub(crate) environment: Option<EnvironmentPlan>,
    requests: Vec<SecretRequest>,
    finds: Vec<Find>,
    store: StoreName,
    /// Those that a request goes to, or that another store needs.
    stores: Vec<(StoreName, Arc<dyn StoreConfig>)>,
    unused_stores: Vec<StoreName>,
    region: Option<Region>,
    profile: Option<String>,
    timeout: Duration,
    batch: BatchMode,
    watch: WatchConfig,
}

/// The environment of a program.
#[derive(Clone, Debug)]
pub(crate) struct EnvironmentPlan {
    pub(crate) content: Content,
    on_conflict: OnConflict,
}

/// One file to be written.
#[derive(Clone, Debug)]
pub(crate) struct FilePlan {
    pub(crate) path: RelativePath,
    pub(crate) content: Content,
    pub(crate) mode: Mode,
    pub(crate) owner: Option<Owner>,
}

impl FilePlan {
    pub(crate) fn format(&self) -> Format {
        self.content.conversion.format
    }
}

impl Plan {
    /// The time for a run whose configuration gives none.
    pub const DEFAULT_TIMEOUT: Duration = DEFAULT_TIMEOUT;

    /// Checks a configuration: formats, options that fit them, paths, names that collide.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], with a failure for everything that is wrong.
    pub fn new(config: Config) -> Result<Self> {
        let mut errors = Vec::new();
        let mut files = Vec::with_capacity(config.files.len());
        let mut questions = Questions::default();
        let mut stores = Resolved::of(&config, &StoreKinds::default());
        let mut asked = stores.asked();
        errors.extend(stores.mistakes().into_iter().map(Error::from));
        if config.files.is_empty() && config.environment.is_none() {
            errors.push(wrong("the configuration has no `files` and no `environment`").into());
        }
        for file in &config.files {
            let places = asked.by_ref().take(file.sources.len()).map(|asked| questions.place(asked));
            match file_plan(file, &config, places) {
                Ok(file) => files.push(file),
                Err(error) => errors.push(error.map_failures(|failure| failure.with_file(&file.path))),
            }
        }
        let environment = config.environment.as_ref().and_then(|environment| {
            let content = content(&as_file(environment), "the environment", asked.map(|asked| questions.place(asked)));
            let content = content.map_err(|error| errors.push(error)).ok()?;
            Some(EnvironmentPlan { content, on_conflict: environment.on_conflict })
        });
        errors.extend(overlaps(&files));
        errors.extend(config.name.as_deref().filter(|name| !is_name(name)).map(|_| {
            let failure = wrong("`name` is not valid");
            Error::from(failure.with_hint("it has 1 to 255 bytes, and no control characters"))
        }));
        errors.extend(config.watch.mistakes().map(Error::from));
        if let Some(error) = Error::join(errors) {
            return Err(error);
        }
        let unused_stores = stores.unused(&config);
        Ok(Plan {
            directory: config.directory.unwrap_or_else(|| PathBuf::from(".")),
            layout: config.layout,
            name: config.name,
            files,
            environment,
            requests: questions.requests.in_order(),
            finds: questions.finds,
            store: stores.default().clone(),
            unused_stores,
            stores: stores.used().collect(),
            region: config.region,
            profile: config.profile,
            timeout: config.timeout.unwrap_or(DEFAULT_TIMEOUT),
            batch: config.batch,
            watch: config.watch,
        })
    }

    /// What every file is made of, and then the environment.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Content> {
        let of_environment = self.environment.iter().map(|environment| &environment.content);
        self.files.iter().map(|file| &file.content).chain(of_environment)
    }

    /// The requests of all files, and of the environment, each once, in the order of their first use.
    pub fn requests(&self) -> &[SecretRequest] {
        &self.requests
    }

    /// What is looked for, of all files and of the environment, each once, in the order of their first use.
    pub fn finds(&self) -> &[Find] {
        &self.finds
    }

    /// The store of requests and finds that name none.
    pub fn store(&self) -> &StoreName {
        &self.store
    }

    /// The stores that have the secrets of requests and finds, and those that it takes to open them, by name.
    pub fn stores(&self) -> impl Iterator<Item = (&StoreName, &dyn StoreConfig)> {
        self.stores.iter().map(|(name, store)| (name, &**store))
    }

    /// The stores that the configuration has and no source names.
    pub fn unused_stores(&self) -> &[StoreName] {
        &self.unused_stores
    }

    /// The stores, none of them open yet.
    pub(crate) fn closed_stores(&self) -> Stores {
        let defaults = Defaults { region: self.region.clone(), profile: self.profile.clone() };
        Stores::configured(self.store.clone(), self.stores.iter().cloned(), defaults)
    }

    /// The region of requests that name none.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The directory that every path is under.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The paths of the files, under [`directory`](Plan::directory).
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|file| file.path.as_path())
    }

    /// Which value a variable has that is in the environment already; nothing without an environment.
    pub fn on_conflict(&self) -> Option<OnConflict> {
        self.environment.as_ref().map(|environment| environment.on_conflict)
    }

    /// The time for the whole run.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Whether secrets may be asked for in batches.
    pub fn batch(&self) -> BatchMode {
        self.batch
    }

    /// How the files are kept fresh.
    pub fn watch(&self) -> &WatchConfig {
        &self.watch
    }

    /// The files in the portable env dialect, which may refuse a password that rotation brings.
    pub fn portable_env_files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(|file| file.format().is_portable_env()).map(|file| file.path.as_path())
    }
}

/// What is asked, each question once.
#[derive(Default)]
struct Questions {
    requests: Requests,
    /// Few, if any.
    finds: Vec<Find>,
}

impl Questions {
    fn place(&mut self, question: Question) -> Place {
        match question {
            Question::Request(request) => Place::Request(self.requests.place(request)),
            Question::Find(find) => {
                Place::Find(self.finds.iter().position(|known| *known == find).unwrap_or_else(|| {
                    self.finds.push(find);
                    self.finds.len() - 1
                }))
            }
        }
    }
}

/// The requests, each with its place among them.
#[derive(Default)]
struct Requests(HashMap<SecretRequest, usize>);

impl Requests {
    fn place(&mut self, request: SecretRequest) -> usize {
        let next = self.0.len();
        *self.0.entry(request).or_insert(next)
    }

    fn in_order(self) -> Vec<SecretRequest> {
        let mut placed: Vec<_> = self.0.into_iter().collect();
        placed.sort_unstable_by_key(|&(_, place)| place);
        placed.into_iter().map(|(request, _)| request).collect()
    }
}

fn wrong(message: impl Into<String>) -> Failure {
    Failure::new(ErrorKind::Config, message)
}

/// `places` has the place of what each source asks for.
fn file_plan(file: &FileConfig, config: &Config, places: impl Iterator<Item = Place>) -> Result<FilePlan> {
    let mut errors: Vec<Error> = Vec::new();
    let in_place = file.path == "." && file.format.is_files();
    let path = if in_place { Ok(RelativePath::root()) } else { RelativePath::new(&file.path) };
    let path = path.map_err(|reason| errors.push(wrong(reason).into()));
    let content = content(file, "the file", places).map_err(|error| errors.push(error));
    let mode = file.mode.or(config.mode).unwrap_or_else(|| usual_mode(file.format));
    if file.format.must_be_private() && mode.bits() & 0o077 != 0 {
        let what = format!(
            "`{}` with the mode {mode}: its reader passes over a file that others may open",
            file.format.name()
        );
        errors.push(wrong(what).with_hint("`mode: \"0600\"` for this file, or no `mode` at all").into());
    }
    match (path, content) {
        (Ok(path), Ok(content)) if errors.is_empty() => {
            Ok(FilePlan { path, content, mode, owner: file.owner.or(config.owner) })
        }
        _ => Err(Error::join(errors).unwrap_or_else(|| wrong("the file's configuration is wrong").into())),
    }
}

/// The mode of a file that nothing says one for.
fn usual_mode(format: Format) -> Mode {
    if format.is_login() { Mode::PRIVATE } else { Mode::default() }
}

/// What the file, or what is made as one is, is made of.
fn content(file: &FileConfig, what: &str, places: impl Iterator<Item = Place>) -> Result<Content> {
    let mut errors: Vec<Error> = misplaced(file).map(Error::from).collect();
    if file.sources.is_empty() {
        errors.push(wrong(format!("{what} has no `secretId`, no `find` and no `from`")).into());
    }
    let sources = file.sources.iter().zip(places).map(|(source, place)| Source::new(source, place));
    // All of them, whatever is wrong: a place is taken of what the next file goes on with.
    let sources = sources.collect();
    Error::join(errors).map_or(Ok(Content { conversion: conversion(file), sources }), Err)
}

/// An environment as a file: what goes together, and how secrets become entries, is the same for both.
fn as_file(environment: &EnvironmentConfig) -> FileConfig {
    FileConfig {
        format: Format::environment(),
        nulls: environment.nulls,
        flatten: environment.flatten,
        separator: environment.separator.clone(),
        sources: environment.sources.clone(),
        ..FileConfig::default()
    }
}

fn conversion(file: &FileConfig) -> Conversion {
    Conversion {
        format: file.format,
        nulls: file.nulls.unwrap_or_default(),
        flattening: file.format.flattening(file.flatten, file.separator.as_deref()),
        template: file.template.clone(),
    }
}

impl FileConfig {
    /// Checks that the options go together.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], with a failure for everything that is wrong.
    pub fn check(&self) -> Result<()> {
        Error::join(misplaced(self).map(Error::from)).map_or(Ok(()), Err)
    }

    /// Converts a secret's value as a file of a plan is, with nothing fetched and nothing written. The file's first source
    /// says what is taken of it; its path and its permissions mean nothing here.
    ///
    /// ```
    /// use secretfetch::{FileConfig, Format, SecretValue, SourceConfig};
    ///
    /// let source = SourceConfig::new("prod/db".parse()?).with_keys([("DB_USER", "username")]);
    /// let file = FileConfig::new("app.env", source).with_format(Format::parse("env", Some("docker"))?);
    /// let converted = file.convert(&SecretValue::from_text(r#"{"username": "app", "port": 1}"#.to_owned()))?;
    /// assert_eq!(converted.expose_files().next(), Some((None, &b"DB_USER=app\n"[..])));
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for options that do not go together, and what the conversion refuses.
    pub fn convert(&self, value: &SecretValue) -> Result<Converted> {
        self.check()?;
        let Some(source) = self.sources.first() else { return Err(wrong("the file has no source").into()) };
        if let SourceSecrets::Find(_) = source.secrets {
            return Err(wrong("one value is converted, and the file's source is a `find`, which brings several").into());
        }
        let conversion = conversion(self);
        let material = Taking::of(source).part().take(value, &conversion)?;
        conversion.write(vec![(0, material)])
    }
}

/// Options that the file's format would ignore: said, not swallowed.
fn misplaced(file: &FileConfig) -> impl Iterator<Item = Failure> {
    let format = file.format;
    let mut found = Vec::new();
    let mut check = |present: bool, option: &str, rule: &str| {
        if present {
            found.push(wrong(format!("`{option}` {rule}")));
        }
    };
    let name = format.name();
    let of_templates = format!("belongs to `format: template`; this file's format is `{name}`");
    check(file.template.is_some() && !format.is_template(), "template", &of_templates);
    if format.is_template() {
        check(file.template.is_none(), "format: template", "needs a `template` or a `templateFile`");
        let leaves_out = "leaves an entry out, and a slot is there: `nulls: empty` writes an empty value";
        check(file.nulls == Some(Nulls::Omit), "nulls: omit", leaves_out);
    }
    if format.is_raw() {
        let of_entries = "belongs to formats with keys; this file's format is `raw`";
        check(file.sources.len() > 1, "format: raw", "writes one secret; a file of several needs a format with keys");
        check(file.flatten.is_some(), "flatten", of_entries);
        check(file.separator.is_some(), "separator", of_entries);
        for source in &file.sources {
            let selection = &source.selection;
            check(!selection.keys.is_empty(), "keys", &format!("{of_entries} (`key` writes one key's value)"));
            check(!selection.prefix.is_empty(), "prefix", of_entries);
            check(selection.key_style != Default::default(), "keyStyle", of_entries);
            check(selection.as_name.is_some(), "as", of_entries);
            check(file.nulls.is_some() && source.key.is_none(), "nulls", "belongs to formats with keys, and to `key`");
            let of_several = "brings several secrets; choose a format with keys, such as `json`, or `files`";
            check(matches!(source.secrets, SourceSecrets::Find(_)), "find", of_several);
            check(file.nulls == Some(Nulls::Omit), "nulls: omit", "leaves an entry out, and `raw` has none");
        }
    } else if let Some((known, holds_several)) = format.login_keys() {
        let one = "writes the login of one secret; give each a file of its own";
        check(file.sources.len() > 1 && !holds_several, &format!("format: {name}"), one);
        let takes = format!("has no use with `{name}`, which takes the keys {}", known.join(", "));
        check(file.flatten.is_some(), "flatten", &takes);
        check(file.separator.is_some(), "separator", &takes);
        for source in &file.sources {
            let selection = &source.selection;
            let unknown = selection.keys.iter().find(|(name, _)| !known.contains(&name.as_str()));
            if let Some((unknown, _)) = unknown {
                let names = format!("has {}, and `{name}` takes {}", crate::text::quoted(unknown), known.join(", "));
                check(true, "keys", &names);
            }
            let of_raw = format!("belongs to `format: raw`; with `{name}` write `keys: {{NAME: KEY}}`");
            check(source.key.is_some(), "key", &of_raw);
            check(!selection.prefix.is_empty(), "prefix", &takes);
            check(selection.key_style != Default::default(), "keyStyle", &takes);
            check(selection.as_name.is_some(), "as", &takes);
            let of_several = format!("brings several secrets; with `{name}` give each a source of its own");
            check(matches!(source.secrets, SourceSecrets::Find(_)), "find", &of_several);
        }
    } else {
        let keeps = format!("belongs to formats without null; `{name}` keeps it as it is");
        check(file.nulls.is_some() && format.has_null(), "nulls", &keeps);
        let unflattened = format.flattening(file.flatten, None) == Flattening::Off;
        check(file.separator.is_some() && unflattened, "separator", "needs `flatten: true`");
        for source in &file.sources {
            let selection = &source.selection;
            let rule = match format.is_environment() {
                true => "belongs to files of `format: raw`; here write `keys: {NAME: KEY}`".to_owned(),
                false => format!("belongs to `format: raw`; with `{name}` write `keys: {{NAME: KEY}}`"),
            };
            check(source.key.is_some(), "key", &rule);
            let others =
                !selection.keys.is_empty() || !selection.prefix.is_empty() || selection.key_style != Default::default();
            check(
                selection.as_name.is_some() && others,
                "as",
                "names the whole secret, so `keys`, `prefix` and `keyStyle` do not go with it",
            );
        }
    }
    found.extend(unnamed_slots(file));
    found.into_iter()
}

/// Slots of a template that no entry can fill, where the configuration names all the entries there will be.
fn unnamed_slots(file: &FileConfig) -> Vec<Failure> {
    let (Some(template), Some(names)) = (&file.template, file.entry_names()) else { return Vec::new() };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if file.sources.is_empty() { Vec::new() } else { template.missing_of(&names) }
}

/// Two files with one path, or one inside another. What `format: files` writes is known, and compared, later.
fn overlaps(files: &[FilePlan]) -> Vec<Error> {
    let mut seen: HashMap<&str, &FilePlan> = HashMap::with_capacity(files.len());
    let mut errors = Vec::new();
    for file in files.iter().filter(|file| !file.format().is_files()) {
        if seen.insert(file.path.as_str(), file).is_some() {
            errors.push(wrong("two files have this path").with_file(file.path.as_path()).into());
        }
    }
    for file in files {
        // A directory of files cannot be where a file is; a file, only where none of its parents is one.
        let from = if file.format().is_files() { 0 } else { 1 };
        let above = file.path.and_above().skip(from).find_map(|parent| seen.get(parent));
        if let Some(above) = above {
            let message = format!("another file of the configuration, `{}`, stands where its directory is", above.path);
            errors.push(wrong(message).with_file(file.path.shown()).into());
        }
    }
    errors
}
