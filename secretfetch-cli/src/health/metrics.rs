//! The state in the text that Prometheus reads, version 0.0.4 of its exposition format:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>.
//!
//! Names follow <https://prometheus.io/docs/practices/naming/>. There is no series that grows without end: each is of the
//! program, of a list that is fixed, or of a file that the configuration has at that moment.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use secretfetch::ErrorKind;

use super::state::{HookKind, Now, Source, State};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What an outcome is called in a label.
const fn outcome(ok: bool) -> &'static str {
    if ok { "succeeded" } else { "failed" }
}

/// The page.
pub(super) fn text(state: &State, now: Now) -> String {
    let mut page = Page::default();
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    page.family("build_info", "gauge", "The version of secretfetch that runs.").sample(&version, 1);
    page.family("ready", "gauge", "Whether the files are written and fresh enough, as /readyz answers.")
        .sample(&[], u64::from(state.ready(now).is_ok()));

    page.family("rounds_total", "counter", "Rounds that have ended, by outcome.")
        .sample(&[("outcome", outcome(true))], state.rounds_succeeded)
        .sample(&[("outcome", outcome(false))], state.rounds_failed);
    page.family("failures_total", "counter", "Failures of rounds, by kind; a round can have several.");
    for kind in ErrorKind::ALL {
        page.sample(&[("kind", kind.name())], state.failures.get(kind).copied().unwrap_or_default());
    }
    page.family("requests_total", "counter", "Requests over HTTP that were sent to stores, and for credentials.")
        .sample(&[], state.requests.load(Ordering::Relaxed));
    page.family("last_attempt_timestamp_seconds", "gauge", "When the last round began, as a Unix time.")
        .moment(&[], state.last_attempt);
    page.family("last_success_timestamp_seconds", "gauge", "When the last good round ended, as a Unix time.")
        .moment(&[], state.last_success);
    page.family("on_change_total", "counter", "Actions after a change that have ended, by kind and outcome.");
    for kind in HookKind::ALL {
        for ok in [true, false] {
            let count = state.hooks.get(&(kind, ok)).copied().unwrap_or_default();
            page.sample(&[("kind", kind.name()), ("outcome", outcome(ok))], count);
        }
    }

    page.family("file_last_change_timestamp_seconds", "gauge", "When a file was written last, as a Unix time.");
    for file in &state.files {
        page.moment(&[("path", &file.path.to_string_lossy())], Some(file.changed));
    }
    page.family("source_info", "gauge", "The version of each secret that a file is made of.");
    for file in &state.files {
        let path = file.path.to_string_lossy();
        for Source { secret_id, store, region, version_id } in &file.sources {
            let labels = [
                ("path", &*path),
                ("secret_id", secret_id),
                ("store", store),
                ("region", region),
                ("version_id", version_id),
            ];
            page.sample(&labels, 1);
        }
    }
    page.text
}

/// A text that is written one family of samples after the other.
#[derive(Default)]
struct Page {
    text: String,
    /// The name of the family that is written.
    name: &'static str,
}

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> &mut Self {
        self.name = name;
        self.put(format_args!("# HELP secretfetch_{name} {help}\n# TYPE secretfetch_{name} {kind}\n"));
        self
    }

    fn sample(&mut self, labels: &[(&str, &str)], value: u64) -> &mut Self {
        self.series(labels);
        self.put(format_args!(" {value}\n"));
        self
    }

    /// A moment in seconds; one that has not come has no sample.
    fn moment(&mut self, labels: &[(&str, &str)], moment: Option<SystemTime>) -> &mut Self {
        if let Some(moment) = moment {
            let since: Duration = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            self.series(labels);
            self.put(format_args!(" {}.{:03}\n", since.as_secs(), since.subsec_millis()));
        }
        self
    }

    fn series(&mut self, labels: &[(&str, &str)]) {
        let name = self.name;
        self.put(format_args!("secretfetch_{name}"));
        for (place, (name, value)) in labels.iter().enumerate() {
            self.put(format_args!("{}{name}=\"", if place == 0 { '{' } else { ',' }));
            for c in value.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        self.text.push_str(if labels.is_empty() { "" } else { "}" });
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a `String` does not fail.
        let _ = self.text.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::state::File;

    fn state() -> State {
        let changed = SystemTime::UNIX_EPOCH + Duration::from_millis(1_732_000_000_007);
        let source = |id: &str| Source {
            secret_id: id.to_owned(),
            store: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            version_id: String::new(),
        };
        let mut state = State::new(None);
        let sources = ["b", "a\\\"\n{}"].map(source).into();
        state.files.push(File { path: "/secret/app.env".into(), changed, sources });
        state
    }

    #[test]
    fn a_family_is_its_help_its_type_and_its_samples() {
        let mut page = Page::default();
        page.family("x_total", "counter", "What is counted.")
            .sample(&[], 2)
            .sample(&[("a", "1"), ("b", "é\r")], u64::MAX);
        let expected = "# HELP secretfetch_x_total What is counted.\n# TYPE secretfetch_x_total counter\n\
                        secretfetch_x_total 2\nsecretfetch_x_total{a=\"1\",b=\"é\r\"} 18446744073709551615\n";
        assert_eq!(page.text, expected);
    }

    #[test]
    fn a_label_is_escaped_as_the_format_wants() {
        let text = text(&state(), Now::read());
        let expected = concat!(
            r#"secretfetch_source_info{path="/secret/app.env",secret_id="a\\\"\n{}",store="aws","#,
            r#"region="eu-west-1",version_id=""} 1"#
        );
        assert!(text.lines().any(|line| line == expected), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("secretfetch_source_info{")).count(), 2);
    }

    #[test]
    fn a_moment_is_a_unix_time_in_seconds_and_absent_before_it_comes() {
        let text = text(&state(), Now::read());
        let expected = r#"secretfetch_file_last_change_timestamp_seconds{path="/secret/app.env"} 1732000000.007"#;
        assert!(text.lines().any(|line| line == expected), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("secretfetch_last_success_timestamp_seconds ")), "{text}");
    }

    #[test]
    fn every_kind_is_counted_from_the_beginning_on() {
        let mut state = state();
        state.hook_ended(HookKind::Exec, false);
        let text = text(&state, Now::read());
        for kind in ErrorKind::ALL {
            let line = format!("secretfetch_failures_total{{kind=\"{}\"}} 0", kind.name());
            assert!(text.lines().any(|known| known == line), "{line}");
        }
        assert!(text.contains("secretfetch_on_change_total{kind=\"exec\",outcome=\"failed\"} 1\n"), "{text}");
        assert!(text.contains("secretfetch_on_change_total{kind=\"http\",outcome=\"succeeded\"} 0\n"), "{text}");
    }

    #[test]
    fn no_series_stands_twice_and_every_one_has_its_family_above_it() {
        let text = text(&state(), Now::read());
        let (mut family, mut seen) = (String::new(), std::collections::HashSet::new());
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("# TYPE ") {
                family = name.split(' ').next().unwrap().to_owned();
                assert!(seen.insert(family.clone()), "{line}");
            } else if !line.starts_with('#') {
                let (series, _) = line.rsplit_once(' ').unwrap();
                assert_eq!(series.split('{').next(), Some(family.as_str()));
                assert!(seen.insert(format!("{series} ")), "{line}");
            }
        }
    }
}
