//! What came out, as tables and as data.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::case::Case;
use crate::chart;
use crate::outcome::Result;

/// Everything of one `compare`.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) bytes: u64,
    pub(crate) cases: Vec<Case>,
    pub(crate) weights: Vec<Weight>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_renewed() {
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let renewed = between_marks(&page, "new\n").unwrap();
        assert_eq!(renewed, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(between_marks(&renewed, "new\n").unwrap(), renewed);
        assert!(between_marks("no marks", "new").is_err());
    }
}
