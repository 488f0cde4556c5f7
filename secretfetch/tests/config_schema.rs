//! The JSON Schema of the configuration and the code that reads it, on the same texts: both accept, or both refuse.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use saphyr_parser::{Event, Parser, ScalarStyle};
use secretfetch::{Config, Plan};
use serde_json::{Map, Value};

/// The document as an editor's YAML reader sees it (YAML 1.2, core schema).
fn yaml(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            event => return node(event, &mut events),
        }
    }
}

fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => match &*text {
            "" | "~" | "null" => Value::Null,
            "true" => true.into(),
            "false" => false.into(),
            text => {
                let octal = text.strip_prefix("0o").and_then(|digits| u64::from_str_radix(digits, 8).ok());
                let decimal = || text.parse::<u64>().ok();
                octal.or_else(decimal).map_or_else(|| text.into(), Value::from)
            }
        },
        Event::Scalar(text, ..) => text.into_owned().into(),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return items.into(),
                    event => items.push(node(event, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut members = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return members.into(),
                    Event::Scalar(key, ..) => {
                        let event = events.next().unwrap();
                        members.insert(key.into_owned(), node(event, events));
                    }
                    event => panic!("{event:?} as a key"),
                }
            }
        }
        event => panic!("{event:?} in a configuration"),
    }
}

/// What the schema says of a text.
fn by_schema(text: &str) -> Result<(), String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("config.json", serde_json::from_str(Config::JSON_SCHEMA).unwrap()).unwrap();
    let schema = compiler.compile("config.json", &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    schemas.validate(&yaml(text), schema).map_err(|error| format!("{error:#}"))
}

/// What the program says of it.
fn by_program(text: &str) -> Result<(), String> {
    let plan = Config::from_text(text, Path::new("")).and_then(Plan::new);
    plan.map(|_| ()).map_err(|error| error.to_string())
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_configuration_of_the_documentation_and_the_examples_is_valid() {
    let mut texts = vec![fs::read_to_string(top().join("examples/quickstart/secretfetch.yaml")).unwrap()];
    for page in ["configuration", "formats", "kubernetes", "sources", "templates"] {
        let page = fs::read_to_string(top().join(format!("docs/{page}.md"))).unwrap();
        let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
        texts.extend(blocks.filter(|block| block.contains("\nfiles:") || block.starts_with("files:")));
    }
    assert!(texts.len() >= 2);
    for text in texts {
        by_program(&text).unwrap();
        by_schema(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    }
}

/// A configuration of one file, with these fields.
fn file(fields: &str) -> String {
    format!("files:\n  - {{{fields}}}\n")
}

fn with_file(fields: &str) -> String {
    format!("{fields}\nfiles:\n  - {{path: a, secretId: b}}\n")
}

#[test]
fn what_is_right_is_right_to_both() {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf";
    let right = [
        with_file("version: 1"),
        with_file("version: \"1\""),
        with_file("store: aws"),
        with_file("store: file:secrets.json"),
        with_file("store: {aws: {}}"),
        with_file("store: {aws: {roleArn: x, endpointUrl: \"http://localhost:4566\"}}"),
        with_file("store: {aws: {roleArn: x, externalId: acme-42}}"),
        with_file("region: ca-central-1\ndirectory: /secret\nlayout: plain\nbatch: never"),
        with_file("mode: \"0440\"\nowner: 1000"),
        with_file("mode: \"440\"\nowner: \"1000:2000\""),
        with_file("mode: \"0o400\"\ntimeout: 1m30s"),
        file("path: a, secretId: b"),
        file("path: 1, secretId: 2"),
        file("path: a/b.c/.d, secretId: b/c_d+e=f.g@h-i"),
        file("path: a, secretId: rds!db-1f2e"),
        file(&format!("path: a, secretId: \"{arn}\"")),
        file(
            "path: a, secretId: \"arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:redshift!x-AbCdEf\"",
        ),
        file("path: ., secretId: b, format: files"),
        file("path: a, secretId: b, template: \"x={{ y | raw }}\""),
        file("path: a, secretId: b, format: template, template: \"\", nulls: empty, flatten: true, separator: _"),
        file("path: a, secretId: b, template: \"<% y | url %>\", delimiters: [\"<%\", \"%>\"]"),
        file("path: a, find: {prefix: b/}, template: \"{{ c | json }}\""),
        file("path: a, secretId: b, format: properties"),
        file("path: a, secretId: b, format: properties, dialect: spring, flatten: false, nulls: empty"),
        file("path: a, secretId: b, format: env, dialect: npm-dotenv, flatten: \"true\", separator: __"),
        file("path: a, secretId: b, format: yaml, keys: {A: b, C: 1}"),
        file("path: a, secretId: b, format: json, keys: [a, b.c]"),
        file("path: a, secretId: b, format: env, keyStyle: upper-snake, prefix: A_, optional: true"),
        file("path: a, secretId: b, format: env, as: A"),
        file("path: a, secretId: b, key: c, mode: \"0400\", owner: \"0\", nulls: refuse"),
        with_file(
            "stores: {payments: {aws: {roleArn: x, externalId: y, region: us-east-1, profile: p, endpointUrl: z}}}",
        ),
        with_file("stores: {payments: {aws: {failover: {region: us-west-2, endpointUrl: z}}}}"),
        with_file("stores: {settings: {ssm: {region: eu-central-1, roleArn: x, failover: {region: us-west-2}}}}"),
        with_file("store: ssm"),
        with_file("watch: {}"),
        with_file("watch: {interval: 30s, settle: 2s, maxStale: 15m, listen: \":8080\"}"),
        with_file(
            "watch: {onChange: [{signal: {name: HUP, process: nginx}}, {signal: {name: SIGUSR1, pidFile: nginx.pid}}]}",
        ),
        with_file("watch: {onChange: [{exec: {command: [/app/reload, --now], timeout: 5s}}]}"),
        with_file(
            "watch: {onChange: [{http: {url: \"http://127.0.0.1:8080/actuator/refresh\", method: PUT, timeout: 1s, \
             headers: {X-From: secretfetch}}}]}",
        ),
        "environment: {secretId: b}".to_owned(),
        with_file(
            "environment: {secretId: b, keys: {A: b}, onConflict: keep, nulls: omit, flatten: true, separator: __}",
        ),
        with_file(
            "environment: {find: {prefix: team/}, keyStyle: upper-snake, prefix: A_, store: aws, region: us-east-1}",
        ),
        with_file(
            "environment: {onConflict: refuse, from: [{secretId: b, as: URL, decode: base64}, {secretId: c, optional: true}]}",
        ),
        with_file("stores: {bundles: {s3: {bucket: acme}}}"),
        with_file(
            "stores: {bundles: {s3: {bucket: acme, bucketOwner: 123456789012, addressing: path, maxBytes: 2097152, \
             failover: {region: us-west-2, bucket: acme-replica}}}}",
        ),
        file("path: a, secretId: /team/db, store: ssm, versionId: 3"),
        with_file("stores: {aws: {aws: {region: us-east-1}}}\nstore: aws"),
        with_file("stores: {dev: {file: {path: x.json}}}\nstore: dev"),
        with_file("store: {file: {path: x.json}}"),
        with_file("stores: {web: {https: {url: \"https://a.example/x/\"}}}\nstore: web"),
        with_file(
            "stores: {web: {https: {url: \"http://localhost:8080\", maxBytes: 10, headers: {Accept: a/b, X-A: 1}}}}\nstore: web",
        ),
        with_file(
            "stores: {web: {https: {url: \"https://a.example\", bearer: {secretId: a, store: aws, key: b}}}}\nstore: web",
        ),
        with_file(
            "stores: {web: {https: {url: \"https://a.example\", caBundle: ca.pem, basic: {username: a, password: {secretId: b, store: aws}}, clientCertificate: {certificate: {secretId: c, store: aws}, privateKey: {secretId: d, store: aws}}}}}\nstore: web",
        ),
        with_file(
            "stores: {web: {https: {url: \"https://a.example\", basic: {username: {secretId: a, store: aws}, password: {secretId: b, store: aws}}}}}\nstore: web",
        ),
        file("path: a, secretId: b, store: aws"),
        file("path: a, secretId: any name at all, store: \"file:secrets.json\""),
        file("path: a, secretId: b, versionStage: AWSPREVIOUS, region: eu-west-1"),
        file("path: a, secretId: b, versionId: 01234567-89ab-cdef-0123-456789abcdef"),
        file("path: a, format: env, from: [{secretId: b, optional: false}, {secretId: c, as: C}]"),
        file("path: a, secretId: b, key: c, decode: base64url"),
        file(&format!("path: a, secretId: b, sha256: \"{}\"", "0aF9".repeat(16))),
        file("path: a, format: json, store: \"file:x\", find: {prefix: b/}, decode: hex, keys: [c]"),
        file("path: a, format: json, from: [{store: \"file:x\", find: {prefix: 1}}, {secretId: b}]"),
    ];
    for text in right {
        by_program(&text).unwrap_or_else(|error| panic!("program: {error}\n{text}"));
        by_schema(&text).unwrap_or_else(|error| panic!("schema: {error}\n{text}"));
    }
}

#[test]
fn what_is_wrong_is_wrong_to_both() {
    let long = "x".repeat(2049);
    let wrong = [
        "version: 1".to_owned(),
        "files: []".to_owned(),
        "files: {}".to_owned(),
        "files:".to_owned(),
        "hello".to_owned(),
        "[1]".to_owned(),
        with_file("version: 2"),
        with_file("watch: 5m"),
        with_file("watch: {intervall: 5m}"),
        with_file("watch: {interval: 0s}"),
        with_file("watch: {onChange: []}"),
        with_file("watch: {onChange: [nginx]}"),
        with_file("watch: {onChange: [{}]}"),
        with_file("watch: {onChange: [{signal: {name: HUP, process: a}, exec: {command: [a]}}]}"),
        with_file("watch: {onChange: [{mail: {to: x}}]}"),
        with_file("watch: {onChange: [{signal: {name: KILL, process: a}}]}"),
        with_file("watch: {onChange: [{signal: {name: HUP}}]}"),
        with_file("watch: {onChange: [{signal: {name: HUP, process: a, pidFile: b}}]}"),
        with_file("watch: {onChange: [{signal: {name: HUP, process: a/b}}]}"),
        with_file("watch: {onChange: [{exec: {command: reload}}]}"),
        with_file("watch: {onChange: [{exec: {command: []}}]}"),
        with_file("watch: {onChange: [{http: {url: \"https://localhost/\"}}]}"),
        with_file("watch: {onChange: [{http: {method: POST}}]}"),
        with_file("watch: {onChange: [{http: {url: \"http://localhost/\", method: DELETE}}]}"),
        "environment: {}".to_owned(),
        "environment: [b]".to_owned(),
        "environment:".to_owned(),
        with_file("environment: {secretId: b, path: a}"),
        with_file("environment: {secretId: b, format: env}"),
        with_file("environment: {secretId: b, key: c}"),
        with_file("environment: {secretId: b, onConflict: fail}"),
        with_file("environment: {secretId: b, mode: \"0400\"}"),
        with_file("environment: {keys: {A: b}, from: [{secretId: c}]}"),
        with_file("environment: {from: []}"),
        with_file("environment: {find: {prefix: team/}, as: A}"),
        with_file("version:"),
        with_file("regoin: eu-west-1"),
        with_file("store: s3"),
        with_file("store: \"file:\""),
        with_file("store: \"\""),
        with_file("store: {aws: {role: x}}"),
        with_file("store: {aws: {}, file: {path: x}}"),
        with_file("store: {file: {}}"),
        with_file("stores: {}"),
        with_file("stores: [payments]"),
        with_file("stores: {payments: aws}"),
        with_file("stores: {payments: {s4: {}}}"),
        with_file("stores: {payments: {aws: {url: x}}}"),
        with_file("stores: {two words: {aws: {}}}"),
        with_file("stores: {web: {https: {}}}\nstore: web"),
        with_file("stores: {web: {https: {url: a.example}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://user@a.example\"}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example/?x\"}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example\", headers: {\"a b\": c}}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example\", bearer: token}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example\", bearer: {key: token}}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example\", basic: {username: a}}}}\nstore: web"),
        with_file("stores: {web: {https: {url: \"https://a.example\", maxBytes: 20000000}}}\nstore: web"),
        with_file("stores: {\"file:x\": {aws: {}}}"),
        file("path: a, secretId: b, format: template"),
        file("path: a, secretId: b, format: json, template: x"),
        file("path: a, secretId: b, template: x, templateFile: y"),
        file("path: a, secretId: b, template: x, dialect: java"),
        file("path: a, secretId: b, template: x, key: y"),
        file("path: a, secretId: b, template: x, nulls: omit"),
        file("path: a, secretId: b, template: [x]"),
        file("path: a, secretId: b, delimiters: [\"<%\", \"%>\"]"),
        file("path: a, secretId: b, template: x, delimiters: [\"<%\"]"),
        file("path: a, secretId: b, template: x, delimiters: [a, b]"),
        file("path: a, secretId: b, template: x, delimiters: [\"%\", \"%\"]"),
        file("path: a, secretId: b, template: x, delimiters: \"<%\""),
        file("path: a, secretId: b, store: two words"),
        file("path: a, secretId: b, store: {aws: {}}"),
        file("path: a, from: [{secretId: c}], store: aws"),
        with_file("store: {file: x}"),
        with_file("store: {}"),
        with_file("store: {aws: }"),
        with_file("store: [aws]"),
        with_file("region: EU West"),
        with_file("region: -a"),
        with_file("directory: [a]"),
        with_file("layout: flat"),
        with_file("batch: always"),
        with_file("mode: 0440"),
        with_file("mode: 0o440"),
        with_file("mode: \"888\""),
        with_file("mode: \"4755\""),
        with_file("mode: \"44\""),
        with_file("owner: root"),
        with_file("owner: \"1:\""),
        with_file("owner: 4294967295"),
        with_file("timeout: 60"),
        with_file("timeout: 0s"),
        with_file("timeout: 0m0s"),
        with_file("timeout: 1d"),
        with_file("timeout: -1s"),
        file("path: a"),
        file("secretId: b"),
        file("path: a, secretId: b, formt: raw"),
        file("path: a, find: {prefix: b}, format: netrc"),
        file("path: a, secretId: b, format: ini"),
        file("path: a, secretId: b, format: env, dialect: java"),
        file("path: a, secretId: b, format: env, dialect: dockr"),
        file("path: a, secretId: b, format: properties, dialect: docker"),
        file("path: a, secretId: b, format: json, dialect: docker"),
        file("path: a, secretId: b, dialect: docker"),
        file("path: /a, secretId: b"),
        file("path: ../a, secretId: b"),
        file("path: a/../b, secretId: b"),
        file("path: ./a, secretId: b"),
        file("path: a//b, secretId: b"),
        file("path: a/, secretId: b"),
        file("path: \"\", secretId: b"),
        file("path: {a: b}, secretId: b"),
        file("path: a, secretId: \"\""),
        file(&format!("path: a, secretId: {long}")),
        file("path: a, secretId: [b]"),
        file("path: a, secretId: b, from: [{secretId: c}]"),
        file("path: a, from: [{secretId: c}], prefix: x"),
        file("path: a, format: env, from: []"),
        file("path: a, format: env, from: {secretId: c}"),
        file("path: a, format: env, from: [{prefix: c}]"),
        file("path: a, format: env, from: [{secretId: c, path: d}]"),
        file("path: a, secretId: b, format: env, nulls: keep"),
        file("path: a, secretId: b, format: env, flatten: yes"),
        file("path: a, secretId: b, optional: maybe"),
        file("path: a, secretId: b, format: env, keys: {}"),
        file("path: a, secretId: b, format: env, keys: []"),
        file("path: a, secretId: b, format: env, keys: A"),
        file("path: a, secretId: b, format: env, keys: {A: {b: c}}"),
        file("path: a, secretId: b, format: env, keys: {A: }"),
        file("path: a, secretId: b, format: env, keyStyle: camel"),
        file("path: a, secretId: b, format: env, prefix:"),
        file("path: a, secretId: b, versionId: two words"),
        file("path: a, secretId: b, versionStage: \"a b\""),
        with_file("stores: {settings: {ssm: {bucket: acme}}}"),
        with_file("stores: {bundles: {s3: {}}}"),
        with_file("stores: {bundles: {s3: {bucket: a b}}}"),
        with_file("stores: {bundles: {s3: {bucket: acme, bucketOwner: me}}}"),
        with_file("stores: {bundles: {s3: {bucket: acme, addressing: host}}}"),
        with_file("stores: {bundles: {s3: {bucket: acme, maxBytes: 0}}}"),
        with_file("stores: {bundles: {s3: {bucket: acme, maxBytes: 16777217}}}"),
        with_file("stores: {payments: {aws: {failover: us-west-2}}}"),
        with_file("stores: {payments: {aws: {failover: {}}}}"),
        with_file("stores: {payments: {aws: {failover: {region: us-west-2, bucket: acme}}}}"),
        with_file("stores: {payments: {aws: {failover: {region: us west}}}}"),
        file("path: a, secretId: b, decode: base32"),
        file("path: a, secretId: b, sha256: abc"),
        file(&format!("path: a, secretId: b, sha256: \"{}\"", "g".repeat(64))),
        file("path: a, format: json, store: \"file:x\", find: {}"),
        file("path: a, format: json, store: \"file:x\", find: b"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: \"\"}"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: [b]}"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: b, tags: {}}"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: b, tags: {Team: [c]}}"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: b, tags: [Team]}"),
        file("path: a, format: json, store: \"file:x\", find: {perfix: b}"),
        file("path: a, format: json, store: \"file:x\", secretId: b, find: {prefix: b}"),
        file("path: a, format: json, store: \"file:x\", find: {prefix: b}, versionStage: c"),
        file("path: a, format: json, find: {prefix: b}, from: [{secretId: c}]"),
        file("path: a, secretId: b, versionStage: \"\""),
    ];
    for text in wrong {
        assert!(by_program(&text).is_err(), "the program accepts:\n{text}");
        assert!(by_schema(&text).is_err(), "the schema accepts:\n{text}");
    }
}

/// What depends on the store that a secret is in.
#[test]
fn what_a_schema_cannot_say_the_program_does() {
    for text in [
        file("path: a, secretId: b, template: \"{{ y }}\""),
        file("path: a, secretId: b, templateFile: no-such-file"),
        file("path: a, secretId: b, keys: [x], template: \"{{ y | raw }}\""),
        file("path: a, secretId: b c"),
        file("path: a, secretId: \"arn:aws:s3:::bucket\""),
        file("path: a, secretId: \"arn:aws:secretsmanager:us-east-1:12345:secret:x\""),
        file("path: a, secretId: b, versionId: short"),
        file("path: a, secretId: \"/a:3\", store: ssm"),
        file("path: a, secretId: /a, store: ssm, versionId: x"),
        file("path: a, secretId: b, store: payments"),
        with_file("stores: {payments: {aws: {}}}\nstore: payment"),
        with_file("stores: {aws: {file: {path: x}}}"),
        with_file("stores: {aws: {aws: {}}}\nstore: {aws: {}}"),
    ] {
        by_schema(&text).unwrap_or_else(|error| panic!("schema: {error}\n{text}"));
        assert!(by_program(&text).is_err(), "the program accepts:\n{text}");
    }
}
