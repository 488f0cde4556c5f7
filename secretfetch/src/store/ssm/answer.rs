//! What Parameter Store answers.

use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::json::{self, Value};
use crate::secret::{Region, Secret, SecretRequest, SecretValue};

/// One parameter of an answer.
pub(super) struct Parameter {
    name: String,
    arn: Option<String>,
    value: Zeroizing<String>,
    version: Option<String>,
    /// In seconds since 1970.
    modified: Option<f64>,
}

/// The answer to either of the two calls.
#[derive(Default)]
pub(super) struct Found {
    pub(super) parameters: Vec<Parameter>,
    /// The names of those that there are not, as they were asked for.
    pub(super) invalid: Vec<String>,
    pub(super) next_token: Option<String>,
}

/// An answer that is a refusal.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

type Members = Vec<(String, Value)>;

impl Found {
    /// Reads an answer; `None` if it is none of Parameter Store.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let members = object(body)?;
        let mut found = Found::default();
        let mut is_known = false;
        for (key, value) in members {
            match (key.as_str(), value) {
                ("Parameters", Value::Array(items)) => {
                    is_known = true;
                    found.parameters = items.into_iter().map(Parameter::read).collect::<Option<_>>()?;
                }
                ("InvalidParameters", Value::Array(items)) => {
                    is_known = true;
                    found.invalid = items.into_iter().filter_map(text).collect();
                }
                ("NextToken", value) => found.next_token = text(value).filter(|token| !token.is_empty()),
                _ => {}
            }
        }
        is_known.then_some(found)
    }
}

impl Refused {
    pub(super) fn read(body: &[u8]) -> Self {
        let mut refused = Refused::default();
        for (key, value) in object(body).unwrap_or_default() {
            match key.as_str() {
                // The code may stand behind a namespace and a `#`.
                "__type" => {
                    refused.code = text(value).map(|code| code.rsplit('#').next().unwrap_or_default().to_owned());
                }
                "message" | "Message" => refused.message = text(value),
                _ => {}
            }
        }
        refused
    }
}

fn object(body: &[u8]) -> Option<Members> {
    match json::parse(std::str::from_utf8(body).ok()?) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(mut text) => Some(std::mem::take(&mut *text)),
        _ => None,
    }
}

impl Parameter {
    fn read(value: Value) -> Option<Self> {
        let Value::Object(members) = value else { return None };
        let (mut name, mut arn, mut content, mut version, mut modified) = (None, None, None, None, None);
        for (key, value) in members {
            match (key.as_str(), value) {
                ("Name", value) => name = text(value),
                ("ARN", value) => arn = text(value),
                ("Value", Value::String(text)) => content = Some(text),
                ("Version", Value::Number(number)) => version = Some(number.to_string()),
                ("LastModifiedDate", Value::Number(number)) => modified = number.parse().ok(),
                _ => {}
            }
        }
        Some(Parameter { name: name?, arn, value: content?, version, modified })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the one that this request names, in the version that it names, as far as the answer says which it is.
    pub(super) fn is_of(&self, request: &SecretRequest) -> bool {
        let id = request.secret_id().as_str();
        let is_it = self.name == id || self.arn.as_deref() == Some(id);
        let is_version = match (request.version_id(), &self.version) {
            (Some(asked), Some(found)) => asked.as_str() == found,
            _ => true,
        };
        is_it && is_version
    }

    /// The secret that it is; `request` is what was asked for, if it was that one by itself.
    pub(super) fn into_secret(mut self, region: &Region, request: Option<&SecretRequest>) -> Secret {
        let value = SecretValue::from_text(std::mem::take(&mut *self.value));
        let mut secret = Secret::new(self.name, value).with_region(region.clone());
        secret.arn = self.arn.and_then(|arn| arn.try_into().ok());
        secret.version_id = self.version.and_then(|version| version.parse().ok());
        secret.version_stages = request.and_then(SecretRequest::version_stage).cloned().into_iter().collect();
        let modified = self.modified.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        secret.created = modified.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_exactly() {
        let body = r#"{"InvalidParameters": ["/b:3"], "Parameters": [{"Name": "/a", "Type": "SecureString",
            "Value": "x\u0001\n\"é", "Version": 7, "LastModifiedDate": 1.7e9, "Selector": ":7", "DataType": "text",
            "ARN": "arn:aws:ssm:eu-west-1:123456789012:parameter/a"}]}"#;
        let mut found = Found::read(body.as_bytes()).unwrap();
        assert_eq!(found.invalid, ["/b:3"]);
        let request = SecretRequest::new("/a".parse().unwrap()).with_version_id("7".parse().unwrap());
        let parameter = found.parameters.pop().unwrap();
        assert!(parameter.is_of(&request));
        assert!(!parameter.is_of(&SecretRequest::new("/b".parse().unwrap())));
        assert!(!parameter.is_of(&SecretRequest::new("/a".parse().unwrap()).with_version_id("8".parse().unwrap())));
        let secret = parameter.into_secret(&"eu-west-1".parse().unwrap(), Some(&request));
        assert_eq!(secret.value.expose_text(), Some("x\u{1}\n\"é"));
        assert_eq!(secret.version_id.as_ref().unwrap().as_str(), "7");
        assert_eq!(secret.created, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for body in
            ["", "<html></html>", "[]", "{}", "null", r#"{"Parameters": [{"Name": "/a"}]}"#, r#"{"Parameters": 1}"#]
        {
            assert!(Found::read(body.as_bytes()).is_none(), "{body}");
        }
        assert!(Found::read(b"{\"Parameters\": [\xff]}").is_none());
    }

    #[test]
    fn a_refusal_has_a_code_and_a_message_in_either_spelling() {
        for body in [
            r#"{"__type": "com.amazonaws.ssm#ThrottlingException", "message": "Rate exceeded"}"#,
            r#"{"__type": "ThrottlingException", "Message": "Rate exceeded"}"#,
        ] {
            let refused = Refused::read(body.as_bytes());
            assert_eq!(refused.code.as_deref(), Some("ThrottlingException"));
            assert_eq!(refused.message.as_deref(), Some("Rate exceeded"));
        }
        assert!(Refused::read(b"<html>").code.is_none());
    }
}
