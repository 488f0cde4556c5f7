//! What came out, as tables and as data.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::measure::median;
use crate::scene::{Asked, Distance};
use crate::{Result, chart};

/// Everything of one `compare`.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) bytes: u64,
    pub(crate) cases: Vec<Case>,
    pub(crate) weights: Vec<Weight>,
}

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

/// What does not depend on the clock.
pub(crate) struct Weight {
    pub(crate) secrets: usize,
    /// Of each value; `None` for the usual ones.
    pub(crate) bytes: Option<usize>,
    pub(crate) instructions: u64,
    /// The instructions with a distribution's whole bundle.
    pub(crate) bundle: Option<u64>,
    /// Peak of resident memory in KiB, by contender.
    pub(crate) peaks: Vec<(String, u64)>,
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

    fn data(&self) -> Value {
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

impl Weight {
    fn title(&self) -> String {
        match self.bytes {
            None => format!("{} secrets", self.secrets),
            Some(bytes) => format!("{} secrets of {} KiB", self.secrets, bytes / 1024),
        }
    }

    fn data(&self) -> Value {
        let peaks: BTreeMap<_, _> = self.peaks.iter().cloned().collect();
        json!({
            "secrets": self.secrets, "bytesOfEach": self.bytes, "instructions": self.instructions,
            "instructionsWithWholeBundle": self.bundle, "peakKiB": peaks,
        })
    }
}

impl Report {
    pub(crate) fn weights_table(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.weights.iter().flat_map(|weight| &weight.peaks) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let mut text = String::from("| peak memory, MiB |");
        for weight in &self.weights {
            text += &format!(" {} |", weight.title());
        }
        text += &format!("\n| --- |{}\n", " --- |".repeat(self.weights.len()));
        for name in names {
            text += &format!("| {name} |");
            for weight in &self.weights {
                let peak = weight.peaks.iter().find(|(other, _)| other == name);
                text += &peak.map_or(" |".to_owned(), |(_, kib)| format!(" {:.1} |", *kib as f64 / 1024.0));
            }
            text.push('\n');
        }
        text += "\n| instructions, millions |";
        for weight in &self.weights {
            text += &format!(" {} |", weight.title());
        }
        text += &format!("\n| --- |{}\n| secretfetch |", " --- |".repeat(self.weights.len()));
        for weight in &self.weights {
            text += &format!(" {:.2} |", weight.instructions as f64 / 1e6);
        }
        text += "\n| secretfetch, whole bundle |";
        for weight in &self.weights {
            text += &weight.bundle.map_or(" |".to_owned(), |count| format!(" {:.2} |", count as f64 / 1e6));
        }
        text + &format!("\n\nThe binary has {} bytes.\n", self.bytes)
    }

    /// Renews the data, the chart, and the part of the page between its two marks.
    pub(crate) fn write(&self, directory: &Path) -> Result<()> {
        let data = json!({
            "binaryBytes": self.bytes,
            "cases": self.cases.iter().map(Case::data).collect::<Vec<_>>(),
            "weights": self.weights.iter().map(Weight::data).collect::<Vec<_>>(),
        });
        std::fs::write(directory.join("performance.json"), serde_json::to_string_pretty(&data)? + "\n")?;
        std::fs::write(directory.join("performance.svg"), chart::draw(&self.cases))?;
        let page = directory.join("performance.md");
        let text = std::fs::read_to_string(&page)?;
        let tables: Vec<String> = self.cases.iter().map(Case::table).collect();
        let results = format!("{}\n{}", tables.join("\n"), self.weights_table());
        std::fs::write(page, between_marks(&text, &results)?)?;
        Ok(())
    }
}

const BEGIN: &str = "<!-- secretfetch-bench writes from here -->\n";
const END: &str = "<!-- to here -->\n";

fn between_marks(page: &str, results: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("performance.md has lost its marks")?;
    Ok(format!("{before}{BEGIN}\n{results}\n{END}{after}"))
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

    #[test]
    fn only_what_is_between_the_marks_is_renewed() {
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let renewed = between_marks(&page, "new\n").unwrap();
        assert_eq!(renewed, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(between_marks(&renewed, "new\n").unwrap(), renewed);
        assert!(between_marks("no marks", "new").is_err());
    }
}
