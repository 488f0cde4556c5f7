//! Stores by name: what a configuration may say, which store answers, and a kind of store that comes from outside.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use secretfetch::{
    Asked, Call, Capabilities, Config, Error, ErrorKind, Failure, Fetcher, FileConfig, LocalSecretStore, Opening,
    Permission, Plan, Policy, PolicyScope, Result, RetryPolicy, Secret, SecretKeyRef, SecretRequest, SecretStore,
    SecretValue, SourceConfig, StoreConfig, StoreKind, StoreKinds, Stores,
};
use secretfetch_testkit::FakeSecretStore;

/// A kind of store that this crate knows nothing of: it answers each id with the id, between its token and a mark.
const ECHO: StoreKind = StoreKind {
    name: "echo",
    fields: &["mark", "token"],
    place: Some("mark"),
    needs_no_entry: false,
    capabilities: Capabilities::NONE,
    read: |settings| {
        let mark = settings.required("mark")?.to_owned();
        Some(Arc::new(EchoConfig { mark, token: settings.secret("token") }))
    },
};

#[derive(Debug)]
struct EchoConfig {
    mark: String,
    token: Option<SecretKeyRef>,
}

/// How often such a store was opened.
static OPENED: AtomicUsize = AtomicUsize::new(0);

#[async_trait]
impl StoreConfig for EchoConfig {
    fn kind(&self) -> &'static str {
        ECHO.name
    }

    fn check(&self, request: &SecretRequest) -> Result<()> {
        match request.secret_id().as_str() {
            id if id.starts_with('#') => Err(Failure::new(ErrorKind::Config, "an echo has no `#`").into()),
            _ => Ok(()),
        }
    }

    fn secrets(&self) -> Vec<&SecretKeyRef> {
        self.token.iter().collect()
    }

    fn permissions(&self, asked: &Asked<'_>, _: &PolicyScope) -> Vec<Permission> {
        let arns = asked.requests.iter().map(|request| format!("arn:aws:echo:::{}", request.secret_id()));
        vec![Permission::new("Listen", "echo:Listen", arns.collect())]
    }

    async fn open(&self, opening: &Opening<'_>) -> Result<Arc<dyn SecretStore>> {
        if self.mark == "counted" {
            OPENED.fetch_add(1, Ordering::SeqCst);
        }
        let token = match &self.token {
            Some(token) => opening.fetch(token).await?.expose_text().unwrap_or_default().to_owned(),
            None => String::new(),
        };
        Ok(Arc::new(Echo { mark: self.mark.clone(), token }))
    }
}

struct Echo {
    mark: String,
    token: String,
}

#[async_trait]
impl SecretStore for Echo {
    async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
        assert!(request.store().is_none(), "what a store is called is no matter of the store");
        assert!(Call::current().deadline().is_some(), "the engine's deadline has come through");
        let id = request.secret_id().as_str();
        if id == "absent" {
            return Err(Failure::new(ErrorKind::SecretNotFound, "no echo").with_secret_id(request.secret_id()).into());
        }
        Ok(Secret::new(id, SecretValue::from_text(format!("{}{id}{}", self.token, self.mark))))
    }
}

fn config(text: &str) -> Result<Config> {
    Config::from_text_with(text, Path::new("/base"), &StoreKinds::default().with(&ECHO))
}

fn plan(text: &str) -> Plan {
    Plan::new(config(text).unwrap()).unwrap()
}

/// Everything that is wrong with a configuration, line by line.
fn mistakes(text: &str) -> Vec<String> {
    let error = config(text).and_then(Plan::new).unwrap_err();
    assert!(error.failures().iter().all(|failure| failure.kind() == ErrorKind::Config), "{error}");
    error.failures().iter().map(ToString::to_string).collect()
}

/// The files of a plan that is carried out on its own stores, as text.
async fn rendered(plan: &Plan) -> Result<Vec<(String, String)>> {
    let fetcher = Fetcher::open(plan).await?.with_retry(RetryPolicy::never());
    let rendered = fetcher.render(plan).await?;
    let text = |(path, bytes): (&Path, Option<&[u8]>)| {
        (path.display().to_string(), String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    };
    Ok(rendered.expose_files().map(text).collect())
}

#[tokio::test]
async fn a_source_is_answered_by_the_store_that_it_names() {
    let plan = plan(
        "
        stores: {loud: {echo: {mark: '!'}}, asking: {echo: {mark: '?'}}}
        store: loud
        files:
          - {path: a, secretId: one}
          - {path: b, secretId: one, store: asking}
          - {path: c, secretId: one, store: loud}
          - {path: d, secretId: one, store: 'echo:...'}
        ",
    );
    // What is named and what is the default are one request.
    assert_eq!(plan.requests().len(), 3);
    let files = rendered(&plan).await.unwrap();
    let expected = [("a", "one!"), ("b", "one?"), ("c", "one!"), ("d", "one...")];
    assert_eq!(files, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
}

#[tokio::test]
async fn a_store_is_opened_once_and_only_if_it_is_needed() {
    let files: String = (0..50).map(|n| format!("  - {{path: f{n}, secretId: s{n}, store: counted}}\n")).collect();
    let plan = plan(&format!(
        "stores:\n  counted: {{echo: {{mark: counted}}}}\n  other: {{file: {{path: does-not-exist.json}}}}\nfiles:\n{files}"
    ));
    let fetcher = Fetcher::open(&plan).await.unwrap();
    for _ in 0..3 {
        fetcher.render(&plan).await.unwrap();
    }
    assert_eq!(OPENED.load(Ordering::SeqCst), 1);
    assert_eq!(plan.unused_stores().iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["other"]);
}

#[tokio::test]
async fn a_store_is_opened_with_the_secret_of_another_one() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("tokens.json"), r#"{"echo/token": {"value": "<"}}"#).unwrap();
    let text = "
        stores:
          first: {echo: {mark: '>', token: {secretId: echo/token, key: value, store: 'file:tokens.json'}}}
          second: {echo: {mark: '!', token: {secretId: of first, store: first}}}
        files: [{path: a, secretId: one, store: second}, {path: b, secretId: two, store: first}]";
    let config = Config::from_text_with(text, directory.path(), &StoreKinds::default().with(&ECHO));
    let plan = Plan::new(config.unwrap()).unwrap();
    let files = rendered(&plan).await.unwrap();
    assert_eq!(files[0].1, "<of first>one!");
    assert_eq!(files[1].1, "<two>");
}

#[tokio::test]
async fn the_failure_of_a_store_names_it() {
    let plan = plan(
        "
        stores: {loud: {echo: {mark: '!'}}}
        store: echo:x
        files: [{path: a, secretId: absent}, {path: b, secretId: absent, store: loud}]",
    );
    let error = rendered(&plan).await.unwrap_err();
    let told: Vec<String> = error.failures().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["secret `absent`: no echo", "store `loud`: secret `absent`: no echo"]);
    assert_eq!(error.failures()[1].store().unwrap().as_str(), "loud");
}

#[test]
fn what_is_wrong_with_stores_is_told_at_once_with_its_line() {
    let told = mistakes(
        "\
stores:
  loud: {echo: {mark: '!'}}
  payments: {aws: {regoin: eu-west-1}}
store: laud
files:
  - {path: a, secretId: one, store: lowd}
  - {path: b, secretId: '#one', store: loud}
  - {path: c, secretId: one, store: loud, versionStage: X}
  - path: d
    format: json
    from:
      - {secretId: no spaces, store: aws}
      - {secretId: x, store: loud, region: eu-west-1}
",
    );
    let expected = [
        "line 3: `stores.payments.aws` has no field `regoin`; did you mean `region`?",
        "line 4: `store`: there is no store `laud`; did you mean `loud`?",
        "line 6: `store`: there is no store `lowd`; did you mean `loud`?",
        "line 7: `secretId`: an echo has no `#`",
        "line 8: `versionStage`: a store of the kind `echo` has no such thing; remove it",
        "line 12: `secretId`: the secret id `no spaces` has the character ` `; a name has letters, digits and -/_+=.@!",
        "line 13: `region`: a store of the kind `echo` has no such thing; remove it",
    ];
    assert_eq!(told, expected);
}

#[test]
fn two_stores_of_one_name_are_refused() {
    let told = mistakes("store: {aws: {}}\nstores: {aws: {aws: {}}}\nfiles: [{path: a, secretId: b}]");
    assert_eq!(told, ["two stores have the name `aws`"]);
    let told = mistakes("stores: {a: {aws: {}}, a: {aws: {}}}\nfiles: [{path: a, secretId: b}]");
    assert_eq!(told, ["line 1: the field `a` stands twice"]);
    let told = mistakes("stores: {aws: {echo: {mark: x}}}\nfiles: [{path: a, secretId: b}]");
    assert_eq!(told, ["line 1: `stores.aws`: a store of the kind `echo` cannot have the name of another kind"]);
}

#[test]
fn stores_that_need_each_other_are_refused() {
    let told = mistakes(
        "
        stores:
          a: {echo: {mark: x, token: {secretId: t, store: b}}}
          b: {echo: {mark: x, token: {secretId: t, store: c}}}
          c: {echo: {mark: x, token: {secretId: t, store: a}}}
        files: [{path: f, secretId: s, store: a}]",
    );
    let way = "stores need each other's secrets to be opened: `a` needs `b` needs `c` needs `a`";
    assert_eq!(told, [format!("{way}; keep one of these secrets in a store that needs none")]);
    let itself =
        mistakes("stores: {a: {echo: {mark: x, token: {secretId: t}}}}\nstore: a\nfiles: [{path: f, secretId: s}]");
    assert!(itself[0].contains("`a` needs `a`"), "{itself:?}");
}

#[test]
fn the_secrets_of_a_store_are_checked_as_others_are() {
    let told = mistakes(
        "
        stores: {a: {echo: {mark: x, token: {secretId: 'no spaces', store: aws, kee: y}}}}
        files: [{path: f, secretId: s, store: a}]",
    );
    assert!(told[0].contains("`token` has no field `kee`; did you mean `key`?"), "{told:?}");
    assert!(told[1].contains("store `a`: `secretId`: the secret id `no spaces`"), "{told:?}");
}

#[test]
fn regions_come_from_the_source_then_the_store_then_the_configuration() {
    let plan = plan(
        "
        region: eu-west-1
        stores: {payments: {aws: {region: us-east-1}}, plain: {aws: {roleArn: 'arn:aws:iam::123456789012:role/r'}}, e: {echo: {mark: x}}}
        files:
          - {path: a, secretId: s}
          - {path: b, secretId: s, store: payments}
          - {path: c, secretId: s, store: payments, region: ca-central-1}
          - {path: d, secretId: s, store: plain}
          - {path: e, secretId: s, store: e}",
    );
    let regions: Vec<_> =
        plan.requests().iter().map(|request| request.region().map(|region| region.as_str())).collect();
    assert_eq!(regions, [Some("eu-west-1"), Some("us-east-1"), Some("ca-central-1"), Some("eu-west-1"), None]);
}

#[test]
fn each_identity_has_a_policy_of_its_own() {
    let role = "arn:aws:iam::210987654321:role/reader";
    let plan = plan(&format!(
        "
        region: eu-west-1
        stores: {{payments: {{aws: {{roleArn: '{role}', region: us-east-1}}}}, e: {{echo: {{mark: x, token: {{secretId: token}}}}}}}}
        files: [{{path: a, secretId: s}}, {{path: b, secretId: s, store: payments}}, {{path: c, secretId: s, store: e}}]",
    ));
    let policies = Policy::of(&plan, &PolicyScope::default().with_account("123456789012".to_owned()));
    let arns = |policy: &Policy| -> Vec<String> {
        policy.permissions().iter().flat_map(|permission| permission.resources.clone()).collect()
    };
    assert_eq!(policies.len(), 2);
    assert_eq!(policies[0].role(), None);
    // Its own secret, the token that the other store is opened with, the role that it takes, and what that store wants.
    assert_eq!(
        arns(&policies[0]),
        [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-??????",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-??????",
            role,
            "arn:aws:echo:::s",
        ]
    );
    assert_eq!(policies[1].role(), Some(role));
    // What a role asks for by name is in the account of the role.
    assert_eq!(arns(&policies[1]), ["arn:aws:secretsmanager:us-east-1:210987654321:secret:s-??????"]);
}

#[tokio::test]
async fn a_fetcher_on_one_store_refuses_a_plan_that_names_others() {
    let plan = plan("files: [{path: a, secretId: s}, {path: b, secretId: s, store: 'echo:x'}]");
    let fake = FakeSecretStore::new();
    fake.create_text("s", "value");
    let error = Fetcher::new(fake.clone()).render(&plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(fake.requests().is_empty(), "nothing is fetched");
    assert!(error.to_string().contains("the secret is in the store `echo:x`"), "{error}");

    let echo = LocalSecretStore::from_json(r#"{"s": "an echo"}"#).unwrap();
    let stores = Stores::new("aws".parse().unwrap(), fake).with("echo:x".parse().unwrap(), echo);
    let rendered = Fetcher::new(stores).render(&plan).await.unwrap();
    let bytes: Vec<_> = rendered.expose_files().map(|(_, bytes)| bytes.unwrap().to_vec()).collect();
    assert_eq!(bytes, [b"value".to_vec(), b"an echo".to_vec()]);
}

#[tokio::test]
async fn a_name_that_no_store_has_is_told_with_the_nearest() {
    let stores = Stores::new("main".parse().unwrap(), FakeSecretStore::new());
    let request = SecretRequest::new("s".parse().unwrap()).with_store("mian".parse().unwrap());
    let errors: Vec<Error> = vec![
        stores.check(&request).unwrap_err(),
        stores.fetch(&request).await.unwrap_err(),
        stores.fetch_many(std::slice::from_ref(&request)).await.pop().unwrap().unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().ends_with("there is no store `mian`; did you mean `main`?"), "{error}");
    }
}

/// A plan's time and its word on batches hold on whatever store it is carried out.
#[tokio::test]
async fn no_field_of_a_plan_is_without_effect() {
    struct Asked(std::sync::Mutex<Vec<(bool, std::time::Duration)>>);

    #[async_trait]
    impl SecretStore for Asked {
        async fn fetch(&self, request: &SecretRequest) -> Result<Secret> {
            let call = Call::current();
            let left = call.deadline().unwrap() - tokio::time::Instant::now();
            self.0.lock().unwrap().push((call.batch().applies_to(100), left));
            Ok(Secret::new(request.secret_id().as_str(), SecretValue::from_text("v".to_owned())))
        }
    }

    let asked = Arc::new(Asked(Default::default()));
    for (batch, expected) in [("auto", true), ("never", false)] {
        let text = format!("timeout: 5s\nbatch: {batch}\nfiles: [{{path: a, secretId: s}}]");
        Fetcher::new(asked.clone()).render(&plan(&text)).await.unwrap();
        let (batches, left) = asked.0.lock().unwrap().pop().unwrap();
        assert_eq!(batches, expected);
        assert!(left <= std::time::Duration::from_secs(5) && left > std::time::Duration::from_secs(4));
    }
}

#[test]
fn a_plan_is_made_in_rust_as_it_is_from_text() {
    let echo = |mark: &str| EchoConfig { mark: mark.to_owned(), token: None };
    let source = SourceConfig::new("s".parse().unwrap()).with_store("loud".parse().unwrap());
    let config =
        Config::default().with_named_store("loud".parse().unwrap(), echo("!")).with_file(FileConfig::new("a", source));
    let made = Plan::new(config).unwrap();
    assert_eq!(
        made.requests(),
        plan("stores: {loud: {echo: {mark: '!'}}}\nfiles: [{path: a, secretId: s, store: loud}]").requests()
    );
}
