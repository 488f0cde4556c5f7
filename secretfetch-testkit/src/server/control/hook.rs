//! A rotation function behind a URL.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::json;

use crate::fake::rotation::{RotationError, RotationEvent};

/// How long a step may take, and each part of it.
const LIMIT: Duration = Duration::from_secs(10);

/// Where the steps of a rotation are sent, as AWS sends them to a Lambda function.
pub(super) struct Hook {
    /// With a port.
    authority: String,
    path: String,
}

impl Hook {
    pub(super) fn to(url: &str) -> Result<Self, String> {
        let wrong = || format!("{url:?} is not a URL of the form http://HOST:PORT/PATH");
        let rest = url.strip_prefix("http://").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_graphic()));
        let rest = rest.ok_or_else(wrong)?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        port.ok_or_else(wrong)?;
        Ok(Hook { authority: authority.to_owned(), path: path.to_owned() })
    }

    /// Sends one step; a status other than 2xx, or none, is its failure.
    pub(super) fn call(&self, event: &RotationEvent) -> Result<(), RotationError> {
        let step = event.step.name();
        let token = event.client_request_token.as_str();
        let body = json!({"Step": step, "SecretId": event.secret_id, "ClientRequestToken": token}).to_string();
        let address = self.authority.to_socket_addrs()?.next().ok_or("the hook's host has no address")?;
        let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: \
             close\r\n\r\n{body}",
            self.path,
            self.authority,
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        match status.split(' ').nth(1) {
            Some(code) if code.starts_with('2') => Ok(()),
            _ => Err(format!("the hook answers {step} with {:?}", status.trim()).into()),
        }
    }
}
