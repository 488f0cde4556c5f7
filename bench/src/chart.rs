//! The chart: one panel for each number of secrets, one bar for each program, on a logarithmic scale.

use std::fmt::Write as _;

use crate::case::Case;
use crate::scene::Distance;

const WIDTH: f64 = 860.0;
const NAMES: f64 = 210.0;
const BAR: f64 = 16.0;
const GAP: f64 = 6.0;
const TITLE: f64 = 34.0;

/// An SVG of the cases in which the server is near: what the programs themselves cost.
pub(crate) fn draw(cases: &[Case]) -> String {
    let near: Vec<&Case> = cases.iter().filter(|case| case.distance == Distance::Near).collect();
    let times = || near.iter().flat_map(|case| &case.lines).map(|line| line.median_ms());
    let lowest = times().fold(f64::INFINITY, f64::min).max(0.1);
    let (first, last) = (lowest.log10().floor(), times().fold(lowest, f64::max).log10().ceil());
    let plot = WIDTH - NAMES - 80.0;
    let x = |ms: f64| NAMES + (ms.max(0.1).log10() - first) / (last - first).max(1.0) * plot;
    let height: f64 = near.iter().map(|case| TITLE + case.lines.len() as f64 * (BAR + GAP)).sum::<f64>() + 50.0;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>Wall time of whole processes in milliseconds, logarithmic</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let bottom = height - 30.0;
    for power in first as i32..=last as i32 {
        let (at, ms) = (x(10f64.powi(power)), 10f64.powi(power));
        let _ = write!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"8\" x2=\"{at:.1}\" y2=\"{bottom:.1}\" stroke=\"#ddd\"/>\n\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{ms} ms</text>\n",
            bottom + 18.0
        );
    }
    let mut y = 0.0;
    for case in near {
        y += TITLE;
        let secrets = if case.secrets == 1 { "1 secret".to_owned() } else { format!("{} secrets", case.secrets) };
        let _ = writeln!(svg, "<text x=\"8\" y=\"{:.1}\" font-weight=\"bold\">{secrets}</text>", y - 10.0);
        for line in &case.lines {
            let ms = line.median_ms();
            let colour = if line.name.starts_with("secretfetch") { "#1f6f4a" } else { "#9aa5b1" };
            let middle = y + BAR - 4.0;
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>\n\
                 <rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\n\
                 <text x=\"{:.1}\" y=\"{middle:.1}\">{ms:.1}</text>\n",
                NAMES - 8.0,
                escaped(&line.name),
                x(ms) - NAMES,
                x(ms) + 6.0,
            );
            y += BAR + GAP;
        }
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
