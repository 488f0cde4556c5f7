//! The document's tree to a [`Config`]: the tables of fields, and every mistake at once.

use std::path::Path;

use super::config::{Config, FileConfig, is_name};
use super::environment::EnvironmentConfig;
use super::length::Length;
use super::permission::Mode;
use super::source_config::SourceConfig;
use super::stores;
use super::watch_fields;
use crate::document::{self, Fields, Node, Value, at};
use crate::entries::{KeyStyle, Selection};
use crate::error::{Error, ErrorKind, Failure, Result, Setting};
use crate::format::{Delimiters, Format, Template};
use crate::input;
use crate::secret::{SecretId, StoreName};
use crate::store::{Find, StoreKind, StoreKinds};
use crate::text::quoted;

const TOP: &[&str] = &[
    "version",
    "name",
    "stores",
    "store",
    "region",
    "directory",
    "layout",
    "mode",
    "owner",
    "timeout",
    "batch",
    "files",
    "environment",
    "watch",
];
const FILE: &[&str] = &[
    "path",
    "format",
    "dialect",
    "template",
    "templateFile",
    "delimiters",
    "mode",
    "owner",
    "nulls",
    "flatten",
    "separator",
    "from",
];
const ENVIRONMENT: &[&str] = &["nulls", "flatten", "separator", "onConflict", "from"];
const FIND: &[&str] = &["prefix", "tags"];
const SOURCE: &[&str] = &[
    "secretId",
    "find",
    "store",
    "region",
    "versionStage",
    "versionId",
    "key",
    "keys",
    "prefix",
    "keyStyle",
    "as",
    "decode",
    "sha256",
    "optional",
];

impl Config {
    /// Reads YAML or JSON. Relative paths of inputs, and `directory`, are relative to `base`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with a failure for everything that is wrong: syntax,
    /// unknown fields (with the nearest known one), values that are none.
    pub fn from_text(text: &str, base: &Path) -> Result<Self> {
        Self::from_text_with(text, base, &StoreKinds::default())
    }

    /// The same with these kinds of stores, which may be your own: see [`StoreKind`].
    ///
    /// # Errors
    /// As [`from_text`](Self::from_text).
    pub fn from_text_with(text: &str, base: &Path, kinds: &StoreKinds) -> Result<Self> {
        let document = document::read(text)?;
        let mut mistakes = Vec::new();
        let decoded = top(&document, base, kinds, &mut mistakes);
        if mistakes.is_empty() {
            return Ok(decoded);
        }
        // What is wrong with the stores of what could be read is told with the rest.
        let errors = mistakes.into_iter().map(Error::from).chain(stores::check(&decoded, kinds).err());
        Error::join(errors).map_or(Ok(decoded), Err)
    }

    /// Reads the file at `path`, of at most 4 MiB. Relative paths are relative to its directory, and its name is the
    /// configuration's if it gives none.
    ///
    /// # Errors
    /// As [`from_text`](Self::from_text), with the path in each failure.
    pub fn from_file(path: &Path) -> Result<Self> {
        let text = input::read_text(path, crate::bounds::CONFIG, input::Kind::FileOrPipe).map_err(|error| {
            let failure = Failure::new(ErrorKind::Config, format!("cannot read the configuration: {error}"));
            failure.with_file(path).with_hint("name a YAML or JSON file").with_setting(Setting::Config)
        })?;
        let read = Self::from_text(&text, path.parent().unwrap_or(Path::new("")));
        let mut config = read.map_err(|error| {
            error.map_failures(|failure| if failure.file().is_some() { failure } else { failure.with_file(path) })
        })?;
        if config.name.is_none() {
            config.name = path.file_name().map(|name| name.to_string_lossy().into_owned()).filter(|name| is_name(name));
        }
        Ok(config)
    }
}

fn top(document: &Node, base: &Path, kinds: &StoreKinds, mistakes: &mut Vec<Failure>) -> Config {
    let mut fields = Fields::of(document, "the configuration", mistakes);
    fields.only(&[TOP]);
    let mut config = Config::default();
    if let Some(version) = fields.text("version").filter(|version| *version != "1") {
        let message =
            format!("{} is not a version of the configuration; the only one is 1", crate::text::quoted(version));
        fields.mistake("version", message);
    }
    stores_of(&mut fields, base, kinds, &mut config);
    default_store(&mut fields, base, kinds, &mut config);
    config.region = fields.parse("region");
    config.directory = fields.text("directory").map(|directory| base.join(directory));
    config.name = fields.text("name").map(str::to_owned);
    config.layout = fields.parse("layout").unwrap_or_default();
    config.mode = mode(&mut fields);
    config.owner = fields.parse("owner");
    config.timeout = fields.parse::<Length>("timeout").map(|length| length.0);
    config.batch = fields.parse("batch").unwrap_or_default();
    let files = fields.list("files");
    let (of_environment, of_watch) = (fields.node("environment"), fields.node("watch"));
    config.files = files.iter().map(|node| file(node, base, mistakes)).collect();
    config.environment = of_environment.map(|node| environment(node, mistakes));
    config.watch = of_watch.map(|node| watch_fields::watch(node, base, mistakes)).unwrap_or_default();
    // A place in a store's name is relative to the configuration, and known by what is written.
    let of_sources = config.sources().filter_map(|source| source.store.clone());
    let of_secrets = config.stores.iter().flat_map(|(_, store)| store.secrets());
    let of_secrets = of_secrets.filter_map(|secret| secret.request.store().cloned());
    let named: Vec<StoreName> = of_sources.chain(of_secrets).collect();
    named.iter().for_each(|name| add_place(name, base, kinds, &mut config));
    config
}

/// `stores`: a map of names, each to a map with one kind of store.
fn stores_of(fields: &mut Fields<'_, '_>, base: &Path, kinds: &StoreKinds, config: &mut Config) {
    let Some(node) = fields.node("stores") else { return };
    let Value::Map(members) = &node.value else {
        fields.mistake("stores", "`stores` is a map of names to stores (`NAME: {aws: {…}}`)");
        return;
    };
    if members.is_empty() {
        fields.mistake("stores", "`stores` is an empty map");
    }
    for (name, node) in members {
        let of = quoted(&format!("stores.{name}"));
        let parsed = match name.parse::<StoreName>() {
            Ok(parsed) if parsed.kind_and_place().is_none() => Some(parsed),
            Ok(_) => {
                fields.mistakes.push(at(node.line, format!("{of}: a name of your own has no colon in it")));
                None
            }
            Err(error) => {
                fields.mistakes.push(at(node.line, format!("`stores`: {error}")));
                None
            }
        };
        let Some((kind, settings)) = kind_of(node, &of, kinds, fields.mistakes) else { continue };
        if kind.name != name && kinds.iter().any(|other| other.name == name) {
            let what = format!("{of}: a store of the kind `{}` cannot have the name of another kind", kind.name);
            fields.mistakes.push(at(node.line, what));
            continue;
        }
        let of = quoted(&format!("stores.{name}.{}", kind.name));
        let read = kind.read_settings(&mut Fields::of(settings, of, fields.mistakes), base);
        config.stores.extend(parsed.zip(read));
    }
}

/// `store`: a name, or a map with one kind, which defines the store of that name.
fn default_store(fields: &mut Fields<'_, '_>, base: &Path, kinds: &StoreKinds, config: &mut Config) {
    let Some(node) = fields.node("store") else { return };
    config.store_line = Some(node.line);
    if let Value::Map(_) = &node.value {
        let Some((kind, settings)) = kind_of(node, "`store`", kinds, fields.mistakes) else { return };
        let Ok(name) = kind.name.parse::<StoreName>() else { return };
        let of = format!("`store.{}`", kind.name);
        let read = kind.read_settings(&mut Fields::of(settings, of, fields.mistakes), base);
        config.stores.extend(read.map(|store| (name.clone(), store)));
        config.store = Some(name);
    } else if let Some(name) = fields.parse::<StoreName>("store") {
        add_place(&name, base, kinds, config);
        config.store = Some(name);
    }
}

/// The one kind that a map names, and its settings.
fn kind_of<'a>(
    node: &'a Node,
    of: &str,
    kinds: &StoreKinds,
    mistakes: &mut Vec<Failure>,
) -> Option<(&'static StoreKind, &'a Node)> {
    let found = match &node.value {
        Value::Map(members) => match members.as_slice() {
            [(name, settings)] => kinds.iter().find(|kind| kind.name == name).map(|kind| (kind, settings)),
            _ => None,
        },
        _ => None,
    };
    if found.is_none() {
        let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name)).collect();
        mistakes
            .push(at(node.line, format!("{of} is a map with one field, the kind of store: {}", names.join(" or "))));
    }
    found
}

/// A store whose name says where it is, relative to the configuration.
fn add_place(name: &StoreName, base: &Path, kinds: &StoreKinds, config: &mut Config) {
    let is_new = name.kind_and_place().is_some() && config.stores.iter().all(|(known, _)| known != name);
    if is_new && let Some(Ok(store)) = kinds.named(name, base) {
        config.stores.push((name.clone(), store));
    }
}

fn file(node: &Node, base: &Path, mistakes: &mut Vec<Failure>) -> FileConfig {
    let mut fields = Fields::of(node, "a file", mistakes);
    fields.only(&[FILE, SOURCE]);
    let text = |text: &str| text.to_owned();
    let mut file = FileConfig {
        path: fields.required("path").map(text).unwrap_or_default(),
        format: format(&mut fields),
        template: template(&mut fields, base),
        mode: mode(&mut fields),
        owner: fields.parse("owner"),
        nulls: fields.parse("nulls"),
        flatten: fields.flag("flatten"),
        separator: fields.text("separator").map(text),
        sources: Vec::new(),
    };
    file.sources = sources(&mut fields, node, "a file");
    file
}

fn environment(node: &Node, mistakes: &mut Vec<Failure>) -> EnvironmentConfig {
    let mut fields = Fields::of(node, "`environment`", mistakes);
    fields.only(&[ENVIRONMENT, SOURCE]);
    EnvironmentConfig {
        nulls: fields.parse("nulls"),
        flatten: fields.flag("flatten"),
        separator: fields.text("separator").map(str::to_owned),
        on_conflict: fields.parse("onConflict").unwrap_or_default(),
        sources: sources(&mut fields, node, "`environment`"),
    }
}

/// The secrets under `from`, or the one whose fields stand here.
fn sources(fields: &mut Fields<'_, '_>, node: &Node, what: &str) -> Vec<SourceConfig> {
    if fields.node("from").is_some() {
        if let Some(field) = SOURCE.iter().find(|field| fields.node(field).is_some()) {
            fields.mistake(field, format!("`{field}` stands beside `from`; write it inside, at its secret"));
        }
        let sources = fields.list("from");
        sources.iter().filter_map(|node| source(node, true, fields.mistakes)).collect()
    } else if fields.node("secretId").is_some() || fields.node("find").is_some() {
        source(node, false, fields.mistakes).into_iter().collect()
    } else {
        let what = format!("{what} needs a `secretId`, a `find`, or `from` with a list of them");
        fields.mistakes.push(at(node.line, what));
        Vec::new()
    }
}

fn source(node: &Node, of_its_own: bool, mistakes: &mut Vec<Failure>) -> Option<SourceConfig> {
    let mut fields = Fields::of(node, "a source", mistakes);
    // A file with one source has the source's fields among its own, which are checked there.
    if of_its_own {
        fields.only(&[SOURCE]);
    }
    let found = fields.node("find").map(|node| find(node, fields.mistakes));
    if found.is_none() {
        fields.required("secretId");
    } else if fields.node("secretId").is_some() {
        fields.mistake("find", "a source has a `secretId` or a `find`, not both");
    }
    let secret_id = fields.parse::<SecretId>("secretId");
    let store = fields.parse("store");
    let text = |text: &str| text.to_owned();
    let region = fields.parse("region");
    let version_stage = fields.parse("versionStage");
    let version_id = fields.parse("versionId");
    let key = fields.text("key").map(text);
    let selection = Selection {
        keys: fields.pairs("keys"),
        key_style: fields.parse::<KeyStyle>("keyStyle").unwrap_or_default(),
        prefix: fields.text("prefix").map(text).unwrap_or_default(),
        as_name: fields.text("as").map(text),
    };
    let decode = fields.parse("decode");
    let sha256 = fields.parse("sha256");
    let optional = fields.flag("optional").unwrap_or(false);
    let first = fields.node("secretId").or(fields.node("find"));
    let line = Some(first.map_or(fields.line(), |node| node.line));
    let source = match found {
        Some(find) => SourceConfig::find(find),
        None => SourceConfig::new(secret_id?),
    };
    Some(SourceConfig {
        store,
        region,
        version_stage,
        version_id,
        key,
        decode,
        sha256,
        selection,
        optional,
        line,
        ..source
    })
}

/// What is looked for; that it is something, the plan checks.
fn find(node: &Node, mistakes: &mut Vec<Failure>) -> Find {
    let mut fields = Fields::of(node, "`find`", mistakes);
    fields.only(&[FIND]);
    let find = Find::by_prefix(fields.text("prefix").unwrap_or_default());
    let Some(tags) = fields.node("tags") else { return find };
    let text = |node: &Node| match &node.value {
        Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    };
    let pairs = match &tags.value {
        Value::Map(members) => members.iter().map(|(key, value)| Some((key, text(value)?))).collect(),
        _ => None,
    };
    match pairs.filter(|pairs: &Vec<_>| !pairs.is_empty()) {
        Some(pairs) => return pairs.into_iter().fold(find, |find, (key, value)| find.with_tag(key, value)),
        None => fields.mistake("tags", "`tags` is a map of tags to values (`Team: payments`), not empty"),
    }
    find
}

fn format(fields: &mut Fields<'_, '_>) -> Format {
    // What has a template can only be one; another format beside it is a mistake.
    let has_template = fields.node("template").or(fields.node("templateFile")).is_some();
    let unsaid = if has_template { "template" } else { "raw" };
    let (name, dialect) =
        (fields.text("format").unwrap_or(unsaid).to_owned(), fields.text("dialect").map(str::to_owned));
    Format::parse(&name, dialect.as_deref()).unwrap_or_else(|error| {
        let at_fault = if Format::NAMES.contains(&name.as_str()) { "dialect" } else { "format" };
        for failure in error.failures() {
            let line = fields.node(at_fault).map_or(fields.line(), |node| node.line);
            fields.mistakes.push(at(line, failure.message()).with_hint_of(failure));
        }
        Format::default()
    })
}

/// The template, written here or in a file of its own.
fn template(fields: &mut Fields<'_, '_>, base: &Path) -> Option<Template> {
    let delimiters = delimiters(fields);
    if fields.node("template").is_some() && fields.node("templateFile").is_some() {
        fields.mistake("templateFile", "a file has a `template` or a `templateFile`, not both");
        return None;
    }
    let (field, read) = match fields.text("templateFile") {
        Some(path) => ("templateFile", Template::from_file(&base.join(path), &delimiters)),
        None => ("template", Template::parse(fields.text("template")?, &delimiters).map_err(Error::from)),
    };
    let line = fields.node(field).map_or(fields.line(), |node| node.line);
    let told = |failure: &Failure| {
        let message = match failure.file() {
            Some(path) => format!("`{field}` {}: {}", quoted(&path.to_string_lossy()), failure.message()),
            None => failure.message().to_owned(),
        };
        at(line, message).with_hint_of(failure)
    };
    read.map_err(|error| fields.mistakes.extend(error.failures().iter().map(told))).ok()
}

/// `delimiters`: a list of two texts.
fn delimiters(fields: &mut Fields<'_, '_>) -> Delimiters {
    let Some(node) = fields.node("delimiters") else { return Delimiters::default() };
    if fields.node("template").or(fields.node("templateFile")).is_none() {
        fields.mistake("delimiters", "`delimiters` belongs to a `template` or a `templateFile`");
    }
    let texts: Vec<&str> = match &node.value {
        Value::List(items) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Scalar { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    match texts.as_slice() {
        [open, close] => Delimiters::new(*open, *close).unwrap_or_else(|error| {
            fields.mistake("delimiters", format!("`delimiters`: {error}"));
            Delimiters::default()
        }),
        _ => {
            fields.mistake("delimiters", "`delimiters` is a list of two texts, such as `[\"<%\", \"%>\"]`");
            Delimiters::default()
        }
    }
}

fn mode(fields: &mut Fields<'_, '_>) -> Option<Mode> {
    let why = |text: &str| {
        let digits = text.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
        format!(
            "`mode` must stand between quotes (`mode: \"{digits}\"`): an unquoted 0440 is 288 to YAML 1.1 and 440 to YAML 1.2"
        )
    };
    fields.quoted("mode", why)?;
    fields.parse("mode")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AwsStoreConfig, ErrorKind, FileStoreConfig, Format};

    fn mistakes(text: &str) -> String {
        let error = Config::from_text(text, Path::new("/base")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn the_whole_configuration_is_read() {
        let text = r#"
version: 1
store: {aws: {roleArn: "arn:aws:iam::1:role/x", endpointUrl: "http://localhost:4566"}}
region: ca-central-1
directory: out
mode: "0400"
timeout: 5s
batch: never
files:
  - path: app.env
    format: env
    dialect: docker
    nulls: omit
    from:
      - secretId: vinsguru/db
        keys: { DB_USER: username }
        optional: true
      - secretId: vinsguru/url
        as: DATABASE_URL
  - {path: tls.key, secretId: vinsguru/tls, key: privateKey, owner: "1000:1000"}
"#;
        let config = Config::from_text(text, Path::new("/base")).unwrap();
        assert_eq!(config.directory.as_deref(), Some(Path::new("/base/out")));
        assert_eq!(config.files.len(), 2);
        assert_eq!(config.files[0].sources[0].selection.keys, [("DB_USER".to_owned(), "username".to_owned())]);
        assert_eq!(config.files[1].sources[0].key.as_deref(), Some("privateKey"));
        let store = AwsStoreConfig::default().with_role_arn("arn:aws:iam::1:role/x");
        assert_eq!(config.default_store(), Some(store.with_endpoint_url("http://localhost:4566")));
    }

    #[test]
    fn json_is_read_as_well() {
        let text = "{\"store\": \"file:s.json\",\n\t\"files\": [{\"path\": \"a\", \"secretId\": \"b\"}]}";
        let config = Config::from_text(text, Path::new("/base")).unwrap();
        assert_eq!(config.default_store(), Some(FileStoreConfig::new("/base/s.json")));
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_line() {
        let text = "regoin: x\nfiles:\n  - path: a\n    formt: env\n    secretId: b\n  - secretId: c d\n";
        let told = mistakes(text);
        assert!(told.contains("line 1: the configuration has no field `regoin`; did you mean `region`?"), "{told}");
        assert!(told.contains("line 4: a file has no field `formt`; did you mean `format`?"), "{told}");
        assert!(told.contains("a file needs a `path`") && told.contains("character ` `"), "{told}");
    }

    #[test]
    fn an_unquoted_mode_is_refused_with_the_reason() {
        assert!(mistakes("mode: 0440\nfiles: [{path: a, secretId: b}]").contains("288"));
    }

    #[test]
    fn texts_that_are_no_configuration_are_named() {
        for text in
            ["", "# only a comment", "hello", "[1]", "files: {}", "files: []", "files: [", "a: 1\na: 2", "files: *x"]
        {
            mistakes(text);
        }
        assert!(mistakes("a: &x [1]\nb: *x").contains("aliases"));
        assert!(mistakes(&"[".repeat(100)).contains("nested"));
        assert!(mistakes("---\nfiles: []\n---\nfiles: []").contains("second"));
    }
    #[test]
    fn the_schema_has_the_fields_and_words_that_are_read() {
        let schema: serde_json::Value = serde_json::from_str(Config::JSON_SCHEMA).unwrap();
        let fields = |at: &str| -> Vec<String> {
            let mut names: Vec<String> = schema.pointer(at).unwrap().as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        let sorted = |tables: &[&[&str]]| {
            let mut names: Vec<String> = tables.concat().into_iter().map(str::to_owned).collect();
            names.sort();
            names
        };
        assert_eq!(fields("/properties"), sorted(&[TOP]));
        assert_eq!(fields("/$defs/file/properties"), sorted(&[FILE, SOURCE]));
        assert_eq!(fields("/$defs/source/properties"), sorted(&[SOURCE]));
        assert_eq!(fields("/$defs/environment/properties"), sorted(&[ENVIRONMENT, SOURCE]));
        for (at, table) in watch_fields::TABLES {
            assert_eq!(fields(&format!("/$defs/watch{at}/properties")), sorted(&[table]), "{at}");
        }
        assert_eq!(
            fields("/$defs/store/properties"),
            sorted(&[&StoreKinds::default().iter().map(|kind| kind.name).collect::<Vec<_>>()])
        );
        for kind in StoreKinds::default().iter() {
            assert_eq!(fields(&format!("/$defs/store/properties/{}/properties", kind.name)), sorted(&[kind.fields]));
        }
        assert_eq!(fields("/$defs/file/dependentSchemas/from/properties"), sorted(&[SOURCE]));
        let without_key: Vec<&str> = SOURCE.iter().copied().filter(|field| *field != "key").collect();
        assert_eq!(fields("/$defs/environment/dependentSchemas/from/properties"), sorted(&[&without_key]));

        let words = |at: &str| -> Vec<&str> {
            schema.pointer(at).unwrap().as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
        };
        assert_eq!(words("/$defs/file/properties/format/enum"), Format::NAMES);
        for (number, format) in ["properties", "env", "yaml", "files", "pem"].into_iter().enumerate() {
            let at = format!("/$defs/file/dependentSchemas/dialect/oneOf/{number}/properties");
            assert_eq!(schema.pointer(&format!("{at}/format/const")).unwrap(), format);
            if format != "pem" || cfg!(feature = "tls-files") {
                assert_eq!(words(&format!("{at}/dialect/enum")), Format::dialects(format));
            }
        }
        let default = |at: &str| schema.pointer(at).unwrap().as_str().unwrap();
        let mode: Mode = default("/properties/mode/default").parse().unwrap();
        assert_eq!(mode, Mode::default());
        let timeout: Length = default("/properties/timeout/default").parse().unwrap();
        assert_eq!(timeout.0, crate::plan::DEFAULT_TIMEOUT);
    }

    #[test]
    fn every_word_of_the_schema_is_read() {
        let schema: serde_json::Value = serde_json::from_str(Config::JSON_SCHEMA).unwrap();
        for (at, field) in [
            ("/properties/layout/enum", "layout"),
            ("/properties/batch/enum", "batch"),
            ("/$defs/file/properties/nulls/enum", "nulls"),
            ("/$defs/source/properties/keyStyle/enum", "keyStyle"),
            ("/$defs/environment/properties/onConflict/enum", "onConflict"),
        ] {
            for word in schema.pointer(at).unwrap().as_array().unwrap() {
                let (top, environment) = (at.starts_with("/properties"), at.contains("environment"));
                let place = |is_here: bool| if is_here { field } else { "x-" };
                let (top, file, environment) = (place(top), place(!top && !environment), place(environment));
                let text = format!(
                    "{top}: {word}\nfiles: [{{path: a, secretId: b, {file}: {word}}}]\n\
                     environment: {{secretId: b, {environment}: {word}}}"
                );
                let told = mistakes(&text);
                assert!(!told.contains(&format!("`{field}`")), "{told}");
                assert!(told.contains("`x-`"), "{told}");
            }
        }
    }
}
