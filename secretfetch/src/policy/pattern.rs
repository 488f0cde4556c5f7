//! Patterns of ARNs, and which of them others make needless.

use std::collections::HashSet;

/// A part of a pattern
/// ([policy variables](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"].iter().find(|escaped| rest.starts_with(**escaped));
        tokens.push(match (escaped, c) {
            (Some(escaped), _) => Token::Literal(char::from(escaped.as_bytes()[2])),
            (None, '?') => Token::One,
            (None, '*') => Token::Many,
            (None, c) => Token::Literal(c),
        });
        rest = &rest[escaped.map_or(c.len_utf8(), |escaped| escaped.len())..];
    }
    tokens
}

/// Whether the first pattern is of everything that the second one is of. Takes time linear in the second one for each star.
fn covers(wide: &[Token], narrow: &[Token]) -> bool {
    let fits = |wide: Token, narrow: Token| wide == narrow || wide == Token::One && narrow != Token::Many;
    let (mut w, mut n) = (0, 0);
    // Where to go on if what comes after the last star does not fit.
    let mut star: Option<(usize, usize)> = None;
    while n < narrow.len() {
        match wide.get(w) {
            Some(Token::Many) => {
                star = Some((w + 1, n));
                w += 1;
            }
            Some(&token) if fits(token, narrow[n]) => {
                w += 1;
                n += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (w, n) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    wide[w..].iter().all(|token| *token == Token::Many)
}

/// Whether one of these patterns is of everything that the pattern is of.
pub(super) fn is_covered(pattern: &str, by: &[&str]) -> bool {
    let narrow = tokens(pattern);
    by.iter().any(|wide| covers(&tokens(wide), &narrow))
}

/// Leaves out what was said before, or is said by another pattern: it would add nothing.
pub(super) fn without_covered(patterns: &mut Vec<String>) {
    let all: Vec<Vec<Token>> = patterns.iter().map(|pattern| tokens(pattern)).collect();
    let wide: Vec<usize> =
        (0..all.len()).filter(|&place| all[place].iter().any(|token| !matches!(token, Token::Literal(_)))).collect();
    let has_many: Vec<bool> = all.iter().map(|tokens| tokens.contains(&Token::Many)).collect();
    let is_wider = |other: usize, here: usize| {
        (has_many[other] || all[other].len() == all[here].len())
            && all[other] != all[here]
            && covers(&all[other], &all[here])
    };
    let mut seen = HashSet::new();
    let mut places = 0..all.len();
    patterns.retain(|pattern| {
        let is_covered = places.next().is_some_and(|here| wide.iter().any(|&other| is_wider(other, here)));
        seen.insert(pattern.clone()) && !is_covered
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(wide: &str, narrow: &str) -> bool {
        covers(&tokens(wide), &tokens(narrow))
    }

    #[test]
    fn a_pattern_covers_what_it_is_of_and_narrower_patterns() {
        for (wide, narrow) in [
            ("a", "a"),
            ("a-??????", "a-AbCdEf"),
            ("a/*", "a/b-??????"),
            ("a/*", "a/b/*"),
            ("*", "*"),
            ("*", ""),
            ("a/*", "a/${*}"),
            ("a?", "a${*}"),
            ("a*c*e", "abcde"),
        ] {
            assert!(covered(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("a-??????", "a-AbCdE"),
            ("a-AbCdEf", "a-??????"),
            ("a/b/*", "a/*"),
            ("a?", "a*"),
            ("a/${*}", "a/*"),
            ("a/${*}", "a/b"),
            ("a${?}", "ab"),
            ("a*c", "ab"),
        ] {
            assert!(!covered(wide, narrow), "{wide} {narrow}");
        }
    }

    #[test]
    fn what_is_covered_is_left_out_and_the_order_kept() {
        let mut patterns = ["b", "a/x", "a/*", "b", "a/b/*", "a/*", "c?", "c?"].map(str::to_owned).to_vec();
        without_covered(&mut patterns);
        assert_eq!(patterns, ["b", "a/*", "c?"]);
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let mut patterns = vec!["*a".repeat(400), "a".repeat(10_000), format!("{}b", "*a".repeat(400))];
        without_covered(&mut patterns);
        assert_eq!(patterns.len(), 1 + 1);
    }
}
