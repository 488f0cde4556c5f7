//! Signs requests as AWS's documentation says, so that a test can also sign what no SDK would.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use secretfetch_testkit::{AccessKey, FakeSecretsManager};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::client::{Answer, Client};

/// A key, and what is signed with it.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    pub(crate) time: SystemTime,
    pub(crate) region: &'static str,
}

impl Signer {
    pub(crate) fn new(id: &str, secret: &str) -> Self {
        let (id, secret) = (id.to_owned(), secret.to_owned());
        Signer { id, secret, token: None, time: SystemTime::now(), region: "ca-central-1" }
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        Signer { token: Some(token.to_owned()), ..self }
    }

    /// The credentials in an answer of STS.
    pub(crate) fn of_sts(answer: &Answer) -> Self {
        Signer::new(element(answer, "AccessKeyId"), element(answer, "SecretAccessKey"))
            .with_token(element(answer, "SessionToken"))
    }

    /// The credentials in an answer of a container's endpoint, or of instance metadata.
    pub(crate) fn of_json(answer: &Answer) -> Self {
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        let member = |name: &str| json[name].as_str().unwrap().to_owned();
        Signer::new(&member("AccessKeyId"), &member("SecretAccessKey")).with_token(&member("Token"))
    }

    /// The headers of a signed `POST /`; `extra` are signed with them.
    pub(crate) fn headers(&self, service: &str, extra: &[(&str, &str)], body: &str) -> Vec<(String, String)> {
        self.signed("POST\n/\n", service, extra, &hash(body))
    }

    /// `start` is the canonical request's up to its query, which is empty.
    fn signed(&self, start: &str, service: &str, extra: &[(&str, &str)], payload: &str) -> Vec<(String, String)> {
        let time = basic(self.time);
        let day = &time[..8];
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut headers: Vec<(String, String)> = extra.iter().map(own).collect();
        headers.push(("x-amz-date".to_owned(), time.clone()));
        headers.extend(self.token.iter().map(|token| ("x-amz-security-token".to_owned(), token.clone())));
        let mut signed = headers.clone();
        signed.push(("host".to_owned(), "localhost".to_owned()));
        signed.sort();
        let names = signed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let lines: String = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let request = format!("{start}\n{lines}\n{names}\n{payload}");
        let scope = format!("{day}/{}/{service}/aws4_request", self.region);
        let string = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(&request));
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day, self.region, service, "aws4_request"] {
            key = hmac(&key, part);
        }
        let signature = hex(&hmac(&key, &string));
        let credential = format!("{}/{scope}", self.id);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization".to_owned(), authorization));
        headers
    }

    /// The headers of a signed request to S3 without a body; `path` is encoded once, `payload` stands for the body.
    pub(crate) fn s3_headers(&self, method: &str, path: &str, payload: &str) -> Vec<(String, String)> {
        let extra = [("x-amz-content-sha256", payload)];
        self.signed(&format!("{method}\n{path}\n"), "s3", &extra, payload)
    }

    /// `GetSecretValue` of this secret: status and JSON.
    pub(crate) async fn get_secret_value(&self, server: &FakeSecretsManager, id: &str) -> (u16, Value) {
        let body = format!("{{\"SecretId\":\"{id}\"}}");
        let extra = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "secretsmanager.GetSecretValue")];
        let answer = post(server, &self.headers("secretsmanager", &extra, &body), &body).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// A request to STS with these form fields.
    pub(crate) async fn sts(&self, server: &FakeSecretsManager, body: &str) -> Answer {
        post(server, &self.headers("sts", &[FORM], body), body).await
    }

    /// The ARN that `GetCallerIdentity` gives.
    pub(crate) async fn arn(&self, server: &FakeSecretsManager) -> String {
        let answer = self.sts(server, "Action=GetCallerIdentity&Version=2011-06-15").await;
        assert_eq!(answer.status, 200, "{}", text(&answer));
        element(&answer, "Arn").to_owned()
    }
}

impl From<&AccessKey> for Signer {
    fn from(key: &AccessKey) -> Self {
        let signer = Signer::new(key.id(), key.secret_access_key());
        Signer { token: key.session_token().map(str::to_owned), ..signer }
    }
}

pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

pub(crate) async fn post(server: &FakeSecretsManager, headers: &[(String, String)], body: &str) -> Answer {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Client::connect(server).await.send("POST / HTTP/1.1", &headers, body).await.unwrap()
}

pub(crate) fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// What stands in an XML element of this name.
#[track_caller]
pub(crate) fn element<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let xml = text(answer);
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

/// The status, and code and message of a refusal by STS.
#[track_caller]
pub(crate) fn refusal(answer: &Answer) -> (u16, &str, &str) {
    (answer.status, element(answer, "Code"), element(answer, "Message"))
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(message.as_bytes());
    hmac.finalize().into_bytes().to_vec()
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// ISO 8601's basic format, by counting the years and months up.
pub(crate) fn basic(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let (mut days, seconds) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{:02}T{hour:02}{minute:02}{second:02}Z", days + 1)
}

/// So many seconds after the epoch.
pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
