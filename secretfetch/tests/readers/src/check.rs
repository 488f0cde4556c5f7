//! What must hold for any secret. Each check panics with the members, what was written and what was read.

pub mod logins;

use std::collections::{BTreeSet, HashSet};

use secretfetch::{
    Entries, Error, ErrorKind, FileConfig, Flattening, Format, Nulls, SecretValue, Selection, SourceConfig, Template,
};

use crate::candidate;
use crate::dialect::Dialect;
use crate::json;
use crate::programs::{places, properties, toml as toml_reader, yaml as yaml_reader};
use crate::tree::Tree;

/// What is in a secret: names and values, in order.
pub type Members = Vec<(String, Tree)>;

fn entries(members: &[(String, Tree)], flattening: &Flattening) -> Result<Entries, Error> {
    let secret = SecretValue::from_text(json::object(members));
    Entries::from_secret(&secret, &Selection::default(), flattening)
}

fn render(format: &str, dialect: Option<&str>, members: &[(String, Tree)]) -> Result<String, Error> {
    let format = Format::parse(format, dialect).unwrap();
    let entries = entries(members, &format.flattening(None, None))?;
    let bytes = format.render(&entries, Nulls::Refuse)?;
    Ok(String::from_utf8(bytes.expose_file().unwrap().to_vec()).unwrap())
}

/// `members` without those whose name stood before.
pub fn unique(members: Members) -> Members {
    let mut seen = HashSet::new();
    members.into_iter().filter(|(name, _)| seen.insert(name.clone())).collect()
}

/// Read back exactly by each of the dialect's readers.
pub fn env_holds(dialect: &Dialect, members: &[(String, Tree)]) {
    let rendered = render("env", Some(dialect.name), members);
    assert!(rendered.is_ok(), "env {}: {members:?}: {rendered:?}", dialect.name);
    env(dialect, members);
}

/// Refused, and for good reason.
pub fn env_refuses(dialect: &Dialect, members: &[(String, Tree)]) {
    let rendered = render("env", Some(dialect.name), members);
    assert!(rendered.is_err(), "env {}: {members:?} is written as {rendered:?}", dialect.name);
    env(dialect, members);
}

/// One dialect of `env`: read back exactly by each of its readers, or refused for good reason.
pub fn env(dialect: &Dialect, members: &[(String, Tree)]) {
    let alone = |member: &(String, Tree)| render("env", Some(dialect.name), std::slice::from_ref(member));
    let flat: Vec<_> = members.iter().map(|(name, value)| (name.clone(), value.flat())).collect();
    match render("env", Some(dialect.name), members) {
        Ok(text) => {
            if let Err(difference) = dialect.reads(&text, &flat) {
                panic!("env {}: {flat:?} is written as {text:?}, and {difference}", dialect.name);
            }
        }
        Err(error) => {
            // A value that is right only at the end of the file is refused where another one has that place.
            let named: BTreeSet<&str> = error.failures().iter().filter_map(|failure| failure.key()).collect();
            let refused = |member: &&(String, Tree)| named.contains(member.0.as_str()) || alone(member).is_err();
            let refused: Vec<_> = members.iter().filter(refused).collect();
            refusal(&error, members, &refused.iter().map(|(name, _)| name.as_str()).collect());
            refused.iter().for_each(|(name, value)| necessary(dialect, name, value));
        }
    }
}

/// A refused member cannot be held: no spelling of it is read back.
fn necessary(dialect: &Dialect, name: &str, value: &Tree) {
    if *value == Tree::Null || changes_processes(name) || tolerated(dialect, name, &value.flat()) {
        return;
    }
    // What stands beside a value in a file must not matter: a quote that stays open swallows its neighbour.
    let neighbours: Vec<_> = ["a b", "it's", "\"b\"", "\nb", "\n'", "\n'`", "#'b", "#\"b", " #\nb", "b"]
        .into_iter()
        .map(|value| ("NEIGHBOUR".to_owned(), Tree::from(value)))
        .filter_map(|neighbour| {
            let text = render("env", Some(dialect.name), std::slice::from_ref(&neighbour)).ok()?;
            Some(((neighbour.0, neighbour.1.flat()), text))
        })
        .collect();
    if let Some(spelling) = candidate::right_spelling(dialect, name, &value.flat(), &neighbours) {
        panic!("env {}: {name:?} with {value:?} is refused, and its readers read {spelling:?}", dialect.name);
    }
}

/// What some reader takes and is refused all the same, since no secret is like that.
fn tolerated(dialect: &Dialect, name: &str, value: &str) -> bool {
    // A name with white space or a control character in it.
    let odd_name = name.contains(|c: char| c.is_whitespace() || c.is_control());
    // White space that one reader trims and another does not.
    let is_odd =
        |c: char| c == '\u{feff}' || (c.is_whitespace() || c.is_control()) && !matches!(c, ' ' | '\t' | '\n' | '\r');
    let odd_ends =
        value.starts_with(is_odd) || value.ends_with(is_odd) || value.contains(|c| is_odd(c) && value.contains('#'));
    // What a backslash before the closing quote hides depends on all quotes after it.
    let hidden = matches!(dialect.name, "npm-dotenv" | "dotenv-expand")
        && (value.ends_with('\\') || ["\\'", "\\\"", "\\`"].iter().any(|hidden| value.contains(hidden)));
    // By these zsh sets PATH and its like.
    let tied = dialect.name == "posix" && ["cdpath", "fpath", "manpath", "module_path", "path"].contains(&name);
    odd_name || odd_ends || hidden || tied
}

/// Names of the kinds that a secret must not set: loaders, shells, language runtimes, programs run for others.
fn changes_processes(name: &str) -> bool {
    const KINDS: &str = "LD_ DYLD_ BASH GIT_ npm_config_ NPM_CONFIG_ GCONV GETCONF GLIBC HOSTALIASES LOCPATH MALLOC_ \
        NLSPATH RESOLV_ CDPATH FPATH GLOBIGNORE IFS PATH PROMPT_ PS4 SHELLOPTS ZDOTDIR CLASSPATH COR DOTNET_ JAVA JDK_ \
        LUA NODE_ PERL PHP PYTHON RUBY _JAVA OPENSSL_";
    KINDS.split_ascii_whitespace().any(|kind| name.starts_with(kind))
}

/// A refusal is of the right kind, is about exactly these keys, and shows no value.
fn refusal(error: &Error, members: &[(String, Tree)], refused: &BTreeSet<&str>) {
    assert_eq!(error.kind(), ErrorKind::Unrepresentable, "{members:?}: {error}");
    let named: BTreeSet<&str> = error.failures().iter().filter_map(|failure| failure.key()).collect();
    assert_eq!(&named, refused, "the keys to blame in {members:?}: {error}");
    let shown = format!("{error}\n{error:?}");
    for (_, value) in members {
        let value = value.flat();
        // Words and syntax that a message is made of prove nothing.
        let telling = value.chars().count() >= 8 && value.contains(|c: char| "%^&*@~|?".contains(c) || c > '~');
        // Names stand between backticks, as they are or escaped; those of nested values are no members.
        let words = value.trim_matches('`');
        let is_in = |name: &str| {
            let controls: String =
                name.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] }).collect();
            [name, &controls, &format!("{name:?}")].iter().any(|name| name.contains(words))
        };
        let in_a_name = members.iter().any(|(name, _)| is_in(name))
            || error.failures().iter().filter_map(|failure| failure.key()).any(is_in);
        assert!(!telling || in_a_name || !shown.contains(&value), "{value:?} is shown in {shown}");
    }
}

/// `.properties`: read back exactly through a stream and through a reader, or refused by the rules of Spring or Quarkus.
pub fn properties(dialect: &str, members: &[(String, Tree)]) {
    let loses: fn(&str, &str) -> bool = match dialect {
        "spring" => spring_loses,
        "quarkus" => |name, value| {
            let decides = name.starts_with("smallrye.config.") || name.starts_with("quarkus.config.");
            decides || value.is_empty() || name.starts_with('%') && name.contains('.')
        },
        _ => |_, _| false,
    };
    leaves_held("properties", dialect, loses, members, |text| {
        assert!(text.is_ascii(), "{text:?}");
        let [stream, reader] = [properties::load_stream, properties::load_reader].map(|read| read(text));
        assert_eq!(stream, reader);
        if dialect == "quarkus" { stream.and_then(properties::smallrye) } else { stream }
    });
}

/// `yaml` for Spring: the properties that it makes of the document, each a text.
pub fn yaml_spring(members: &[(String, Tree)]) {
    let read = |text: &str| match text {
        "" => Ok(Vec::new()),
        text => match yaml_reader::parse(text)? {
            Tree::Map(found) => Ok(found.into_iter().map(|(name, value)| (name, value.flat())).collect()),
            other => Err(format!("no map but {other:?}")),
        },
    };
    leaves_held("yaml", "spring", |name, value| spring_decides(name) || spring_changes(value), members, read);
}

/// Flattened names and their texts: read back exactly, or refused where the reader loses them.
fn leaves_held(
    format: &str,
    dialect: &str,
    loses: fn(&str, &str) -> bool,
    members: &[(String, Tree)],
    read: impl Fn(&str) -> Result<Vec<(String, String)>, String>,
) {
    let mut leaves = Vec::new();
    for (name, value) in members {
        flatten(name.clone(), value, &mut leaves);
    }
    let mut names = HashSet::new();
    let meet: BTreeSet<&str> =
        leaves.iter().map(|(name, _)| name.as_str()).filter(|name| !names.insert(*name)).collect();
    let is_nothing = |value: &Tree| matches!(value, Tree::Null | Tree::List(_) | Tree::Map(_));
    let refused: BTreeSet<&str> = leaves
        .iter()
        .filter(|(name, value)| is_nothing(value) || loses(name, &value.flat()))
        .map(|(name, _)| name.as_str())
        .collect();
    match render(format, Some(dialect), members) {
        Ok(text) => {
            assert!(meet.is_empty() && refused.is_empty(), "{members:?} is written as {text:?}");
            let flat: Vec<_> = leaves.into_iter().map(|(name, value)| (name, value.flat())).collect();
            let found = read(&text);
            assert!(found.as_ref() == Ok(&flat), "{flat:?} is written as {text:?}, and read as {found:?}");
        }
        Err(error) if meet.is_empty() => refusal(&error, members, &refused),
        Err(error) => refusal(&error, members, &meet),
    }
}

/// The leaves under the names that Spring gives them.
fn flatten(name: String, value: &Tree, leaves: &mut Members) {
    match value {
        Tree::Map(members) if !members.is_empty() => {
            for (key, value) in members {
                let dot = if key.starts_with('[') { "" } else { "." };
                flatten(format!("{name}{dot}{key}"), value, leaves);
            }
        }
        Tree::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                flatten(format!("{name}[{index}]"), item, leaves);
            }
        }
        leaf => leaves.push((name, leaf.clone())),
    }
}

/// What Spring Boot's loader of `.properties` changes, measured on Spring Boot 2.7 to 4.1.
fn spring_loses(name: &str, value: &str) -> bool {
    name.is_empty()
        || name.starts_with(['#', '!'])
        || name.trim_matches(|c| c <= ' ') != name
        || name.ends_with("[]")
        || spring_decides(name)
        || spring_changes(value)
}

/// Names of which configuration is read, and when.
fn spring_decides(name: &str) -> bool {
    let name: String = name.chars().filter(|&c| c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let parts: Vec<&str> = name.split(['.', '[']).collect();
    matches!(parts.as_slice(), ["spring", "profiles", ..] | ["spring", "config", _, ..])
}

/// What its Environment and `@Value` change.
fn spring_changes(value: &str) -> bool {
    // A placeholder ends at the brace that closes its own, not one inside it.
    let is_placeholder = |after: &str| {
        let depth = after.chars().scan(1, |depth, c| {
            *depth += i32::from(c == '{') - i32::from(c == '}');
            Some(*depth)
        });
        depth.into_iter().any(|depth| depth == 0)
    };
    value.contains("#{") || value.match_indices("${").any(|(at, _)| is_placeholder(&value[at + 2..]))
}

/// `json`: the same tree, the same tokens, the same order, and nothing between them.
pub fn json(members: &[(String, Tree)]) {
    let text = render("json", None, members).unwrap_or_else(|error| panic!("{members:?}: {error}"));
    assert_eq!(text, format!("{}\n", json::object(members)));
    assert_eq!(Tree::parse(&text).as_ref(), Ok(&Tree::Map(members.to_vec())), "{text}");
}

/// `yaml`: the same tree and order; or a number that no double holds.
pub fn yaml(members: &[(String, Tree)]) {
    let refused: BTreeSet<&str> =
        members.iter().filter(|(_, value)| overflows(value)).map(|(name, _)| name.as_str()).collect();
    match render("yaml", None, members) {
        Ok(text) => {
            assert!(refused.is_empty(), "{members:?} is written as {text:?}");
            let found = yaml_reader::parse(&text).map(|tree| yaml_numbers(&tree));
            let wanted = yaml_numbers(&Tree::Map(members.to_vec()));
            assert!(found.as_ref() == Ok(&wanted), "{wanted:?} is written as {text:?}, and read as {found:?}");
        }
        Err(error) => refusal(&error, members, &refused),
    }
}

/// `toml`: the same data; or null, or a number that TOML does not have.
pub fn toml(members: &[(String, Tree)]) {
    let refused: BTreeSet<&str> =
        members.iter().filter(|(_, value)| toml_lacks(value)).map(|(name, _)| name.as_str()).collect();
    match render("toml", None, members) {
        Ok(text) => {
            assert!(refused.is_empty(), "{members:?} is written as {text:?}");
            let found = toml_reader::parse(&text);
            let wanted = toml_values(&Tree::Map(members.to_vec()));
            assert!(found.as_ref() == Ok(&wanted), "{wanted:?} is written as {text:?}, and read as {found:?}");
        }
        Err(error) => refusal(&error, members, &refused),
    }
}

fn toml_lacks(value: &Tree) -> bool {
    match value {
        Tree::Null => true,
        Tree::Number(token) if !token.contains(['.', 'e', 'E']) => token.parse::<i64>().is_err(),
        Tree::List(items) => items.iter().any(toml_lacks),
        Tree::Map(members) => members.iter().any(|(_, value)| toml_lacks(value)),
        other => overflows(other),
    }
}

/// Integers and floats as a reader holds them, and members by name: a TOML table has no order.
fn toml_values(tree: &Tree) -> Tree {
    match tree {
        Tree::Number(token) if token.contains(['.', 'e', 'E']) => {
            Tree::Number(format!("{:?}", token.parse::<f64>().unwrap()))
        }
        Tree::Number(token) => Tree::Number(token.parse::<i64>().unwrap().to_string()),
        Tree::List(items) => Tree::List(items.iter().map(toml_values).collect()),
        Tree::Map(members) => {
            let mut members: Members = members.iter().map(|(name, value)| (name.clone(), toml_values(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Tree::Map(members)
        }
        other => other.clone(),
    }
}

fn overflows(value: &Tree) -> bool {
    match value {
        Tree::Number(token) => token.parse::<f64>().is_ok_and(f64::is_infinite),
        Tree::List(items) => items.iter().any(overflows),
        Tree::Map(members) => members.iter().any(|(_, value)| overflows(value)),
        _ => false,
    }
}

/// Numbers with what YAML 1.1 asks for in an exponent taken off again; nothing else may differ.
fn yaml_numbers(tree: &Tree) -> Tree {
    match tree {
        Tree::Number(token) => {
            let token = token.to_ascii_lowercase();
            Tree::Number(match token.split_once('e') {
                Some((digits, exponent)) => {
                    let digits = digits.strip_suffix(".0").unwrap_or(digits);
                    format!("{digits}e{}", exponent.strip_prefix('+').unwrap_or(exponent))
                }
                None => token,
            })
        }
        Tree::List(items) => Tree::List(items.iter().map(yaml_numbers).collect()),
        Tree::Map(members) => {
            Tree::Map(members.iter().map(|(name, value)| (name.clone(), yaml_numbers(value))).collect())
        }
        other => other.clone(),
    }
}

/// Any text at all: an object exactly if serde_json reads one, but for what we refuse by name; and then kept.
pub fn json_text(text: &str) {
    let secret = SecretValue::from_text(text.to_owned());
    let theirs = serde_json::from_str::<serde::de::IgnoredAny>(text);
    match Entries::from_secret(&secret, &Selection::default(), &Flattening::Off) {
        Ok(entries) => {
            let Ok(Tree::Map(members)) = Tree::parse(text) else { panic!("{text:?} was read: {theirs:?}") };
            let rendered = Format::parse("json", None).unwrap().render(&entries, Nulls::Refuse).unwrap();
            let rendered = String::from_utf8(rendered.expose_file().unwrap().to_vec()).unwrap();
            assert_eq!(rendered, format!("{}\n", json::object(&members)), "from {text:?}");
            assert!(members.iter().map(|(name, _)| name.as_str()).eq(entries.names()));
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WrongShape, "{text:?}: {error}");
            let message = error.to_string();
            let by_name = ["not a JSON object", "stands twice", "unpaired surrogate", "levels deep"];
            let refused = by_name.iter().any(|what| message.contains(what));
            assert!(theirs.is_err() || refused, "{text:?}: {error}");
        }
    }
}

/// What a template makes of a secret, as text.
pub fn fill(template: &str, members: &[(String, Tree)]) -> Result<String, Error> {
    let file = FileConfig::new("file", SourceConfig::new("secret".parse().unwrap()));
    let file = file.with_template(template.parse::<Template>()?);
    let converted = file.convert(&SecretValue::from_text(json::object(members)))?;
    let (_, bytes) = converted.expose_files().next().unwrap();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

/// The token that a filter writes for one value, with the text around the slot as it was.
fn token(filter: &str, value: &Tree) -> Result<String, Error> {
    let (before, after) = ("\u{feff}}} before\r\n", "\r\nafter {");
    let members = [("V".to_owned(), value.clone())];
    let filled = fill(&format!("{before}{{{{ V | {filter} }}}}{after}"), &members)?;
    let token = filled.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    Ok(token.unwrap_or_else(|| panic!("{filter}: the text around the slot is another: {filled:?}")).to_owned())
}

/// Every filter that writes a text: read back exactly in its place, or refused where that place cannot hold it.
pub fn places(value: &str) {
    for (filter, read) in places::PLACES {
        match token(filter, &Tree::from(value)) {
            Ok(token) => {
                assert!(!cannot_hold(filter, value), "{filter}: {value:?} is written as {token:?}");
                let found = read(&token);
                assert!(
                    found.as_deref() == Ok(value),
                    "{filter}: {value:?} is written as {token:?}, and read as {found:?}"
                );
            }
            Err(error) => {
                assert!(cannot_hold(filter, value), "{filter}: {value:?} is refused: {error}");
                refusal(&error, &[("V".to_owned(), Tree::from(value))], &BTreeSet::from(["V"]));
            }
        }
    }
    let line = format!("V={}\n", token("properties", &Tree::from(value)).unwrap());
    let found = properties::load_stream(&line);
    assert_eq!(found, Ok(vec![("V".to_owned(), value.to_owned())]), "{line:?}");
}

/// What no token in the place of a filter can hold.
fn cannot_hold(filter: &str, value: &str) -> bool {
    let has_nul = value.contains('\0');
    match filter {
        "shell" => has_nul,
        "sql" => has_nul || value.contains("\r\n"),
        "url" => has_nul || value == "." || value == "..",
        "xml" => {
            value.contains(|c| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}'))
        }
        "pgpass" => has_nul || value.is_empty() || value.contains('\n') || value.ends_with('\r'),
        // Two bytes for each of what is escaped, and two quotes.
        "mycnf" => has_nul || 2 + escaped_length(value, "\"\\\n\r\t\u{8}") > 4_000,
        "nginx" => has_nul || value.contains('$') || 2 + escaped_length(value, "\"\\\n\r\t") > 4_096,
        _ => false,
    }
}

fn escaped_length(value: &str, escaped: &str) -> usize {
    value.chars().map(|c| c.len_utf8() + usize::from(escaped.contains(c))).sum()
}

/// The filters that keep types: `json` and `yaml` any value, `toml` numbers and booleans.
pub fn typed_places(value: &Tree) {
    let json = token("json", value).unwrap();
    assert_eq!(Tree::parse(&json).as_ref(), Ok(value), "{json:?}");
    match token("yaml", value) {
        Ok(yaml) => {
            assert!(!overflows(value) && !yaml.contains('\n'), "{value:?} is written as {yaml:?}");
            for document in [format!("\"a\":\n  - \"b\": {yaml}\n"), format!("{{\"a\": [{{\"b\": {yaml}}}]}}\n")] {
                let found = yaml_reader::parse(&document).map(|tree| yaml_numbers(&tree));
                let b = Tree::Map(vec![("b".to_owned(), value.clone())]);
                let wanted = yaml_numbers(&Tree::Map(vec![("a".to_owned(), Tree::List(vec![b]))]));
                assert!(found.as_ref() == Ok(&wanted), "{wanted:?} is written as {document:?}, and read as {found:?}");
            }
        }
        Err(error) => assert!(overflows(value), "{value:?} is refused: {error}"),
    }
    if let Tree::Number(number) = value {
        let is_integer = !number.contains(['.', 'e', 'E']);
        let fits = if is_integer { number.parse::<i64>().is_ok() } else { !overflows(value) };
        assert_eq!(token("toml", value).ok(), fits.then(|| number.clone()));
    }
}

/// A value is found by the path of its keys, each between quotes.
pub fn paths(members: &[(String, Tree)]) {
    let quoted = |key: &str| Tree::from(key).compact();
    for (name, value) in members {
        let mut leaves = Vec::new();
        quoted_paths(quoted(name), value, &quoted, &mut leaves);
        for (path, leaf) in leaves {
            let filled = fill(&format!("{{{{{path}|json}}}}"), members);
            assert_eq!(filled.as_deref().ok(), Some(leaf.compact().as_str()), "{path} of {members:?}: {filled:?}");
        }
    }
}

fn quoted_paths(path: String, value: &Tree, quoted: &dyn Fn(&str) -> String, leaves: &mut Members) {
    leaves.push((path.clone(), value.clone()));
    match value {
        Tree::Map(members) => {
            for (key, value) in members {
                quoted_paths(format!("{path}.{}", quoted(key)), value, quoted, leaves);
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                quoted_paths(format!("{path}[{index}]"), item, quoted, leaves);
            }
        }
        _ => {}
    }
}
