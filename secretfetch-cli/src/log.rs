//! Log lines of secretfetch itself. What the SDK logs is not shown at any level: it prints whole requests.

use std::fmt::Debug;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::report::Printer;

pub(crate) fn install(printer: &Printer) {
    // It fails only if there is one already, and then there is one.
    let _ = tracing::subscriber::set_global_default(OwnLines { printer: *printer });
}

/// Where the library tells how far it is.
const PROGRESS: &str = "secretfetch::progress";

/// Prints the events of our own targets, whatever the environment asks for.
struct OwnLines {
    printer: Printer,
}

impl Subscriber for OwnLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        if target == PROGRESS {
            return self.printer.shows_progress();
        }
        let own = target == "secretfetch" || target.starts_with("secretfetch::");
        own && metadata.is_event() && *metadata.level() <= self.printer.level()
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        let level = self.printer.level();
        Some(if self.printer.shows_progress() { level.max(Level::DEBUG) } else { level }.into())
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        if event.metadata().target() == PROGRESS {
            let count = |name: &str| line.fields.get(name).and_then(Value::as_u64).unwrap_or_default();
            return self.printer.progress(count("done"), count("total"));
        }
        let level = match *event.metadata().level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            _ => "debug",
        };
        self.printer.log(level, &line.message, line.fields);
    }

    // Spans are not used.
    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    fields: Map<String, Value>,
}

impl Line {
    fn put(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" { self.message = text } else { self.put(field, text.into()) }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
