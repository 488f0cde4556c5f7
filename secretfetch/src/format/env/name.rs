//! Which names a dialect's readers take.

use super::letter::is_letter_or_number;

/// The rule for names.
#[derive(Debug)]
pub(super) struct NameRule {
    /// May stand first.
    pub(super) first: fn(char) -> bool,
    /// May stand after the first.
    pub(super) rest: fn(char) -> bool,
    /// May stand at the end, being allowed there by the others.
    pub(super) last: fn(char) -> bool,
    /// The rule in words, for the refusal.
    pub(super) words: &'static str,
    /// Names that fit the rule, and that a reader does not take all the same.
    pub(super) except: &'static [Exception],
    /// Prefixes that a reader gives a meaning of their own.
    pub(super) not_prefix: &'static [&'static str],
    /// The longest name, in bytes.
    pub(super) longest: Option<usize>,
    /// The quote for names that do not fit the rule, where the reader has one.
    pub(super) quote: Option<char>,
}

/// Names that are not taken, and why.
#[derive(Debug)]
pub(super) struct Exception {
    names: Names,
    reason: &'static str,
}

#[derive(Debug)]
enum Names {
    These(&'static [&'static str]),
    /// `0` to `4294967294`, written as JavaScript writes an array index.
    ArrayIndexes,
}

impl Names {
    fn have(&self, name: &str) -> bool {
        match self {
            Names::These(names) => names.contains(&name),
            Names::ArrayIndexes => {
                name.parse::<u32>().is_ok_and(|index| index != u32::MAX && index.to_string() == name)
            }
        }
    }
}

impl NameRule {
    /// The quote to put around the name (mostly none), or why the name cannot be written.
    pub(super) fn check(&self, name: &str) -> Result<&'static str, String> {
        if let Some(exception) = self.except.iter().find(|exception| exception.names.have(name)) {
            return Err(exception.reason.to_owned());
        }
        if self.longest.is_some_and(|longest| name.len() > longest) {
            return Err(format!("is a name of more than {} bytes", self.longest.unwrap_or_default()));
        }
        if let Some(prefix) = self.not_prefix.iter().find(|prefix| name.starts_with(**prefix)) {
            return Err(format!("starts with `{prefix}`, which the reader takes for something else"));
        }
        let mut chars = name.chars();
        let fits = chars.next().is_some_and(self.first) && chars.all(self.rest) && name.ends_with(self.last);
        match self.quote {
            _ if fits => Ok(""),
            Some(quote) if quotable(name, quote) => Ok("'"),
            _ if name.is_empty() => Err("is empty".to_owned()),
            _ => Err(format!("is not a name to this dialect's readers, which take {}", self.words)),
        }
    }
}

/// No environment variable has `=` or NUL in its name, and CR becomes LF when the file is read as text.
fn quotable(name: &str, quote: char) -> bool {
    !name.is_empty() && !name.contains([quote, '=', '\0', '\r'])
}

const READ_ONLY_IN_BASH: Exception = Exception {
    names: Names::These(&["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"]),
    reason: "is read-only in bash, which cannot set it",
};

const COMPUTED_BY_BASH: Exception = Exception {
    names: Names::These(&[
        "BASHPID",
        "BASH_ALIASES",
        "BASH_ARGC",
        "BASH_ARGV",
        "BASH_ARGV0",
        "BASH_CMDS",
        "BASH_LINENO",
        "BASH_SOURCE",
        "BASH_SUBSHELL",
        "COMP_WORDBREAKS",
        "DIRSTACK",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "FUNCNAME",
        "GROUPS",
        "HISTCMD",
        "LINENO",
        "PIPESTATUS",
        "RANDOM",
        "SECONDS",
        "SRANDOM",
        "_",
    ]),
    reason: "is a variable that bash computes itself, so a value set for it is lost",
};

const CHECKED_BY_SHELLS: Exception = Exception {
    names: Names::These(&["OPTIND", "BASH_COMPAT", "BASH_XTRACEFD"]),
    reason: "is a variable whose value the shell checks or acts on",
};

const PROTOTYPE: Exception = Exception {
    names: Names::These(&["__proto__"]),
    reason: "is lost by JavaScript, which takes it for the object's prototype",
};

/// What every object of JavaScript has.
const INHERITED: Exception = Exception {
    names: Names::These(&[
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    ]),
    reason: "is what every object of JavaScript has, and dotenv-expand takes it for set already",
};

const INDEX: Exception =
    Exception { names: Names::ArrayIndexes, reason: "is an array index to JavaScript, and node loses it" };

/// What would get round the protected names where zsh is the shell.
const TIED_BY_ZSH: Exception = Exception {
    names: Names::These(&["cdpath", "fpath", "manpath", "module_path", "path"]),
    reason: "is another name for PATH or its like in zsh",
};

/// POSIX names, but for those that a shell keeps for itself (measured on bash 5.2, dash and busybox ash).
pub(super) const SHELL: NameRule =
    NameRule { except: &[READ_ONLY_IN_BASH, COMPUTED_BY_BASH, CHECKED_BY_SHELLS, TIED_BY_ZSH], ..POSIX };

/// What every reader of a `.env` file takes.
pub(super) const PORTABLE: NameRule =
    NameRule { except: &[READ_ONLY_IN_BASH, COMPUTED_BY_BASH, CHECKED_BY_SHELLS, PROTOTYPE], ..POSIX };

/// POSIX names, all of them.
pub(super) const POSIX: NameRule = NameRule {
    first: |c| c.is_ascii_alphabetic() || c == '_',
    rest: |c| c.is_ascii_alphanumeric() || c == '_',
    last: |_| true,
    words: "letters, digits and underscores, with no digit first",
    except: &[],
    not_prefix: &[],
    longest: None,
    quote: None,
};

/// Docker and podman: anything that its line can hold.
pub(super) const DOCKER: NameRule = NameRule {
    first: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\0' | '\u{feff}'),
    rest: |c| !matches!(c, '=' | ' ' | '\t' | '\n' | '\0'),
    words: "names without blanks, `=` and a leading `#`",
    ..POSIX
};

/// kubectl: `IsEnvVarName` of Kubernetes 1.32.
pub(super) const KUBECTL: NameRule = NameRule {
    first: |c| c.is_ascii_alphabetic() || matches!(c, '-' | '.' | '_'),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'),
    words: "letters, digits, `-`, `_` and `.`, with no digit first and no leading `..`",
    except: &[Exception { names: Names::These(&["."]), reason: "is not a name to kubectl" }],
    not_prefix: &[".."],
    longest: Some(253),
    ..POSIX
};

/// Docker Compose (compose-go), which passes over a tab or CR inside a name, but not over a space.
pub(super) const COMPOSE: NameRule = NameRule {
    first: |c| is_letter_or_number(c) || matches!(c, '_' | '.' | '-' | '[' | ']'),
    rest: |c| is_letter_or_number(c) || matches!(c, '_' | '.' | '-' | '[' | ']' | '\t' | '\r'),
    last: |c| !matches!(c, '\t' | '\r'),
    words: "letters, digits and `_.-[]`",
    ..POSIX
};

/// Kubernetes env files: printable ASCII but `=` (`IsRelaxedEnvVarName`), without what its lines give a meaning.
pub(super) const KUBERNETES: NameRule = NameRule {
    first: |c| c.is_ascii_graphic() && !matches!(c, '=' | '#'),
    rest: |c| matches!(c, ' '..='~') && c != '=',
    last: |c| c != ' ',
    words: "printable ASCII without `=`, blanks at the ends and a leading `#`",
    ..POSIX
};

/// node: what stands before `=`, without blanks at the ends, and without `export ` in front.
pub(super) const NODE: NameRule = NameRule {
    first: |c| !c.is_ascii_whitespace() && !matches!(c, '=' | '#' | '\0'),
    rest: |c| !matches!(c, '=' | '\0' | '\n' | '\r'),
    last: |c| !c.is_ascii_whitespace(),
    words: "names without `=`, newlines, blanks at the ends and `#` in front",
    except: &[INDEX],
    not_prefix: &["export "],
    ..POSIX
};

/// npm dotenv: `[\w.-]+`.
pub(super) const NPM: NameRule = NameRule {
    first: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'),
    words: "letters, digits and `_.-`",
    except: &[PROTOTYPE],
    ..POSIX
};

/// Next.js and Vite: npm dotenv's, but for what they find in any object.
pub(super) const DOTENV_EXPAND: NameRule = NameRule { except: &[PROTOTYPE, INHERITED], ..NPM };

/// bun: as npm dotenv, whose language it is not written in.
pub(super) const BUN: NameRule = NameRule { except: &[], ..NPM };

/// phpdotenv: `[A-Za-z0-9_.]+`.
pub(super) const PHPDOTENV: NameRule = NameRule {
    first: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'),
    words: "letters, digits, `_` and `.`",
    ..POSIX
};

/// python-dotenv: anything without `=`, `#` and white space, or any name between single quotes.
pub(super) const PYTHON: NameRule = NameRule {
    first: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\'' | '\0' | '\u{1c}'..='\u{1f}' | '\u{feff}'),
    rest: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\0' | '\u{1c}'..='\u{1f}'),
    words: "names without a single quote",
    quote: Some('\''),
    ..POSIX
};

/// dotenvy: `[A-Za-z_][A-Za-z0-9_.]*`.
pub(super) const DOTENVY: NameRule = NameRule {
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'),
    words: "letters, digits, `_` and `.`, with no digit or `.` first",
    ..POSIX
};

/// godotenv: letters, digits, `_` and `.`, with blanks inside. It looks at bytes where it means characters,
/// so that a letter outside ASCII is one only if each of its bytes is a letter, digit or blank of Latin-1.
pub(super) const GODOTENV: NameRule = NameRule {
    first: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.') || (latin1_letters(c) && !c.is_whitespace()),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' ' | '\t' | '\r') || latin1_letters(c),
    last: |c| !c.is_whitespace(),
    words: "letters, digits, `_` and `.`",
    not_prefix: &["export ", "export\t", "export\r"],
    ..POSIX
};

fn latin1_letters(c: char) -> bool {
    let taken = |byte: &u8| matches!(byte, 0x85 | 0xa0 | 0xaa | 0xb2 | 0xb3 | 0xb5 | 0xb9 | 0xba | 0xbc..=0xbe | 0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..);
    !c.is_ascii() && c.encode_utf8(&mut [0; 4]).as_bytes().iter().all(taken)
}
