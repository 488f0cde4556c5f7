//! Options of one command, which are made only for a run of that command.

use std::ops::{Deref, DerefMut};

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

/// `T`'s options, which clap is told of only when the name of their command is among the words that were typed.
///
/// Four commands share some thirty options: made for each of them, they were a quarter of the time before the first
/// packet. clap's own `Command::defer` would do, but for the help: global options would come first there.
pub(crate) struct Deferred<T>(Box<T>);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        if is_typed(&command) { T::augment_args(command) } else { command }
    }

    fn augment_args_for_update(command: Command) -> Command {
        if is_typed(&command) { T::augment_args_for_update(command) } else { command }
    }
}

/// Also of `help NAME`, and of an option's value that is the same word: then it has its options for nothing.
fn is_typed(command: &Command) -> bool {
    std::env::args_os().any(|word| word == command.get_name())
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|arguments| Deferred(Box::new(arguments)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Deferred<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
