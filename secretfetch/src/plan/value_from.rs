//! References as Amazon ECS writes them under `valueFrom` of a container's `secrets`.

use super::source_config::SourceConfig;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::secret::{Arn, SecretId, StoreName};
use crate::text::quoted;

impl SourceConfig {
    /// The source of a variable whose text is a reference to a secret or a parameter, as Amazon ECS writes it under
    /// `valueFrom`; `None` if it is none. [`store`](SourceConfig::store) is `aws` or `ssm`.
    ///
    /// The forms are `arn:…:secretsmanager:…:secret:NAME`, the same with `:KEY:STAGE:VERSION-ID` behind it, of which each
    /// may be empty, and `arn:…:ssm:…:parameter/NAME`
    /// ([Secrets Manager](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html),
    /// [Parameter Store](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html)).
    ///
    /// ```
    /// use secretfetch::SourceConfig;
    /// let reference = "arn:aws:secretsmanager:us-west-2:123456789012:secret:appauthexample-AbCdEf:username1::";
    /// let source = SourceConfig::from_ecs("DB_USER", reference).unwrap()?;
    /// assert_eq!(source.selection.keys, [("DB_USER".to_owned(), "username1".to_owned())]);
    /// assert!(SourceConfig::from_ecs("TOPIC", "arn:aws:sns:us-west-2:123456789012:orders").is_none());
    /// # Ok::<(), secretfetch::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a text that is an ARN of one of these services, and not of that form.
    pub fn from_ecs(variable: &str, text: &str) -> Option<Result<SourceConfig>> {
        let mut parts = text.splitn(6, ':');
        let (arn, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let source = match (arn, service) {
            ("arn", "secretsmanager") => of_secret(variable, text),
            // Other resources of Systems Manager are no parameters: documents, maintenance windows.
            ("arn", "ssm") if parts.nth(2)?.starts_with("parameter") => of_parameter(variable, text),
            _ => return None,
        };
        Some(source.map_err(|reason| {
            let what = format!("the variable {} refers to a secret, and {reason}", quoted(variable));
            let hint = "it is an ARN, or `ARN:KEY:STAGE:VERSION-ID` with any of the three empty";
            Error::from(Failure::new(ErrorKind::Config, what).with_hint(hint))
        }))
    }
}

/// `ARN` or `ARN:KEY:STAGE:ID`: a secret's name has no colon in it.
fn of_secret(variable: &str, text: &str) -> Result<SourceConfig, String> {
    let mut parts = text.split(':');
    let arn = parts.by_ref().take(7).collect::<Vec<_>>().join(":");
    let parsed: Arn = arn.parse().map_err(|error| format!("{error}"))?;
    if !parsed.resource().starts_with("secret:") {
        return Err(format!("{} is not the ARN of a secret", quoted(&arn)));
    }
    let rest: Vec<&str> = parts.collect();
    let (key, stage, id) = match rest.as_slice() {
        [] => ("", "", ""),
        [key, stage, id] => (*key, *stage, *id),
        _ => return Err("what follows its ARN is not `:KEY:STAGE:VERSION-ID`".to_owned()),
    };
    let mut source = SourceConfig::new(secret_id(&arn)?).with_store(store("aws"));
    source = if key.is_empty() { source.with_name(variable) } else { source.with_keys([(variable, key)]) };
    if !stage.is_empty() {
        source = source.with_version_stage(stage.parse().map_err(|error| format!("{error}"))?);
    }
    if !id.is_empty() {
        source = source.with_version_id(id.parse().map_err(|error| format!("{error}"))?);
    }
    Ok(source)
}

fn of_parameter(variable: &str, text: &str) -> Result<SourceConfig, String> {
    let parsed: Arn = text.parse().map_err(|error| format!("{error}"))?;
    if !parsed.resource().starts_with("parameter/") {
        return Err(format!("{} is not the ARN of a parameter", quoted(text)));
    }
    Ok(SourceConfig::new(secret_id(text)?).with_store(store("ssm")).with_name(variable))
}

fn secret_id(arn: &str) -> Result<SecretId, String> {
    arn.parse().map_err(|error| format!("{error}"))
}

fn store(kind: &str) -> StoreName {
    kind.parse().expect("the name of a kind of store is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:us-west-2:123456789012:secret:team/app-AbCdEf";
    const PARAMETER: &str = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/app/url";

    fn told(text: &str) -> String {
        SourceConfig::from_ecs("V", text).expect("a reference").unwrap_err().to_string()
    }

    #[test]
    fn every_form_of_the_documentation_is_read() {
        let read = |text: &str| SourceConfig::from_ecs("V", text).unwrap().unwrap();
        let id = |source: &SourceConfig| match &source.secrets {
            crate::SourceSecrets::Id(id) => id.to_string(),
            _ => panic!("{source:?}"),
        };
        for (rest, key, stage, version) in [
            ("", "", "", ""),
            (":user::", "user", "", ""),
            ("::AWSPREVIOUS:", "", "AWSPREVIOUS", ""),
            (":::9d4cb84b-ad69-40c0-a0ab-cead36b967e8", "", "", "9d4cb84b-ad69-40c0-a0ab-cead36b967e8"),
            (":user:AWSPREVIOUS:", "user", "AWSPREVIOUS", ""),
            (":::", "", "", ""),
        ] {
            let source = read(&format!("{SECRET}{rest}"));
            assert_eq!(id(&source), SECRET, "{rest}");
            assert_eq!(source.store.as_ref().unwrap().as_str(), "aws");
            let name = if key.is_empty() { Some("V") } else { None };
            assert_eq!(source.selection.as_name.as_deref(), name, "{rest}");
            assert_eq!(source.selection.keys.iter().map(|(_, key)| key.as_str()).collect::<String>(), key, "{rest}");
            assert_eq!(source.version_stage.map(|stage| stage.to_string()).unwrap_or_default(), stage, "{rest}");
            assert_eq!(source.version_id.map(|id| id.to_string()).unwrap_or_default(), version, "{rest}");
        }
        let source = read(PARAMETER);
        assert_eq!((id(&source).as_str(), source.store.unwrap().as_str()), (PARAMETER, "ssm"));
    }

    #[test]
    fn what_is_no_reference_is_left_alone() {
        for text in [
            "",
            "arn",
            "arn:",
            "arn:aws:secretsmanager".trim_end_matches("secretsmanager"),
            "arn:aws:sns:us-west-2:123456789012:orders",
            "arn:aws:ssm:us-west-2:123456789012:document/x",
            "arn:aws:ssm",
            "see arn:aws:secretsmanager:us-west-2:123456789012:secret:a-AbCdEf",
            " arn:aws:secretsmanager:us-west-2:123456789012:secret:a-AbCdEf",
            "secret:a",
        ] {
            assert!(SourceConfig::from_ecs("V", text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_reference_that_is_wrong_is_told_with_its_variable() {
        for (text, reason) in [
            ("arn:aws:secretsmanager:us-west-2:123456789012:secret", "not the ARN of a secret"),
            ("arn:aws:secretsmanager:us-west-2:1234:secret:a-AbCdEf", "ARN"),
            ("arn:aws:secretsmanager", "ARN"),
            (&format!("{SECRET}:user"), "what follows its ARN"),
            (&format!("{SECRET}:a:b:c:d"), "what follows its ARN"),
            (&format!("{SECRET}:::not an id"), "version id"),
            ("arn:aws:ssm:us-west-2:123456789012:parameter", "not the ARN of a parameter"),
            ("arn:aws:ssm:us-west-2:12:parameter/a", "ARN"),
        ] {
            let told = told(text);
            assert!(told.contains("the variable `V` refers to a secret") && told.contains(reason), "{text}: {told}");
        }
    }
}
