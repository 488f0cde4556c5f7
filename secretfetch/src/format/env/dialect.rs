//! The dialects as data: each is a rule for names, the quotings to choose from in order of preference, and
//! the longest line. What they say was measured on the readers; `docs/formats.md` has the table.

use super::name::{self, NameRule};
use super::quoting::Obstacle::{
    Bare, Char, Comment, Control, End, Escaped, Interpolation, NoOpenQuote, Noncharacter, NotPlain, OpenEnd,
    OuterBlank, OuterSpace, QuoteAtLineEnd, Start, Text, Unescaped,
};
use super::quoting::Quoting;

/// What one reader, or a family of readers, takes.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    /// Who reads it, for a person; empty if that is anybody's guess.
    pub(super) reader: &'static str,
    pub(super) names: &'static NameRule,
    pub(super) quotings: &'static [Quoting],
    /// What stands for a character in every quoting, and without one.
    pub(super) escapes: &'static [(char, &'static str)],
    /// In bytes, without the newline.
    pub(super) longest_line: Option<usize>,
    /// What the reader makes of an empty value, where it loses it, and what to do.
    pub(super) empty: Option<(&'static str, &'static str)>,
}

/// Go's `bufio.Scanner` with its default buffer, which docker, kubectl and the kubelet read lines with.
const GO_SCANNER: Option<usize> = Some(65_535);

/// All dialects; the first is the default.
pub(crate) static DIALECTS: &[Dialect] = &[
    // One file that python-dotenv, npm dotenv, node, dotenvy, godotenv, Ruby dotenv, Compose, sh and systemd from 240
    // on read alike: it holds what every one of them holds.
    Dialect {
        name: "dotenv",
        reader: "",
        names: &name::PORTABLE,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Control, Char('\''), Text("\\\\"), End('\\'), Interpolation, Noncharacter], ..SINGLE },
            Quoting { cannot: &[Control, Char('"'), Char('\\'), Char('$'), Char('`'), Noncharacter], ..DOUBLE },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // `set -a; . file` in sh, bash, dash and busybox ash, and as to values in ksh, zsh and yash: POSIX.1-2017, Shell
    // Command Language, section 2.2. No double quotes: in a locale such as zh_CN.GBK the second byte of a character can
    // be a backslash or a backtick, which escapes or opens something there. No character's second byte is a single
    // quote.
    Dialect {
        name: "posix",
        reader: "a shell",
        names: &name::SHELL,
        quotings: &[PLAIN, Quoting { escapes: &[('\'', "'\\''")], cannot: &[Char('\0')], ..SINGLE }],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // EnvironmentFile=: systemd.exec(5). Before 240 a backslash escapes in single quotes too, and in double quotes it
    // escapes any character; before 247 a line with a control character is dropped. A noncharacter makes it reject the
    // whole file.
    Dialect {
        name: "systemd",
        reader: "`EnvironmentFile=`",
        names: &name::POSIX,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Control, Char('\''), Char('\\'), Noncharacter], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\"")], cannot: &[Control, Noncharacter], ..DOUBLE },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // `docker run --env-file`, `podman run --env-file`: the line as it stands, no quotes.
    Dialect {
        name: "docker",
        reader: "`docker run` and `podman run`",
        names: &name::DOCKER,
        quotings: &[LINE],
        escapes: &[],
        longest_line: GO_SCANNER,
        empty: None,
    },
    // compose-go: single quotes are literal but for \' and \\; double quotes know \\ \" \$ \r.
    Dialect {
        name: "compose",
        reader: "Docker Compose",
        names: &name::COMPOSE,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\\'), Char('\r')], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$"), ('\r', "\\r")], ..DOUBLE },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // `kubectl create secret|configmap --from-env-file`: docker's lines. It drops a longer line and all that
    // follows silently.
    Dialect {
        name: "kubectl",
        reader: "`kubectl create`",
        names: &name::KUBECTL,
        quotings: &[LINE],
        escapes: &[],
        longest_line: GO_SCANNER,
        empty: None,
    },
    // `valueFrom.fileKeyRef`: NAME='literal', read line by line, so that a CR before a newline is lost. The reader's
    // answer for a name that is not there is an empty value.
    Dialect {
        name: "kubernetes",
        reader: "`fileKeyRef`",
        names: &name::KUBERNETES,
        quotings: &[Quoting { cannot: &[Char('\0'), Char('\''), Text("\r\n")], ..SINGLE }],
        escapes: &[],
        longest_line: GO_SCANNER,
        empty: Some((
            "the value is empty, which the kubelet takes for no value: the container would not start",
            "set `optional: true` at its `fileKeyRef`, and leave the entry out: choose the others under `keys`",
        )),
    },
    // node --env-file: no escapes but \n in double quotes, CR is deleted everywhere.
    Dialect {
        name: "node",
        reader: "`node --env-file`",
        names: &name::NODE,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\r')], ..SINGLE },
            Quoting { cannot: &[Char('\0'), Char('`'), Char('\r')], ..BACKTICK },
            Quoting { escapes: &[], cannot: &[Char('\0'), Char('"'), Char('\r'), Text("\\n")], ..DOUBLE },
            JAVASCRIPT_BARE,
            // What begins with a quote that is not there again is a line as it stands, its blanks included.
            Quoting {
                only_last: true,
                cannot: &[Char('\0'), Char('\r'), Char('\n'), NoOpenQuote { escapes: false }, OuterSpace],
                ..BARE
            },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    Dialect {
        name: "npm-dotenv",
        reader: "npm dotenv",
        names: &name::NPM,
        quotings: NPM_DOTENV,
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // dotenv-expand, which Next.js 14 and Vite 6 call after npm dotenv: it replaces `$NAME` and `${NAME}` in every
    // quoting, and takes `\$` for a dollar.
    Dialect {
        name: "dotenv-expand",
        reader: "Next.js from 14 and Vite from 6 on",
        names: &name::DOTENV_EXPAND,
        quotings: NPM_DOTENV,
        escapes: &[('$', "\\$")],
        longest_line: None,
        empty: None,
    },
    // bun: a quoting ends at the first quote of its kind that is not escaped, and `$` is replaced in all of them.
    Dialect {
        name: "bun",
        reader: "Bun",
        names: &name::BUN,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Unescaped('\''), Char('\r'), OpenEnd], ..SINGLE },
            Quoting { cannot: &[Char('\0'), Unescaped('`'), Char('\r'), OpenEnd], ..BACKTICK },
            Quoting {
                escapes: &[('\r', "\\r")],
                cannot: &[Char('\0'), Unescaped('"'), Escaped('n'), Escaped('r'), Escaped('\r'), OpenEnd],
                ..DOUBLE
            },
            // After a backslash it keeps a carriage return.
            Quoting {
                cannot: &[Char('\0'), Unescaped('"'), Escaped('n'), Escaped('r'), Unescaped('\r'), OpenEnd],
                ..DOUBLE
            },
            Quoting {
                cannot: &[
                    Char('\0'),
                    Char('\r'),
                    Char('\n'),
                    Char('#'),
                    OuterBlank,
                    Start('\''),
                    Start('"'),
                    Start('`'),
                ],
                ..BARE
            },
            // What begins with a quote that is never closed is a line as any other.
            Quoting {
                only_last: true,
                cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), OuterBlank, NoOpenQuote { escapes: true }],
                ..BARE
            },
        ],
        escapes: &[('$', "\\$")],
        longest_line: None,
        empty: None,
    },
    // phpdotenv: single quotes are literal, and end with their line, in which `="` opens a value of more lines; double
    // quotes know these escapes, and a few more.
    Dialect {
        name: "phpdotenv",
        reader: "Laravel and other users of phpdotenv",
        names: &name::PHPDOTENV,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Text("=\""), Char('\n'), Char('\r')], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$"), ('\n', "\\n"), ('\r', "\\r")], ..DOUBLE },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // python-dotenv: ${NAME} is replaced even in single quotes; before 1.2 a quoted value that ends with a
    // backslash swallows the lines after it.
    Dialect {
        name: "python-dotenv",
        reader: "python-dotenv",
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
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // dotenvy: any other escape than these is an error.
    Dialect {
        name: "dotenvy",
        reader: "dotenvy",
        names: &name::DOTENVY,
        quotings: &[
            PLAIN,
            Quoting { cannot: &[Char('\0'), Char('\''), Char('\\')], ..SINGLE },
            Quoting { escapes: &[('\\', "\\\\"), ('"', "\\\""), ('$', "\\$")], ..DOUBLE },
        ],
        escapes: &[],
        longest_line: None,
        empty: None,
    },
    // godotenv: CR LF becomes LF before parsing; a backslash hides a quote, and a final \" is trimmed whole.
    Dialect {
        name: "godotenv",
        reader: "godotenv",
        names: &name::GODOTENV,
        quotings: &[
            PLAIN,
            Quoting { end: &[('\\', "\\'")], cannot: &[Char('\0'), Bare('\''), End('\''), Text("\r\n")], ..SINGLE },
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
        escapes: &[],
        longest_line: None,
        empty: None,
    },
];

/// npm dotenv: no escapes but \n and \r in double quotes; a backslash before the closing quote hides it.
const NPM_DOTENV: &[Quoting] = &[
    PLAIN,
    Quoting { cannot: &[Char('\0'), Bare('\''), Char('\r'), End('\\')], ..SINGLE },
    Quoting { cannot: &[Char('\0'), Bare('`'), Char('\r'), End('\\')], ..BACKTICK },
    Quoting {
        escapes: &[('\r', "\\r")],
        cannot: &[Char('\0'), Bare('"'), Text("\\n"), Text("\\r"), End('\\')],
        ..DOUBLE
    },
    // A value that has its own quote inside is no quoted one to the pattern, which then takes the rest of
    // the line; the quotes around it are removed all the same. U+2028 ends a line to JavaScript's patterns,
    // which makes a quote before it the closing one.
    Quoting {
        escapes: &[('\n', "\\n"), ('\r', "\\r")],
        cannot: &[Char('\0'), Char('#'), QuoteAtLineEnd('"'), Text("\\n"), Text("\\r"), End('\\')],
        ..DOUBLE
    },
    Quoting { cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), QuoteAtLineEnd('\''), End('\\')], ..SINGLE },
    JAVASCRIPT_BARE,
    // A backslash before the closing quote hides it only if the same quote follows somewhere.
    Quoting { only_last: true, cannot: &[Char('\0'), Bare('\''), Char('\r')], ..SINGLE },
    Quoting { only_last: true, cannot: &[Char('\0'), Bare('`'), Char('\r')], ..BACKTICK },
    Quoting {
        only_last: true,
        escapes: &[('\r', "\\r")],
        cannot: &[Char('\0'), Bare('"'), Text("\\n"), Text("\\r")],
        ..DOUBLE
    },
    Quoting {
        only_last: true,
        escapes: &[('\n', "\\n"), ('\r', "\\r")],
        cannot: &[Char('\0'), Char('#'), QuoteAtLineEnd('"'), Text("\\n"), Text("\\r")],
        ..DOUBLE
    },
    Quoting {
        only_last: true,
        cannot: &[Char('\0'), Char('\r'), Char('\n'), Char('#'), QuoteAtLineEnd('\'')],
        ..SINGLE
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

/// The idiom '\'' for a quote inside would be right for a shell and wrong for everyone else.
const SINGLE: Quoting =
    Quoting { open: "'", close: "'", escapes: &[], end: &[], only_last: false, cannot: &[Char('\0'), Char('\'')] };

const BACKTICK: Quoting = Quoting { open: "`", close: "`", ..BARE };

const DOUBLE: Quoting = Quoting { open: "\"", close: "\"", ..BARE };
