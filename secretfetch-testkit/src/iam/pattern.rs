//! Wildcards: `*` for any characters, `?` for one.

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
}

pub(super) fn tokens(pattern: &str) -> impl Iterator<Item = Token> {
    pattern.chars().map(|c| match c {
        '?' => Token::One,
        '*' => Token::Many,
        c => Token::Literal(c),
    })
}

pub(super) fn matches(pattern: &str, text: &str) -> bool {
    matches_tokens(&tokens(pattern).collect::<Vec<_>>(), text)
}

/// Whether all of the text matches; linear in the text for each star, whatever the pattern.
pub(super) fn matches_tokens(pattern: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on if what comes after the last star does not match.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Many) => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&token) if token == Token::One || token == Token::Literal(text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    p = after;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&token| token == Token::Many)
}

/// As [`matches`], whatever the case: actions and condition keys.
pub(super) fn matches_any_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                naive(rest, text) || text.split_first().is_some_and(|(_, text)| naive(pattern, text))
            }
            (Some((b'?', rest)), Some((_, text))) => naive(rest, text),
            (Some((a, rest)), Some((b, text))) => a == b && naive(rest, text),
            _ => false,
        }
    }

    #[test]
    fn it_matches_what_the_definition_matches() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut some = |alphabet: &[u8]| -> String {
            let length = random.usize(..8);
            (0..length).map(|_| char::from(alphabet[random.usize(..alphabet.len())])).collect()
        };
        let mut matched = 0;
        for _ in 0..20_000 {
            let (pattern, text) = (some(b"ab*?"), some(b"ab"));
            let expected = naive(pattern.as_bytes(), text.as_bytes());
            assert_eq!(matches(&pattern, &text), expected, "{pattern} {text}");
            matched += usize::from(expected);
        }
        assert!(matched > 1_000);
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        assert!(!matches(&format!("{}c", "*a".repeat(50)), &"a".repeat(10_000)));
    }
}
