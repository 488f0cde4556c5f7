//! The dialects as data: each is a rule for names, the quotings to choose from in order of preference, and
//! the longest line. What they say was measured on the readers; `docs/formats.md` has the table.

use super::name::{self, NameRule};
use super::quoting::Obstacle::{Char, Comment, End, Interpolation, Noncharacter, NotPlain, OuterSpace, Start, Text};
use super::quoting::Quoting;

/// What one reader, or a family of readers, takes.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    pub(super) names: &'static NameRule,
    pub(super) quotings: &'static [Quoting],
    /// In bytes, without the newline.
    pub(super) longest_line: Option<usize>,
}

impl PartialEq for Dialect {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Dialect {}

/// Go's `bufio.Scanner` with its default buffer, which docker, kubectl and the kubelet read lines with.
const GO_SCANNER: Option<usize> = Some(65_535);

/// All dialects; the first is the default.
pub(crate) static DIALECTS: &[Dialect] = &[
    // One file that python-dotenv, npm dotenv, node, dotenvy, godotenv, Ruby dotenv, Compose, sh and systemd
    // read alike: it holds what every one of them holds.
    Dialect {
        name: "dotenv",
        names: &name::PORTABLE,
        quotings: &[
            PLAIN,
            Quoting {
                cannot: &[Char('\0'), Char('\''), Char('\r'), Text("\\\\"), End('\\'), Interpolation, Noncharacter],
                ..SINGLE
            },
            Quoting {
                escapes: &[],
                cannot: &[Char('\0'), Char('"'), Char('\\'), Char('$'), Char('`'), Char('\r'), Noncharacter],
                ..DOUBLE
            },
        ],
        longest_line: None,
    },
    // `set -a; . file` in sh, bash, dash and busybox ash: POSIX.1-2017, Shell Command Language, section 2.2.
    Dialect { name: "posix", names: &name::SHELL, quotings: &[PLAIN, SINGLE, SHELL_DOUBLE], longest_line: None },
    // EnvironmentFile=: systemd.exec(5). A noncharacter makes it reject the whole file.
    Dialect {
        name: "systemd",
        names: &name::POSIX,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Noncharacter], ..SINGLE },
            Quoting { cannot: &[Char('\0'), Noncharacter], ..SHELL_DOUBLE },
        ],
        longest_line: None,
    },
    // `docker run --env-file`, `podman run --env-file`: the line as it stands, no quotes.
    Dialect { name: "docker", names: &name::DOCKER, quotings: &[LINE], longest_line: GO_SCANNER },
    // compose-go: single quotes are literal but for \' and \\; double quotes know \\ \" \$ \r.
    Dialect {
        name: "compose",
        names: &name::COMPOSE,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\\'), Char('\r')], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$"), ('\r', "\\r")], ..DOUBLE },
        ],
        longest_line: None,
    },
    // `kubectl create secret|configmap --from-env-file`: docker's lines. It drops a longer line and all that
    // follows silently.
    Dialect { name: "kubectl", names: &name::KUBECTL, quotings: &[LINE], longest_line: GO_SCANNER },
    // `valueFrom.fileKeyRef`: NAME='literal', read line by line, so that a CR before a newline is lost.
    Dialect {
        name: "kubernetes",
        names: &name::KUBERNETES,
        quotings: &[Quoting { cannot: &[Char('\0'), Char('\''), Text("\r\n")], ..SINGLE }],
        longest_line: GO_SCANNER,
    },
    // node --env-file: no escapes but \n in double quotes, CR is deleted everywhere.
    Dialect {
        name: "node",
        names: &name::NODE,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\r')], ..SINGLE },
            Quoting { cannot: &[Char('\0'), Char('`'), Char('\r')], ..BACKTICK },
            Quoting { escapes: &[], cannot: &[Char('\0'), Char('"'), Char('\r'), Text("\\n")], ..DOUBLE },
            JAVASCRIPT_BARE,
        ],
        longest_line: None,
    },
    // npm dotenv: no escapes but \n and \r in double quotes; a backslash before the closing quote hides it.
    Dialect {
        name: "npm-dotenv",
        names: &name::NPM,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\r'), End('\\')], ..SINGLE },
            Quoting { cannot: &[Char('\0'), Char('`'), Char('\r'), End('\\')], ..BACKTICK },
            Quoting {
                escapes: &[('\r', "\\r")],
                cannot: &[Char('\0'), Char('"'), Text("\\n"), Text("\\r"), End('\\')],
                ..DOUBLE
            },
            // A value that has its own quote inside is no quoted one to the pattern, which then takes the rest of
            // the line; the quotes around it are removed all the same. U+2028 ends a line to JavaScript's patterns.
            Quoting {
                escapes: &[('\n', "\\n"), ('\r', "\\r")],
                cannot: &[
                    Char('\0'),
                    Char('#'),
                    Char('\u{2028}'),
                    Char('\u{2029}'),
                    Text("\\n"),
                    Text("\\r"),
                    End('\\'),
                ],
                ..DOUBLE
            },
            Quoting {
                cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), Char('\u{2028}'), Char('\u{2029}'), End('\\')],
                ..SINGLE
            },
            JAVASCRIPT_BARE,
            // A backslash before the closing quote hides it only if the same quote follows somewhere.
            Quoting { only_last: true, cannot: &[Char('\0'), Char('\''), Char('\r')], ..SINGLE },
            Quoting { only_last: true, cannot: &[Char('\0'), Char('`'), Char('\r')], ..BACKTICK },
            Quoting {
                only_last: true,
                escapes: &[('\r', "\\r")],
                cannot: &[Char('\0'), Char('"'), Text("\\n"), Text("\\r")],
                ..DOUBLE
            },
            Quoting {
                only_last: true,
                escapes: &[('\n', "\\n"), ('\r', "\\r")],
                cannot: &[Char('\0'), Char('#'), Char('\u{2028}'), Char('\u{2029}'), Text("\\n"), Text("\\r")],
                ..DOUBLE
            },
            Quoting {
                only_last: true,
                cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), Char('\u{2028}'), Char('\u{2029}')],
                ..SINGLE
            },
        ],
        longest_line: None,
    },
    // python-dotenv: ${NAME} is replaced even in single quotes; before 1.2 a quoted value that ends with a
    // backslash swallows the lines after it.
    Dialect {
        name: "python-dotenv",
        names: &name::PYTHON,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\\'), Char('\r'), Interpolation], ..SINGLE },
            Quoting {
                escapes: &[('\\', "\\\\"), ('"', "\\\""), ('\r', "\\r")],
                cannot: &[Char('\0'), End('\\'), Interpolation],
                ..DOUBLE
            },
            Quoting {
                cannot: &[
                    Char('\0'),
                    Interpolation,
                    Char('\r'),
                    Char('\n'),
                    Comment,
                    OuterSpace,
                    Start('\''),
                    Start('"'),
                ],
                ..BARE
            },
            Quoting {
                only_last: true,
                escapes: &[('\\', "\\\\"), ('"', "\\\""), ('\r', "\\r")],
                cannot: &[Char('\0'), Interpolation],
                ..DOUBLE
            },
        ],
        longest_line: None,
    },
    // dotenvy: any other escape than these is an error.
    Dialect {
        name: "dotenvy",
        names: &name::DOTENVY,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\\')], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$")], ..DOUBLE },
        ],
        longest_line: None,
    },
    // godotenv: CR LF becomes LF before parsing; a backslash hides a quote, and a final \" is trimmed whole.
    Dialect {
        name: "godotenv",
        names: &name::GODOTENV,
        quotings: &[
            PLAIN,
            Quoting { end: &[('\\', "\\'")], cannot: &[Char('\0'), Char('\''), Text("\r\n")], ..SINGLE },
            Quoting {
                escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$"), ('\r', "\\r")],
                end: &[('\\', "\\\"")],
                cannot: &[Char('\0'), End('"')],
                ..DOUBLE
            },
            Quoting {
                escapes: &[('$', "\\$")],
                cannot: &[Char('\0'), Char('\n'), Char('\r'), Comment, OuterSpace, Start('\''), Start('"')],
                ..BARE
            },
        ],
        longest_line: None,
    },
];

/// No quotes, for values that no reader takes for syntax.
const PLAIN: Quoting = Quoting { open: "", close: "", escapes: &[], end: &[], only_last: false, cannot: &[NotPlain] };

/// No quotes, for values that one reader takes so; each dialect says what it cannot hold.
const BARE: Quoting = Quoting { cannot: &[Char('\0')], ..PLAIN };

/// The trimmed line up to a `#`, as node and npm dotenv read it.
const JAVASCRIPT_BARE: Quoting = Quoting {
    cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), OuterSpace, Start('\''), Start('"'), Start('`')],
    ..BARE
};

/// The rest of the line as it stands, one trailing CR taken off.
const LINE: Quoting = Quoting { end: &[('\r', "\r\r")], cannot: &[Char('\0'), Char('\n')], ..PLAIN };

const SINGLE: Quoting =
    Quoting { open: "'", close: "'", escapes: &[], end: &[], only_last: false, cannot: &[Char('\0'), Char('\'')] };

const BACKTICK: Quoting = Quoting { open: "`", close: "`", ..BARE };

const DOUBLE: Quoting = Quoting { open: "\"", close: "\"", ..BARE };

/// What a shell, and systemd after it, escapes in double quotes. The idiom '\'' would be right for a shell
/// and wrong for everyone else.
const SHELL_DOUBLE: Quoting =
    Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$"), ('`', "\\`")], ..DOUBLE };
