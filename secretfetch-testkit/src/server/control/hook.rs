//! A rotation function behind a URL.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::fake::rotation::{RotationError, RotationEvent};

/// How long a step may take.
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
        let end = Instant::now() + LIMIT;
        let mut stream = self.connect(end)?;
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: \
             close\r\n\r\n{body}",
            self.path,
            self.authority,
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        // `HTTP/1.1 200`, and no more than that of whatever comes.
        let mut status = [0; 12];
        let mut read = 0;
        while read < status.len() {
            stream.set_read_timeout(Some(left(end)?))?;
            match stream.read(&mut status[read..])? {
                0 => break,
                bytes => read += bytes,
            }
        }
        match &status {
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', b'2', tens, ones]
                if tens.is_ascii_digit() && ones.is_ascii_digit() =>
            {
                Ok(())
            }
            other => Err(format!("the hook answers {step} with {:?}", String::from_utf8_lossy(other)).into()),
        }
    }

    /// To the first of the host's addresses that takes the connection.
    fn connect(&self, end: Instant) -> Result<TcpStream, RotationError> {
        let mut failed = RotationError::from("the hook's host has no address");
        for address in self.authority.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(end)?) {
                Ok(stream) => {
                    stream.set_write_timeout(Some(left(end)?))?;
                    return Ok(stream);
                }
                Err(error) => failed = error.into(),
            }
        }
        Err(failed)
    }
}

/// What is left of a step's time.
fn left(end: Instant) -> Result<Duration, RotationError> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err("the hook has not answered in 10 s".into()) } else { Ok(left) }
}
