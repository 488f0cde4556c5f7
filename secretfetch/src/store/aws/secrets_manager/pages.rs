//! Lists that come in pages.

use std::collections::HashSet;

use crate::error::{ErrorKind, Failure, Result};

/// So many pages have all the secrets that an account can have in a region: 500,000, a hundred to a page ("AWS Secrets
/// Manager quotas").
const MOST: usize = 5_000;

/// The longest token, in bytes (`NextToken` of the API).
const LONGEST_TOKEN: usize = 4096;

/// Which page of a list is next.
pub(super) struct Pages {
    operation: &'static str,
    seen: HashSet<String>,
    next: Option<String>,
}

impl Pages {
    /// The first page of what this operation answers.
    pub(super) fn of(operation: &'static str) -> Self {
        Pages { operation, seen: HashSet::new(), next: None }
    }

    /// What the next request says.
    pub(super) fn token(&self) -> Option<String> {
        self.next.clone()
    }

    /// Turns to the page of this token; whether there is one.
    pub(super) fn turn(&mut self, token: Option<String>) -> Result<bool> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(false) };
        let why = if token.len() > LONGEST_TOKEN {
            "its token is too long"
        } else if self.seen.len() >= MOST {
            "there are more pages than an account can have secrets for"
        } else if !self.seen.insert(token.clone()) {
            "its token is that of an earlier page"
        } else {
            self.next = Some(token);
            return Ok(true);
        };
        let what = format!("{} answers with a next page that cannot be: {why}", self.operation);
        let failure = Failure::new(ErrorKind::InvalidResponse, what);
        Err(failure.with_hint("check the endpoint URL, and what proxy is in between").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_on_until_there_is_no_token() {
        let mut pages = Pages::of("ListSecrets");
        assert_eq!(pages.token(), None);
        assert!(pages.turn(Some("a".to_owned())).unwrap());
        assert_eq!(pages.token().as_deref(), Some("a"));
        assert!(pages.turn(Some("b".to_owned())).unwrap());
        for last in [None, Some(String::new())] {
            assert!(!pages.turn(last).unwrap());
        }
    }

    #[test]
    fn pages_that_go_round_or_never_end_are_refused() {
        let told = |pages: &mut Pages, token: &str| pages.turn(Some(token.to_owned())).unwrap_err().to_string();
        let mut pages = Pages::of("ListSecrets");
        for token in ["a", "b"] {
            pages.turn(Some(token.to_owned())).unwrap();
        }
        assert!(told(&mut pages, "a").contains("an earlier page"));
        assert!(told(&mut pages, &"x".repeat(LONGEST_TOKEN + 1)).contains("too long"));
        (2..MOST).for_each(|n| assert!(pages.turn(Some(n.to_string())).unwrap()));
        assert!(told(&mut pages, "one more").contains("more pages"));
    }
}
