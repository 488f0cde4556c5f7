//! Secrets that are found by what their names begin with, or by tags, as one source of a file.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use secretfetch::{
    Asked, CachedSecretStore, Call, Capabilities, Config, ErrorKind, Failure, Fetcher, FileConfig, Find, Format,
    Opening, Permission, Plan, Policy, PolicyScope, Rendered, Result, RetryPolicy, Secret, SecretRequest, SecretStore,
    SecretValue, SourceConfig, StoreConfig, StoreKind, StoreKinds, Stores,
};
use secretfetch_testkit::{FakeSecretStore, Fault};

/// What the stores of these tests can do, by the names of their kinds.
const FINDER: StoreKind = kind("finder", true, |_| Some(Arc::new(Kind(&FINDER))));
const BY_PREFIX: StoreKind = kind("by-prefix", false, |_| Some(Arc::new(Kind(&BY_PREFIX))));

type Read = fn(&mut secretfetch::StoreSettings<'_, '_, '_>) -> Option<Arc<dyn StoreConfig>>;

const fn kind(name: &'static str, has_all: bool, read: Read) -> StoreKind {
    let mut capabilities = Capabilities::NONE;
    capabilities.find_by_prefix = true;
    (capabilities.find_by_tags, capabilities.regions) = (has_all, has_all);
    StoreKind { name, fields: &[], place: None, needs_no_entry: true, capabilities, read }
}

#[derive(Debug)]
struct Kind(&'static StoreKind);

#[async_trait]
impl StoreConfig for Kind {
    fn kind(&self) -> &'static str {
        self.0.name
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities
    }

    fn permissions(&self, asked: &Asked<'_>, _: &PolicyScope) -> Vec<Permission> {
        let arns = asked.finds.iter().map(|find| format!("arn:aws:x:::{}*", find.prefix()));
        vec![Permission::new("Find", "x:Find", arns.collect())]
    }

    async fn open(&self, _: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        Err(Failure::new(ErrorKind::Internal, "a test brings its own store").into())
    }
}

fn config(files: &str) -> Result<Config> {
    let text = format!("stores: {{team: {{finder: {{}}}}, other: {{by-prefix: {{}}}}}}\nstore: team\nfiles:\n{files}");
    Config::from_text_with(&text, Path::new("/base"), &StoreKinds::default().with(&FINDER).with(&BY_PREFIX))
}

fn plan(files: &str) -> Plan {
    Plan::new(config(files).unwrap()).unwrap()
}

fn mistakes(files: &str) -> Vec<String> {
    let error = config(files).and_then(Plan::new).unwrap_err();
    assert!(error.failures().iter().all(|failure| failure.kind() == ErrorKind::Config), "{error}");
    error.failures().iter().map(ToString::to_string).collect()
}

async fn rendered(store: impl SecretStore + 'static, files: &str) -> Result<Rendered> {
    Fetcher::new(store).with_retry(RetryPolicy::never()).render(&plan(files)).await
}

/// The files of a plan, by their paths.
async fn files_of(store: impl SecretStore + 'static, files: &str) -> Vec<(String, Vec<u8>)> {
    let rendered = rendered(store, files).await.unwrap();
    let file = |(path, bytes): (&Path, Option<&[u8]>)| (path.display().to_string(), bytes.unwrap().to_vec());
    rendered.expose_files().map(file).collect()
}

async fn text_of(store: &FakeSecretStore, file: &str) -> String {
    let (_, bytes) = files_of(store.clone(), file).await.pop().unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The secrets of a team, made out of order, and some of others.
fn team() -> FakeSecretStore {
    let store = FakeSecretStore::new();
    store.create_text("team/app/url", "postgres://db");
    store.create_text("team/app/db", r#"{"password": "s3cr3t", "port":  5432}"#);
    store.create_text("team/app/pin", "0042");
    store.create_text("team/app2/url", "of another");
    store.create_text("team/ap", "of another");
    store.tag("team/app/url", &[("Team", "payments"), ("Stage", "prod")]);
    store.tag("team/app2/url", &[("Team", "payments")]);
    store.tag("team/app/pin", &[("Team", "paymentsx"), ("Other", "payments")]);
    store
}

#[tokio::test]
async fn what_is_found_is_one_object_in_the_order_of_the_names() {
    let store = team();
    let file = text_of(&store, "  - {path: a, format: json, find: {prefix: team/app/}}").await;
    // An object stays nested and its numbers as they are; what only looks like a number is a text.
    assert_eq!(file, "{\"db\":{\"password\":\"s3cr3t\",\"port\":5432},\"pin\":\"0042\",\"url\":\"postgres://db\"}\n");
}

#[tokio::test]
async fn flattening_keys_styles_and_prefixes_mean_what_they_always_mean() {
    let store = team();
    let file = text_of(&store, "  - {path: a, format: properties, find: {prefix: team/app/}}").await;
    assert_eq!(file, "db.password=s3cr3t\ndb.port=5432\npin=0042\nurl=postgres://db\n");
    let env = "format: env, dialect: docker, find: {prefix: team/app/}";
    let styled = format!("  - {{path: a, {env}, keyStyle: upper-snake, flatten: true, prefix: APP_}}");
    assert_eq!(
        text_of(&store, &styled).await,
        "APP_DB_PASSWORD=s3cr3t\nAPP_DB_PORT=5432\nAPP_PIN=0042\nAPP_URL=postgres://db\n"
    );
    let separated = "flatten: true, separator: __, keys: {PORT: db__port}";
    assert_eq!(text_of(&store, &format!("  - {{path: a, {env}, {separated}}}")).await, "PORT=5432\n");
    let file = text_of(&store, &format!("  - {{path: a, {env}, keys: {{URL: url, PASSWORD: db.password}}}}")).await;
    assert_eq!(file, "URL=postgres://db\nPASSWORD=s3cr3t\n");
}

#[tokio::test]
async fn tags_are_exact_pairs_and_all_of_them() {
    let store = team();
    let file = text_of(&store, "  - {path: a, format: json, find: {tags: {Team: payments}}}").await;
    assert_eq!(file, "{\"team/app/url\":\"postgres://db\",\"team/app2/url\":\"of another\"}\n");
    let both = "find: {prefix: team/, tags: {Stage: prod, Team: payments}}";
    let file = text_of(&store, &format!("  - {{path: a, format: json, {both}}}")).await;
    assert_eq!(file, "{\"app/url\":\"postgres://db\"}\n");
}

#[tokio::test]
async fn a_directory_has_the_exact_bytes_of_each_secret_and_directories_for_slashes() {
    let store = team();
    store.create_binary("team/app/certs/ca.der", [0x30, 0, 0xff]);
    store.create_text("team/app/certs/odd.json", r#"{"a":1,"a":2}"#);
    let files = files_of(store.clone(), "  - {path: secrets, format: files, find: {prefix: team/app/}}").await;
    let expected: [(&str, &[u8]); 5] = [
        ("secrets/certs/ca.der", &[0x30, 0, 0xff]),
        ("secrets/certs/odd.json", br#"{"a":1,"a":2}"#),
        ("secrets/db", br#"{"password": "s3cr3t", "port":  5432}"#),
        ("secrets/pin", b"0042"),
        ("secrets/url", b"postgres://db"),
    ];
    assert_eq!(files, expected.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())));
    // Under another name, and one of its keys beside it.
    let keys = "keys: {whole.json: db, part: db.port, ca: certs/ca.der}";
    let files = files_of(store, &format!("  - {{path: ., format: files, find: {{prefix: team/app/}}, {keys}}}")).await;
    let expected: [(&str, &[u8]); 3] =
        [("whole.json", br#"{"password": "s3cr3t", "port":  5432}"#), ("part", b"5432"), ("ca", &[0x30, 0, 0xff])];
    assert_eq!(files, expected.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())));
}

#[tokio::test]
async fn each_file_of_a_directory_is_reported_with_its_own_secret() {
    let store = team();
    for options in ["", ", flatten: true", ", keys: {x: url, y: db.port, z: db}"] {
        let file = format!("  - {{path: d, format: files, find: {{prefix: team/app/}}{options}}}");
        let report = rendered(store.clone(), &file).await.unwrap().report();
        for file in &report.files {
            let name = file.path.file_name().unwrap().to_str().unwrap();
            let expected = match name {
                "x" | "url" => "team/app/url",
                "pin" => "team/app/pin",
                _ => "team/app/db",
            };
            assert_eq!(file.sources.len(), 1);
            assert_eq!(file.sources[0].secret_id.as_str(), expected, "{name}");
            assert!(file.sources[0].version_id.is_some() && file.sources[0].store.as_str() == "team");
        }
    }
    let report = rendered(store, "  - {path: a, format: json, find: {prefix: team/app/}}").await.unwrap().report();
    let names: Vec<&str> = report.files[0].sources.iter().map(|source| source.secret_id.as_str()).collect();
    assert_eq!(names, ["team/app/db", "team/app/pin", "team/app/url"]);
}

#[tokio::test]
async fn paths_stay_inside_of_the_directory_and_do_not_meet() {
    for (names, told) in [
        (&["t/../x"][..], "could leave `directory`"),
        (&["t//x"], "is empty"),
        (&["t/x/"], "is empty"),
        (&["t/..data"], "starts with `..`"),
        (&["t/a", "t/a/b"], "file `d/a/b`: the file `d/a` stands where its directory is"),
    ] {
        let store = LocalNames::of(names);
        let error = rendered(store, "  - {path: d, format: files, find: {prefix: t/}}").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unrepresentable);
        assert!(error.to_string().contains(told), "{error}");
    }
    // What reads these looks into no directory, or makes another name of it.
    for dialect in ["envdir", "configtree"] {
        let file = format!("  - {{path: d, format: files, dialect: {dialect}, find: {{prefix: t/}}}}");
        let error = rendered(LocalNames::of(&["t/a/b"]), &file).await.unwrap_err();
        assert!(error.to_string().contains("has a `/`"), "{error}");
    }
}

/// A store of names that no other would take.
struct LocalNames(Vec<String>);

impl LocalNames {
    fn of(names: &[&str]) -> Self {
        LocalNames(names.iter().map(|&name| name.to_owned()).collect())
    }
}

#[async_trait]
impl SecretStore for LocalNames {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        unreachable!("asked for {}", request.secret_id())
    }

    async fn find(&self, _: &Find) -> Result<Vec<Secret>> {
        Ok(self.0.iter().map(|name| Secret::new(name, SecretValue::from_text("v".to_owned()))).collect())
    }
}

#[tokio::test]
async fn binary_goes_into_files_alone_and_only_what_is_taken_counts() {
    let store = team();
    store.create_binary("team/app/key", [0xff]);
    let json = "path: a, format: json, find: {prefix: team/app/}";
    let error = rendered(store.clone(), &format!("  - {{{json}}}")).await.unwrap_err();
    assert_eq!((error.kind(), error.secret_id().unwrap().as_str()), (ErrorKind::WrongShape, "team/app/key"));
    assert!(error.to_string().contains("only `format: files` without a dialect"), "{error}");
    assert_eq!(text_of(&store, &format!("  - {{{json}, keys: [pin]}}")).await, "{\"pin\":\"0042\"}\n");
    let error = rendered(store, "  - {path: a, format: files, dialect: envdir, find: {prefix: team/app/}}").await;
    assert_eq!(error.unwrap_err().secret_id().unwrap().as_str(), "team/app/key");
}

#[tokio::test]
async fn each_found_value_is_decoded() {
    let store = FakeSecretStore::new();
    store.create_text("c/a", "AP8=\n");
    store.create_text("c/b", "aGk=");
    let files = files_of(store.clone(), "  - {path: d, format: files, find: {prefix: c/}, decode: base64}").await;
    assert_eq!(files, [("d/a".to_owned(), vec![0, 0xff]), ("d/b".to_owned(), b"hi".to_vec())]);
    store.create_text("c/c", "!");
    let error = rendered(store, "  - {path: d, format: files, find: {prefix: c/}, decode: base64}").await.unwrap_err();
    assert_eq!(error.secret_id().unwrap().as_str(), "c/c");
}

#[tokio::test]
async fn nothing_found_is_not_found_and_optional_forgives_it() {
    let store = team();
    let find = "path: a, format: json, find: {prefix: absent/, tags: {Team: payments}}, region: us-east-1";
    let error = rendered(store.clone(), &format!("  - {{{find}}}")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SecretNotFound);
    let told = error.to_string();
    assert!(
        told.starts_with("find `absent/` with tag `Team: payments` in us-east-1: there is no such secret"),
        "{told}"
    );
    assert_eq!(error.failures()[0].find(), Some("`absent/` with tag `Team: payments`"));
    let rendered = rendered(store, &format!("  - {{{find}, optional: true}}")).await.unwrap();
    assert_eq!(rendered.expose_files().next().unwrap().1, None);
    assert!(rendered.report().files[0].sources.is_empty());
}

#[tokio::test]
async fn names_that_meet_and_a_name_that_is_the_prefix_are_refused() {
    let store = FakeSecretStore::new();
    store.create_text("t/db.user", "a");
    store.create_text("t/db-user", "b");
    let error = rendered(store.clone(), "  - {path: a, format: env, find: {prefix: t/}, keyStyle: upper-snake}").await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.secret_id().unwrap().as_str()), (ErrorKind::Unrepresentable, "t/db.user"));
    assert!(error.to_string().contains("is also written by secret `t/db-user`"), "{error}");
    let error = rendered(store.clone(), "  - {path: a, format: json, find: {prefix: t/db.user}}").await.unwrap_err();
    assert!(error.to_string().contains("secret `t/db.user`: its name is the prefix itself"), "{error}");
    // Two sources of one file.
    let from = "from: [{secretId: t/db.user, as: db-user}, {find: {prefix: t/}}]";
    let error = rendered(store, &format!("  - {{path: a, format: json, {from}}}")).await.unwrap_err();
    assert!(error.to_string().contains("the name `db-user` is also written by"), "{error}");
}

#[tokio::test]
async fn an_object_that_is_ambiguous_is_refused_by_its_secret() {
    let store = FakeSecretStore::new();
    store.create_text("t/a", r#"{"x":1,"x":2}"#);
    store.create_text("t/b", "{not json");
    let error = rendered(store, "  - {path: a, format: json, find: {prefix: t/}}").await.unwrap_err();
    assert_eq!(error.failures().len(), 1);
    assert_eq!((error.secret_id().unwrap().as_str(), error.key()), ("t/a", Some("x")));
}

#[tokio::test]
async fn a_missing_key_is_told_with_what_was_found() {
    let error =
        rendered(team(), "  - {path: a, format: json, find: {prefix: team/app/}, keys: [ulr]}").await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::KeyNotFound, Some("ulr")));
    assert!(error.to_string().contains("find `team/app/`: key `ulr`"), "{error}");
    assert!(error.hint().unwrap().contains("`url`"), "{error}");
}

#[test]
fn what_does_not_go_with_a_find_is_told_at_once_with_its_line() {
    let told = mistakes(
        "
  - {path: a, format: json, find: {prefix: x, tag: y}}
  - {path: b, format: json, find: {prefix: x}, secretId: y}
  - {path: c, format: json, find: {tags: {}}}
  - {path: d, format: json, find: x}",
    );
    let expected = [
        "line 5: `find` has no field `tag`; did you mean `tags`?",
        "line 6: a source has a `secretId` or a `find`, not both",
        "line 7: `tags` is a map of tags to values (`Team: payments`), not empty",
        "line 8: `find` is a map of fields (`name: value`)",
    ];
    assert_eq!(told[..4], expected);
    let digest = "0".repeat(64);
    let told = mistakes(&format!(
        "
  - {{path: a, format: json, find: {{prefix: x}}, versionStage: y, as: z, sha256: '{digest}'}}
  - {{path: b, format: json, find: {{tags: {{a: b}}}}, store: other, region: eu-west-1}}
  - {{path: c, format: json, find: {{prefix: ''}}}}
  - {{path: d, find: {{prefix: x}}, key: y}}
  - {{path: e, format: json, find: {{prefix: x}}, store: aws}}"
    ));
    let expected = [
        "line 5: `versionStage` does not go with `find`: it brings the current versions",
        "line 5: `as` does not go with `find`: it brings an object of secrets, of which `keys` chooses",
        "line 5: `sha256` does not go with `find`: it brings several secrets; pin each by its `secretId`",
        "line 6: `region`: a store of the kind `by-prefix` has no such thing; remove it",
        "line 6: `find`: a store of the kind `by-prefix` finds nothing by tags; name each of its secrets by `secretId`",
        "line 7: `find` needs a `prefix` or `tags`, not empty",
        "line 8: `key` does not go with `find`: it brings an object of secrets, of which `keys` chooses",
    ];
    assert_eq!(told[..7], expected);
    let raw = "file `d`: `find` brings several secrets; choose a format with keys, such as `json`, or `files`";
    assert_eq!(told.last().unwrap(), raw);
}

#[test]
fn finds_that_mean_the_same_are_one_and_rust_says_them_as_text_does() {
    let plan = plan(
        "
  - {path: a, format: json, find: {prefix: x, tags: {b: c, a: b}}}
  - {path: b, format: json, find: {prefix: x, tags: {a: b, b: c}}, store: team}
  - {path: c, format: json, find: {prefix: x}, store: other}
  - {path: d, format: json, secretId: x}",
    );
    assert_eq!((plan.finds().len(), plan.requests().len()), (2, 1));
    let find = Find::by_prefix("x").with_store("other".parse().unwrap());
    assert_eq!(plan.finds()[1], find);
    let file = FileConfig::new("c", SourceConfig::find(find)).with_format(Format::parse("json", None).unwrap());
    let config = Config::default().with_named_store("other".parse().unwrap(), Kind(&BY_PREFIX)).with_file(file.clone());
    let made = Plan::new(config).unwrap();
    assert_eq!(made.finds()[0], plan.finds()[1]);
    assert_eq!(made.stores().count(), 1, "the default store is not needed");
    let error = file.convert(&SecretValue::from_text("{}".to_owned())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn a_policy_is_made_of_the_finds_as_well() {
    let plan = plan(
        "  - {path: a, format: json, find: {prefix: x/}}\n  - {path: b, format: json, find: {prefix: y/}, store: other}",
    );
    let policies = Policy::of(&plan, &PolicyScope::default());
    assert_eq!(policies[0].permissions()[0].resources, ["arn:aws:x:::x/*", "arn:aws:x:::y/*"]);
}

#[tokio::test(start_paused = true)]
async fn a_find_that_fails_for_the_moment_is_asked_again_and_the_rest_is_not() {
    struct Counted(FakeSecretStore, Arc<Mutex<(u32, u32)>>);

    #[async_trait]
    impl SecretStore for Counted {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            self.1.lock().unwrap().0 += 1;
            self.0.fetch(request).await
        }

        async fn find(&self, find: &Find) -> Result<Vec<Secret>> {
            assert!(Call::current().deadline().is_some(), "the engine's deadline has come through");
            let asked = {
                let mut asked = self.1.lock().unwrap();
                asked.1 += 1;
                asked.1
            };
            if asked < 3 {
                return Err(Failure::new(ErrorKind::Throttled, "slow down").into());
            }
            self.0.find(find).await
        }
    }

    let asked = Arc::new(Mutex::default());
    let fetcher = Fetcher::new(Counted(team(), asked.clone()));
    let plan = plan("  - {path: a, format: json, find: {prefix: team/app/}}\n  - {path: b, secretId: team/ap}");
    fetcher.render(&plan).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_find_that_is_never_answered_ends_with_the_deadline_and_leaves_the_others_their_answers() {
    struct Mute;

    #[async_trait]
    impl SecretStore for Mute {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            Ok(Secret::new(request.secret_id().as_str(), SecretValue::from_text("v".to_owned())))
        }

        async fn find(&self, _: &Find) -> Result<Vec<Secret>> {
            std::future::pending().await
        }
    }

    let started = tokio::time::Instant::now();
    let files = "  - {path: a, format: json, find: {prefix: team/app/}}\n  - {path: b, secretId: team/ap}";
    let error = Fetcher::new(Mute).render(&plan(files)).await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::from_secs(60));
    assert_eq!(error.failures().len(), 1, "{error}");
    assert_eq!((error.kind(), error.failures()[0].find()), (ErrorKind::Timeout, Some("`team/app/`")));
}

#[tokio::test]
async fn a_denied_find_is_a_failure_that_says_what_was_looked_for() {
    let store = team();
    store.inject(Fault::access_denied());
    let error = rendered(store, "  - {path: a, format: json, find: {prefix: team/app/}, optional: true}").await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert!(error.to_string().contains("find `team/app/`"), "{error}");
}

#[tokio::test]
async fn more_than_the_bounds_is_refused() {
    struct Many(usize, usize);

    #[async_trait]
    impl SecretStore for Many {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            unreachable!("asked for {}", request.secret_id())
        }

        async fn find(&self, _: &Find) -> Result<Vec<Secret>> {
            let value = SecretValue::from_text("x".repeat(self.1));
            Ok((0..self.0).map(|number| Secret::new(format!("t/{number}"), value.clone())).collect())
        }
    }

    let file = "  - {path: a, format: json, find: {prefix: t/}, keys: ['1']}";
    assert!(rendered(Many(10_000, 1), file).await.is_ok());
    for (store, told) in [
        (Many(10_001, 1), "10001 secrets fit, and one `find` brings at most 10000"),
        (Many(17, 1 << 20), "the secrets that fit have more than 16 MiB together"),
        (Many(1, (16 << 20) + 1), "the secrets that fit have more than 16 MiB together"),
    ] {
        let error = rendered(store, file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongShape);
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_find_goes_to_the_store_that_it_names_through_every_wrapper() {
    let other = secretfetch::LocalSecretStore::from_json(r#"{"x/a": "of the other"}"#).unwrap();
    let stores = Stores::new("team".parse().unwrap(), team()).with("other".parse().unwrap(), other.clone());
    let file = "  - {path: a, format: json, from: [{find: {prefix: x/}, store: other}, {find: {prefix: team/app/u}}]}";
    let files = files_of(CachedSecretStore::new(stores), file).await;
    assert_eq!(String::from_utf8_lossy(&files[0].1), "{\"a\":\"of the other\",\"rl\":\"postgres://db\"}\n");
    // One store by itself is not silently taken for another one.
    for error in [rendered(other, file).await.unwrap_err(), rendered(team(), file).await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("the store `other`"), "{error}");
    }
}
