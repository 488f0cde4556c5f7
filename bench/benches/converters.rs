//! The converters: a secret's text to the bytes of a file, for every format and dialect.
//!
//! `cargo bench -p secretfetch-bench`; `-- env/docker` for one of them.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark fails by a panic, and criterion's macros write none")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use secretfetch::{FileConfig, Format, SecretValue, SourceConfig, Template};

/// What most secrets are.
const CREDENTIALS: &str = r#"{"username":"app","password":"C0rrect-h0rse_battery","engine":"postgres",
    "host":"db.cluster-abc.ca-central-1.rds.amazonaws.com","port":5432,"dbname":"orders"}"#;

/// As large as the service lets a secret be, 64 KiB.
fn large() -> String {
    let members: Vec<String> = (0..1_560).map(|n| format!(r#""KEY_{n:04}":"a value of usual size {n:06}""#)).collect();
    format!("{{{}}}", members.join(","))
}

fn convert(text: &str, format: Format) -> usize {
    let value = SecretValue::from_text(text.to_owned());
    let file = FileConfig::new("file", SourceConfig::new("secret".parse().unwrap())).with_format(format);
    let converted = file.convert(&value).unwrap();
    converted.expose_files().map(|(_, bytes)| bytes.len()).sum()
}

fn converters(criterion: &mut Criterion) {
    for (size, text) in [("credentials", CREDENTIALS.to_owned()), ("64 KiB", large())] {
        let mut group = criterion.benchmark_group(size);
        group.throughput(Throughput::Bytes(text.len() as u64));
        for &name in Format::NAMES.iter().filter(|&&name| name != "template") {
            let dialects = Format::dialects(name);
            let dialects = if dialects.is_empty() { vec![None] } else { dialects.into_iter().map(Some).collect() };
            for dialect in dialects {
                let format = Format::parse(name, dialect).unwrap();
                let id = BenchmarkId::new(name, dialect.unwrap_or("-"));
                group.bench_function(id, |bencher| bencher.iter(|| convert(black_box(&text), format)));
            }
        }
        group.finish();
    }
}

/// A text of 1,000 slots, a line each, through every filter: parsed once, as a plan does, and filled.
fn templates(criterion: &mut Criterion) {
    const FILTERS: [&str; 13] = [
        "raw",
        "base64",
        "shell",
        "json",
        "yaml",
        "toml",
        "xml",
        "properties",
        "url",
        "sql",
        "pgpass",
        "mycnf",
        "nginx",
    ];
    let text: String = (0..1_000).map(|n| format!("key{n} = {{{{ KEY_{n:04} | {} }}}}\n", FILTERS[n % 13])).collect();
    let value = SecretValue::from_text(large());
    let template: Template = text.parse().unwrap();
    let file = FileConfig::new("file", SourceConfig::new("secret".parse().unwrap())).with_template(template);
    let mut group = criterion.benchmark_group("template");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("parse", |bencher| bencher.iter(|| black_box(&text).parse::<Template>().unwrap()));
    group.bench_function("fill", |bencher| bencher.iter(|| file.convert(black_box(&value)).unwrap()));
    group.finish();
}

criterion_group!(benches, converters, templates);
criterion_main!(benches);
