//! The Rust code in the documents is compiled: each block stands here as well, line by line.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, dead_code, unused_variables, reason = "a test fails by a panic, and examples are read")]

use std::path::Path;
use std::time::Duration;

/// README.md, "In a Rust service".
async fn in_a_rust_service() -> Result<(), secretfetch::Error> {
    #[derive(serde::Deserialize)]
    struct DbCredentials {
        username: String,
        password: String,
    }

    let store = secretfetch::AwsSecretStore::builder().build().await?;
    let fetcher = secretfetch::Fetcher::new(store);
    let credentials: DbCredentials = fetcher.fetch("vinsguru/db").await?;

    // Kept fresh, for a service that outlives its password: the newest one at any time, and at once when a login is refused.
    let credentials = fetcher.watch::<DbCredentials>("vinsguru/db", Duration::from_secs(300)).await?;
    let newest = credentials.latest();
    let newest = credentials.refresh().await?;
    Ok(())
}

/// The same, with a cache.
async fn with_a_cache() -> Result<(), secretfetch::Error> {
    let store = secretfetch::AwsSecretStore::builder().build().await?;
    let store = secretfetch::CachedSecretStore::new(store).with_time_to_live(Duration::from_secs(60));
    Ok(())
}

/// Every line of Rust in the documents stands in this file.
#[test]
fn the_code_of_the_documents_is_compiled_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut documents = vec![root.join("README.md")];
    documents.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let here: Vec<&str> = include_str!("documentation.rs").lines().map(str::trim).collect();
    let mut blocks = 0;
    for document in documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(document).unwrap();
        for block in text.split("\n```rust\n").skip(1) {
            blocks += 1;
            let code = block.split("\n```").next().unwrap();
            for line in code.lines().map(str::trim).filter(|line| !line.is_empty()) {
                assert!(here.contains(&line), "{}: this line is compiled nowhere: {line}", document.display());
            }
        }
    }
    assert!(blocks >= 2, "the documents have {blocks} blocks of Rust");
}
