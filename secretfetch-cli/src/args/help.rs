//! The help, made of the tables when it is asked for.

use super::command::CommandName;
use super::option::{Definition, Place, shown};

/// The longest line, in characters.
const WIDTH: usize = 100;

const ABOUT: &str = "Fetch secrets from AWS Secrets Manager and leave them as files";

pub(super) const LONG_ABOUT: [&str; 2] = [
    "Fetch secrets from AWS Secrets Manager and leave them as files for the program that starts next: as a Kubernetes \
     init container, or by hand.",
    "Every option can be given by the environment variable named in its help. Options win over SECRETFETCH_* \
     variables, these over the configuration, and that over AWS_* variables. Credentials come from where every AWS \
     SDK takes them: AWS_* variables, a service account's role (IRSA, Pod Identity), profiles, ECS, EC2.",
];

const EXAMPLES: &str = "\
Examples:
  secretfetch fetch --secret-id vinsguru/prod --output app.properties --format properties --dialect java
  secretfetch fetch --config secretfetch.yaml
  secretfetch exec --config secretfetch.yaml -- ./server
  secretfetch convert --format env --dialect docker < secret.json > app.env
";

pub(super) const EXAMPLES_AND_EXIT_CODES: &str = "\
Examples:
  # one secret, a JSON object, as the properties of a Spring Boot service
  secretfetch fetch --secret-id vinsguru/prod --output /secret/application.properties \\
    --format properties --dialect spring

  # one key's value, alone in a file
  secretfetch fetch --secret-id vinsguru/tls --key privateKey --output /secret/tls.key --mode 0400

  # every file that the application needs, from a configuration
  secretfetch fetch --config /etc/secretfetch/config.yaml

  # a program with secrets in its environment
  secretfetch exec --config /etc/secretfetch/config.yaml -- /app/server --port 8080

  # everything of fetch but the writing
  secretfetch check --config /etc/secretfetch/config.yaml

  # without AWS: a secret's JSON text as an env-file
  secretfetch convert --format env --dialect docker < secret.json > app.env

Exit codes:
  0  done
  1  internal error
  2  wrong arguments or configuration; an untrusted TLS certificate
  3  a secret, version or key does not exist
  4  credentials or permissions are missing
  5  unavailable, worth retrying: timeout, throttling, network
  6  a secret has the wrong shape, or a value that the format cannot hold
  7  a file cannot be written
  143, 130  ended by SIGTERM, SIGINT
  126, 127  exec: the program cannot be executed, or is not found
";

/// The answer to `--version`.
pub(super) fn version() -> String {
    format!("secretfetch {}\n", env!("CARGO_PKG_VERSION"))
}

/// The line that shows how a command is written.
pub(super) fn usage(command: Option<CommandName>) -> String {
    match command {
        Some(command) => format!("Usage: secretfetch {} {}", command.word(), command.takes()),
        None => "Usage: secretfetch [OPTIONS] <COMMAND>".to_owned(),
    }
}

/// The help of a command, or of the program.
pub(super) fn text(command: Option<CommandName>, is_long: bool) -> String {
    let mut text = String::new();
    let abouts = match (&command, is_long) {
        (Some(command), _) => &[command.about()][..],
        (None, false) => &[ABOUT],
        (None, true) => &LONG_ABOUT,
    };
    for about in abouts {
        wrap(&mut text, 0, about.split(' '));
        text.push('\n');
    }
    text.push_str(&usage(command));
    text.push('\n');
    if command.is_none() {
        let row = |command: CommandName| Row { name: command.word().into(), about: command.about(), variable: None };
        section(&mut text, "Commands", &CommandName::all().map(row).collect::<Vec<_>>());
    }
    let mut options = shown(command).peekable();
    while let Some(first) = options.next() {
        let heading = first.group.heading();
        let mut rows = vec![option_row(first, command, is_long)];
        while let Some(option) = options.next_if(|option| option.group.heading() == heading) {
            rows.push(option_row(option, command, is_long));
        }
        section(&mut text, heading, &rows);
    }
    if command.is_none() {
        text.push('\n');
        text.push_str(if is_long { EXAMPLES_AND_EXIT_CODES } else { EXAMPLES });
    }
    text
}

struct Row {
    name: String,
    about: &'static str,
    variable: Option<String>,
}

fn option_row(option: &Definition, command: Option<CommandName>, is_long: bool) -> Row {
    let short = option.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
    Row {
        name: short + &option.usage(),
        about: match (option.place, command, is_long) {
            (Place::Help, None, false) => "Print help (see more with '--help')",
            (Place::Help, None, true) => "Print help (see a summary with '-h')",
            _ => option.help,
        },
        variable: option.variable(&mut String::new()).map(|name| format!("[env: {name}]")),
    }
}

/// A heading, and its rows in two columns.
fn section(text: &mut String, heading: &str, rows: &[Row]) {
    text.push_str(&format!("\n{heading}:\n"));
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
    for Row { name, about, variable } in rows {
        text.push_str(&format!("  {name:<width$}  "));
        wrap(text, width + 4, about.split(' ').chain(variable.as_deref()));
    }
}

/// Writes the words from this column on, on as many lines as they need.
fn wrap<'a>(text: &mut String, indent: usize, words: impl Iterator<Item = &'a str>) {
    let mut column = indent;
    for word in words {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            text.push_str(&format!("\n{:indent$}", ""));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::option::OPTIONS;

    #[test]
    fn the_help_of_a_command_has_its_options_and_no_others() {
        for command in CommandName::all().map(Some).chain([None]) {
            let text = text(command, true);
            for option in OPTIONS {
                let is_shown = option.is_of(command) && !option.is_hidden;
                let usage = option.usage();
                let shows = |line: &str| line.get(6..).is_some_and(|line| line.split("  ").next() == Some(&usage));
                assert_eq!(text.lines().filter(|line| shows(line)).count(), usize::from(is_shown), "{usage}");
                if let Some(name) = option.variable(&mut String::new()) {
                    assert_eq!(text.contains(&format!("[env: {name}]")), is_shown, "{name}");
                }
            }
        }
    }

    #[test]
    fn no_line_is_too_long_but_examples() {
        for command in CommandName::all().map(Some).chain([None]) {
            let text = text(command, true);
            let lines = text.lines().filter(|line| !line.starts_with("  secretfetch "));
            lines.for_each(|line| assert!(line.chars().count() <= WIDTH, "{line}"));
        }
    }

    #[test]
    fn words_go_on_under_their_own_column() {
        let mut text = "12".to_owned();
        let (long, rest) = ("x".repeat(WIDTH - 2), "y".repeat(WIDTH - 3));
        wrap(&mut text, 2, [long.as_str(), &rest, "z", "variable of two words"].into_iter());
        assert_eq!(text, format!("12{long}\n  {rest}\n  z variable of two words\n"));
    }
}
