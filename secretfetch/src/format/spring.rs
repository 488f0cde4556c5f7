//! What Spring does with a value, whatever file it stood in: the Environment replaces placeholders, and `@Value`
//! evaluates expressions. Measured on Spring Boot 2.7, 3.5 and 4.1.

/// Why Spring would not hand the value on as it is.
pub(super) fn changes(value: &str) -> Option<&'static str> {
    // Of each brace that is open, whether it is a placeholder's: braces come in pairs.
    let mut open = Vec::new();
    let mut before = 0;
    for byte in value.bytes() {
        match byte {
            b'{' if before == b'#' => return Some("Spring evaluates `#{…}` in a value as an expression"),
            b'{' => open.push(before == b'$'),
            b'}' if open.pop() == Some(true) => return Some("Spring's Environment replaces `${…}` in a value"),
            _ => {}
        }
        before = byte;
    }
    None
}

/// Whether a property of this name decides which configuration is read, and whether this one is. Spring takes names in
/// lower case and without dashes.
pub(super) fn decides_what_is_read(name: &str) -> bool {
    let name = name.replace('-', "").to_ascii_lowercase();
    let is_below = |above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '[']));
    name == "spring.profiles" || is_below("spring.profiles") || is_below("spring.config")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_has_an_end_and_an_expression_needs_none() {
        for (value, changed) in [
            ("${a}", true),
            ("{${a}", true),
            ("${a}}{", true),
            ("a}{$", false),
            ("${a{b}", false),
            ("${a{b}}", true),
            ("#{", true),
            ("#a {b}", false),
        ] {
            assert_eq!(changes(value).is_some(), changed, "{value}");
        }
    }

    #[test]
    fn what_decides_about_configuration_is_known_in_every_spelling() {
        for (name, decides) in [
            ("spring.config.import", true),
            ("Spring.Config.activate.on-profile", true),
            ("spring.profiles", true),
            ("spring.profiles[0]", true),
            ("spring.profilesx", false),
            ("spring.pro-files.active", true),
            ("spring.datasource.url", false),
            ("my.spring.config.import", false),
        ] {
            assert_eq!(decides_what_is_read(name), decides, "{name}");
        }
    }
}
