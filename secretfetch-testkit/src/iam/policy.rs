//! A policy as a document.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::pattern;
use super::principal::{Naming, PrincipalElement, Texts};
use super::request::Request;

/// The longest document that is read; no policy of AWS may be as long.
const LONGEST: usize = 64 * 1024;

/// An IAM policy: of an identity, of a resource, a permissions boundary, a service control policy.
///
/// ```
/// use secretfetch_testkit::IamPolicy;
///
/// let policy = r#"{
///     "Version": "2012-10-17",
///     "Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
/// }"#;
/// assert!(policy.parse::<IamPolicy>().is_ok());
///
/// let error = policy.replace("Effect", "Efect").parse::<IamPolicy>().unwrap_err();
/// assert!(error.to_string().contains("unknown field `Efect`") && error.to_string().contains("line 3"));
/// ```
#[derive(Clone, Debug)]
pub struct IamPolicy {
    statements: Vec<Statement>,
}

/// Why a text is not a policy, with line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsePolicyError(String);

impl fmt::Display for ParsePolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an IAM policy: {}", self.0)
    }
}

impl std::error::Error for ParsePolicyError {}

impl FromStr for IamPolicy {
    type Err = ParsePolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(ParsePolicyError(format!("it has more than {LONGEST} bytes")));
        }
        let document: Document = serde_json::from_str(text).map_err(|error| ParsePolicyError(error.to_string()))?;
        let statements = match document.statement {
            Statements::One(statement) => vec![*statement],
            Statements::Many(statements) => statements,
        };
        let mut sids: Vec<&str> = statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        sids.sort_unstable();
        if let Some(pair) = sids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ParsePolicyError(format!("two statements have the Sid `{}`", pair[0])));
        }
        Ok(IamPolicy { statements })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    #[expect(dead_code, reason = "only that it is one of IAM's")]
    version: Option<Version>,
    #[expect(dead_code, reason = "it has no meaning")]
    id: Option<String>,
    statement: Statements,
}

#[derive(Deserialize)]
enum Version {
    #[serde(rename = "2012-10-17")]
    Current,
    #[serde(rename = "2008-10-17")]
    Old,
}

enum Statements {
    One(Box<Statement>),
    Many(Vec<Statement>),
}

/// By hand, since an untagged enum forgets what was wrong.
impl<'de> Deserialize<'de> for Statements {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Statements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a statement or a list of statements")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Statements, A::Error> {
                let statement = Statement::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Statements::One(Box::new(statement)))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Statements, A::Error> {
                let mut statements = Vec::new();
                while let Some(statement) = list.next_element()? {
                    statements.push(statement);
                }
                Ok(Statements::Many(statements))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What an element lists: these, or all but these.
#[derive(Clone, Debug)]
enum Listed {
    These(Texts),
    AllBut(Texts),
}

impl Listed {
    fn of(these: Option<Texts>, all_but: Option<Texts>, name: &str) -> Result<Option<Self>, String> {
        match (these, all_but) {
            (Some(_), Some(_)) => Err(format!("a statement has both `{name}` and `Not{name}`")),
            (Some(these), None) => Ok(Some(Listed::These(these))),
            (None, all_but) => Ok(all_but.map(Listed::AllBut)),
        }
    }

    fn has(&self, is_it: impl Fn(&str) -> bool) -> bool {
        match self {
            Listed::These(texts) => texts.iter().any(is_it),
            Listed::AllBut(texts) => !texts.iter().any(is_it),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
struct Statement {
    sid: Option<String>,
    effect: Effect,
    action: Listed,
    /// A trust policy has none: its resource is the role.
    resource: Option<Listed>,
    principal: Option<PrincipalElement>,
    not_principal: Option<PrincipalElement>,
    conditions: Vec<Condition>,
}

/// A statement as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Written {
    sid: Option<String>,
    effect: Effect,
    action: Option<Texts>,
    not_action: Option<Texts>,
    resource: Option<Texts>,
    not_resource: Option<Texts>,
    principal: Option<PrincipalElement>,
    not_principal: Option<PrincipalElement>,
    #[serde(default)]
    condition: Map<String, Value>,
}

impl TryFrom<Written> for Statement {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let action = Listed::of(written.action, written.not_action, "Action")?;
        let action = action.ok_or("a statement has neither `Action` nor `NotAction`")?;
        let (Listed::These(actions) | Listed::AllBut(actions)) = &action;
        if let Some(odd) = actions.iter().find(|action| *action != "*" && !action.contains(':')) {
            return Err(format!("`{odd}` is not an action: actions are `SERVICE:NAME`"));
        }
        let mut conditions = Vec::new();
        for (operator, keys) in &written.condition {
            let keys = keys.as_object().ok_or_else(|| format!("`{operator}` has no condition keys"))?;
            for (key, values) in keys {
                conditions.push(Condition::parse(operator, key, values)?);
            }
        }
        Ok(Statement {
            sid: written.sid,
            effect: written.effect,
            action,
            resource: Listed::of(written.resource, written.not_resource, "Resource")?,
            principal: written.principal,
            not_principal: written.not_principal,
            conditions,
        })
    }
}

impl Statement {
    /// Whether it is about the request, whoever asks.
    fn concerns(&self, request: &Request<'_>) -> bool {
        let resource = |text: &str| {
            request.expand(text).is_some_and(|pattern| pattern::matches_tokens(&pattern, &request.resource))
        };
        self.action.has(|action| pattern::matches_any_case(action, &request.action))
            && self.resource.as_ref().is_none_or(|listed| listed.has(resource))
            && self.conditions.iter().all(|condition| condition.holds(request))
    }
}

/// What one policy says to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Opinion {
    pub(super) denies: bool,
    /// How the caller is named by what allows it.
    pub(super) allows: Option<Naming>,
}

impl IamPolicy {
    /// What a policy of an identity (or one that limits identities) says: it is about whoever has it.
    pub(super) fn of_identity(&self, request: &Request<'_>) -> Opinion {
        self.opinion(request, |_| Some(Naming::Identity))
    }

    /// What a policy of a resource says: it names whom it is about.
    pub(super) fn of_resource(&self, request: &Request<'_>) -> Opinion {
        self.opinion(request, |statement| match (&statement.principal, &statement.not_principal) {
            (Some(principal), _) => principal.names(request.caller),
            (None, Some(others)) => others.names(request.caller).is_none().then_some(Naming::Identity),
            (None, None) => None,
        })
    }

    fn opinion(&self, request: &Request<'_>, naming: impl Fn(&Statement) -> Option<Naming>) -> Opinion {
        let mut opinion = Opinion::default();
        for statement in self.statements.iter().filter(|statement| statement.concerns(request)) {
            match (statement.effect, naming(statement)) {
                (_, None) => {}
                (Effect::Deny, Some(_)) => opinion.denies = true,
                (Effect::Allow, named) => opinion.allows = opinion.allows.max(named),
            }
        }
        opinion
    }

    /// Refused where only policies with, or without, principals have a meaning.
    pub(super) fn check_principals(&self, expected: bool) -> Result<(), ParsePolicyError> {
        let has = |statement: &Statement| statement.principal.is_some() || statement.not_principal.is_some();
        match (expected, self.statements.iter().all(has), self.statements.iter().any(has)) {
            (true, false, _) => {
                Err(ParsePolicyError("a statement of a resource's policy has no `Principal`".to_owned()))
            }
            (false, _, true) => {
                Err(ParsePolicyError("a statement of an identity's policy has a `Principal`".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let refused = |text: &str| text.parse::<IamPolicy>().unwrap_err().to_string();
        for (text, said) in [
            ("", "EOF"),
            ("[]", "line 1"),
            (r#"{"Version": "2012-10-17"}"#, "missing field `Statement`"),
            (r#"{"Version": "2020", "Statement": []}"#, "unknown variant `2020`"),
            (r#"{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#, "unknown variant `allow`"),
            ("{\"Statement\": [\n{\"Action\": \"*\", \"Resource\": \"*\"}]}", "missing field `Effect` at line 2"),
            (r#"{"Statement": {"Effect": "Allow", "Resource": "*"}}"#, "neither `Action` nor `NotAction`"),
            (r#"{"Statement": {"Effect": "Allow", "Action": "Get", "Resource": "*"}}"#, "`Get` is not an action"),
            (
                r#"{"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"StringIs": {"a": "b"}}}}"#,
                "`StringIs` is not a condition operator",
            ),
            (
                r#"{"Statement": [{"Sid": "a", "Effect": "Allow", "Action": "*"}, {"Sid": "a", "Effect": "Deny", "Action": "*"}]}"#,
                "two statements have the Sid `a`",
            ),
        ] {
            assert!(refused(text).contains(said), "{text}: {}", refused(text));
        }
        assert!(refused(&" ".repeat(LONGEST + 1)).contains("bytes"));
    }
}
