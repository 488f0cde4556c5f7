//! A [Compose](https://github.com/compose-spec/compose-spec/blob/main/spec.md) project.

use secretfetch::Result;

use super::delivery::{CONFIG_DIRECTORY, CONFIG_FILE, Delivery, PROGRAM_DIRECTORY, install, list, quoted, started};
use crate::outcome::usage;

pub(super) fn project(delivery: &Delivery) -> Result<String> {
    let Delivery { app, directory, .. } = delivery;
    let mut files = vec![bind(&delivery.path.to_string_lossy(), CONFIG_FILE)?];
    for (path, below) in &delivery.templates {
        files.push(bind(&path.to_string_lossy(), &format!("{CONFIG_DIRECTORY}/{below}"))?);
    }
    if let Some(path) = delivery.local_store.as_deref().and_then(|store| store.strip_prefix("file:")) {
        let base = delivery.path.parent().unwrap_or(std::path::Path::new(""));
        // An absolute path is one in the container as well.
        files.push(match std::path::Path::new(path).strip_prefix(base) {
            Ok(below) if below.is_relative() => bind(path, &format!("{CONFIG_DIRECTORY}/{}", below.to_string_lossy()))?,
            _ => bind(path, path)?,
        });
    }
    let config: String = files.iter().map(|bind| format!("      - {bind}\n")).collect();
    let volume = |name: &str, path: &str, is_read_only: bool| {
        format!("      - {}\n", word(&format!("{name}:{path}{}", if is_read_only { ":ro" } else { "" })))
    };
    let files = |is_read_only| match delivery.has_files() {
        true => volume("files", directory, is_read_only),
        false => String::new(),
    };
    let program = |is_read_only| volume("program", PROGRAM_DIRECTORY, is_read_only);
    let words = delivery.arguments(Some(CONFIG_FILE), delivery.mode_for_others());
    let escaped = |words: &[String]| list(&words.iter().map(|word| word.replace('$', "$$")).collect::<Vec<_>>());
    let (command, mounts, entrypoint, app_mounts) = if delivery.is_exec() {
        let all = started(words);
        let entrypoint = format!("    entrypoint: {} # your own behind the --\n", escaped(&all));
        (escaped(&install()), program(false), entrypoint, program(true) + &config + &files(false))
    } else {
        (escaped(&words), config + &files(false), String::new(), files(true))
    };
    let mut volumes = String::new();
    for (name, is_there) in [("files", delivery.has_files()), ("program", delivery.is_exec())] {
        if is_there {
            volumes.push_str(&format!("  {name}:\n"));
        }
    }
    Ok(format!(
        "\
# To change: the two images, and what the service needs. Credentials come as for every AWS SDK: give `secretfetch` AWS_*
# variables, or on a machine of AWS nothing at all.
services:
  secretfetch:
    image: secretfetch:latest # change
    command: {command}
    # A new volume belongs to root with Docker, and to the user of the service below with Podman. Root may write to both.
    user: \"0:0\"
    cap_drop: [ALL]
    cap_add: [DAC_OVERRIDE]
    read_only: true
    security_opt: [\"no-new-privileges:true\"]
    volumes:
{mounts}
  {app}:
    image: your-service:latest # change
{entrypoint}    depends_on:
      secretfetch:
        condition: service_completed_successfully
    volumes:
{app_mounts}
volumes:
{volumes}"
    ))
}

/// A file of this machine at its place in the container.
fn bind(path: &str, there: &str) -> Result<String> {
    if path.contains(':') || there.contains(':') {
        let path = crate::escape::one_line(path);
        return Err(usage(format!("`{path}` has a `:`, which Compose takes for the end of a path"))
            .with_hint("rename the file, or a directory that it is in")
            .into());
    }
    // Without a dot in front it would be a volume's name.
    let path = if path.starts_with(['/', '.']) { path.to_owned() } else { format!("./{path}") };
    Ok(word(&format!("{path}:{there}:ro")))
}

/// A text in which nothing is a variable.
fn word(text: &str) -> String {
    quoted(&text.replace('$', "$$"))
}
