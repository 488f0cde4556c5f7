//! The words without hyphens that commands need, as data.

use std::ffi::OsString;

use super::command::CommandName;
use super::given::{Given, Unfit};
use super::values::Values;

/// A word that a command needs.
pub(super) struct Operand {
    of: CommandName,
    /// What it is called, in the usage too.
    pub(super) name: &'static str,
    /// Brings the word to its place.
    pub(super) put: fn(&mut Values, Given<OsString>) -> Result<(), Unfit>,
}

static OPERANDS: [Operand; 4] = [
    Operand { of: CommandName::Probe, name: "ready|live", put: |to, given| given.put(&mut to.probe) },
    Operand {
        of: CommandName::Manifest,
        name: "kubernetes|ecs|compose|systemd",
        put: |to, given| given.put(&mut to.manifest),
    },
    Operand { of: CommandName::Completions, name: "bash|zsh|fish", put: |to, given| given.put(&mut to.shell) },
    Operand { of: CommandName::Install, name: "PATH", put: |to, given| given.put_path(&mut to.install) },
];

impl Operand {
    pub(super) fn of(command: CommandName) -> Option<&'static Operand> {
        OPERANDS.iter().find(|operand| operand.of == command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_names_it_as_messages_do() {
        for command in CommandName::all() {
            let is_named = |operand: &Operand| command.takes().ends_with(&format!(" <{}>", operand.name));
            assert!(Operand::of(command).is_none_or(is_named), "{}", command.takes());
        }
    }
}
