//! The document's tree to a [`Config`]: the tables of fields, and every mistake at once.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::config::{self, Config, FileConfig, SourceConfig, StoreConfig};
use super::document::{self, Node, Value, at};
use super::is_name;
use crate::entries::{KeyStyle, Selection};
use crate::error::{Error, ErrorKind, Failure, Result, Setting};
use crate::input;
use crate::secret::SecretId;

const TOP: &[&str] =
    &["version", "name", "store", "region", "directory", "layout", "mode", "owner", "timeout", "batch", "files"];
const FILE: &[&str] = &["path", "format", "dialect", "mode", "owner", "nulls", "flatten", "separator", "from"];
const SOURCE: &[&str] =
    &["secretId", "region", "versionStage", "versionId", "key", "keys", "prefix", "keyStyle", "as", "optional"];
const STORE_AWS: &[&str] = &["roleArn", "externalId", "endpointUrl"];

impl Config {
    /// Reads YAML or JSON. Relative paths of inputs, and `directory`, are relative to `base`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with a failure for everything that is wrong: syntax,
    /// unknown fields (with the nearest known one), values that are none.
    pub fn from_text(text: &str, base: &Path) -> Result<Self> {
        let document = document::read(text)?;
        let mut mistakes = Vec::new();
        let decoded = top(&document, base, &mut mistakes);
        match Error::join(mistakes.into_iter().map(Error::from)) {
            Some(error) => Err(error),
            None => Ok(decoded),
        }
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

fn top(document: &Node, base: &Path, mistakes: &mut Vec<Failure>) -> Config {
    let mut fields = Fields::of(document, "the configuration", mistakes);
    fields.only(&[TOP]);
    let mut config = Config::default();
    if let Some(version) = fields.text("version").filter(|version| *version != "1") {
        let message =
            format!("{} is not a version of the configuration; the only one is 1", crate::text::quoted(version));
        fields.mistake("version", message);
    }
    if let Some(store) = store(&mut fields, base) {
        config.store = store;
    }
    config.region = fields.parse("region");
    config.directory = fields.text("directory").map(|directory| base.join(directory));
    config.name = fields.text("name").map(str::to_owned);
    config.layout = fields.parse("layout").unwrap_or_default();
    config.mode = fields.mode();
    config.owner = fields.parse("owner");
    config.timeout = fields.parse::<Length>("timeout").map(|length| length.0);
    config.batch = fields.parse("batch").unwrap_or_default();
    let files = fields.list("files");
    config.files = files.iter().map(|node| file(node, mistakes)).collect();
    config
}

fn store(fields: &mut Fields<'_, '_>, base: &Path) -> Option<StoreConfig> {
    let node = fields.node("store")?;
    let Value::Map(members) = &node.value else {
        let text = fields.text("store")?;
        return StoreConfig::parse(text, base).map_err(|message| fields.mistake("store", message)).ok();
    };
    match members.as_slice() {
        [(name, node)] if name == "aws" => {
            let mut aws = Fields::of(node, "`store.aws`", fields.mistakes);
            aws.only(&[STORE_AWS]);
            let mut field = |name| aws.text(name).map(str::to_owned);
            let (role_arn, external_id) = (field("roleArn"), field("externalId"));
            Some(StoreConfig::Aws { role_arn, external_id, endpoint_url: field("endpointUrl") })
        }
        _ => {
            fields.mistake("store", "a store is `aws`, `file:PATH`, or a map with the one field `aws`");
            None
        }
    }
}

fn file(node: &Node, mistakes: &mut Vec<Failure>) -> FileConfig {
    let mut fields = Fields::of(node, "a file", mistakes);
    fields.only(&[FILE, SOURCE]);
    let text = |text: &str| text.to_owned();
    let mut file = FileConfig {
        path: fields.required("path").map(text).unwrap_or_default(),
        format: fields.text("format").map(text),
        dialect: fields.text("dialect").map(text),
        mode: fields.mode(),
        owner: fields.parse("owner"),
        nulls: fields.parse("nulls"),
        flatten: fields.flag("flatten"),
        separator: fields.text("separator").map(text),
        sources: Vec::new(),
    };
    if fields.node("from").is_some() {
        if let Some(field) = SOURCE.iter().find(|field| fields.node(field).is_some()) {
            fields.mistake(field, format!("`{field}` stands beside `from`; write it inside, at its secret"));
        }
        let sources = fields.list("from");
        file.sources = sources.iter().filter_map(|node| source(node, true, mistakes)).collect();
    } else if fields.node("secretId").is_some() {
        file.sources.extend(source(node, false, mistakes));
    } else {
        fields.mistakes.push(at(node.line, "a file needs a `secretId`, or `from` with a list of them"));
    }
    file
}

fn source(node: &Node, of_its_own: bool, mistakes: &mut Vec<Failure>) -> Option<SourceConfig> {
    let mut fields = Fields::of(node, "a source", mistakes);
    // A file with one source has the source's fields among its own, which are checked there.
    if of_its_own {
        fields.only(&[SOURCE]);
    }
    fields.required("secretId");
    let secret_id = fields.parse::<SecretId>("secretId");
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
    let optional = fields.flag("optional").unwrap_or(false);
    Some(SourceConfig { region, version_stage, version_id, key, selection, optional, ..SourceConfig::new(secret_id?) })
}

/// A duration, as a type to parse.
struct Length(Duration);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        config::parse_duration(text).map(Length)
    }
}

/// The fields of one map, and where to note what is wrong with them.
struct Fields<'a, 'm> {
    members: &'a [(String, Node)],
    what: &'static str,
    line: usize,
    mistakes: &'m mut Vec<Failure>,
}

impl<'a, 'm> Fields<'a, 'm> {
    fn of(node: &'a Node, what: &'static str, mistakes: &'m mut Vec<Failure>) -> Self {
        let members = match &node.value {
            Value::Map(members) => members.as_slice(),
            _ => {
                mistakes.push(at(node.line, format!("{what} is a map of fields (`name: value`)")));
                &[]
            }
        };
        Fields { members, what, line: node.line, mistakes }
    }

    /// Notes every field that is in none of the tables, with the nearest that is.
    fn only(&mut self, tables: &[&[&str]]) {
        let known: Vec<&str> = tables.concat();
        for (name, node) in self.members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let message = format!("{} has no field {}", self.what, crate::text::quoted(name));
            let hint = match crate::text::nearest(name, known.iter().copied()).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its fields are {}", known.join(", ")),
            };
            self.mistakes.push(at(node.line, message).with_hint(hint));
        }
    }

    fn node(&self, field: &str) -> Option<&'a Node> {
        self.members.iter().find(|(name, _)| name == field).map(|(_, node)| node)
    }

    fn mistake(&mut self, field: &str, message: impl AsRef<str>) {
        let line = self.node(field).map_or(self.line, |node| node.line);
        self.mistakes.push(at(line, message));
    }

    fn text(&mut self, field: &str) -> Option<&'a str> {
        match &self.node(field)?.value {
            Value::Scalar { text, .. } => Some(text),
            Value::Null => {
                self.mistake(field, format!("`{field}` has no value"));
                None
            }
            _ => {
                self.mistake(field, format!("`{field}` is one value, not a list or map"));
                None
            }
        }
    }

    fn required(&mut self, field: &str) -> Option<&'a str> {
        if self.node(field).is_none() {
            self.mistake(field, format!("{} needs a `{field}`", self.what));
        }
        self.text(field)
    }

    fn parse<T: FromStr<Err: ToString>>(&mut self, field: &str) -> Option<T> {
        match self.text(field)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake(field, format!("`{field}`: {}", error.to_string()));
                None
            }
        }
    }

    fn flag(&mut self, field: &str) -> Option<bool> {
        match self.text(field)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.mistake(field, format!("`{field}` is `true` or `false`"));
                None
            }
        }
    }

    fn mode(&mut self) -> Option<super::Mode> {
        if let Some(Node { value: Value::Scalar { quoted: false, text }, .. }) = self.node("mode") {
            let message = format!(
                "`mode` must stand between quotes (`mode: \"{}\"`): an unquoted 0440 is 288 to YAML 1.1 and 440 to YAML 1.2",
                text.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>()
            );
            self.mistake("mode", message);
            return None;
        }
        self.parse("mode")
    }

    fn list(&mut self, field: &str) -> &'a [Node] {
        match self.node(field).map(|node| &node.value) {
            Some(Value::List(items)) => {
                if items.is_empty() {
                    self.mistake(field, format!("`{field}` is an empty list"));
                }
                items
            }
            Some(_) => {
                self.mistake(field, format!("`{field}` is a list (each item starts with `-`)"));
                &[]
            }
            None => &[],
        }
    }

    /// A map of texts, or a list of names that stay as they are.
    fn pairs(&mut self, field: &str) -> Vec<(String, String)> {
        let Some(node) = self.node(field) else { return Vec::new() };
        let scalar = |node: &Node| match &node.value {
            Value::Scalar { text, .. } => Some(text.clone()),
            _ => None,
        };
        let pairs: Option<Vec<_>> = match &node.value {
            Value::Map(members) => members.iter().map(|(name, node)| Some((name.clone(), scalar(node)?))).collect(),
            Value::List(items) => items.iter().map(|node| scalar(node).map(|name| (name.clone(), name))).collect(),
            _ => None,
        };
        match pairs {
            Some(pairs) if !pairs.is_empty() => pairs,
            _ => {
                self.mistake(field, format!("`{field}` is a map `TARGET: SOURCE` of names to keys, not empty"));
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Format};

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
        assert!(matches!(
            config.store,
            StoreConfig::Aws { role_arn: Some(_), external_id: None, endpoint_url: Some(_) }
        ));
    }

    #[test]
    fn json_is_read_as_well() {
        let text = "{\"store\": \"file:s.json\",\n\t\"files\": [{\"path\": \"a\", \"secretId\": \"b\"}]}";
        assert_eq!(
            Config::from_text(text, Path::new("/base")).unwrap().store,
            StoreConfig::File("/base/s.json".into())
        );
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
        assert_eq!(fields("/properties/store/oneOf/2/properties/aws/properties"), sorted(&[STORE_AWS]));
        assert_eq!(fields("/$defs/file/dependentSchemas/from/properties"), sorted(&[SOURCE]));

        let words = |at: &str| -> Vec<&str> {
            schema.pointer(at).unwrap().as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
        };
        assert_eq!(words("/$defs/file/properties/format/enum"), Format::NAMES);
        for (number, format) in ["properties", "env", "yaml", "files"].into_iter().enumerate() {
            let at = format!("/$defs/file/dependentSchemas/dialect/oneOf/{number}/properties");
            assert_eq!(schema.pointer(&format!("{at}/format/const")).unwrap(), format);
            assert_eq!(words(&format!("{at}/dialect/enum")), Format::dialects(format));
        }
        let default = |at: &str| schema.pointer(at).unwrap().as_str().unwrap();
        let mode: super::super::Mode = default("/properties/mode/default").parse().unwrap();
        assert_eq!(mode, super::super::Mode::default());
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
        ] {
            for word in schema.pointer(at).unwrap().as_array().unwrap() {
                let (top, file) = if at.starts_with("/properties") { (field, "x-") } else { ("x-", field) };
                let text = format!("{top}: {word}\nfiles: [{{path: a, secretId: b, {file}: {word}}}]");
                let told = mistakes(&text);
                assert!(!told.contains(&format!("`{field}`")), "{told}");
                assert!(told.contains("`x-`"), "{told}");
            }
        }
    }
}
