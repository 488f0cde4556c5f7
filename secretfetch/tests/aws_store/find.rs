//! Secrets that are found by what their names begin with, and by their tags.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secretfetch::{
    AwsSecretStore, BatchMode, BatchRefusal, Call, Error, ErrorKind, Find, Result, Secret, SecretStore as _, StoreEvent,
};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Iam, Operation, assert_requests};
use serde_json::{Value, json};

use crate::batches::client_config;
use crate::server::{JSON, Server, entry, is_batch, respond};

const MODES: [BatchMode; 2] = [BatchMode::Auto, BatchMode::Never];

fn fake(names: &[&str]) -> (FakeSecretStore, FakeSecretsManager) {
    let secrets = FakeSecretStore::new().in_region("eu-west-1");
    names.iter().for_each(|name| drop(secrets.create_text(name, format!("<{name}>"))));
    let server = FakeSecretsManager::start(&secrets);
    (secrets, server)
}

/// Several secrets `team/app/0000`, `team/app/0001` and so on.
fn many(count: usize) -> (FakeSecretStore, FakeSecretsManager) {
    let names: Vec<String> = (0..count).map(numbered).collect();
    fake(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn numbered(n: usize) -> String {
    format!("team/app/{n:04}")
}

fn store(url: &str, mode: BatchMode) -> AwsSecretStore {
    AwsSecretStore::from_conf(client_config(url)).with_batch(mode)
}

fn app() -> Find {
    Find::by_prefix("team/app/")
}

/// The names, each of which has its own value.
fn names(found: Result<Vec<Secret>>) -> Vec<String> {
    let name = |secret: Secret| {
        assert_eq!(secret.value.expose_text(), Some(format!("<{}>", secret.name).as_str()));
        assert!(secret.arn.is_some() && secret.version_id.is_some() && secret.version_stages[0].is_current());
        secret.name.clone()
    };
    found.unwrap().into_iter().map(name).collect()
}

fn count(secrets: &FakeSecretStore, operation: Operation) -> usize {
    secrets.requests().iter().filter(|request| request.operation == operation).count()
}

#[tokio::test]
async fn a_prefix_brings_exactly_the_names_that_begin_with_it_in_their_order() {
    let all =
        ["team/app/b", "team/app2", "team/app/B", "Team/app/x", "team/app/a/c", "team/app", "team/app/a", "other"];
    for mode in MODES {
        let (_secrets, server) = fake(&all);
        let store = store(&server.url(), mode);
        let found = names(store.find(&app()).await);
        assert_eq!(found, ["team/app/B", "team/app/a", "team/app/a/c", "team/app/b"], "{mode}");
        assert_eq!(names(store.find(&Find::by_prefix("team/app/a/c")).await), ["team/app/a/c"]);
        assert_eq!(names(store.find(&Find::by_prefix("")).await).len(), all.len());
        assert!(store.find(&Find::by_prefix("absent/")).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_prefix_with_an_exclamation_mark_is_no_negation() {
    let all = ["!team", "!team/a", "team", "rds!db-1", "rds!db-2", "rds"];
    for mode in MODES {
        let answers = Server::start(move |head, body, stream| {
            // A server whose filters find everything: as a negation of `team` would.
            assert!(!body.contains(r#""!"#), "{body}");
            answer_all(head, body, stream, &all);
        });
        let store = store(&answers.url, mode);
        assert_eq!(names(store.find(&Find::by_prefix("!team")).await), ["!team", "!team/a"]);
        assert_eq!(names(store.find(&Find::by_prefix("rds!")).await), ["rds!db-1", "rds!db-2"]);
    }
}

/// Answers every search with all of these, whatever its filters are.
fn answer_all(head: &str, body: &str, stream: &mut std::net::TcpStream, all: &[&str]) {
    let request: Value = serde_json::from_str(body).unwrap();
    let ids = request["SecretIdList"].as_array().cloned().unwrap_or_default();
    let of = |id: &str| {
        let name = id.rsplit(':').next().unwrap();
        entry(name.strip_suffix("-AbCdEf").unwrap_or(name))
    };
    let answer = if head.contains("secretsmanager.ListSecrets") {
        let listed: Vec<_> = all.iter().map(|name| json!({"Name": name, "ARN": entry(name)["ARN"]})).collect();
        json!({"SecretList": listed})
    } else if is_batch(head) && ids.is_empty() {
        json!({"SecretValues": all.iter().map(|name| entry(name)).collect::<Vec<_>>()})
    } else if is_batch(head) {
        json!({"SecretValues": ids.iter().map(|id| of(id.as_str().unwrap())).collect::<Vec<_>>()})
    } else {
        of(request["SecretId"].as_str().unwrap())
    };
    respond(stream, "200 OK", JSON, &answer.to_string());
}

#[tokio::test]
async fn a_server_that_filters_nothing_brings_no_more_than_what_fits() {
    let all = ["team/app/b", "team/app2", "TEAM/APP/X", "team/app/a", "other"];
    let server = Server::start(move |head, body, stream| answer_all(head, body, stream, &all));
    for mode in MODES {
        assert_eq!(names(store(&server.url, mode).find(&app()).await), ["team/app/a", "team/app/b"], "{mode}");
    }
}

/// The errors of a batch that a filter chose.
fn with_errors(errors: Value) -> Server {
    let all = ["team/app/a", "team/app/b"];
    Server::start(move |head, body, stream| {
        if is_batch(head) {
            let answer = json!({"SecretValues": [entry(all[0])], "Errors": errors});
            respond(stream, "200 OK", JSON, &answer.to_string());
        } else {
            answer_all(head, body, stream, &all);
        }
    })
}

#[tokio::test]
async fn an_error_is_that_of_the_secret_it_names_by_name_or_arn() {
    let error = |id: &str| json!([{"SecretId": id, "ErrorCode": "AccessDeniedException", "Message": "no"}]);
    let arn = entry("team/app/b")["ARN"].as_str().unwrap().to_owned();
    for id in ["team/app/b", &arn] {
        let server = with_errors(error(id));
        let error = store(&server.url, BatchMode::Auto).find(&app()).await.unwrap_err();
        assert_eq!((error.kind(), error.secret_id().unwrap().as_str()), (ErrorKind::AccessDenied, "team/app/b"));
    }
    // Of what is not looked for, nothing is told.
    for id in ["team/app2", &arn.replace("team/app/b", "team/app2")] {
        let server = with_errors(error(id));
        assert_eq!(names(store(&server.url, BatchMode::Auto).find(&app()).await), ["team/app/a"]);
    }
}

#[tokio::test]
async fn an_error_that_names_no_secret_leads_to_the_list() {
    let server = with_errors(json!([{"ErrorCode": "AccessDeniedException", "Message": "no"}]));
    let found = names(store(&server.url, BatchMode::Auto).find(&app()).await);
    assert_eq!(found, ["team/app/a", "team/app/b"]);
    // The batch, the list, and what the batch did not bring.
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn one_batch_with_a_filter_brings_twenty_secrets() {
    let (secrets, server) = many(20);
    assert_eq!(names(store(&server.url(), BatchMode::Auto).find(&app()).await).len(), 20);
    assert_requests(&secrets).exactly(1);
    assert_requests(&secrets).by(Operation::BatchGetSecretValue).exactly(1);
}

#[tokio::test]
async fn pages_are_followed_in_batches_and_in_the_list() {
    let expected: Vec<String> = (0..250).map(numbered).collect();
    for (mode, batches, lists, gets) in [(BatchMode::Auto, 13, 0, 0), (BatchMode::Never, 0, 3, 250)] {
        let (secrets, server) = many(250);
        assert_eq!(names(store(&server.url(), mode).find(&app()).await), expected);
        assert_eq!(count(&secrets, Operation::BatchGetSecretValue), batches, "{mode}");
        assert_eq!(count(&secrets, Operation::ListSecrets), lists, "{mode}");
        assert_eq!(count(&secrets, Operation::GetSecretValue), gets, "{mode}");
        assert!(secrets.most_in_flight() <= 16, "{}", secrets.most_in_flight());
    }
    // Empty pages are no end.
    let (_secrets, server) = many(30);
    server.paginate(&[0, 3, 0, 0, 20]);
    assert_eq!(names(store(&server.url(), BatchMode::Auto).find(&app()).await), expected[..30]);
}

#[tokio::test]
async fn the_call_forbids_batches_as_the_store_does() {
    let (secrets, server) = many(6);
    let store = store(&server.url(), BatchMode::Auto);
    let call = Call::current().with_batch(BatchMode::Never);
    assert_eq!(names(call.run(store.find(&app())).await).len(), 6);
    assert_eq!(count(&secrets, Operation::BatchGetSecretValue), 0);
    assert_eq!(names(store.find(&app().with_tag("no", "such")).await).len(), 0);
}

#[tokio::test]
async fn tags_are_exact_pairs_and_all_of_them() {
    for mode in MODES {
        let (secrets, server) = fake(&["a", "b", "c", "d", "e", "team/f"]);
        secrets.tag("a", &[("Team", "pay"), ("Stage", "prod")]);
        secrets.tag("b", &[("Team", "prod"), ("Stage", "pay")]);
        secrets.tag("c", &[("Team", "payments"), ("Stage", "prod")]);
        secrets.tag("d", &[("Teams", "pay"), ("Stage", "prod")]);
        secrets.tag("team/f", &[("Team", "pay")]);
        let store = store(&server.url(), mode);
        let team = || Find::default().with_tag("Team", "pay");
        assert_eq!(names(store.find(&team()).await), ["a", "team/f"], "{mode}");
        assert_eq!(names(store.find(&team().with_tag("Stage", "prod")).await), ["a"]);
        assert_eq!(names(store.find(&Find::by_prefix("team/").with_tag("Team", "pay")).await), ["team/f"]);
        assert!(store.find(&team().with_tag("Team", "prod")).await.unwrap().is_empty());
        assert!(store.find(&Find::default().with_tag("team", "pay")).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn tags_of_many_secrets_take_lists_and_then_batches() {
    let (secrets, server) = many(250);
    (0..250).filter(|n| n % 2 == 0).for_each(|n| secrets.tag(&numbered(n), &[("Even", "yes")]));
    let found = names(store(&server.url(), BatchMode::Auto).find(&app().with_tag("Even", "yes")).await);
    assert_eq!(found, (0..250).step_by(2).map(numbered).collect::<Vec<_>>());
    assert_eq!(count(&secrets, Operation::ListSecrets), 2);
    assert_eq!(count(&secrets, Operation::BatchGetSecretValue), 7);
    assert_eq!(count(&secrets, Operation::GetSecretValue), 0);
    assert!(secrets.most_in_flight() <= 10, "{}", secrets.most_in_flight());
}

#[tokio::test]
async fn tags_with_odd_characters_are_found() {
    let tags = [
        ("\u{fc}ber", "gr\u{f6}\u{df}e"),
        ("!not", "!this"),
        ("with space", " a  b "),
        ("aws*", "?\"\\\n"),
        ("cost:center", "a=b+c"),
        ("empty", ""),
    ];
    for mode in MODES {
        // Scripted: what the service takes as a tag is its own matter.
        let server = Server::start(move |head, body, stream| {
            if head.contains("secretsmanager.ListSecrets") {
                let request: Value = serde_json::from_str(body).unwrap();
                for filter in request["Filters"].as_array().into_iter().flatten() {
                    let value = filter["Values"][0].as_str().unwrap();
                    assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || " :_@/+=.-!".contains(c)), "{body}");
                    assert!(!value.is_empty() && !value.starts_with('!'), "{body}");
                }
                let listed: Vec<_> = tags
                    .iter()
                    .enumerate()
                    .map(|(n, (key, value))| {
                        json!({"Name": n.to_string(), "ARN": entry(&n.to_string())["ARN"],
                               "Tags": [{"Key": key, "Value": value}]})
                    })
                    .collect();
                respond(stream, "200 OK", JSON, &json!({"SecretList": listed}).to_string());
            } else {
                answer_all(head, body, stream, &[]);
            }
        });
        for (n, (key, value)) in tags.into_iter().enumerate() {
            let found = names(store(&server.url, mode).find(&Find::default().with_tag(key, value)).await);
            assert_eq!(found, [n.to_string()], "{key}");
        }
    }
}

#[tokio::test]
async fn deleted_secrets_and_those_without_a_value_are_left_out() {
    for mode in MODES {
        for find in [app(), app().with_tag("Team", "pay")] {
            let (secrets, server) = fake(&["team/app/a", "team/app/deleted", "team/app/b"]);
            for name in secrets.secret_names() {
                secrets.tag(&name, &[("Team", "pay")]);
            }
            secrets.schedule_deletion("team/app/deleted");
            let client = aws_sdk_secretsmanager::Client::from_conf(client_config(&server.url()));
            let tag = aws_sdk_secretsmanager::types::Tag::builder().key("Team").value("pay").build();
            client.create_secret().name("team/app/empty").tags(tag).send().await.unwrap();
            assert_eq!(names(store(&server.url(), mode).find(&find).await), ["team/app/a", "team/app/b"], "{mode}");
        }
    }
}

#[tokio::test]
async fn a_secret_that_goes_between_list_and_get_is_left_out() {
    let all: Vec<String> = (0..6).map(numbered).collect();
    for mode in MODES {
        for forever in [true, false] {
            let (secrets, server) = many(6);
            (0..6).for_each(|n| secrets.tag(&numbered(n), &[("Team", "pay")]));
            let goes = move |secrets: &FakeSecretStore| match forever {
                true => secrets.delete(&numbered(3)),
                false => secrets.schedule_deletion(&numbered(3)),
            };
            secrets.inject(Fault::meanwhile(goes).on(numbered(3)).once());
            let found = names(store(&server.url(), mode).find(&app().with_tag("Team", "pay")).await);
            assert_eq!(found, [&all[..3], &all[4..]].concat(), "{mode}");
        }
    }
}

/// By the name AWS would say that it is denied: the policy allows ARNs, and a name that nobody has is none.
#[tokio::test]
async fn a_secret_that_goes_is_left_out_under_the_least_policy_too() {
    let (secrets, server) = many(6);
    (0..6).for_each(|n| secrets.tag(&numbered(n), &[("Team", "pay")]));
    secrets.enforce(policy(&["ListSecrets", "BatchGetSecretValue"]));
    secrets.inject(Fault::meanwhile(|secrets| secrets.delete(&numbered(3))).on(numbered(3)).once());
    let found = names(store(&server.url(), BatchMode::Never).find(&app().with_tag("Team", "pay")).await);
    assert_eq!(found.len(), 5);
}

/// What reads all of `team/app/`, and these actions on everything.
fn policy(actions: &[&str]) -> Iam {
    let actions: Vec<String> = actions.iter().map(|action| format!("secretsmanager:{action}")).collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
         "Resource": "arn:aws:secretsmanager:eu-west-1:*:secret:team/app/*"}]});
    Iam::new().with_identity_policy(policy.to_string().parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_denied_unknown_or_throttled_batch_costs_no_secret() {
    for (fault, reason) in
        [(Fault::access_denied(), BatchRefusal::Denied), (Fault::throttled(), BatchRefusal::Throttled)]
    {
        let (secrets, server) = many(45);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let events = heard.clone();
        let call = Call::current().with_observer(move |event| {
            if let StoreEvent::BatchRefused { reason, .. } = event {
                events.lock().unwrap().push(*reason);
            }
        });
        secrets.inject(fault.on_operation(Operation::BatchGetSecretValue));
        let store = store(&server.url(), BatchMode::Auto);
        assert_eq!(names(call.run(store.find(&app())).await).len(), 45);
        assert_eq!(*heard.lock().unwrap(), [reason]);
        assert_eq!(count(&secrets, Operation::BatchGetSecretValue), 1, "{reason:?}");
        assert_eq!(count(&secrets, Operation::ListSecrets), 1);
        assert_eq!(count(&secrets, Operation::GetSecretValue), 45);
    }
}

#[tokio::test]
async fn what_came_before_a_batch_was_throttled_is_not_asked_for_again() {
    let (secrets, server) = many(45);
    secrets.inject(Fault::throttled().on_operation(Operation::BatchGetSecretValue).after(2));
    assert_eq!(names(store(&server.url(), BatchMode::Auto).find(&app()).await).len(), 45);
    assert_eq!(count(&secrets, Operation::GetSecretValue), 5);
}

#[tokio::test]
async fn the_permissions_of_a_search_are_those_that_it_needs() {
    let (secrets, server) = fake(&["team/app/a", "team/app/b", "team/app2"]);
    secrets.enforce(policy(&["ListSecrets", "BatchGetSecretValue"]));
    assert_eq!(names(store(&server.url(), BatchMode::Auto).find(&app()).await).len(), 2);
    assert_eq!(count(&secrets, Operation::ListSecrets), 0);
    // Without batches.
    secrets.enforce(policy(&["ListSecrets"]));
    for mode in MODES {
        assert_eq!(names(store(&server.url(), mode).find(&app()).await).len(), 2, "{mode}");
    }
    // Without the list there is no way, and the batch is not blamed for it.
    for actions in [&["BatchGetSecretValue"][..], &["DescribeSecret"]] {
        secrets.enforce(policy(actions));
        for mode in MODES {
            let error = store(&server.url(), mode).find(&app()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AccessDenied);
            let text = error.to_string();
            assert!(
                text.contains("may not call secretsmanager:ListSecrets") && text.contains("on resource `*`"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn a_denied_list_forbids_no_batches() {
    let (secrets, server) = many(6);
    let store = store(&server.url(), BatchMode::Auto);
    secrets.enforce(policy(&["BatchGetSecretValue"]));
    store.find(&app()).await.unwrap_err();
    secrets.enforce(policy(&["ListSecrets", "BatchGetSecretValue"]));
    secrets.clear_requests();
    assert_eq!(names(store.find(&app()).await).len(), 6);
    assert_requests(&secrets).exactly(1);
    assert_requests(&secrets).by(Operation::BatchGetSecretValue).exactly(1);
}

#[tokio::test]
async fn a_denial_of_one_found_secret_names_it() {
    for mode in MODES {
        for (fault, kind) in [
            (Fault::access_denied(), ErrorKind::AccessDenied),
            (Fault::kms_access_denied(), ErrorKind::KmsAccessDenied),
            (Fault::throttled(), ErrorKind::Throttled),
        ] {
            for find in [app(), app().with_tag("Team", "pay")] {
                let (secrets, server) = many(30);
                (0..30).for_each(|n| secrets.tag(&numbered(n), &[("Team", "pay")]));
                secrets.inject(fault.clone().on(numbered(7)));
                let error = store(&server.url(), mode).find(&find).await.unwrap_err();
                assert_eq!(error.kind(), kind, "{error}");
                assert_eq!(error.failures().len(), 1, "{error}");
                assert_eq!(error.secret_id().unwrap().as_str(), numbered(7));
                assert_eq!(error.failures()[0].region().unwrap().as_str(), "eu-west-1");
            }
        }
    }
}

#[tokio::test]
async fn several_denials_are_told_together_in_the_order_of_the_names() {
    for mode in MODES {
        let (secrets, server) = many(30);
        [21, 7].into_iter().for_each(|n| secrets.inject(Fault::access_denied().on(numbered(n))));
        let error = store(&server.url(), mode).find(&app()).await.unwrap_err();
        let ids: Vec<_> = error.failures().iter().map(|failure| failure.secret_id().unwrap().to_string()).collect();
        assert_eq!(ids, [numbered(7), numbered(21)], "{mode}");
    }
}

#[tokio::test]
async fn binary_and_text_values_are_exact() {
    for mode in MODES {
        let (secrets, server) = fake(&[]);
        secrets.create_binary("team/app/tls", [0, 159, 146, 150]);
        secrets.create_text("team/app/text", " ");
        let found = store(&server.url(), mode).find(&app()).await.unwrap();
        let values: Vec<_> = found.iter().map(|s| (s.value.is_binary(), s.value.expose_bytes().to_vec())).collect();
        assert_eq!(values, [(false, b" ".to_vec()), (true, vec![0, 159, 146, 150])], "{mode}");
    }
}

#[tokio::test]
async fn an_endpoint_that_repeats_a_token_is_left_with_a_clear_error() {
    for tokens in [1, 3] {
        let pages = Arc::new(AtomicUsize::new(0));
        let server = Server::start(move |head, _, stream| {
            let token = pages.fetch_add(1, Ordering::SeqCst) % tokens;
            let list = if is_batch(head) { "SecretValues" } else { "SecretList" };
            respond(stream, "200 OK", JSON, &json!({list: [], "NextToken": format!("token {token}")}).to_string());
        });
        for mode in MODES {
            let before = server.requests().len();
            let error = store(&server.url, mode).find(&app()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidResponse);
            assert!(error.to_string().contains("an earlier page"), "{error}");
            assert_eq!(server.requests().len() - before, tokens + 1);
        }
    }
}

#[tokio::test]
async fn more_than_a_run_can_hold_is_refused_while_it_comes() {
    let server = Server::start(|head, body, stream| {
        let request: Value = serde_json::from_str(body).unwrap();
        let page: usize = request["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let named = |n: usize| numbered(page * 1000 + n);
        let next = (page + 1).to_string();
        let answer = if is_batch(head) {
            let values: Vec<_> = (0..20)
                .map(|n| {
                    let mut entry = entry(&named(n));
                    entry["SecretString"] = json!("x".repeat(60_000));
                    entry
                })
                .collect();
            json!({"SecretValues": values, "NextToken": next})
        } else {
            let listed: Vec<_> = (0..1000).map(|n| json!({"Name": named(n)})).collect();
            json!({"SecretList": listed, "NextToken": next})
        };
        respond(stream, "200 OK", JSON, &answer.to_string());
    });
    for (mode, words) in [(BatchMode::Auto, "16 MiB"), (BatchMode::Never, "more than 10000")] {
        let error = store(&server.url, mode).find(&app()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words) && error.hint().unwrap().contains("a longer prefix"), "{error}");
    }
    // Fourteen batches of 1.2 MB, eleven lists of a thousand, and nothing asked for one by one.
    assert_eq!(server.requests().len(), 14 + 11);
}

#[tokio::test]
async fn a_search_ends_before_the_calls_time_does() {
    for mode in MODES {
        let (secrets, server) = many(3);
        secrets.inject(Fault::hang());
        let store = store(&server.url(), mode);
        let end = tokio::time::Instant::now() + Duration::from_millis(600);
        let find = app();
        let found = Call::current().with_deadline(end).run(store.find(&find));
        let error: Error = tokio::time::timeout_at(end, found).await.expect("it ends by itself").unwrap_err();
        assert!(error.kind() == ErrorKind::Timeout && error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn a_search_tells_of_each_secret_once() {
    for (mode, find) in
        [(BatchMode::Auto, app()), (BatchMode::Never, app()), (BatchMode::Auto, app().with_tag("T", "v"))]
    {
        let (secrets, server) = many(45);
        (0..45).for_each(|n| secrets.tag(&numbered(n), &[("T", "v")]));
        let told = Arc::new(AtomicUsize::new(0));
        let counter = told.clone();
        let call = Call::current().with_observer(move |event| {
            if let StoreEvent::Answered { secrets } = event {
                counter.fetch_add(*secrets, Ordering::SeqCst);
            }
        });
        assert_eq!(names(call.run(store(&server.url(), mode).find(&find)).await).len(), 45);
        assert_eq!(told.load(Ordering::SeqCst), 45, "{mode}");
    }
}

#[tokio::test]
async fn a_search_goes_to_its_own_region() {
    let (secrets, server) = fake(&["team/app/here"]);
    secrets.in_region("us-east-1").create_text("team/app/there", "<team/app/there>");
    for mode in MODES {
        let find = app().with_region("us-east-1".parse().unwrap());
        assert_eq!(names(store(&server.url(), mode).find(&find).await), ["team/app/there"]);
        assert_eq!(names(store(&server.url(), mode).find(&app()).await), ["team/app/here"]);
    }
}

#[tokio::test]
async fn what_no_name_can_begin_with_is_refused_before_anything_is_asked() {
    let (secrets, server) = many(1);
    let store = store(&server.url(), BatchMode::Auto);
    let long = "x".repeat(513);
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/";
    for (prefix, words) in [
        (arn, "`:`"),
        ("team/*", "`*`"),
        ("team/$STAGE/", "variable"),
        ("\u{fc}ber/", "a name has letters"),
        ("team/\n", "`\\n`"),
        (&long, "512"),
    ] {
        let error = store.find(&Find::by_prefix(prefix)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words), "{error}");
    }
    let named = store.find(&app().with_store("payments".parse().unwrap())).await.unwrap_err();
    assert!(named.kind() == ErrorKind::Config && named.to_string().contains("`payments`"), "{named}");
    assert_requests(&secrets).none();
}

#[tokio::test]
async fn the_service_fails_as_one_and_without_a_text_of_its_own() {
    for (status, code, kind) in [
        ("500 Internal Server Error", "InternalServiceError", ErrorKind::ServiceUnavailable),
        ("400 Bad Request", "ExpiredTokenException", ErrorKind::CredentialsRejected),
        ("400 Bad Request", "ThrottlingException", ErrorKind::Throttled),
    ] {
        let server = Server::start(move |_, _, stream| {
            let body = json!({"__type": code, "Message": "hunter2"}).to_string();
            respond(stream, status, JSON, &body);
        });
        for mode in MODES {
            let error = store(&server.url, mode).find(&app()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(error.failures()[0].region().unwrap().as_str(), "eu-west-1");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
