//! The commands, as data.

use std::ffi::OsStr;

/// What the first word can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandName {
    Fetch,
    Check,
    Watch,
    Exec,
    Probe,
    Convert,
    Install,
    Policy,
    Manifest,
    Schema,
    Completions,
    Man,
    Help,
}

struct Definition {
    name: CommandName,
    word: &'static str,
    about: &'static str,
    /// What can follow the word, as the usage shows it.
    takes: &'static str,
}

const fn command(name: CommandName, word: &'static str, about: &'static str) -> Definition {
    Definition { name, word, about, takes: "[OPTIONS]" }
}

/// In the order of the help, which is that of [`CommandName`].
static COMMANDS: [Definition; 13] = [
    command(CommandName::Fetch, "fetch", "Fetch secrets and write their files: all of them, or none"),
    command(CommandName::Check, "check", "Do everything but the writing, to see whether it would work"),
    command(CommandName::Watch, "watch", "Do as fetch, then stay and keep the files fresh: as a native sidecar"),
    Definition {
        takes: "[OPTIONS] -- <PROGRAM> [ARGS]...",
        ..command(CommandName::Exec, "exec", "Do as fetch, then become the program, with secrets in its environment")
    },
    Definition {
        takes: "[OPTIONS] <ready|live>",
        ..command(
            CommandName::Probe,
            "probe",
            "Ask a watch in the same pod whether it is ready, or live: for probes in images without curl",
        )
    },
    command(
        CommandName::Convert,
        "convert",
        "Convert a secret's text from standard input, without AWS and without files",
    ),
    Definition {
        takes: "[OPTIONS] <PATH>",
        ..command(
            CommandName::Install,
            "install",
            "Copy this program to a file, or into a directory: for images that have none, by a volume they share",
        )
    },
    command(
        CommandName::Policy,
        "policy",
        "Print the least IAM policy that the same arguments of fetch need: no network, no credentials",
    ),
    Definition {
        takes: "[OPTIONS] <kubernetes|ecs|compose|systemd>",
        ..command(
            CommandName::Manifest,
            "manifest",
            "Print what brings a configuration's secrets to a service there: no network, no credentials",
        )
    },
    command(CommandName::Schema, "schema", "Print the JSON Schema of the configuration, for editors and CI"),
    Definition {
        takes: "[OPTIONS] <bash|zsh|fish>",
        ..command(CommandName::Completions, "completions", "Print what makes a shell complete this program's arguments")
    },
    command(CommandName::Man, "man", "Print the manual page, in roff"),
    Definition {
        takes: "[COMMAND]",
        ..command(CommandName::Help, "help", "Print this message or the help of the given subcommand")
    },
];

impl CommandName {
    /// Every command, in the order of the help.
    pub(super) fn all() -> impl Iterator<Item = CommandName> {
        COMMANDS.iter().map(|command| command.name)
    }

    pub(super) fn of_word(word: &OsStr) -> Option<CommandName> {
        CommandName::all().find(|command| command.word() == word)
    }

    pub(super) fn word(self) -> &'static str {
        self.definition().word
    }

    pub(super) fn about(self) -> &'static str {
        self.definition().about
    }

    pub(super) fn takes(self) -> &'static str {
        self.definition().takes
    }

    fn definition(self) -> &'static Definition {
        &COMMANDS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_at_its_place_in_the_table() {
        for (place, definition) in COMMANDS.iter().enumerate() {
            assert_eq!(definition.name as usize, place, "{}", definition.word);
            assert_eq!(CommandName::of_word(OsStr::new(definition.word)), Some(definition.name));
        }
    }
}
