//! The document's `watch` to a [`WatchConfig`].

use std::path::Path;

use super::length::Length;
use super::watch::{
    ExecHook, HookMethod, HookUrl, HttpHook, OnChange, SignalHook, SignalName, SignalTarget, WatchConfig,
};
use crate::document::{Fields, Node, Value, at};
use crate::error::Failure;

const WATCH: &[&str] = &["interval", "settle", "onChange", "listen", "maxStale"];
const HOOK: &[&str] = &["signal", "exec", "http"];
const SIGNAL: &[&str] = &["name", "process", "pidFile"];
const EXEC: &[&str] = &["command", "timeout"];
const HTTP: &[&str] = &["url", "method", "headers", "timeout"];

/// Each table, and where the schema has its fields under `watch`.
#[cfg(test)]
pub(super) const TABLES: [(&str, &[&str]); 5] = [
    ("", WATCH),
    ("/properties/onChange/items", HOOK),
    ("/properties/onChange/items/properties/signal", SIGNAL),
    ("/properties/onChange/items/properties/exec", EXEC),
    ("/properties/onChange/items/properties/http", HTTP),
];

/// Relative paths are relative to `base`.
pub(super) fn watch(node: &Node, base: &Path, mistakes: &mut Vec<Failure>) -> WatchConfig {
    let mut fields = Fields::of(node, "`watch`", mistakes);
    fields.only(&[WATCH]);
    let length = |fields: &mut Fields<'_, '_>, field| fields.parse::<Length>(field).map(|length| length.0);
    let mut watch = WatchConfig {
        interval: length(&mut fields, "interval"),
        settle: length(&mut fields, "settle"),
        on_change: Vec::new(),
        listen: fields.text("listen").map(str::to_owned),
        max_stale: length(&mut fields, "maxStale"),
    };
    let hooks = fields.list("onChange");
    watch.on_change = hooks.iter().filter_map(|node| hook(node, base, fields.mistakes)).collect();
    watch
}

fn hook(node: &Node, base: &Path, mistakes: &mut Vec<Failure>) -> Option<OnChange> {
    let fields = Fields::of(node, "an item of `onChange`", mistakes);
    let mut found = HOOK.iter().filter_map(|kind| Some((*kind, fields.node(kind)?)));
    match (found.next(), found.next(), &node.value) {
        (Some((kind, settings)), None, Value::Map(members)) if members.len() == 1 => match kind {
            "signal" => signal(settings, base, mistakes).map(OnChange::Signal),
            "exec" => exec(settings, mistakes).map(OnChange::Exec),
            _ => http(settings, mistakes).map(OnChange::Http),
        },
        _ => {
            mistakes.push(at(node.line, "an item of `onChange` is a map with one field: `signal`, `exec` or `http`"));
            None
        }
    }
}

fn signal(node: &Node, base: &Path, mistakes: &mut Vec<Failure>) -> Option<SignalHook> {
    let mut fields = Fields::of(node, "`signal`", mistakes);
    fields.only(&[SIGNAL]);
    fields.required("name");
    let name = fields.parse::<SignalName>("name");
    let process = fields.text("process").map(SignalTarget::process);
    let file = fields.text("pidFile").map(|path| SignalTarget::PidFile(base.join(path)));
    let target = match (process, file) {
        (Some(Ok(target)), None) | (None, Some(target)) => target,
        (Some(Err(error)), None) => {
            fields.mistake("process", format!("`process`: {error}"));
            return None;
        }
        _ => {
            fields.mistake("process", "`signal` needs a `process` or a `pidFile`, one of them");
            return None;
        }
    };
    Some(SignalHook::new(name?, target))
}

fn exec(node: &Node, mistakes: &mut Vec<Failure>) -> Option<ExecHook> {
    let mut fields = Fields::of(node, "`exec`", mistakes);
    fields.only(&[EXEC]);
    let timeout = fields.parse::<Length>("timeout").map(|length| length.0);
    let words = fields.list("command").iter().map(|word| match &word.value {
        Value::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    });
    match words.collect::<Option<Vec<String>>>().map(ExecHook::new) {
        Some(Ok(hook)) => Some(ExecHook { timeout, ..hook }),
        _ => {
            fields.mistake("command", "`exec` needs a `command`: a list of the program and its arguments");
            None
        }
    }
}

fn http(node: &Node, mistakes: &mut Vec<Failure>) -> Option<HttpHook> {
    let mut fields = Fields::of(node, "`http`", mistakes);
    fields.only(&[HTTP]);
    fields.required("url");
    let url = fields.parse::<HookUrl>("url");
    let method = fields.parse::<HookMethod>("method");
    let timeout = fields.parse::<Length>("timeout").map(|length| length.0);
    let headers = match fields.node("headers") {
        Some(_) => fields.pairs("headers"),
        None => Vec::new(),
    };
    let mut hook = HttpHook { method, timeout, ..HttpHook::new(url?) };
    for (name, value) in headers {
        match hook.clone().with_header(&name, &value) {
            Ok(with) => hook = with,
            Err(error) => fields.mistake("headers", format!("`headers`: {error}")),
        }
    }
    Some(hook)
}
