//! What Spring does with a value, whatever file it stood in: the Environment replaces placeholders, and `@Value`
//! evaluates expressions. Measured on Spring Boot 2.7, 3.5 and 4.1.

/// Why Spring would not hand the value on as it is.
pub(super) fn changes(value: &str) -> Option<&'static str> {
    value.match_indices('{').find_map(|(at, _)| match value[..at].bytes().next_back() {
        Some(b'#') => Some("Spring evaluates `#{…}` in a value as an expression"),
        Some(b'$') if is_closed(&value[at + 1..]) => Some("Spring's Environment replaces `${…}` in a value"),
        _ => None,
    })
}

/// Whether the placeholder has an end: braces inside it come in pairs.
fn is_closed(after: &str) -> bool {
    let mut open = 1;
    after.bytes().any(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        open == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_has_an_end_and_an_expression_needs_none() {
        for (value, changed) in [("${a}", true), ("${a{b}", false), ("${a{b}}", true), ("#{", true), ("#a {b}", false)]
        {
            assert_eq!(changes(value).is_some(), changed, "{value}");
        }
    }
}
