//! What `watch` does beside fetching: how often, and who is told of a change.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{ErrorKind, Failure, is_config_error};
use crate::text::quoted;

/// How long a round waits for the next one where nothing else is said.
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(300);

/// The shortest of it: more often costs more than a person would want to pay AWS.
pub(crate) const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// How files are kept fresh, and who hears of it. Who only fetches them passes it over.
///
/// ```
/// use std::time::Duration;
/// use secretfetch::{Config, OnChange, SignalHook, SignalName, SignalTarget, WatchConfig};
///
/// let hup = SignalHook::new(SignalName::Hup, SignalTarget::process("nginx")?);
/// let watch = WatchConfig::default().with_interval(Duration::from_secs(60)).with_on_change(OnChange::Signal(hup));
/// let config = Config::default().with_watch(watch);
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchConfig {
    /// How long a round waits for the next one; five minutes if nothing is said.
    pub interval: Option<Duration>,
    /// How long after a read that brings something new a second one follows: only what two in a row agree on is written.
    pub settle: Option<Duration>,
    /// What is done after new files stand, in this order.
    pub on_change: Vec<OnChange>,
    /// Where readiness, liveness and metrics are answered; nothing listens if nothing is said.
    pub listen: Option<String>,
    /// How old the last good round may be before the files count as stale.
    pub max_stale: Option<Duration>,
}

impl WatchConfig {
    /// Sets how long a round waits for the next one.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets how long after a read that brings something new a second one follows.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = Some(settle);
        self
    }

    /// Adds what is done after new files stand.
    #[must_use]
    pub fn with_on_change(mut self, hook: OnChange) -> Self {
        self.on_change.push(hook);
        self
    }

    /// Sets where readiness, liveness and metrics are answered.
    #[must_use]
    pub fn with_listen(mut self, address: impl Into<String>) -> Self {
        self.listen = Some(address.into());
        self
    }

    /// Sets how old the last good round may be before the files count as stale.
    #[must_use]
    pub fn with_max_stale(mut self, time: Duration) -> Self {
        self.max_stale = Some(time);
        self
    }
}

/// How long one that tells of a change may take, at most.
const LONGEST_HOOK: Duration = Duration::from_secs(3600);

impl WatchConfig {
    /// What does not go together, or is no length for its purpose.
    pub(super) fn mistakes(&self) -> impl Iterator<Item = Failure> + use<> {
        let mut found = Vec::new();
        let mut check = |is_wrong: bool, what: &str, hint: &str| {
            if is_wrong {
                found.push(Failure::new(ErrorKind::Config, what).with_hint(hint));
            }
        };
        let interval = self.interval.unwrap_or(DEFAULT_INTERVAL);
        check(
            self.interval.is_some_and(|interval| interval < SHORTEST_INTERVAL),
            "`watch.interval` is shorter than a second",
            "each round is a request to the store; minutes are usual",
        );
        check(
            self.settle.is_some_and(|settle| settle.is_zero() || settle >= interval),
            "`watch.settle` is not between nothing and the interval",
            "it is how long a rotation of several secrets takes: seconds",
        );
        check(
            self.max_stale.is_some_and(|time| time <= interval),
            "`watch.maxStale` is not longer than the interval, so that files would be stale before the next round",
            "some intervals are usual",
        );
        for hook in &self.on_change {
            let timeout = match hook {
                OnChange::Exec(hook) => hook.timeout,
                OnChange::Http(hook) => hook.timeout,
                OnChange::Signal(_) => None,
            };
            check(
                timeout.is_some_and(|time| time.is_zero() || time > LONGEST_HOOK),
                "the `timeout` of an item of `watch.onChange` is nothing, or more than an hour",
                "seconds are usual",
            );
        }
        found.into_iter()
    }
}

/// What is done after new files stand. It is given the changed paths, and never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnChange {
    /// A process is sent a signal.
    Signal(SignalHook),
    /// A program is run.
    Exec(ExecHook),
    /// A request is sent.
    Http(HttpHook),
}

/// A signal to a process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalHook {
    /// Which one.
    pub name: SignalName,
    /// To whom.
    pub target: SignalTarget,
}

impl SignalHook {
    /// This signal to this process.
    pub fn new(name: SignalName, target: SignalTarget) -> Self {
        SignalHook { name, target }
    }
}

/// The signals that programs read their configuration again for, or end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalName {
    /// SIGHUP, for which most servers read their configuration again.
    Hup,
    /// SIGINT.
    Int,
    /// SIGQUIT.
    Quit,
    /// SIGTERM.
    Term,
    /// SIGUSR1.
    Usr1,
    /// SIGUSR2.
    Usr2,
    /// SIGWINCH.
    Winch,
}

impl SignalName {
    const ALL: [(&'static str, SignalName); 7] = [
        ("HUP", SignalName::Hup),
        ("INT", SignalName::Int),
        ("QUIT", SignalName::Quit),
        ("TERM", SignalName::Term),
        ("USR1", SignalName::Usr1),
        ("USR2", SignalName::Usr2),
        ("WINCH", SignalName::Winch),
    ];

    /// Its name, without `SIG`.
    pub fn name(self) -> &'static str {
        SignalName::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for SignalName {
    type Err = ParseHookError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix("SIG").unwrap_or(text);
        let found = SignalName::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, signal)| *signal).ok_or_else(|| ParseHookError::Signal(quoted(text)))
    }
}

/// Who is sent a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalTarget {
    /// The processes of this name that no other one of it has started: of a server and its workers, the server.
    Process(String),
    /// The process whose id stands in this file.
    PidFile(PathBuf),
}

impl SignalTarget {
    /// The processes of this name: the file name of their program, or what they call themselves.
    ///
    /// # Errors
    /// For what is no such name.
    pub fn process(name: impl Into<String>) -> Result<Self, ParseHookError> {
        let name = name.into();
        let is_name = (1..=255).contains(&name.len()) && !name.contains('/') && !name.chars().any(char::is_control);
        if is_name { Ok(SignalTarget::Process(name)) } else { Err(ParseHookError::Process(quoted(&name))) }
    }
}

/// A program that is run, without a shell. It finds the changed paths in `SECRETFETCH_CHANGED`, one a line, and no variable
/// that begins with `AWS_`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecHook {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may take; 30 seconds if nothing is said.
    pub timeout: Option<Duration>,
}

impl ExecHook {
    /// This program, with its arguments.
    ///
    /// # Errors
    /// Without a program, and for a NUL in an argument.
    pub fn new(command: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, ParseHookError> {
        let command: Vec<String> = command.into_iter().map(Into::into).collect();
        let is_command = command.first().is_some_and(|program| !program.is_empty())
            && command.iter().all(|argument| !argument.contains('\0'));
        if is_command { Ok(ExecHook { command, timeout: None }) } else { Err(ParseHookError::Command) }
    }

    /// Sets how long it may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// A request without a body. The changed paths are in the header `Secretfetch-Changed`, percent-encoded, with commas between
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpHook {
    /// Where to: `http` alone, since it is for a container of the same pod.
    pub url: HookUrl,
    /// How; `POST` if nothing is said.
    pub method: Option<HookMethod>,
    /// Headers, which hold no secrets.
    pub headers: Vec<(String, String)>,
    /// How long it may take; 10 seconds if nothing is said.
    pub timeout: Option<Duration>,
}

impl HttpHook {
    /// `POST` to this URL.
    pub fn new(url: HookUrl) -> Self {
        HttpHook { url, method: None, headers: Vec::new(), timeout: None }
    }

    /// Sets the method.
    #[must_use]
    pub fn with_method(mut self, method: HookMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// Adds a header.
    ///
    /// # Errors
    /// For what cannot stand in a header, and for those that the request has itself.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, ParseHookError> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let own = ["connection", "content-length", "host", "transfer-encoding"];
        let lower = name.to_ascii_lowercase();
        let fits = !name.is_empty()
            && name.chars().all(is_token)
            && !own.contains(&lower.as_str())
            && !lower.starts_with("secretfetch-")
            && value.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if !fits || self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Err(ParseHookError::Header(quoted(name)));
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Sets how long it may take.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// The method of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookMethod {
    /// `GET`.
    Get,
    /// `POST`.
    #[default]
    Post,
    /// `PUT`.
    Put,
}

impl HookMethod {
    /// As it is written in a request.
    pub fn name(self) -> &'static str {
        match self {
            HookMethod::Get => "GET",
            HookMethod::Post => "POST",
            HookMethod::Put => "PUT",
        }
    }
}

impl FromStr for HookMethod {
    type Err = ParseHookError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [HookMethod::Get, HookMethod::Post, HookMethod::Put];
        all.into_iter().find(|method| method.name() == text).ok_or_else(|| ParseHookError::Method(quoted(text)))
    }
}

/// `http://HOST[:PORT][/PATH][?QUERY]`, RFC 3986, without a user and a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookUrl {
    text: String,
    /// Where the path begins.
    path: usize,
}

impl HookUrl {
    const SCHEME: &'static str = "http://";

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, with the port if one is given: what the header `Host` has.
    pub fn authority(&self) -> &str {
        &self.text[Self::SCHEME.len()..self.path]
    }

    /// Path and query, as a request has them.
    pub fn path_and_query(&self) -> &str {
        let rest = &self.text[self.path..];
        if rest.is_empty() { "/" } else { rest }
    }
}

impl FromStr for HookUrl {
    type Err = ParseHookError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseHookError::Url(quoted(text));
        if text.starts_with("https://") {
            return Err(ParseHookError::Https(quoted(text)));
        }
        let rest = text.strip_prefix(Self::SCHEME).ok_or_else(wrong)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
                (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some("80")))
            }
            Some(_) => return Err(wrong()),
            None => authority.split_once(':').map_or((authority, Some("80")), |(host, port)| (host, Some(port))),
        };
        let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c));
        let is_port = port.and_then(|port| port.parse::<u16>().ok()).is_some_and(|port| port != 0);
        let is_rest = after.chars().all(|c| c.is_ascii_graphic() && c != '#');
        if !is_host || !is_port || !is_rest || after.starts_with('?') {
            return Err(wrong());
        }
        Ok(HookUrl { text: text.to_owned(), path: Self::SCHEME.len() + end })
    }
}

/// The text is not what tells of a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseHookError {
    /// Not a signal.
    #[error("{0} is not a signal for this (`HUP`, `INT`, `QUIT`, `TERM`, `USR1`, `USR2`, `WINCH`)")]
    Signal(String),
    /// Not a process's name.
    #[error("{0} is not the name of a process (that of its program, without a path)")]
    Process(String),
    /// Not a command.
    #[error("a command is a list: the program, and its arguments")]
    Command,
    /// Not a URL for this.
    #[error("{0} is not a URL for this (`http://HOST[:PORT]/PATH`, without a user)")]
    Url(String),
    /// Another scheme.
    #[error("{0}: `https` is not spoken here; the program that is told listens in the same pod, by `http`")]
    Https(String),
    /// Not a method.
    #[error("{0} is not a method for this (`GET`, `POST`, `PUT`)")]
    Method(String),
    /// Not a header.
    #[error("{0} cannot be a header here: it has characters that none has, is there twice, or is the request's own")]
    Header(String),
}

is_config_error!(ParseHookError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        for (text, authority, path) in [
            ("http://127.0.0.1:8080/actuator/refresh", "127.0.0.1:8080", "/actuator/refresh"),
            ("http://localhost", "localhost", "/"),
            ("http://[::1]:8080/a?b=c", "[::1]:8080", "/a?b=c"),
            ("http://[::1]/", "[::1]", "/"),
        ] {
            let url: HookUrl = text.parse().unwrap();
            assert_eq!((url.authority(), url.path_and_query(), url.as_str()), (authority, path, text));
        }
        for text in [
            "",
            "http://",
            "http:///x",
            "ftp://a/",
            "http://a:0/",
            "http://a:99999/",
            "http://a:/",
            "http://u@a/",
            "http://a/#x",
            "http://a/x y",
            "http://a/ü",
            "http://[::1",
            "http://[x]/",
            "http://a?b",
            "http://a\n/",
            "https://a/",
            "127.0.0.1:80",
        ] {
            assert!(text.parse::<HookUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn headers_cannot_break_a_request() {
        let hook = || HttpHook::new("http://localhost/".parse().unwrap());
        assert!(hook().with_header("X-From", "secretfetch").is_ok());
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("Host", "x"),
            ("content-length", "0"),
            ("X", "a\r\nb"),
            ("X", "ü"),
            ("Secretfetch-Changed", "x"),
        ] {
            assert!(hook().with_header(name, value).is_err(), "{name}: {value}");
        }
        assert!(hook().with_header("A", "1").unwrap().with_header("a", "2").is_err());
    }

    #[test]
    fn signals_have_their_names_with_and_without_the_prefix() {
        for (name, signal) in SignalName::ALL {
            assert_eq!(name.parse(), Ok(signal));
            assert_eq!(format!("SIG{name}").parse(), Ok(signal));
            assert_eq!(signal.name(), name);
        }
        for text in ["", "KILL", "hup", "1", "SIGSIGHUP"] {
            assert!(text.parse::<SignalName>().is_err(), "{text}");
        }
    }
}
