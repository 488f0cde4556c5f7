//! What there is to bring: the configuration's text, the files beside it, and where the secrets lie for the service.

use std::path::{Component, Path, PathBuf};

use secretfetch::{Config, Failure, Plan, Result};

use crate::args::{ConfigArguments, Target};
use crate::outcome::usage;

/// Where a container has the configuration.
pub(super) const CONFIG_DIRECTORY: &str = "/etc/secretfetch";
pub(super) const CONFIG_FILE: &str = "/etc/secretfetch/secretfetch.yaml";
/// Where it has the program, for a service that is started by it.
pub(super) const PROGRAM_DIRECTORY: &str = "/opt/secretfetch";

/// What puts the program there.
pub(super) fn install() -> [String; 2] {
    ["install".to_owned(), format!("{PROGRAM_DIRECTORY}/secretfetch")]
}

/// The command of a service that it starts.
pub(super) fn started(words: Vec<String>) -> Vec<String> {
    let mut command = vec![format!("{PROGRAM_DIRECTORY}/secretfetch")];
    command.extend(words);
    command
}

pub(super) struct Delivery {
    /// The file, as it was given.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) config: Config,
    pub(super) plan: Plan,
    /// What the service is called.
    pub(super) app: String,
    /// The directory of the files in a container.
    pub(super) directory: String,
    /// Whether the configuration's own directory is that one.
    pub(super) is_own_directory: bool,
    /// The files that the configuration names: each where it is, and where it is below the configuration.
    pub(super) templates: Vec<(PathBuf, String)>,
    /// The local store, which is such a file too.
    pub(super) local_store: Option<String>,
}

impl Delivery {
    pub(super) fn of(arguments: &ConfigArguments) -> Result<Self> {
        let Some(path) = &arguments.config else {
            let failure = match &arguments.config_inline {
                Some(text) => usage(format!("`manifest` reads a file, and not {}", text.origin)),
                None => usage("`--config` is missing"),
            };
            return Err(failure.with_hint("name the configuration's file with `--config PATH`").into());
        };
        let path = &path.value;
        // First as every command reads it, with what it says of files that are none.
        let config = Config::from_file(path)?;
        let plan = Plan::new(config.clone())?;
        let cannot = |what: &str| usage(what).with_file(path);
        if !path.is_file() {
            return Err(cannot("`manifest` reads the configuration twice, and this is no file").into());
        }
        let text = std::fs::read_to_string(path).map_err(|error| cannot(&format!("cannot read it: {error}")))?;
        let of_file = |failure: Box<Failure>| failure.with_file(path);
        let base = path.parent().unwrap_or(Path::new(""));
        let (directory, is_own_directory) = match &config.directory {
            Some(directory) if directory.is_absolute() && !(base.is_absolute() && directory.starts_with(base)) => {
                (directory_in_container(directory).map_err(of_file)?, true)
            }
            _ => ("/secret".to_owned(), false),
        };
        let templates = config.files.iter().filter_map(|file| file.template.as_ref()?.path());
        let mut known: Vec<(PathBuf, String)> = Vec::new();
        for template in templates {
            if !known.iter().any(|(path, _)| path == template) {
                known.push((template.to_owned(), below(template, base).map_err(of_file)?));
            }
        }
        let local_store = plan.stores().find(|(_, store)| store.kind() == "file").map(|(name, _)| name.to_string());
        let app = config.name.as_deref().filter(|name| is_label(name)).unwrap_or("app").to_owned();
        let templates = known;
        let path = path.clone();
        Ok(Delivery { path, text, config, plan, app, directory, is_own_directory, templates, local_store })
    }

    pub(super) fn has_files(&self) -> bool {
        !self.config.files.is_empty()
    }

    /// Whether this program starts the service, with secrets in its environment.
    pub(super) fn is_exec(&self) -> bool {
        self.config.environment.is_some()
    }

    /// The words of the command that writes the files, or starts the service.
    pub(super) fn arguments(&self, config: Option<&str>, mode: Option<&str>) -> Vec<String> {
        let mut words = vec![if self.is_exec() { "exec" } else { "fetch" }.to_owned()];
        words.extend(config.map(|path| format!("--config={path}")));
        if self.has_files() && !self.is_own_directory {
            words.push(format!("--directory={}", self.directory));
        }
        words.extend(mode.map(|mode| format!("--mode={mode}")));
        if self.is_exec() {
            words.extend(["--", "/your-program"].map(str::to_owned));
        }
        words
    }

    /// The mode with which the user of another container reads the files, where no volume gives them a group and the
    /// configuration has no mode of its own. Only containers with the volume see them.
    pub(super) fn mode_for_others(&self) -> Option<&'static str> {
        let files = &self.config.files;
        let has_own =
            self.config.mode.is_some() || files.iter().any(|file| file.mode.is_some() || file.format.is_login());
        (!files.is_empty() && !self.is_exec() && !has_own).then_some("0444")
    }

    /// How long to wait for the end of a run: a little longer than it takes by itself.
    pub(super) fn patience(&self) -> u64 {
        self.plan.timeout().as_secs().saturating_add(10)
    }

    /// What whoever takes the manifest must know.
    pub(super) fn notes(&self, target: Target) -> Vec<String> {
        let mut notes = Vec::new();
        if matches!(target, Target::Ecs | Target::Compose) && self.has_files() {
            if self.is_exec() {
                notes.push(
                    "the service writes the files itself, so its user must be able to write to the volume".to_owned(),
                );
            } else if let Some(file) = self.config.files.iter().find(|file| file.format.is_login()) {
                let path = crate::escape::one_line(&file.path);
                notes.push(format!("`{path}` is its owner's alone: give it the service's user with `owner`"));
            }
        }
        let is_there = target == Target::Compose;
        if let Some(store) = self.local_store.as_ref().filter(|_| !is_there) {
            notes.push(format!("the store `{store}` is a file of this machine: change `store` before you go there"));
        }
        if target == Target::Systemd && !self.templates.is_empty() {
            let names: Vec<&str> = self.templates.iter().map(|(_, below)| below.as_str()).collect();
            notes.push(format!("the configuration's templates go to {CONFIG_DIRECTORY} as well: {}", names.join(", ")));
        }
        notes
    }

    /// That a file beside the configuration cannot come along.
    pub(super) fn refuse_templates(&self, target: &str) -> Result<()> {
        match self.templates.first() {
            None => Ok(()),
            Some((_, below)) => {
                Err(usage(format!("{target} has no file beside the configuration, and it names `{below}`"))
                    .with_file(&self.path)
                    .with_hint("write the text under `template` instead of `templateFile`")
                    .into())
            }
        }
    }
}

/// What a volume can be mounted at.
fn directory_in_container(directory: &Path) -> Result<String, Box<Failure>> {
    let hint = "choose another `directory`, such as `/secret`";
    let Some(text) = directory.to_str() else { return Err(usage("`directory` is not UTF-8").with_hint(hint).into()) };
    let text = text.trim_end_matches('/');
    let taken = [CONFIG_DIRECTORY, PROGRAM_DIRECTORY];
    let is_taken = |other: &&str| Path::new(text).starts_with(other) || Path::new(other).starts_with(text);
    if text.is_empty() {
        return Err(usage("`directory` is the root of all files, where no volume can be").with_hint(hint).into());
    }
    if let Some(other) = taken.iter().find(|other| is_taken(other)) {
        let what = format!("`directory` is `{text}`, and the manifest has `{other}` for its own");
        return Err(usage(what).with_hint(hint).into());
    }
    if text.contains(':') {
        return Err(usage("`directory` has a `:`, which no container can mount").with_hint(hint).into());
    }
    Ok(text.to_owned())
}

/// The path below `base`, which it must be for the configuration to find it there as well.
fn below(path: &Path, base: &Path) -> Result<String, Box<Failure>> {
    let relative = path.strip_prefix(base).ok().filter(|relative| {
        relative.is_relative()
            && relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    });
    relative.and_then(Path::to_str).map(str::to_owned).ok_or_else(|| {
        let path = crate::escape::one_line(&path.to_string_lossy());
        let failure = usage(format!("`templateFile` is `{path}`, which is not below the configuration"));
        failure.with_hint("put the template beside the configuration").into()
    })
}

/// Whether Kubernetes, and everything else, takes it for a name (RFC 1123).
fn is_label(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && !name.ends_with('-')
}

/// A text as JSON has it, which YAML reads the same.
pub(super) fn quoted(text: &str) -> String {
    crate::escape::within_json(&serde_json::Value::from(text).to_string())
}

/// The words as a list on one line.
pub(super) fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_one_that_a_container_can_have() {
        assert_eq!(directory_in_container(Path::new("/run/app/")).ok().as_deref(), Some("/run/app"));
        for directory in ["/", "/etc", "/etc/secretfetch", "/etc/secretfetch/x", "/opt", "/a:b"] {
            assert!(directory_in_container(Path::new(directory)).is_err(), "{directory}");
        }
    }

    #[test]
    fn a_template_comes_along_from_below_the_configuration_only() {
        for (path, base, expected) in [
            ("conf/t/a.tmpl", "conf", Some("t/a.tmpl")),
            ("a.tmpl", "", Some("a.tmpl")),
            ("conf/../a.tmpl", "conf", None),
            ("/etc/a.tmpl", "", None),
            ("/etc/a.tmpl", "conf", None),
        ] {
            assert_eq!(below(Path::new(path), Path::new(base)).ok().as_deref(), expected, "{path} {base}");
        }
    }

    #[test]
    fn a_service_is_called_what_every_platform_takes() {
        for name in ["orders", "a1-b"] {
            assert!(is_label(name), "{name}");
        }
        for name in ["", "secretfetch.yaml", "-a", "a-", "1a", "Orders", "é", &"a".repeat(41)] {
            assert!(!is_label(name), "{name}");
        }
    }
}
