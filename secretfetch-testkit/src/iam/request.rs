//! What is asked: who wants to do what, to which resource, under which circumstances.

use std::collections::BTreeMap;

use super::pattern::{self, Token};

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The session's ARN for a role, else the user's.
    pub(crate) arn: String,
    pub(crate) role_arn: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Caller {
    pub(crate) fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// What policies name: a session's role, else the ARN itself.
    pub(crate) fn identity_arn(&self) -> String {
        self.role_arn.clone().unwrap_or_else(|| self.arn.clone())
    }
}

/// The circumstances: condition keys, whatever their case, and their values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Circumstances(BTreeMap<String, Vec<String>>);

impl Circumstances {
    pub(crate) fn set(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_lowercase(), values);
    }

    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }
}

/// One request for permission.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) caller: &'a Caller,
    /// `secretsmanager:GetSecretValue`.
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) circumstances: &'a Circumstances,
}

impl Request<'_> {
    /// A text of a policy with its variables replaced; `None` if one of them has no value: then nothing matches.
    ///
    /// What a variable stands for is never a wildcard; `${*}` and `${?}` are these characters themselves.
    pub(super) fn expand(&self, text: &str) -> Option<Vec<Token>> {
        let mut expanded = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}')?;
            expanded.extend(pattern::tokens(before));
            let (key, default) = match variable.split_once(',') {
                Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
                None => (variable.trim(), None),
            };
            let value = match (key, self.circumstances.get(key)) {
                ("*" | "?" | "$", _) => key,
                (_, Some([value])) => value,
                _ => default?,
            };
            expanded.extend(value.chars().map(Token::Literal));
            rest = after;
        }
        expanded.extend(pattern::tokens(rest));
        Some(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_for_its_value_and_never_for_a_wildcard() {
        let caller = Caller { arn: String::new(), role_arn: None, tags: BTreeMap::new() };
        let mut circumstances = Circumstances::default();
        circumstances.set("aws:PrincipalTag/team", vec!["b*e".to_owned()]);
        let request =
            Request { caller: &caller, action: String::new(), resource: String::new(), circumstances: &circumstances };
        for (text, matching, other) in [
            ("a/${aws:principaltag/team}/*", "a/b*e/x", "a/blue/x"),
            ("${*}?", "*x", "xx"),
            ("${aws:username, 'nobody'}", "nobody", "somebody"),
        ] {
            let pattern = request.expand(text).unwrap();
            assert!(pattern::matches_tokens(&pattern, matching) && !pattern::matches_tokens(&pattern, other), "{text}");
        }
        assert_eq!(request.expand("${aws:username}"), None);
    }
}
