//! `env`: NAME=value lines, in the dialect of the program that reads them.

mod dialect;
mod letter;
mod name;
mod protected;
mod quoting;

use zeroize::Zeroizing;

use super::{escaped, exact_bytes};
use crate::entries::{Entries, Flat, KeyStyle, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};

pub(super) use dialect::{DIALECTS, Dialect};
use quoting::{Obstacle, Quoting};

pub(super) fn render(dialect: &Dialect, entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let (flat, mut errors) = entries.flat(nulls);
    let mut lines = Vec::with_capacity(flat.len());
    let mut last = None;
    for Flat { entry, text } in &flat {
        match line(dialect, entry.named, &entry.name, text, last.is_none()) {
            Ok(line) if line.quoting.only_last => last = Some(line),
            Ok(line) => lines.push(line),
            Err(refusal) => errors.push(Error::from(refusal.about(entry))),
        }
    }
    lines.extend(last);
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    exact_bytes(|out| lines.iter().for_each(|line| line.write(out)))
}

/// One assignment, with the quoting that its value needs.
struct Line<'a> {
    name: &'a str,
    name_quote: &'static str,
    quoting: &'static Quoting,
    value: &'a str,
}

impl Line<'_> {
    fn write(&self, out: &mut dyn FnMut(&str)) {
        out(self.name_quote);
        out(self.name);
        out(self.name_quote);
        out("=");
        out(self.quoting.open);
        escaped(self.value, out, |at, c, out| {
            let is_last = at + c.len_utf8() == self.value.len();
            let at_end = self.quoting.end.iter().filter(|_| is_last);
            let escape = at_end.chain(self.quoting.escapes).find(|(raw, _)| *raw == c);
            escape.inspect(|(_, escape)| out(escape)).is_some()
        });
        out(self.quoting.close);
        out("\n");
    }
}

/// Why a dialect cannot hold a name or a value.
struct Refusal {
    reason: String,
    hint: String,
}

impl Refusal {
    fn about(self, entry: &crate::entries::Entry) -> Failure {
        let failure = entry.failure(ErrorKind::Unrepresentable, self.reason);
        if self.hint.is_empty() { failure } else { failure.with_hint(self.hint) }
    }
}

/// `last` says whether the file's last place is still free.
fn line<'a>(dialect: &Dialect, named: bool, name: &'a str, value: &'a str, last: bool) -> Result<Line<'a>, Refusal> {
    let shown = crate::text::quoted(name);
    if !named && protected::changes_processes(name) {
        return Err(Refusal {
            reason: format!("{shown} changes how a process loads or runs"),
            hint: format!("if that is meant, name it under `keys` ({shown}: its key)"),
        });
    }
    let name_quote = dialect.names.check(name).map_err(|reason| Refusal {
        reason: format!("{shown} {reason}"),
        hint: {
            let styled = KeyStyle::UpperSnake.apply(name);
            // Of no use to a name that has the style already, or is refused with it as well.
            let helps = styled != *name && dialect.names.check(&styled).is_ok();
            let style = if helps { ", or set `keyStyle: upper-snake`" } else { "" };
            format!("give it another name under `keys`{style}")
        },
    })?;
    let mut quotings = dialect.quotings.iter().filter(|quoting| last || !quoting.only_last);
    let quoting = quotings.find(|quoting| quoting.holds(value));
    let line = quoting.map(|quoting| Line { name, name_quote, quoting, value });
    let refusal = |reason: String| Refusal { reason, hint: instead(dialect, named, name, value) };
    match line {
        None => {
            let obstacles = obstacles(dialect, value);
            Err(refusal(format!("the dialect `{}` cannot hold a value with {obstacles}", dialect.name)))
        }
        Some(line) => match dialect.longest_line {
            Some(limit) if longest_line(&line) > limit => {
                Err(refusal(format!("the dialect `{}` reads lines of at most {limit} bytes", dialect.name)))
            }
            _ => Ok(line),
        },
    }
}

/// What stands in the way of each quoting, the plain form aside: that it needs quotes is no news.
fn obstacles(dialect: &Dialect, value: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for quoting in dialect.quotings.iter().filter(|quoting| !quoting.is_plain()) {
        let name = quoting.obstacle(value).map(Obstacle::describe);
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names.join(" and ")
}

fn longest_line(line: &Line<'_>) -> usize {
    let (mut longest, mut current) = (0, 0);
    line.write(&mut |text| {
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                current = 0;
            }
            current += part.len();
            longest = longest.max(current);
        }
    });
    longest
}

/// The dialects that would hold the value, for the hint of a refusal.
fn instead(refusing: &Dialect, named: bool, name: &str, value: &str) -> String {
    if value.contains('\0') {
        return "no environment variable can hold a NUL; `format: json`, `properties` or `files` can".to_owned();
    }
    let others = DIALECTS.iter().filter(|other| other.name != refusing.name);
    let holding: Vec<&str> =
        others.filter(|other| line_fits(other, named, name, value)).map(|other| other.name).collect();
    match holding.as_slice() {
        [] => "`format: json` or `files` can hold it".to_owned(),
        names => format!("it can be held by `dialect: {}`", names.join("`, `")),
    }
}

fn line_fits(dialect: &Dialect, named: bool, name: &str, value: &str) -> bool {
    (named || !protected::changes_processes(name))
        && dialect.names.check(name).is_ok()
        && dialect.quotings.iter().find(|quoting| quoting.holds(value)).is_some_and(|quoting| {
            let line = Line { name, name_quote: "", quoting, value };
            dialect.longest_line.is_none_or(|limit| longest_line(&line) <= limit)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_proposed_only_to_a_name_that_it_helps() {
        let dialect = DIALECTS.iter().find(|dialect| dialect.name == "posix").unwrap();
        for (name, helps) in [("db.password", true), ("DB_é", false), ("1A", false), ("1a", false), ("db-user", true)]
        {
            let refusal = line(dialect, true, name, "x", true).err().unwrap();
            assert_eq!(refusal.hint.contains("keyStyle"), helps, "{name}: {}", refusal.hint);
            assert!(refusal.hint.contains("`keys`"));
        }
    }
}
