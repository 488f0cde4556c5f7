//! `http`: a request without a body (RFC 9112), of whose answer only the status counts.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use secretfetch::HttpHook;

use super::changes::Changes;

const USUAL_TIMEOUT: Duration = Duration::from_secs(10);

/// What servers take of one header.
const LONGEST_HEADER: usize = 4 << 10;

/// What is read of an answer until its status is known.
const LONGEST_HEAD: usize = 16 << 10;

/// How long an answer's body is taken in, so that the server is not cut off while it writes.
const LINGER: Duration = Duration::from_millis(100);

pub(super) fn send(hook: &HttpHook, changes: &Changes) -> Result<String, String> {
    let timeout = hook.timeout.unwrap_or(USUAL_TIMEOUT);
    let until = Instant::now() + timeout;
    let status = exchange(hook, changes, until).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("no answer from {} within {:.1} s", hook.url.authority(), timeout.as_secs_f64())
        }
        _ => format!("cannot ask {}: {error}", hook.url.authority()),
    })?;
    match status {
        200..=299 => Ok(format!("{} answered {status}", hook.url.authority())),
        300..=399 => Err(format!("{} answered {status}: a redirect is not followed", hook.url.authority())),
        _ => Err(format!("{} answered {status}", hook.url.authority())),
    }
}

fn exchange(hook: &HttpHook, changes: &Changes, until: Instant) -> io::Result<u16> {
    let mut stream = connect(hook.url.authority(), until)?;
    stream.set_write_timeout(Some(left(until)?))?;
    stream.write_all(request(hook, changes).as_bytes())?;
    let mut head = Vec::new();
    let status = loop {
        match status_in(&head)? {
            Some(status) => break status,
            None if head.len() >= LONGEST_HEAD => return Err(no_http()),
            None => {}
        }
        stream.set_read_timeout(Some(left(until)?))?;
        let mut buffer = [0; 1 << 10];
        match stream.read(&mut buffer) {
            Ok(0) => return Err(no_http()),
            Ok(count) => head.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    linger(&mut stream, until.min(Instant::now() + LINGER));
    Ok(status)
}

fn no_http() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what answers there does not speak HTTP/1")
}

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn connect(authority: &str, until: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses(authority)? {
        match TcpStream::connect_timeout(&address, left(until)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// `localhost` needs no name service (RFC 6761, section 6.3), and an image FROM scratch has no `/etc/hosts` of its own.
fn addresses(authority: &str) -> io::Result<Vec<SocketAddr>> {
    let bracket = authority.rfind(']').unwrap_or_default();
    let (host, port) = match authority[bracket..].rfind(':') {
        Some(colon) => (&authority[..bracket + colon], authority[bracket + colon + 1..].parse().unwrap_or(80)),
        None => (authority, 80),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.eq_ignore_ascii_case("localhost") {
        let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        return Ok(both.map(|ip| SocketAddr::new(ip, port)).into());
    }
    Ok((host, port).to_socket_addrs()?.collect())
}

fn request(hook: &HttpHook, changes: &Changes) -> String {
    let method = hook.method.unwrap_or_default().name();
    let (target, host) = (hook.url.path_and_query(), hook.url.authority());
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n");
    let mut header = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\r\n"));
    header("Secretfetch-Changed-Count", &changes.count().to_string());
    if let Some(paths) = changes.encoded(LONGEST_HEADER) {
        header("Secretfetch-Changed", &paths);
    }
    hook.headers.iter().for_each(|(name, value)| header(name, value));
    text.push_str("\r\n");
    text
}

/// The final status in what has come, if it is there already; interim answers (1xx) come before it.
fn status_in(mut head: &[u8]) -> io::Result<Option<u16>> {
    loop {
        let Some(end) = head.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
        let status = status_of(&head[..end]).ok_or_else(no_http)?;
        if !(100..=199).contains(&status) {
            return Ok(Some(status));
        }
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        head = &head[end + 4..];
    }
}

fn status_of(line: &[u8]) -> Option<u16> {
    let rest = str::from_utf8(line.get(..12)?).ok()?.strip_prefix("HTTP/1.")?;
    let (version, status) = rest.split_once(' ')?;
    let is_whole = version.len() == 1 && line.get(12).is_none_or(|&byte| byte == b' ');
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && is_status { status.parse().ok() } else { None }
}

fn linger(stream: &mut TcpStream, until: Instant) {
    let mut buffer = [0; 1 << 10];
    while let Ok(left) = left(until) {
        if stream.set_read_timeout(Some(left)).is_err() || !matches!(stream.read(&mut buffer), Ok(1..)) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_that_of_the_final_answer() {
        for (head, status) in [
            ("HTTP/1.1 204 No Content\r\n", Some(204)),
            ("HTTP/1.0 500\r\n", Some(500)),
            ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/1.1 100 Continue\r\n\r\n", None),
            ("HTTP/1.1 20", None),
            ("", None),
        ] {
            assert_eq!(status_in(head.as_bytes()).unwrap(), status, "{head:?}");
        }
        for head in ["SSH-2.0-x\r\n", "HTTP/2 200\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.1 +20 OK\r\n", "\r\n"] {
            assert!(status_in(head.as_bytes()).is_err(), "{head:?}");
        }
    }

    #[test]
    fn an_authority_is_an_address() {
        for (authority, address) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("127.0.0.1", "127.0.0.1:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("[::1]", "[::1]:80"),
            ("localhost:1", "127.0.0.1:1"),
        ] {
            assert_eq!(addresses(authority).unwrap()[0].to_string(), address);
        }
    }
}
