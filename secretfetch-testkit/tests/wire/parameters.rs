//! Parameter Store: what each operation answers, who may, and what faults do.

use std::time::Duration;

use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager, Fault, Iam, IamPolicy, Operation, assert_requests};
use serde_json::{Value, json};

use crate::client::Client;
use crate::serving;
use crate::signer::{Signer, post};

const ANYONE: &str = "arn:aws:sts::123456789012:assumed-role/app/i-0";
const ARN: &str = "arn:aws:ssm:ca-central-1:123456789012:parameter";
const KEY: &str = "arn:aws:kms:ca-central-1:123456789012:key/11111111-1111-4111-8111-111111111111";

async fn call(server: &FakeSecretsManager, operation: &str, input: Value) -> (u16, Value) {
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/ca-central-1/ssm/aws4_request, \
                         SignedHeaders=host;x-amz-date, Signature=0123abcd";
    let target = format!("AmazonSSM.{operation}");
    let headers = [("authorization", authorization), ("x-amz-target", target.as_str())];
    let answer = Client::connect(server).await.request(operation, &input.to_string(), &headers).await.unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn refused(kind: &str, message: &str) -> (u16, Value) {
    (400, json!({"__type": kind, "message": message}))
}

/// The values of an answer's parameters, by name.
fn values(answer: &(u16, Value)) -> Vec<(&str, &str)> {
    let parameters = answer.1["Parameters"].as_array().unwrap_or_else(|| panic!("{answer:?}"));
    parameters.iter().map(|one| (one["Name"].as_str().unwrap(), one["Value"].as_str().unwrap())).collect()
}

fn enforce(store: &FakeSecretStore, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    store.enforce(Iam::new().with_identity_policy(policy.parse::<IamPolicy>().unwrap()).unwrap());
}

#[tokio::test]
async fn a_parameter_is_read_by_name_arn_number_and_label() {
    let server = serving(0);
    let store = server.store();
    store.set_time(std::time::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250));
    store.put_parameter("/team/port", "1");
    store.put_parameter("/team/port", "2");
    store.label_parameter("/team/port", 1, &["stable"]);
    let expected = |version: u32, selector: Option<&str>| {
        let mut parameter = json!({
            "ARN": format!("{ARN}/team/port"),
            "DataType": "text",
            "LastModifiedDate": 1_700_000_000.25,
            "Name": "/team/port",
            "Type": "String",
            "Value": version.to_string(),
            "Version": version,
        });
        if let Some(selector) = selector {
            parameter["Selector"] = json!(selector);
        }
        (200, json!({ "Parameter": parameter }))
    };
    for (name, expected) in [
        ("/team/port".to_owned(), expected(2, None)),
        (store.parameter_arn("/team/port"), expected(2, None)),
        ("/team/port:1".to_owned(), expected(1, Some(":1"))),
        ("/team/port:stable".to_owned(), expected(1, Some(":stable"))),
        (format!("{ARN}/team/port:stable"), expected(1, Some(":stable"))),
    ] {
        assert_eq!(call(&server, "GetParameter", json!({"Name": name})).await, expected, "{name}");
    }
}

#[tokio::test]
async fn get_parameter_refuses_in_the_services_words() {
    let server = serving(0);
    server.store().put_parameter("a", "1");
    server.store().in_region("us-east-1").put_parameter("elsewhere", "1");
    for (input, expected) in [
        (json!({"Name": "absent"}), refused("ParameterNotFound", "")),
        (json!({"Name": "elsewhere"}), refused("ParameterNotFound", "")),
        (json!({"Name": "arn:aws:ssm:us-east-1:123456789012:parameter/elsewhere"}), refused("ParameterNotFound", "")),
        (
            json!({"Name": "a:9"}),
            refused(
                "ParameterVersionNotFound",
                "Systems Manager could not find version 9 of a. Verify the version and try again.",
            ),
        ),
        (
            json!({}),
            refused(
                "ValidationException",
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
            ),
        ),
    ] {
        assert_eq!(call(&server, "GetParameter", input.clone()).await, expected, "{input}");
    }
    for name in ["a:nowhere", "a b", "a:1:2", "", "\u{0}", &"x".repeat(2049)] {
        let (status, body) = call(&server, "GetParameter", json!({"Name": name})).await;
        let kind = if name == "a:nowhere" { "ParameterVersionNotFound" } else { "ValidationException" };
        assert_eq!((status, &body["__type"]), (400, &json!(kind)), "{name}");
    }
}

#[tokio::test]
async fn a_secure_string_is_plain_only_if_it_is_decrypted() {
    let server = serving(0);
    let store = server.store();
    store.put_secure_parameter("/db/password", "s3cr3t-plain-value");
    store.put_list_parameter("/db/hosts", &["a", "b"]);
    for (operation, input) in [
        ("GetParameter", json!({"Name": "/db/password"})),
        ("GetParameters", json!({"Names": ["/db/password"]})),
        ("GetParametersByPath", json!({"Path": "/db"})),
        ("GetParameterHistory", json!({"Name": "/db/password"})),
    ] {
        for (decryption, shown) in [(json!(null), false), (json!(false), false), (json!(true), true)] {
            let mut input = input.clone();
            input["WithDecryption"] = decryption;
            let (status, body) = call(&server, operation, input.clone()).await;
            let body = body.to_string();
            assert_eq!((status, body.contains("s3cr3t-plain-value")), (200, shown), "{operation} {input}");
            assert_eq!(body.contains("AQICAHh") || body.contains("AQICAH"), !shown, "{operation} {input}");
            assert!(body.contains("SecureString"));
        }
    }
    let (_, body) = call(&server, "GetParameter", json!({"Name": "/db/hosts"})).await;
    assert_eq!((&body["Parameter"]["Type"], &body["Parameter"]["Value"]), (&json!("StringList"), &json!("a,b")));
}

#[tokio::test]
async fn get_parameters_answers_what_is_there_and_names_the_rest() {
    let server = serving(0);
    let store = server.store();
    for name in ["b", "a"] {
        store.put_parameter(name, format!("{name}1"));
        store.put_parameter(name, format!("{name}2"));
    }
    let names = json!(["b:1", "absent", "a", "a:9", "b"]);
    let answer = call(&server, "GetParameters", json!({ "Names": names })).await;
    assert_eq!(values(&answer), [("a", "a2"), ("b", "b1"), ("b", "b2")]);
    assert_eq!(answer.1["InvalidParameters"], json!(["a:9", "absent"]));
    assert_eq!(answer.1["Parameters"][1]["Selector"], ":1");

    let many: Vec<String> = (0..11).map(|n| format!("n{n}")).collect();
    assert_eq!(call(&server, "GetParameters", json!({"Names": many[..10]})).await.0, 200);
    for names in [json!(many), json!([]), json!(["a", "a"]), json!(["a", ""]), Value::Null] {
        let (status, body) = call(&server, "GetParameters", json!({ "Names": names })).await;
        assert_eq!((status, &body["__type"]), (400, &json!("ValidationException")), "{names}");
    }
}

#[tokio::test]
async fn a_path_is_read_page_by_page() {
    let server = serving(0);
    let store = server.store();
    for n in 0..23 {
        store.put_parameter(&format!("/team/app/p{n:02}"), n.to_string());
    }
    for name in ["/team/app", "/team/app/deep/er", "/team/app2/x", "flat"] {
        store.put_parameter(name, "x");
    }
    let read = async |mut input: Value| {
        let (mut sizes, mut names) = (Vec::new(), Vec::new());
        loop {
            let answer = call(&server, "GetParametersByPath", input.clone()).await;
            let page = values(&answer);
            sizes.push(page.len());
            names.extend(page.iter().map(|(name, _)| (*name).to_owned()));
            match answer.1.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => break (sizes, names),
            }
        }
    };
    let (sizes, names) = read(json!({"Path": "/team/app"})).await;
    assert_eq!(sizes, [10, 10, 3]);
    assert!(names.iter().all(|name| name.starts_with("/team/app/p")) && names.is_sorted(), "{names:?}");
    let (sizes, names) = read(json!({"Path": "/team/app/", "Recursive": true, "MaxResults": 8})).await;
    assert_eq!((sizes, names[0].as_str()), (vec![8, 8, 8], "/team/app/deep/er"));
    assert_eq!(read(json!({"Path": "/absent"})).await.1, Vec::<String>::new());
    assert_eq!(read(json!({"Path": "/"})).await.1, ["flat"]);
    // The service may send pages that are empty.
    server.paginate(&[0, 2, 0]);
    assert_eq!(read(json!({"Path": "/team/app"})).await.0, [0, 2, 0, 10, 10, 1]);

    for (input, kind) in [
        (json!({"Path": "team"}), "ValidationException"),
        (json!({"Path": ""}), "ValidationException"),
        (json!({}), "ValidationException"),
        (json!({"Path": "/team", "MaxResults": 11}), "ValidationException"),
        (json!({"Path": "/team", "MaxResults": 0}), "ValidationException"),
        (json!({"Path": "/team", "NextToken": "made up"}), "InvalidNextToken"),
    ] {
        let (status, body) = call(&server, "GetParametersByPath", input.clone()).await;
        assert_eq!((status, &body["__type"]), (400, &json!(kind)), "{input}");
    }
}

#[tokio::test]
async fn parameters_are_put_labelled_and_deleted_over_the_wire() {
    let server = serving(0);
    let put = json!({"Name": "/a/b", "Value": "1", "Type": "SecureString"});
    assert_eq!(call(&server, "PutParameter", put.clone()).await, (200, json!({"Version": 1, "Tier": "Standard"})));
    let taken = call(&server, "PutParameter", put).await;
    assert_eq!(taken.1["__type"], "ParameterAlreadyExists");
    let again = json!({"Name": "/a/b", "Value": "2", "Overwrite": true});
    assert_eq!(call(&server, "PutParameter", again).await.1["Version"], 2);
    let other = json!({"Name": "/a/b", "Value": "2", "Type": "String", "Overwrite": true});
    assert_eq!(call(&server, "PutParameter", other).await.1["__type"], "HierarchyTypeMismatchException");

    let labels = json!({"Name": "/a/b", "ParameterVersion": 1, "Labels": ["live", "1st", "aws-x"]});
    let (_, labelled) = call(&server, "LabelParameterVersion", labels).await;
    assert_eq!(labelled, json!({"InvalidLabels": ["1st", "aws-x"], "ParameterVersion": 1}));
    // A label is on one version only.
    call(&server, "LabelParameterVersion", json!({"Name": "/a/b", "Labels": ["live"]})).await;
    let (_, history) = call(&server, "GetParameterHistory", json!({"Name": "/a/b", "WithDecryption": true})).await;
    let history: Vec<_> = history["Parameters"].as_array().unwrap().iter().collect();
    assert_eq!((&history[0]["Value"], &history[0]["Labels"]), (&json!("1"), &json!([])));
    assert_eq!((&history[1]["Value"], &history[1]["Labels"]), (&json!("2"), &json!(["live"])));
    assert_eq!(history[1]["KeyId"], "alias/aws/ssm");

    assert_eq!(call(&server, "DeleteParameter", json!({"Name": "/a/b"})).await, (200, json!({})));
    assert_eq!(call(&server, "DeleteParameter", json!({"Name": "/a/b"})).await.1["__type"], "ParameterNotFound");
    server.store().put_parameter("c", "1");
    let (_, deleted) = call(&server, "DeleteParameters", json!({"Names": ["c", "absent"]})).await;
    assert_eq!(deleted, json!({"DeletedParameters": ["c"], "InvalidParameters": ["absent"]}));
}

#[tokio::test]
async fn a_value_keeps_to_the_limits_of_its_tier() {
    let server = serving(0);
    for (length, tier, answered) in [
        (4096, json!(null), json!("Standard")),
        (4097, json!(null), json!(null)),
        (4097, json!("Advanced"), json!("Advanced")),
        (8192, json!("Intelligent-Tiering"), json!("Advanced")),
        (8193, json!("Advanced"), json!(null)),
        (1, json!("Golden"), json!(null)),
        (0, json!(null), json!(null)),
    ] {
        let value = "\u{e9}".repeat(length);
        let name = format!("n{length}{}", tier.as_str().unwrap_or_default());
        let input = json!({"Name": name, "Value": value, "Type": "String", "Tier": tier});
        let (_, body) = call(&server, "PutParameter", input).await;
        assert_eq!(body["Tier"], answered, "{length} {tier}");
        assert!(length < 2 || !body.to_string().contains(&value), "a refusal shows the value");
    }
    let back = json!({"Name": "n4097Advanced", "Value": "x", "Overwrite": true, "Tier": "Standard"});
    assert_eq!(call(&server, "PutParameter", back).await.1["__type"], "ValidationException");
}

#[tokio::test]
async fn policies_decide_who_may_read_parameters() {
    let server = serving(0);
    let store = server.store();
    store.put_parameter("/team/a", "1");
    store.put_parameter("/team/b", "2");
    let denied = |operation: &str, resource: &str| {
        let action = format!("ssm:{operation}");
        let why = format!("because no identity-based policy allows the {action} action");
        let message =
            format!("User: {ANYONE} is not authorized to perform: {action} on resource: {ARN}/{resource} {why}");
        refused("AccessDeniedException", &message)
    };
    enforce(
        store,
        &json!([{
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters"],
            "Resource": format!("{ARN}/team/a"),
        }]),
    );
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/team/a:1"})).await.0, 200);
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/team/b"})).await, denied("GetParameter", "team/b"));
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/absent"})).await, denied("GetParameter", "absent"));
    // One that is denied takes the others with it.
    let both = json!({"Names": ["/team/a", "/team/b"]});
    assert_eq!(call(&server, "GetParameters", both).await, denied("GetParameters", "team/b"));
    let path = json!({"Path": "/team"});
    assert_eq!(call(&server, "GetParametersByPath", path.clone()).await, denied("GetParametersByPath", "team"));

    // Who may read a path may read below it, whatever is said of that.
    enforce(
        store,
        &json!([
            {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": format!("{ARN}/team")},
            {"Effect": "Deny", "Action": "ssm:*", "Resource": format!("{ARN}/team/b")},
        ]),
    );
    assert_eq!(values(&call(&server, "GetParametersByPath", path).await).len(), 2);
}

#[tokio::test]
async fn a_customers_key_needs_decrypt_and_the_services_own_does_not() {
    let server = serving(0);
    let store = server.store();
    store.put_secure_parameter("/own", "1");
    store.put_secure_parameter_with_key("/customer", "2", KEY);
    let read = json!({"Effect": "Allow", "Action": "ssm:Get*", "Resource": "*"});
    let decrypt = |via: &str, context: &str| {
        json!({
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {
                "StringEquals": {"kms:ViaService": via, "kms:EncryptionContext:PARAMETER_ARN": format!("{ARN}/{context}")},
            },
        })
    };
    let get = |name: &str, decryption: bool| json!({"Name": name, "WithDecryption": decryption});
    let via = "ssm.ca-central-1.amazonaws.com";
    for (statements, allowed) in [
        (json!([read]), false),
        (json!([read, decrypt(via, "customer")]), true),
        (json!([read, decrypt(via, "other")]), false),
        (json!([read, decrypt("secretsmanager.ca-central-1.amazonaws.com", "customer")]), false),
    ] {
        enforce(store, &statements);
        let status = if allowed { 200 } else { 400 };
        assert_eq!(call(&server, "GetParameter", get("/own", true)).await.0, 200, "{statements}");
        assert_eq!(call(&server, "GetParameter", get("/customer", false)).await.0, 200, "{statements}");
        let answers = [
            call(&server, "GetParameter", get("/customer", true)).await,
            call(&server, "GetParameters", json!({"Names": ["/own", "/customer"], "WithDecryption": true})).await,
            call(&server, "GetParametersByPath", json!({"Path": "/", "WithDecryption": true})).await,
        ];
        for (answered, body) in answers {
            assert_eq!(answered, status, "{statements} {body}");
            if !allowed {
                assert_eq!(body["__type"], "AccessDeniedException");
                assert!(body["message"].as_str().unwrap().contains("(Service: AWSKMS;"), "{body}");
            }
        }
    }
}

#[tokio::test]
async fn faults_befall_the_parameters_that_they_are_for() {
    let server = serving(1);
    let store = server.store();
    store.put_parameter("/a", "1");
    store.put_parameter("/b", "1");
    store.inject(Fault::throttled().on("a"));
    let throttled = refused("ThrottlingException", "Rate exceeded");
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/a:1"})).await, throttled);
    assert_eq!(call(&server, "GetParameter", json!({"Name": format!("{ARN}/a")})).await, throttled);
    assert_eq!(call(&server, "GetParameters", json!({"Names": ["/b", "/a"]})).await, throttled);
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/b"})).await.0, 200);
    assert_eq!(call(&server, "GetParameters", json!({"Names": ["/b"]})).await.0, 200);
    store.clear_faults();

    let message = "An error occurred on the server side.";
    for (fault, status, kind) in [
        (Fault::internal_error(), 500, "InternalServerError"),
        (Fault::unavailable(), 503, "ServiceUnavailable"),
        (Fault::access_denied(), 400, "AccessDeniedException"),
        (Fault::kms_access_denied(), 400, "AccessDeniedException"),
        (Fault::expired_token(), 400, "ExpiredTokenException"),
    ] {
        store.inject(fault.clone().on_operation(Operation::GetParameters).once());
        let (answered, body) = call(&server, "GetParameters", json!({"Names": ["/a"]})).await;
        assert_eq!((answered, &body["__type"]), (status, &json!(kind)), "{fault}");
        if kind == "InternalServerError" {
            assert_eq!(body["Message"], message);
        }
        assert_eq!(call(&server, "GetParameters", json!({"Names": ["/a"]})).await.0, 200, "{fault}");
    }
    store.inject(Fault::access_denied().once());
    let (_, body) = call(&server, "GetParameter", json!({"Name": "/a"})).await;
    assert!(body["message"].as_str().unwrap().contains(&format!("ssm:GetParameter on resource: {ARN}/a ")), "{body}");
}

#[tokio::test]
async fn requests_for_parameters_are_written_down() {
    let server = serving(0);
    server.store().put_parameter("/a", "1");
    call(&server, "GetParameters", json!({"Names": ["/a:1", "/b"]})).await;
    call(&server, "GetParametersByPath", json!({"Path": "/"})).await;
    let requests = server.requests();
    assert_eq!(requests[0].to_string(), r#"GetParameters "/a:1", "/b" in ca-central-1, on connection 1"#);
    assert_eq!(
        (requests[1].operation, requests[1].secret_ids.as_slice()),
        (Operation::GetParametersByPath, &["/".to_owned()][..])
    );
    assert_requests(server.store()).by(Operation::GetParameters).for_secret("a").exactly(1);
}

#[tokio::test]
async fn parameters_of_one_region_are_not_in_another_and_a_reset_takes_them() {
    let server = serving(0);
    server.store().in_region("eu-west-1").put_parameter("/a", "1");
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/a"})).await.1["__type"], "ParameterNotFound");
    server.store().put_parameter("/a", "1");
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/a"})).await.0, 200);
    server.store().reset();
    assert_eq!(call(&server, "GetParameter", json!({"Name": "/a"})).await.1["__type"], "ParameterNotFound");
}

#[tokio::test]
async fn a_signature_is_for_the_service_that_is_asked() {
    let server = serving(0);
    server.store().put_parameter("/a", "1");
    let key = server.store().create_access_key("arn:aws:iam::123456789012:user/alice");
    server.require_signatures();
    let signer = Signer::from(&key);
    let body = r#"{"Name":"/a"}"#;
    for (service, target, status, kind) in [
        ("ssm", "AmazonSSM.GetParameter", 200, None),
        ("secretsmanager", "AmazonSSM.GetParameter", 400, Some("InvalidSignatureException")),
        ("ssm", "secretsmanager.GetSecretValue", 400, Some("InvalidSignatureException")),
        ("ssm", "AmazonSSM.GetSecretValue", 400, Some("UnknownOperationException")),
        ("secretsmanager", "secretsmanager.GetParameter", 400, Some("UnknownOperationException")),
    ] {
        let extra = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let answer = post(&server, &signer.headers(service, &extra, body), body).await;
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, json["__type"].as_str()), (status, kind), "{service} {target}");
    }
}
