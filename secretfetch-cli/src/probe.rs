//! `probe`: asks a `watch` in the same pod how it is, as the kubelet's `httpGet` would, from inside the container.

use std::io::{self, ErrorKind as IoErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use secretfetch::{ErrorKind, Failure, Result};

use crate::args::{Probe, ProbeArguments, value_of};
use crate::escape::one_line;
use crate::outcome::{Ended, usage};
use crate::output::write_output;

/// What Kubernetes gives a probe, too.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The longest answer that is read, in bytes: ours are a few hundred.
const LONGEST: u64 = 4096;

pub(crate) fn probe(arguments: &ProbeArguments) -> Result<(), Ended> {
    ask(arguments).and_then(|line| write_output(format!("{line}\n").as_bytes())).map_err(Ended::Denied)
}

/// The line with which the watch says yes.
fn ask(arguments: &ProbeArguments) -> Result<String> {
    let Some(listen) = &arguments.listen else {
        let hint = "give both SECRETFETCH_LISTEN, or `probe` the `--listen` of the watch";
        return Err(usage("`probe` does not know where the watch listens").with_hint(hint).into());
    };
    if listen.value.port() == 0 {
        let failure = listen.wrong("a watch on port 0 listens on any port that is free");
        return Err(failure.with_hint("name the port that the watch tells when it starts").into());
    }
    let path = match arguments.probe {
        Probe::Ready => "/readyz",
        Probe::Live => "/livez",
    };
    let time = value_of(&arguments.timeout).unwrap_or(TIMEOUT);
    let exchange = Exchange { path, end: Instant::now().checked_add(time) };
    let (address, answer) = exchange
        .with_any(&listen.value.on_the_same_host())
        .map_err(|(address, error)| unreachable(address, &error, time))?;
    let (status, line) = understood(&answer).ok_or_else(|| {
        Failure::new(ErrorKind::InvalidResponse, format!("what listens on {address} does not answer as a watch does"))
            .with_hint("another program has the port, or `--listen` is not that of the watch")
    })?;
    match status {
        200 => Ok(line),
        503 => Err(Failure::new(ErrorKind::ServiceUnavailable, line).with_hint("see the watch's log").into()),
        status => {
            let what = format!("what listens on {address} answers {path} with HTTP status {status}");
            Err(Failure::new(ErrorKind::InvalidResponse, what)
                .with_hint("another program has the port, or `--listen` is not that of the watch")
                .into())
        }
    }
}

fn unreachable(address: SocketAddr, error: &io::Error, time: Duration) -> Failure {
    match error.kind() {
        IoErrorKind::TimedOut | IoErrorKind::WouldBlock => {
            let what = format!("the watch on {address} did not answer within {:.1} s", time.as_secs_f64());
            Failure::new(ErrorKind::Timeout, what).with_hint("it is stuck, or the machine is under load")
        }
        _ => Failure::new(ErrorKind::Connect, format!("cannot ask the watch on {address}: {error}"))
            .with_hint("it does not run yet, runs without `--listen`, or listens on another port"),
    }
}

/// One request, to be done by the end of its time.
struct Exchange {
    path: &'static str,
    /// A time that the clock cannot hold has no end.
    end: Option<Instant>,
}

impl Exchange {
    /// The answer of the first address at which somebody listens, or the first error.
    fn with_any(&self, addresses: &[SocketAddr]) -> Result<(SocketAddr, Vec<u8>), (SocketAddr, io::Error)> {
        let mut first = None;
        for address in addresses {
            match self.with(*address) {
                Ok(answer) => return Ok((*address, answer)),
                Err(error) => _ = first.get_or_insert((*address, error)),
            }
        }
        Err(first.unwrap_or_else(|| (SocketAddr::from(([127, 0, 0, 1], 0)), IoErrorKind::AddrNotAvailable.into())))
    }

    fn with(&self, address: SocketAddr) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, self.left()?)?;
        stream.set_write_timeout(Some(self.left()?))?;
        let request = format!("GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n", self.path);
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        let mut buffer = [0; 1024];
        // Each read by itself: an answer in drops must not take longer than one that does not come.
        while (answer.len() as u64) < LONGEST {
            stream.set_read_timeout(Some(self.left()?))?;
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => answer.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == IoErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(answer)
    }

    fn left(&self) -> io::Result<Duration> {
        let Some(end) = self.end else { return Ok(Duration::from_secs(u64::from(u32::MAX))) };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(IoErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// The status of an answer, and the first line of its text.
fn understood(answer: &[u8]) -> Option<(u16, String)> {
    let answer = String::from_utf8_lossy(answer);
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, one_line(text.lines().next().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_line() {
        let head = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\n";
        for (answer, expected) in [
            (format!("{head}not ready\n"), Some((503, "not ready"))),
            (format!("{head}a\u{1b}[2J\nb"), Some((503, "a\\u{1b}[2J"))),
            (head.to_owned(), Some((503, ""))),
            ("HTTP/1.1 200\r\n\r\nready".to_owned(), Some((200, "ready"))),
            ("HTTP/1.1 20é\r\n\r\nready".to_owned(), None),
            ("HTTP/1.0 200 OK\r\n\r\n".to_owned(), None),
            ("HTTP/1.1 200 OK\r\n".to_owned(), None),
            ("SSH-2.0-OpenSSH_9.6\r\n\r\n".to_owned(), None),
            (String::new(), None),
        ] {
            let expected = expected.map(|(status, line): (u16, &str)| (status, line.to_owned()));
            assert_eq!(understood(answer.as_bytes()), expected, "{answer:?}");
        }
    }
}
