//! The documents keep to the code: their Rust is compiled (each block stands here as well, line by line), and each promise
//! has tests that exist.

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

/// docs/testkit.md, "A first test", and the testkit's README.md.
mod a_first_test {
    use std::sync::Arc;

    use secretfetch_testkit::{FakeSecretStore, Fault, Result, SecretRequest, SecretStore};

    struct Service {
        secrets: Arc<dyn SecretStore>,
    }

    impl Service {
        async fn password(&self) -> Result<String> {
            let request = SecretRequest::new("prod/db".parse()?);
            let secret = self.secrets.fetch(&request).await?;
            Ok(secret.value.expose_text().unwrap_or_default().to_owned())
        }
    }

    #[tokio::test]
    async fn a_new_password_is_taken_and_throttling_may_pass() {
        let fake = FakeSecretStore::new();
        fake.create_text("prod/db", "first");
        let service = Service { secrets: Arc::new(fake.clone()) };
        assert_eq!(service.password().await.unwrap(), "first");

        fake.put_text("prod/db", "second");
        assert_eq!(service.password().await.unwrap(), "second");

        fake.inject(Fault::throttled().times(1));
        assert!(service.password().await.unwrap_err().is_retryable());
        assert_eq!(service.password().await.unwrap(), "second");
    }
}

/// docs/testkit.md, "A program, or an SDK".
#[tokio::test]
async fn a_program_finds_the_server_by_its_environment() {
    use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, assert_requests};

    let fake = FakeSecretStore::new();
    fake.create_text("prod/db", "s3cr3t");
    let server = FakeSecretsManager::start(&fake);
    let mut program = std::process::Command::new("the-program");
    program.env_clear().envs(server.environment()); // endpoint, region and a key

    assert_requests(&fake).none();
}

/// docs/testkit.md, "Parameter Store".
#[test]
fn parameters_are_put_into_the_same_account() {
    let fake = secretfetch_testkit::FakeSecretStore::new();
    fake.put_parameter("/team/app/port", "8080");
    fake.put_secure_parameter("/team/app/password", "s3cr3t");
    fake.put_secure_parameter_with_key("/team/app/token", "t0k3n", "alias/team");
    fake.label_parameter("/team/app/port", 1, &["stable"]);
}

/// docs/testkit.md, "Cookbook".
#[tokio::test]
async fn the_cookbook_of_the_testkit() -> Result<(), Box<dyn std::error::Error>> {
    use secretfetch_testkit::{
        AccessKey, FakeSecretStore, FakeSecretsManager, Fault, Iam, Operation, RotationStep, SecretRequest,
        SecretStore, SecretValue, assert_requests,
    };

    let fake = FakeSecretStore::new();
    fake.create_text("prod/db", "old");
    fake.on_rotation(|fake, event| {
        match event.step {
            RotationStep::Create => _ = fake.put_pending(event, SecretValue::from_text("new".to_owned())),
            RotationStep::Finish => fake.finish(event),
            _ => {} // change the password in the database, sign in with it
        }
        Ok(())
    });
    fake.rotate("prod/db"); // or RotateSecret over the wire
    assert_eq!(fake.versions("prod/db").len(), 2);
    let request = SecretRequest::new("prod/db".parse()?);
    assert_eq!(fake.fetch(&request).await?.value.expose_text(), Some("new"));
    fake.clear_requests();

    let throttled = fake.inject_scoped(Fault::throttled().on("prod/db").times(2));
    assert!(fake.fetch(&request).await.is_err() && fake.fetch(&request).await.is_err());
    // … the code under test …
    throttled.verify(); // fails unless both have happened; so does dropping the guard
    fake.clear_requests();
    fake.fetch(&request).await?;

    assert_requests(&fake).only_for(["prod/db"]).none_twice();
    assert_requests(&fake).by(Operation::GetSecretValue).for_secret("prod/db").exactly(1);

    fake.create_text("prod/root", "not for services");
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:secret:prod/root-*"}
    ]}"#;
    fake.enforce(Iam::new().with_identity_policy(policy.parse()?)?);
    assert!(fake.fetch(&request).await.is_ok());
    assert!(fake.fetch(&SecretRequest::new("prod/root".parse()?)).await.is_err());

    let secrets = r#"{
        "prod/url": "postgres://db",
        "prod/key": {"$secret": {
            "tags": {"team": "blue"},
            "versions": [{"value": "old"}, {"value": "new"}, {"value": "next", "stages": ["AWSPENDING"]}]
        }}
    }"#;
    fake.seed_json(secrets)?;
    assert_eq!(fake.versions("prod/key").len(), 3);

    let server = FakeSecretsManager::start(&fake);
    server.require_signatures();
    let key = AccessKey::new("AKIAEXAMPLE", "its secret").expiring(fake.time() + Duration::from_secs(900));
    fake.add_access_key(&key);
    fake.advance(Duration::from_secs(901)); // now the server refuses it as expired
    assert!(fake.identity_of(key.id()).is_some());
    Ok(())
}

/// docs/testkit.md, "Cookbook", "S3".
#[test]
fn the_cookbooks_part_of_s3() {
    use secretfetch_testkit::{
        FakeSecretStore, FakeSecretsManager, Fault, ObjectEncryption, Operation, assert_requests,
    };

    let fake = FakeSecretStore::new();
    fake.create_bucket("acme-config"); // in another region: fake.in_region("eu-west-1").create_bucket(…)
    let first = fake.put_object("acme-config", "app/key.pem", "the first"); // its version's id
    fake.put_encrypted_object("acme-config", "app/key.pem", "the next", ObjectEncryption::kms("1234abcd"));
    assert_eq!(fake.object_versions("acme-config", "app/key.pem")[0], first);
    let server = FakeSecretsManager::start(&fake); // S3's protocol, by path and by host
    fake.inject(Fault::throttled().on("app/key.pem").once()); // SlowDown
    assert_requests(&fake).by(Operation::GetObject).for_secret("app/key.pem").none();
}

/// Every line of Rust in the documents stands in this file.
#[test]
fn the_code_of_the_documents_is_compiled_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut documents = vec![root.join("README.md")];
    for member in ["secretfetch", "secretfetch-cli", "secretfetch-testkit"] {
        documents.push(root.join(member).join("README.md"));
    }
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
    assert!(blocks >= 6, "the documents have {blocks} blocks of Rust");
}

/// The tests of the workspace's Rust code, by name.
fn tests(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && !entry.ends_with("target") {
            tests(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&entry).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[") {
                    is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
                } else if let Some((name, _)) =
                    line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split_once('('))
                {
                    if std::mem::take(&mut is_test) {
                        found.push(name.to_owned());
                    }
                } else if !line.starts_with("//") {
                    is_test = false;
                }
            }
        }
    }
}

#[test]
fn every_promise_is_held_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for member in ["secretfetch", "secretfetch-cli", "secretfetch-testkit", "examples"] {
        tests(&root.join(member), &mut found);
    }
    let page = std::fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let rows: Vec<&str> =
        page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise")).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|line| !line.starts_with("| ---")).collect();
    assert!(rows.len() > 30, "the page has {} promises", rows.len());
    for row in rows {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = held_by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing holds: {row}");
        for name in names {
            assert!(found.iter().any(|test| test == name), "there is no test `{name}`, which should hold: {row}");
        }
    }
}
