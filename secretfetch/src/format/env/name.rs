//! Which names a dialect's readers take.

/// The rule for names.
#[derive(Debug)]
pub(super) struct NameRule {
    /// May stand first.
    pub(super) first: fn(char) -> bool,
    /// May stand after the first.
    pub(super) rest: fn(char) -> bool,
    /// The rule in words, for the refusal.
    pub(super) words: &'static str,
    /// Names that fit the rule, and that a reader does not take all the same.
    pub(super) except: &'static [(&'static [&'static str], &'static str)],
    /// Prefixes that a reader gives a meaning of their own.
    pub(super) not_prefix: &'static [&'static str],
    /// The longest name, in bytes.
    pub(super) longest: Option<usize>,
    /// The quote for names that do not fit the rule, where the reader has one.
    pub(super) quote: Option<&'static str>,
}

impl NameRule {
    /// The quote to put around the name (mostly none), or why the name cannot be written.
    pub(super) fn check(&self, name: &str) -> Result<&'static str, String> {
        for (names, reason) in self.except {
            if names.contains(&name) {
                return Err((*reason).to_owned());
            }
        }
        if self.longest.is_some_and(|longest| name.len() > longest) {
            return Err(format!("is a name of more than {} bytes", self.longest.unwrap_or_default()));
        }
        if let Some(prefix) = self.not_prefix.iter().find(|prefix| name.starts_with(**prefix)) {
            return Err(format!("starts with `{prefix}`, which the reader takes for something else"));
        }
        let mut chars = name.chars();
        let fits = chars.next().is_some_and(self.first) && chars.all(self.rest);
        match self.quote {
            _ if fits => Ok(""),
            // A reader takes `=` between quotes, and then no environment does.
            Some(quote) if !name.is_empty() && !name.contains(['=', '\0', '\r']) && !name.contains(quote) => Ok(quote),
            _ if name.is_empty() => Err("is empty, which is no name".to_owned()),
            _ => Err(format!("is no name to this dialect's readers, which take {}", self.words)),
        }
    }
}

/// POSIX names, but for those that a shell keeps for itself (measured on bash 5.2, dash and busybox ash).
pub(super) const SHELL: NameRule = NameRule {
    first: |c| c.is_ascii_alphabetic() || c == '_',
    rest: |c| c.is_ascii_alphanumeric() || c == '_',
    words: "letters, digits and underscores, with no digit first",
    except: &[
        (
            &["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"],
            "is read-only in bash, which cannot set it",
        ),
        (
            &[
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
            ],
            "is a variable that bash computes itself, so a value set for it is lost",
        ),
        (&["OPTIND", "BASH_COMPAT", "BASH_XTRACEFD"], "is a variable whose value the shell checks or acts on"),
    ],
    not_prefix: &[],
    longest: None,
    quote: None,
};

/// What every reader of the portable dialect takes.
pub(super) const PORTABLE: NameRule =
    NameRule { except: &[SHELL.except[0], SHELL.except[1], SHELL.except[2], NPM.except[0]], ..SHELL };

/// POSIX names, all of them.
pub(super) const POSIX: NameRule = NameRule { except: &[], ..SHELL };

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
    except: &[(&["."], "is no name to kubectl")],
    not_prefix: &[".."],
    longest: Some(253),
    ..POSIX
};

/// Docker Compose (compose-go).
pub(super) const COMPOSE: NameRule = NameRule {
    first: |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']'),
    rest: |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']'),
    words: "letters, digits and `_.-[]`",
    ..POSIX
};

/// Kubernetes env files: printable ASCII but `=` (`IsRelaxedEnvVarName`), without what its lines give a meaning.
pub(super) const KUBERNETES: NameRule = NameRule {
    first: |c| c.is_ascii_graphic() && !matches!(c, '=' | '#'),
    rest: |c| c.is_ascii_graphic() && c != '=',
    words: "printable ASCII without blanks, `=` and a leading `#`",
    ..POSIX
};

/// node: what stands before `=`, trimmed.
pub(super) const NODE: NameRule = NameRule {
    first: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\0' | '\u{feff}'),
    rest: |c| !c.is_whitespace() && !matches!(c, '=' | '\0'),
    words: "names without blanks, `=` and a leading `#`",
    ..POSIX
};

/// npm dotenv: `[\w.-]+`.
pub(super) const NPM: NameRule = NameRule {
    first: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'),
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'),
    words: "letters, digits and `_.-`",
    except: &[(&["__proto__"], "is lost by JavaScript, which takes it for the object's prototype")],
    ..POSIX
};

/// python-dotenv: anything without `=`, `#` and white space, or any name between single quotes.
pub(super) const PYTHON: NameRule = NameRule {
    first: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\'' | '\0' | '\u{1c}'..='\u{1f}' | '\u{feff}'),
    rest: |c| !c.is_whitespace() && !matches!(c, '=' | '#' | '\0' | '\u{1c}'..='\u{1f}'),
    words: "names without a single quote",
    quote: Some("'"),
    ..POSIX
};

/// dotenvy: `[A-Za-z_][A-Za-z0-9_.]*`.
pub(super) const DOTENVY: NameRule = NameRule {
    rest: |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'),
    words: "letters, digits, `_` and `.`, with no digit or `.` first",
    ..POSIX
};

/// godotenv: letters, digits, `_` and `.`, byte by byte as if the name were Latin-1: `à` is C3 A0, a letter and a
/// blank, and `é` is C3 A9, a letter and a sign.
pub(super) const GODOTENV: NameRule =
    NameRule { first: is_godotenv_letter, rest: is_godotenv_letter, words: "letters, digits, `_` and `.`", ..POSIX };

fn is_godotenv_letter(c: char) -> bool {
    let fits = |byte: u8| char::from(byte).is_alphanumeric() || matches!(byte, b'_' | b'.' | 0x85 | 0xa0);
    !c.is_whitespace() && c.encode_utf8(&mut [0; 4]).bytes().all(fits)
}
