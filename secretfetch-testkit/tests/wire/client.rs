//! An HTTP/1.1 client of a few lines over a tokio stream, so that no library hides what is on the wire.

use std::collections::BTreeMap;
use std::io;

use secretfetch_testkit::FakeSecretsManager;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Client {
    stream: TcpStream,
    tokens: u32,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

pub(crate) const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/ca-central-1/secretsmanager/\
                                        aws4_request, SignedHeaders=host;x-amz-date, Signature=0123abcd";

impl Client {
    pub(crate) async fn connect(server: &FakeSecretsManager) -> Self {
        Client { stream: TcpStream::connect(server.address()).await.unwrap(), tokens: 0 }
    }

    /// A signed call of one operation; the answer's status and JSON.
    /// Calls an operation as an SDK does: with a token where there must be one.
    pub(crate) async fn call(&mut self, operation: &str, mut input: Value) -> (u16, Value) {
        let takes_a_token = ["CreateSecret", "PutSecretValue", "UpdateSecret", "RotateSecret"].contains(&operation);
        if takes_a_token && input.get("ClientRequestToken").is_none() {
            self.tokens += 1;
            input["ClientRequestToken"] = format!("00000000-0000-4000-8000-{:012}", self.tokens).into();
        }
        self.call_raw(operation, input).await
    }

    pub(crate) async fn call_raw(&mut self, operation: &str, input: Value) -> (u16, Value) {
        let answer = self.request(operation, &input.to_string(), &[("authorization", AUTHORIZATION)]).await.unwrap();
        assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.1");
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    pub(crate) async fn request(
        &mut self,
        operation: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let target = format!("secretsmanager.{operation}");
        let mut all = vec![("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)];
        all.retain(|(name, _)| headers.iter().all(|(other, _)| other != name));
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        self.send("POST / HTTP/1.1", &all, body).await
    }

    pub(crate) async fn send(&mut self, line: &str, headers: &[(&str, &str)], body: &str) -> io::Result<Answer> {
        self.send_to("localhost", line, headers, body).await
    }

    /// As `send`, with another host in the request than the one that it goes to.
    pub(crate) async fn send_to(
        &mut self,
        host: &str,
        line: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let mut head = format!("{line}\r\nhost: {host}\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        self.stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
        self.answer(!line.starts_with("HEAD ")).await
    }

    async fn answer(&mut self, has_body: bool) -> io::Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<_, _> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        // Some answers can have none, and say no length.
        let length = headers.get("content-length").filter(|_| has_body).map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        let mut read = 0;
        while read < body.len() {
            match self.stream.read(&mut body[read..]).await? {
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{read} of {}", body.len()))),
                n => read += n,
            }
        }
        Ok(Answer { status, headers, body })
    }
}
