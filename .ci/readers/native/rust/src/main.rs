//! Reads files with Rust crates: `rust-readers dotenvy|serde_json|toml FILE…`.
//! One JSON line per file, `null` for a file that cannot be read.

use std::error::Error;
use std::path::Path;

use secretfetch_readers::tree::Tree;
use serde::Deserialize;
use serde_json::{Value, json};

fn dotenvy(path: &Path) -> Result<Value, Box<dyn Error>> {
    let members = secretfetch_readers::programs::dotenvy::parse(&std::fs::read_to_string(path)?)?;
    Ok(members.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

fn serde_json(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    deserializer.disable_recursion_limit();
    let tree = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(tag(&tree))
}

fn toml(path: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(tag_tree(&secretfetch_readers::programs::toml::parse(&std::fs::read_to_string(path)?)?))
}

fn tag_tree(node: &Tree) -> Value {
    match node {
        Tree::Null => json!(["z"]),
        Tree::Bool(value) => json!(["b", value]),
        Tree::Number(token) => json!(["n", token]),
        Tree::Text(text) => json!(["s", text]),
        Tree::List(items) => json!(["l", items.iter().map(tag_tree).collect::<Vec<_>>()]),
        Tree::Map(pairs) => {
            json!(["m", pairs.iter().map(|(key, item)| json!([["s", key], tag_tree(item)])).collect::<Vec<_>>()])
        }
    }
}

/// The tagged tree of the YAML and JSON readers.
fn tag(node: &Value) -> Value {
    match node {
        Value::Null => json!(["z"]),
        Value::Bool(value) => json!(["b", value]),
        Value::Number(number) => json!(["n", number.to_string()]),
        Value::String(text) => json!(["s", text]),
        Value::Array(items) => json!(["l", items.iter().map(tag).collect::<Vec<_>>()]),
        Value::Object(pairs) => {
            json!(["m", pairs.iter().map(|(key, item)| json!([["s", key], tag(item)])).collect::<Vec<_>>()])
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (read, version): (fn(&Path) -> Result<Value, Box<dyn Error>>, _) = match arguments.next().as_deref() {
        Some("dotenvy") => (dotenvy, "dotenvy 0.15.7"),
        Some("serde_json") => (serde_json, "serde_json 1"),
        Some("toml") => (toml, "toml 1.1.2"),
        _ => return Err("usage: rust-readers dotenvy|serde_json|toml FILE…".into()),
    };
    let mut failed = false;
    for path in arguments {
        if path == "--version" {
            println!("{version}");
            continue;
        }
        let found = read(Path::new(&path)).unwrap_or_else(|error| {
            eprintln!("{path}: {error}");
            failed = true;
            Value::Null
        });
        println!("{found}");
    }
    std::process::exit(i32::from(failed));
}
