//! `--resolve-env`: variables as the task definitions of Amazon ECS have them.

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Operation};

use super::{ENVIRONMENT, variables};
use crate::scene::{Invocation, Scene};

const PREVIOUS: &str = r#"{"user": "old", "port": 1}"#;
const CURRENT: &str = r#"{"user": "new", "port": 5432, "nested": {"a": [1, 2.0]}}"#;

struct Account {
    scene: Scene,
    secret: String,
    parameter: String,
    first_version: String,
}

fn account() -> Account {
    let store = FakeSecretStore::new();
    let first = store.create_text("team/db", PREVIOUS);
    let (secret, first_version) = (first.arn.to_string(), first.version_id.to_string());
    store.put_text("team/db", CURRENT);
    store.put_parameter("/team/url", "postgres://db");
    let parameter = secret.replace("secretsmanager", "ssm");
    let parameter = format!("{}parameter/team/url", parameter.split("secret:").next().unwrap());
    Account { scene: Scene::serving(FakeSecretsManager::start(&store)), secret, parameter, first_version }
}

impl Account {
    fn resolving(&self, variables: &[(&str, &str)]) -> Invocation {
        self.scene
            .command(&["exec", "--resolve-env", "--unset-aws"])
            .variables(variables.iter().copied())
            .arguments(ENVIRONMENT)
    }
}

#[test]
fn every_form_is_replaced_by_what_it_stands_for() {
    let account = account();
    let Account { scene, secret, parameter, first_version } = &account;
    let run = account
        .resolving(&[
            ("ALL", secret),
            ("USER", &format!("{secret}:user::")),
            ("PORT", &format!("{secret}:port::")),
            ("NESTED", &format!("{secret}:nested::")),
            ("OLD", &format!("{secret}:user:AWSPREVIOUS:")),
            ("OLDER", &format!("{secret}:::{first_version}")),
            ("URL", parameter),
            ("PLAIN", "plain"),
            ("MENTION", &format!("see {secret}")),
            ("TOPIC", "arn:aws:sns:us-east-1:123456789012:orders"),
        ])
        .run();
    let mention = format!("see {secret}");
    let expected: Vec<(String, Vec<u8>)> = [
        ("ALL", CURRENT),
        ("MENTION", &mention),
        ("NESTED", r#"{"a":[1,2.0]}"#),
        ("OLD", "old"),
        ("OLDER", PREVIOUS),
        ("PLAIN", "plain"),
        ("PORT", "5432"),
        ("TOPIC", "arn:aws:sns:us-east-1:123456789012:orders"),
        ("URL", "postgres://db"),
        ("USER", "new"),
    ]
    .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
    .to_vec();
    assert_eq!(variables(&run), expected);
    assert_eq!(scene.count(Operation::GetParameters), 1);
}

#[test]
fn a_reference_is_replaced_even_where_what_is_set_is_kept_and_beside_other_secrets() {
    let account = account();
    let user = format!("{}:user::", account.secret);
    let run = account
        .scene
        .command(&["exec", "--resolve-env", "--on-conflict", "keep", "--unset-aws", "--secret-id", "team/db"])
        .arguments(["--key", "PORT=port", "--key", "HOME=user"])
        .variables([("USER", user.as_str()), ("HOME", "/home")])
        .arguments(ENVIRONMENT)
        .run();
    let pairs = [("HOME", "/home"), ("PORT", "5432"), ("USER", "new")];
    let expected: Vec<(String, Vec<u8>)> =
        pairs.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
    assert_eq!(variables(&run), expected);
}

#[test]
fn without_any_reference_nothing_is_asked_and_nothing_needed() {
    let account = account();
    let run = account.resolving(&[("PLAIN", "plain")]).run();
    assert_eq!(variables(&run), [("PLAIN".to_owned(), b"plain".to_vec())]);
    assert_eq!(account.scene.operations(), []);
}

#[test]
fn what_is_wrong_with_references_is_told_all_at_once_and_no_program_starts() {
    let account = account();
    let Account { secret, parameter, .. } = &account;
    let run = account.resolving(&[("A", &format!("{secret}:user")), ("B", "arn:aws:ssm:x:1:parameter/y")]).run();
    assert_eq!((run.code(), run.stdout()), (2, ""));
    run.assert_tells(&["the variable `A` refers to a secret", "the variable `B` refers to a secret", "ARN:KEY:STAGE"]);
    let gone = [("B", format!("{parameter}/gone")), ("C", format!("{secret}::gone:"))];
    let gone: Vec<(&str, &str)> = gone.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let run = account.resolving(&gone).run();
    assert_eq!((run.code(), run.stdout()), (3, ""), "{}", run.stderr());
    run.assert_tells(&["/gone`", "no version at the stage `gone`"]);
    let run = account.resolving(&[("A", &format!("{secret}:gone::")), ("B", parameter)]).run();
    assert_eq!((run.code(), run.stdout()), (3, ""), "{}", run.stderr());
    run.assert_tells(&["key `gone`", "`user`"]);
}
