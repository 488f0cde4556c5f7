//! Assignments as a POSIX shell reads them (POSIX.1-2017, Shell Command Language, sections 2.2, 2.3 and 2.9.1).
//!
//! Anything that a shell would expand, run or end a word at is an error, so that a value is literal or wrong.

use super::Members;

/// Variables that bash keeps read-only, computes itself, or checks; measured on bash 5.2.
const OWN: &str = "BASHOPTS BASH_VERSINFO EUID PPID SHELLOPTS UID BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 \
    BASH_CMDS BASH_LINENO BASH_SOURCE BASH_SUBSHELL COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS FUNCNAME \
    GROUPS HISTCMD LINENO PIPESTATUS RANDOM SECONDS SRANDOM _ OPTIND BASH_COMPAT BASH_XTRACEFD";

/// What `. file` assigns.
pub fn source(text: &str) -> Result<Members, String> {
    if text.contains('\0') {
        return Err("a NUL is dropped".to_owned());
    }
    let mut members = Members::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| matches!(c, ' ' | '\t' | '\n')).is_some() {}
        if chars.peek() == Some(&'#') {
            while chars.next_if(|&c| c != '\n').is_some() {}
            continue;
        }
        if chars.peek().is_none() {
            return Ok(members);
        }
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        if chars.next() != Some('=') || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("a command, not an assignment".to_owned());
        }
        if OWN.split_ascii_whitespace().any(|own| own == name) {
            return Err(format!("{name} is the shell's own"));
        }
        let value = word(&mut chars)?;
        super::assign(&mut members, &name, value);
    }
}

/// One word, quotes removed, to the newline that ends its command.
fn word(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut value = String::new();
    let mut tilde_expands = true;
    loop {
        let c = match chars.next() {
            None | Some('\n') => return Ok(value),
            Some(c) => c,
        };
        match c {
            '\'' => loop {
                match chars.next().ok_or("an unterminated single quote")? {
                    '\'' => break,
                    c => value.push(c),
                }
            },
            '"' => double_quoted(chars, &mut value)?,
            '\\' => match chars.next() {
                Some('\n') => {}
                Some(c) => value.push(c),
                None => value.push('\\'),
            },
            '$' => dollar(chars, &mut value)?,
            '`' | '|' | '&' | ';' | '<' | '>' | '(' | ')' => return Err(format!("{c} is an operator")),
            '~' if tilde_expands => return Err("a tilde prefix".to_owned()),
            c if c == ' ' || c == '\t' => return Err("a blank ends the word".to_owned()),
            // Other blanks are the locale's: some shells end a word at them.
            c if c.is_whitespace() && c != '\r' => return Err("a blank of some locale".to_owned()),
            c => value.push(c),
        }
        tilde_expands = c == ':';
    }
}

fn double_quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, value: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or("an unterminated double quote")? {
            '"' => return Ok(()),
            '`' => return Err("a command substitution".to_owned()),
            '$' => dollar(chars, value)?,
            '\\' => match chars.next().ok_or("an unterminated double quote")? {
                '\n' => {}
                c @ ('$' | '`' | '"' | '\\') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
}

/// A `$` stands for itself only where no expansion starts after it.
fn dollar(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, value: &mut String) -> Result<(), String> {
    match chars.peek() {
        Some(c) if c.is_ascii_alphanumeric() || "_{([@*#?-$!'\"".contains(*c) => Err("an expansion".to_owned()),
        _ => {
            value.push('$');
            Ok(())
        }
    }
}
