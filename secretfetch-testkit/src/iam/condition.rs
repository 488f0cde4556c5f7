//! The `Condition` of a statement.
//!
//! Source: "IAM JSON policy elements: Condition operators" in the IAM User Guide.

use std::net::IpAddr;

use serde_json::Value;

use super::pattern::{self, Token};
use super::request::Request;

/// One operator with one key and its values.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    quantifier: Option<Quantifier>,
    test: Test,
    if_exists: bool,
    key: String,
    values: Vec<String>,
}

/// How several values of a key in a request are put to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    All,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Positive(Comparison),
    /// `…Not…`: none of the values.
    Negative(Comparison),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Number(Order),
    Date(Order),
    Bool,
    Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

const OPERATORS: [(&str, Test); 27] = [
    ("StringEquals", Test::Positive(Comparison::Equals)),
    ("StringNotEquals", Test::Negative(Comparison::Equals)),
    ("StringEqualsIgnoreCase", Test::Positive(Comparison::EqualsIgnoreCase)),
    ("StringNotEqualsIgnoreCase", Test::Negative(Comparison::EqualsIgnoreCase)),
    ("StringLike", Test::Positive(Comparison::Like)),
    ("StringNotLike", Test::Negative(Comparison::Like)),
    ("ArnEquals", Test::Positive(Comparison::Like)),
    ("ArnLike", Test::Positive(Comparison::Like)),
    ("ArnNotEquals", Test::Negative(Comparison::Like)),
    ("ArnNotLike", Test::Negative(Comparison::Like)),
    ("NumericEquals", Test::Positive(Comparison::Number(Order::Equal))),
    ("NumericNotEquals", Test::Negative(Comparison::Number(Order::Equal))),
    ("NumericLessThan", Test::Positive(Comparison::Number(Order::Less))),
    ("NumericLessThanEquals", Test::Positive(Comparison::Number(Order::LessOrEqual))),
    ("NumericGreaterThan", Test::Positive(Comparison::Number(Order::Greater))),
    ("NumericGreaterThanEquals", Test::Positive(Comparison::Number(Order::GreaterOrEqual))),
    ("DateEquals", Test::Positive(Comparison::Date(Order::Equal))),
    ("DateNotEquals", Test::Negative(Comparison::Date(Order::Equal))),
    ("DateLessThan", Test::Positive(Comparison::Date(Order::Less))),
    ("DateLessThanEquals", Test::Positive(Comparison::Date(Order::LessOrEqual))),
    ("DateGreaterThan", Test::Positive(Comparison::Date(Order::Greater))),
    ("DateGreaterThanEquals", Test::Positive(Comparison::Date(Order::GreaterOrEqual))),
    ("Bool", Test::Positive(Comparison::Bool)),
    ("BinaryEquals", Test::Positive(Comparison::Equals)),
    ("IpAddress", Test::Positive(Comparison::Address)),
    ("NotIpAddress", Test::Negative(Comparison::Address)),
    ("Null", Test::Null),
];

impl Condition {
    /// Parses one member of `Condition`: an operator's, with one of its keys.
    pub(super) fn parse(operator: &str, key: &str, values: &Value) -> Result<Self, String> {
        let (quantifier, name) = match operator.split_once(':') {
            Some(("ForAllValues", name)) => (Some(Quantifier::All), name),
            Some(("ForAnyValue", name)) => (Some(Quantifier::Any), name),
            _ => (None, operator),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        let test = OPERATORS.iter().find(|(known, _)| *known == name).map(|(_, test)| *test);
        let test = test.ok_or_else(|| format!("`{operator}` is not a condition operator"))?;
        let several = match values {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            _ => Err(format!("the values of `{key}` under `{operator}` are not texts, numbers or booleans")),
        };
        let values = several.iter().map(text).collect::<Result<_, _>>()?;
        Ok(Condition { quantifier, test, if_exists, key: key.to_owned(), values })
    }

    pub(super) fn holds(&self, request: &Request<'_>) -> bool {
        let found = request.circumstances.get(&self.key);
        let (comparison, wanted) = match self.test {
            Test::Null => {
                let wants_absence = self.values.iter().any(|value| value == "true");
                return wants_absence == found.is_none();
            }
            Test::Positive(comparison) => (comparison, true),
            Test::Negative(comparison) => (comparison, false),
        };
        let Some(found) = found else {
            // A key that is not there: equal to nothing, and so different from everything.
            return self.if_exists || !wanted || self.quantifier == Some(Quantifier::All);
        };
        let matches = |value: &String| {
            let any = self
                .values
                .iter()
                .any(|text| request.expand(text).is_some_and(|text| compare(comparison, &text, value)));
            any == wanted
        };
        match self.quantifier {
            Some(Quantifier::All) => found.iter().all(matches),
            Some(Quantifier::Any) => found.iter().any(matches),
            // A key with one value, as the operator expects it; of several, one is enough to match.
            None if wanted => found.iter().any(matches),
            None => found.iter().all(matches),
        }
    }
}

/// Whether a value of the request is as the policy has it.
fn compare(comparison: Comparison, tokens: &[Token], value: &str) -> bool {
    // Only patterns have wildcards.
    let text: String = tokens
        .iter()
        .map(|token| match token {
            Token::Literal(c) => *c,
            Token::One => '?',
            Token::Many => '*',
        })
        .collect();
    let policy = text.as_str();
    match comparison {
        Comparison::Equals => policy == value,
        Comparison::EqualsIgnoreCase => policy.to_lowercase() == value.to_lowercase(),
        Comparison::Like => pattern::matches_tokens(tokens, value),
        Comparison::Bool => policy.eq_ignore_ascii_case(value),
        Comparison::Number(order) => match (value.parse::<f64>(), policy.parse::<f64>()) {
            (Ok(value), Ok(policy)) => order.holds(value.partial_cmp(&policy)),
            _ => false,
        },
        // Dates in one form of ISO 8601 are in order as texts.
        Comparison::Date(order) => order.holds(Some(value.cmp(policy))),
        Comparison::Address => in_range(policy, value),
    }
}

impl Order {
    fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        })
    }
}

/// Whether an address is in a range of CIDR's form.
fn in_range(range: &str, address: &str) -> bool {
    let (network, length) = range.split_once('/').map_or((range, None), |(network, length)| (network, Some(length)));
    let (Ok(network), Ok(address)) = (network.parse::<IpAddr>(), address.parse::<IpAddr>()) else { return false };
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let Ok(length) = length.map_or(Ok(width), str::parse::<u32>) else { return false };
    length <= width && (network ^ address).checked_shr(width - length).unwrap_or(0) == 0
}
