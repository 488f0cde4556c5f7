//! `schema`: what the binary prints is what the documentation publishes.

use std::fs;

use crate::scene::Scene;

/// After a wanted change: `cargo run -p secretfetch-cli -- schema > docs/config.schema.json`.
#[test]
fn the_published_schema_is_the_one_that_is_printed() {
    let output = Scene::new().run(&["schema"]);
    assert_eq!(output.code(), 0);
    assert!(output.stderr.is_empty());
    let published = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/config.schema.json")).unwrap();
    assert_eq!(output.stdout(), published);
    let schema: serde_json::Value = serde_json::from_str(&published).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
