//! The manual page, made of the tables: man(7)'s macros, which both groff and mandoc know.

use super::command::CommandName;
use super::help::{EXAMPLES_AND_EXIT_CODES, LONG_ABOUT};
use super::option::{Definition, OPTIONS};

/// The page, `secretfetch(1)`.
pub(crate) fn man() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut page = format!(".TH SECRETFETCH 1 \"\" \"secretfetch {version}\" \"User Commands\"\n");
    heading(&mut page, "NAME");
    page.push_str("secretfetch \\- fetch secrets and leave them as files or as an environment\n");
    heading(&mut page, "SYNOPSIS");
    for (place, command) in CommandName::all().enumerate() {
        page.push_str(if place == 0 { "" } else { ".br\n" });
        page.push_str(&format!(".B secretfetch {}\n{}\n", command.word(), escaped(command.takes())));
    }
    heading(&mut page, "DESCRIPTION");
    for (place, about) in LONG_ABOUT.iter().enumerate() {
        page.push_str(if place == 0 { "" } else { ".PP\n" });
        page.push_str(&format!("{}\n", escaped(about)));
    }
    heading(&mut page, "COMMANDS");
    for command in CommandName::all() {
        page.push_str(&format!(".TP\n.B {}\n{}.\n", command.word(), escaped(command.about())));
    }
    heading(&mut page, "OPTIONS");
    let mut last = "";
    for option in OPTIONS.iter().filter(|option| !option.is_hidden) {
        if option.group.heading() != last {
            last = option.group.heading();
            page.push_str(&format!(".SS {last}\n"));
        }
        describe(option, &mut page);
    }
    // Texts as the help has them: a title, and lines below it.
    for part in EXAMPLES_AND_EXIT_CODES.split_inclusive("\n\nExit codes:\n") {
        let (title, lines) = match part.strip_prefix("Examples:\n") {
            Some(lines) => ("EXAMPLES", lines.strip_suffix("\n\nExit codes:\n").unwrap_or(lines)),
            None => ("EXIT STATUS", part),
        };
        heading(&mut page, title);
        page.push_str(".nf\n");
        for line in lines.trim_end().lines() {
            page.push_str(&format!("{}\n", escaped(line.strip_prefix("  ").unwrap_or(line))));
        }
        page.push_str(".fi\n");
    }
    page
}

fn heading(page: &mut String, title: &str) {
    page.push_str(&format!(".SH {title}\n"));
}

fn describe(option: &Definition, page: &mut String) {
    let short = option.short.map(|short| format!("\\-{short}, ")).unwrap_or_default();
    page.push_str(&format!(".TP\n.B {short}{}\n{}.\n", escaped(&option.usage()), escaped(option.help)));
    let commands: Vec<&str> = CommandName::all().filter(|name| option.is_of(Some(*name))).map(|c| c.word()).collect();
    if commands.len() < CommandName::all().count() {
        page.push_str(&format!("Of {}.\n", commands.join(", ")));
    }
    if let Some(variable) = option.variable(&mut String::new()) {
        page.push_str(&format!("Environment: {variable}.\n"));
    }
}

/// Text that is no request: a hyphen stays one that can be copied, and nothing is the escape character.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_command_and_every_option_that_is_shown() {
        let page = man();
        for command in CommandName::all() {
            assert!(page.contains(&format!(".TP\n.B {}\n", command.word())), "{}", command.word());
        }
        for option in OPTIONS {
            let line = format!("{}\n{}", escaped(&option.usage()), escaped(option.help));
            assert_eq!(page.contains(&line), !option.is_hidden, "{}", option.long);
        }
        assert!(page.contains(".SH EXIT STATUS\n.nf\n0  done\n"), "{page}");
        assert!(page.contains(".SH EXAMPLES\n.nf\n# one secret"), "{page}");
    }

    #[test]
    fn no_text_is_taken_for_a_request() {
        assert_eq!(escaped(".x -a \\"), "\\&.x \\-a \\e");
        assert_eq!(escaped("'x"), "\\&'x");
    }
}
