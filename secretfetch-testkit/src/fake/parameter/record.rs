//! One parameter and its versions.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secretfetch::SecretValue;

use super::refusal::ParameterRefusal;

/// The key of a `SecureString` that names none.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/ssm";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterType {
    String,
    StringList,
    SecureString,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    Standard,
    Advanced,
}

#[derive(Clone, Debug)]
pub(crate) struct ParameterRecord {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) kind: ParameterType,
    /// The oldest first.
    pub(crate) versions: Vec<ParameterVersion>,
}

#[derive(Clone, Debug)]
pub(crate) struct ParameterVersion {
    pub(crate) number: u32,
    pub(crate) value: SecretValue,
    /// Of a `SecureString`.
    pub(crate) key_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tier: Tier,
    pub(crate) labels: Vec<String>,
    pub(crate) modified: SystemTime,
}

impl ParameterType {
    const ALL: [ParameterType; 3] = [ParameterType::String, ParameterType::StringList, ParameterType::SecureString];
    pub(crate) const NAMES: [&str; 3] = ["SecureString", "StringList", "String"];

    pub(crate) fn name(self) -> &'static str {
        match self {
            ParameterType::String => "String",
            ParameterType::StringList => "StringList",
            ParameterType::SecureString => "SecureString",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Tier {
    /// The longest value, in characters.
    pub(crate) fn longest(self) -> usize {
        match self {
            Tier::Standard => 4096,
            Tier::Advanced => 8192,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Tier::Standard => "Standard",
            Tier::Advanced => "Advanced",
        }
    }
}

impl ParameterRecord {
    pub(crate) fn newest(&self) -> Option<&ParameterVersion> {
        self.versions.last()
    }

    /// The version with this number or label; without either the newest.
    pub(crate) fn select(&self, selector: Option<&str>) -> Result<&ParameterVersion, ParameterRefusal> {
        let Some(selector) = selector else { return self.newest().ok_or(ParameterRefusal::NotFound) };
        let name = self.name.clone();
        // A label does not begin with a digit.
        if selector.bytes().all(|byte| byte.is_ascii_digit()) {
            let version = self.versions.iter().find(|version| version.number.to_string() == selector);
            return version.ok_or_else(|| ParameterRefusal::VersionNotFound { name, version: selector.to_owned() });
        }
        let version = self.versions.iter().find(|version| version.labels.iter().any(|label| label == selector));
        version.ok_or_else(|| ParameterRefusal::LabelNotFound { name, label: selector.to_owned() })
    }

    /// The value as it is answered.
    pub(crate) fn shown(&self, version: &ParameterVersion, with_decryption: bool) -> String {
        if self.kind == ParameterType::SecureString && !with_decryption {
            return self.ciphertext(version);
        }
        version.value.expose_text().unwrap_or_default().to_owned()
    }

    /// In form what KMS makes; nothing of the value is in it. The same in every run.
    fn ciphertext(&self, version: &ParameterVersion) -> String {
        let seed = self
            .arn
            .bytes()
            .fold(u64::from(version.number), |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut random = fastrand::Rng::with_seed(seed);
        let mut blob = vec![1, 2, 2, 0, 0x78];
        blob.extend(std::iter::repeat_with(|| random.u8(..)).take(120));
        BASE64.encode(blob)
    }
}
