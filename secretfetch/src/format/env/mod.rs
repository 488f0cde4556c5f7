//! `env`: NAME=value lines, in the dialect of the program that reads them.

mod dialect;
mod letter;
mod name;
mod protected;
mod quoting;

use zeroize::Zeroizing;

use super::hint::{CHANGE_THE_VALUE, RENAME};
use super::write::{escaped, exact_bytes};
use crate::entries::{Entries, Flat, KeyStyle, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};

pub(super) use dialect::{DIALECTS, Dialect};
pub(super) use protected::changes_processes;
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

/// The first entry that is written with quotes, about which readers differ.
pub(super) fn differing<'a>(dialect: &Dialect, entries: &'a Entries, nulls: Nulls) -> Option<(&'a str, &'static str)> {
    let is_quoted = |value: &str| !dialect.quotings.iter().any(|quoting| quoting.is_plain() && quoting.holds(value));
    let (flat, _) = entries.flat(nulls);
    let quoted = flat.iter().find(|flat| is_quoted(&flat.text))?;
    let what = "is written with quotes: `docker run`, `podman run` and `kubectl create` keep them, and Next.js, Vite, \
                Bun and Laravel replace a `$` between them";
    Some((&quoted.entry.name, what))
}

/// One assignment, with the quoting that its value needs.
struct Line<'a> {
    name: &'a str,
    name_quote: &'static str,
    quoting: &'static Quoting,
    /// Those of the dialect, beside the quoting's.
    escapes: &'static [(char, &'static str)],
    value: &'a str,
}

impl Line<'_> {
    fn write(&self, out: &mut dyn FnMut(&str)) {
        out(self.name_quote);
        out(self.name);
        out(self.name_quote);
        out("=");
        out(self.quoting.open);
        let escapes = || self.quoting.escapes.iter().chain(self.escapes);
        let end = self.quoting.end.iter().filter(|(raw, _)| self.value.ends_with(*raw));
        // Most values have nothing to escape, and are not looked at character by character.
        if end.clone().chain(escapes()).any(|(raw, _)| self.value.contains(*raw)) {
            escaped(self.value, out, |at, c, out| {
                let is_last = at + c.len_utf8() == self.value.len();
                let at_end = end.clone().filter(|_| is_last);
                let escape = at_end.chain(escapes()).find(|(raw, _)| *raw == c);
                escape.inspect(|(_, escape)| out(escape)).is_some()
            });
        } else {
            out(self.value);
        }
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

/// Why a name that no `keys` spells out is refused, and what to do.
pub(super) fn dangerous(name: &str) -> (String, String) {
    let shown = crate::text::quoted(name);
    let hint = format!("if that is meant, name it under `keys` ({shown}: its key)");
    (format!("{shown} changes how a process loads or runs"), hint)
}

/// `last` says whether the file's last place is still free.
fn line<'a>(dialect: &Dialect, named: bool, name: &'a str, value: &'a str, last: bool) -> Result<Line<'a>, Refusal> {
    let shown = crate::text::quoted(name);
    if !named && changes_processes(name) {
        let (reason, hint) = dangerous(name);
        return Err(Refusal { reason, hint });
    }
    let name_quote = dialect.names.check(name).map_err(|reason| Refusal {
        reason: format!("{shown} {reason}"),
        hint: {
            let styled = KeyStyle::UpperSnake.apply(name);
            // Of no use to a name that has the style already, or is refused with it as well.
            let helps = styled != *name && dialect.names.check(&styled).is_ok();
            let style = if helps { ", or set `keyStyle: upper-snake`" } else { "" };
            format!("{RENAME}{style}")
        },
    })?;
    let mut quotings = dialect.quotings.iter().filter(|quoting| last || !quoting.only_last);
    let quoting = quotings.find(|quoting| quoting.holds(value));
    let line = quoting.map(|quoting| Line { name, name_quote, quoting, escapes: dialect.escapes, value });
    let refusal = |reason: String| Refusal { reason, hint: way_out(dialect, named, name, value) };
    if let Some((reason, hint)) = dialect.empty.filter(|_| value.is_empty()) {
        return Err(Refusal { reason: reason.to_owned(), hint: hint.to_owned() });
    }
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

/// What stands in the way of each quoting. Not of the plain form, since that it needs quotes is no news, nor of what is
/// only right in one place of the file.
fn obstacles(dialect: &Dialect, value: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for quoting in dialect.quotings.iter().filter(|quoting| !quoting.is_plain() && !quoting.only_last) {
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

/// What helps, for the hint of a refusal. Who follows it must not end with a file that the reader takes for something
/// else: another dialect is the way out only of the portable one, whose reader may be one that holds more.
fn way_out(refusing: &Dialect, named: bool, name: &str, value: &str) -> String {
    if value.contains('\0') {
        return format!("no environment variable can hold a NUL: {CHANGE_THE_VALUE}");
    }
    if !refusing.reader.is_empty() {
        return CHANGE_THE_VALUE.to_owned();
    }
    let own = DIALECTS.iter().filter(|dialect| !dialect.reader.is_empty());
    let own = own.filter(|dialect| line_fits(dialect, named, name, value));
    let own: Vec<String> = own.map(|dialect| format!("`{}` for {}", dialect.name, dialect.reader)).collect();
    match own.as_slice() {
        [] => CHANGE_THE_VALUE.to_owned(),
        own => format!(
            "if one program reads the file, its own dialect holds it: {}; or {CHANGE_THE_VALUE}",
            own.join(", ")
        ),
    }
}

fn line_fits(dialect: &Dialect, named: bool, name: &str, value: &str) -> bool {
    (named || !changes_processes(name))
        && dialect.names.check(name).is_ok()
        && (dialect.empty.is_none() || !value.is_empty())
        && dialect.quotings.iter().find(|quoting| quoting.holds(value)).is_some_and(|quoting| {
            let line = Line { name, name_quote: "", quoting, escapes: dialect.escapes, value };
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
