//! One comparison: how long each program took, side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::measure::median;
use crate::scene::{Asked, Distance};

/// One number of secrets at one distance.
pub(crate) struct Case {
    pub(crate) secrets: usize,
    pub(crate) distance: Distance,
    /// The binary under test is the first.
    pub(crate) lines: Vec<Line>,
}

/// One contender in a case.
pub(crate) struct Line {
    pub(crate) name: String,
    asked: Asked,
    /// By round; the slow ones do not run in each.
    times: BTreeMap<usize, Duration>,
}

impl Line {
    pub(crate) fn new(name: String, asked: Asked) -> Self {
        Line { name, asked, times: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, round: usize, time: Duration) {
        self.times.insert(round, time);
    }

    pub(crate) fn median_ms(&self) -> f64 {
        let times: Vec<f64> = self.times.values().map(|time| time.as_secs_f64() * 1e3).collect();
        median(&times).unwrap_or(f64::NAN)
    }
}

impl Case {
    pub(crate) fn new(secrets: usize, distance: Distance, lines: Vec<Line>) -> Self {
        Case { secrets, distance, lines }
    }

    /// The first contender's time as a part of this one's: the median over the rounds in which both ran.
    pub(crate) fn ratio(&self, line: &Line) -> f64 {
        let ours = &self.lines[0].times;
        let pairs = line.times.iter().filter_map(|(round, theirs)| Some((ours.get(round)?, theirs)));
        let ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()).collect();
        median(&ratios).unwrap_or(f64::NAN)
    }

    fn title(&self) -> String {
        let secrets = if self.secrets == 1 { "1 secret".to_owned() } else { format!("{} secrets", self.secrets) };
        match self.distance {
            Distance::Near => format!("{secrets}, server beside it"),
            Distance::PerRequest(time) => format!("{secrets}, {} ms for each request", time.as_millis()),
            Distance::PerRoundTrip(time) => format!("{secrets}, {} ms for each round trip", time.as_millis()),
        }
    }

    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "**{}**\n\n| program | median, ms | secretfetch takes | requests | connections |\n| --- | --- | --- | --- | --- |\n",
            self.title()
        );
        for (index, line) in self.lines.iter().enumerate() {
            let ratio = if index == 0 { String::new() } else { format!("{:.3} × that", self.ratio(line)) };
            let Asked { requests, connections } = line.asked;
            text += &format!("| {} | {:.1} | {ratio} | {requests} | {connections} |\n", line.name, line.median_ms());
        }
        text
    }

    pub(crate) fn data(&self) -> Value {
        let (delay, of) = match self.distance {
            Distance::Near => (0, "none"),
            Distance::PerRequest(time) => (time.as_millis() as u64, "request"),
            Distance::PerRoundTrip(time) => (time.as_millis() as u64, "roundTrip"),
        };
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                json!({
                    "program": line.name, "medianMs": rounded(line.median_ms()), "ratio": rounded(self.ratio(line)),
                    "runs": line.times.len(), "requests": line.asked.requests, "connections": line.asked.connections,
                })
            })
            .collect();
        json!({ "secrets": self.secrets, "delayMs": delay, "delayOf": of, "programs": lines })
    }
}

fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, times: &[(usize, u64)]) -> Line {
        let mut line = Line::new(name.to_owned(), Asked { requests: 1, connections: 1 });
        for &(round, ms) in times {
            line.add(round, Duration::from_millis(ms));
        }
        line
    }

    #[test]
    fn a_ratio_is_the_median_over_the_rounds_in_which_both_ran() {
        let ours = line("ours", &[(0, 10), (1, 20), (2, 90)]);
        let theirs = line("theirs", &[(0, 100), (2, 100)]);
        let case = Case::new(1, Distance::Near, vec![ours, theirs]);
        assert!((case.ratio(&case.lines[1]) - 0.1).abs() < 1e-9);
        assert!((case.lines[0].median_ms() - 20.0).abs() < 1e-9);
    }
}
