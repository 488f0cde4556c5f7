//! What is asked: who wants to do what, to which resource, under which circumstances.

use std::collections::BTreeMap;

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The session's ARN for a role, else the user's.
    pub(crate) arn: String,
}

impl Caller {
    pub(crate) fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// The role's ARN of a session, else the ARN itself: what policies name.
    pub(crate) fn identity_arn(&self) -> String {
        let parts: Vec<&str> = self.arn.splitn(6, ':').collect();
        let role = parts.get(5).and_then(|resource| resource.strip_prefix("assumed-role/"));
        match role.and_then(|role| role.split('/').next()) {
            Some(role) => format!("arn:{}:iam::{}:role/{role}", parts[1], self.account()),
            None => self.arn.clone(),
        }
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
    pub(super) fn expand(&self, text: &str) -> Option<String> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (variable, after) = after.split_once('}')?;
            expanded.push_str(before);
            match variable {
                // What would be a wildcard by itself: IAM's escapes. A wildcard cannot stand for itself in a pattern
                // of ours, so that it matches one character, which is the same for every text with that character.
                "*" | "?" | "$" => expanded.push_str(if variable == "$" { "$" } else { "?" }),
                variable => {
                    let (key, default) = match variable.split_once(',') {
                        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
                        None => (variable.trim(), None),
                    };
                    match self.circumstances.get(key) {
                        Some([value]) => expanded.push_str(value),
                        _ => expanded.push_str(default?),
                    }
                }
            }
            rest = after;
        }
        expanded.push_str(rest);
        Some(expanded)
    }
}
