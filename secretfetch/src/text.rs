//! How names chosen by others appear in messages: quoted, on one line, and not without end.

/// The longest name shown in full, in characters.
const LONGEST: usize = 120;

/// `name` between backticks, control characters escaped, cut after 120 characters.
pub(crate) fn quoted(name: &str) -> String {
    let mut shown = String::with_capacity(name.len().min(LONGEST) + 2);
    shown.push('`');
    for (count, c) in name.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}

/// Whether a character in a name that others have chosen must not reach a terminal or a log as it is: it moves the cursor,
/// begins a line, turns the direction of what follows, or shows nothing, so that two names look alike.
///
/// Control characters (`Cc`), format characters (`Cf`) and the separators of lines and paragraphs (`Zl`, `Zp`) of
/// [Unicode](https://www.unicode.org/reports/tr44/#General_Category_Values) 16, and the fillers of Hangul, which are
/// letters without a shape.
pub fn is_invisible(c: char) -> bool {
    // Nearly all of them are, and this is asked of every character of a name.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A variable in a text that nothing has replaced, as a hint: `$NAME`, `${NAME}` or `$(NAME)`.
///
/// Kubernetes replaces `$(NAME)` in `args`, `command` and `env`, if the container has such a variable, and nothing in a
/// file that it mounts; the other two are a shell's.
pub(crate) fn unreplaced_variable(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('$')?;
    let inside = rest.strip_prefix('{').map(|rest| (rest, "}")).or(rest.strip_prefix('(').map(|rest| (rest, ")")));
    let name = match inside {
        Some((rest, end)) => rest.split_once(end)?.0,
        None => rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| {
        format!(
            "nothing has replaced the variable {}: secretfetch does not, and Kubernetes replaces `$({name})` in `args` \
             and `env` alone, if the container has it",
            quoted(name)
        )
    })
}

/// The names nearest to `wanted`, best first, at most three, each plausible as what was meant.
pub(crate) fn nearest<'a>(wanted: &str, present: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.chars().count() > LONGEST {
        return Vec::new();
    }
    let wanted = wanted.to_lowercase();
    // The time for one comparison is the product of the lengths; nobody has meant a name that is not even shown whole.
    let comparable = present.into_iter().filter(|name| name.len() <= 4 * LONGEST);
    let mut scored: Vec<(f64, &str)> =
        comparable.map(|name| (similarity(&wanted, name), name)).filter(|(score, _)| *score >= 0.7).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `wanted` is in lower case.
fn similarity(wanted: &str, name: &str) -> f64 {
    let name = name.to_lowercase();
    let contained = wanted.len() >= 3 && name.len() >= 3 && (name.contains(wanted) || wanted.contains(&name));
    if contained { 0.9 } else { strsim::jaro_winkler(wanted, &name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the general categories of another crate's tables.
    #[test]
    fn every_control_format_and_separator_character_is_invisible() {
        use unicode_general_category::{GeneralCategory as Category, get_general_category};
        for c in char::MIN..=char::MAX {
            let category = get_general_category(c);
            let must = matches!(
                category,
                Category::Control | Category::Format | Category::LineSeparator | Category::ParagraphSeparator
            );
            assert!(!must || is_invisible(c), "{c:?} is {category:?}");
            let shown = matches!(category, Category::UppercaseLetter | Category::LowercaseLetter)
                || c.is_ascii_graphic()
                || c == ' ';
            assert!(!shown || !is_invisible(c), "{c:?} is {category:?}");
        }
    }

    #[test]
    fn a_hostile_name_cannot_forge_a_line() {
        assert_eq!(quoted("a\n2026 ok\u{202e}x"), "`a\\n2026 ok\\u{202e}x`");
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), 123);
    }

    #[test]
    fn a_variable_that_nothing_has_replaced_is_seen() {
        for text in ["$ENV/db", "app/${ENV}", "app/$(ENV)/db", "$ENV"] {
            assert!(unreplaced_variable(text).unwrap().contains("`ENV`"), "{text}");
        }
        for text in ["a/b", "5$", "a$ b", "${}", "${a b}", "$(ENV", "$5"] {
            assert_eq!(unreplaced_variable(text), None, "{text}");
        }
    }

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(nearest("usrname", ["password", "username", "port"]), ["username"]);
        assert_eq!(nearest("user", ["dbname", "username"]), ["username"]);
        assert!(nearest("zzz", ["username"]).is_empty());
    }
}
