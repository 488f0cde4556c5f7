//! Hostile and huge input under an address-space limit of 64 MiB: refused by a bound that is named, never by the system.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::scene::{Outcome, Scene};

/// A file of zeros that takes no space.
fn sparse(scene: &Scene, name: &str, bytes: u64) {
    File::create(scene.path(name)).unwrap().set_len(bytes).unwrap();
}

fn store(scene: &Scene, secret: &str) {
    scene.write("secrets.json", serde_json::json!({ "s": secret }).to_string());
}

/// Runs the binary with arguments and redirections as a shell takes them.
fn run(scene: &Scene, arguments: &str, variables: &[(&str, &str)]) -> Outcome {
    scene.shell(&format!("ulimit -v 65536; exec \"$0\" {arguments}")).variables(variables.iter().copied()).run()
}

#[track_caller]
fn assert_refuses(scene: &Scene, arguments: &str, variables: &[(&str, &str)], code: i32, bound: &str) {
    run(scene, arguments, variables).assert_fails(code, &[bound]);
}

/// `{"a":{"a":…}}`, with `leaves` in the middle.
fn nested(key: &str, depth: usize, leaves: &str) -> String {
    format!("{}{leaves}{}", format!("{{\"{key}\":").repeat(depth), "}".repeat(depth))
}

#[test]
fn a_secret_is_refused_before_what_it_would_become_is_there() {
    let scene = Scene::new();
    let zeros = format!("[{}0]", "0,".repeat(30_000));
    let fetch = "fetch --store file:secrets.json --secret-id s --output -";
    // As long as its depth, times its leaves: half a gigabyte of names.
    store(&scene, &nested(&"k".repeat(100), 200, &zeros));
    assert_refuses(&scene, &format!("{fetch} --format properties"), &[], 6, "2 MiB");
    assert_refuses(&scene, &format!("{fetch} --format env --flatten=true"), &[], 6, "2 MiB");
    // The nearest names are looked for among some of them.
    assert_refuses(&scene, &format!("{fetch} --format json --key x=nothing"), &[], 3, "no such key");
    store(&scene, &format!("{{\"a\":[{}0]}}", "0,".repeat(500_000)));
    assert_refuses(&scene, &format!("{fetch} --format json"), &[], 6, "100000 values");
    store(&scene, &format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)));
    assert_refuses(&scene, &format!("{fetch} --format json"), &[], 6, "1 MiB");
    assert!(run(&scene, fetch, &[]).succeeded(), "as it stands it can be longer");
    // What is large and within its bounds is written.
    let members: Vec<String> = (0..50_000).map(|n| format!("\"key{n}\":\"{n}\"")).collect();
    store(&scene, &format!("{{{}}}", members.join(",")));
    for format in ["json", "yaml", "properties", "env"] {
        let output = run(&scene, &format!("{fetch} --format {format}"), &[]);
        assert!(output.succeeded(), "{format}: {}", output.stderr());
        assert!(output.stdout.len() > 600_000);
    }
}

#[test]
fn a_file_grows_no_larger_than_its_bound() {
    let scene = Scene::new();
    // Each character is an escape of six.
    store(&scene, &serde_json::json!({ "a": "\u{1}".repeat(150_000) }).to_string());
    let config = |times: usize| {
        let sources: Vec<String> = (0..times).map(|n| format!("{{secretId: s, keys: {{a{n}: a}}}}")).collect();
        let files = format!("files: [{{path: a, format: json, from: [{}]}}]", sources.join(", "));
        scene.write("config.yaml", format!("store: file:secrets.json\n{files}\n"));
    };
    config(5);
    let output = run(&scene, "fetch --config config.yaml", &[]);
    output.assert_done();
    assert!(fs::metadata(scene.path("a")).unwrap().len() > 4_000_000);
    config(20);
    assert_refuses(&scene, "fetch --config config.yaml", &[], 6, "may have 16 MiB");
}

#[test]
fn files_that_are_read_are_bounded_before_they_are_read() {
    let scene = Scene::new();
    sparse(&scene, "huge", 1 << 40);
    let aws = [("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true"), ("SECRETFETCH_TIMEOUT", "5s")];
    let with = |more: &[(&'static str, &'static str)]| [&aws[..], more].concat();
    let fetch = "fetch --secret-id s --output -";
    assert_refuses(&scene, "fetch --config huge", &[], 2, "more than 4 MiB");
    assert_refuses(&scene, "fetch --config /dev/zero", &[], 2, "more than 4 MiB");
    assert_refuses(&scene, &format!("{fetch} --store file:huge"), &[], 2, "more than 16 MiB");
    assert_refuses(&scene, "convert --format raw </dev/zero", &[], 2, "more than 1 MiB");
    let key = [("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing"), ("AWS_CA_BUNDLE", "huge")];
    assert_refuses(&scene, fetch, &with(&key), 2, "more than 8 MiB");
    let token = [("AWS_WEB_IDENTITY_TOKEN_FILE", "huge"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app")];
    assert_refuses(&scene, fetch, &with(&token), 4, "more than 64 KiB");
    let container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "huge"),
    ];
    assert_refuses(&scene, fetch, &with(&container), 4, "more than 64 KiB");
    assert_refuses(&scene, fetch, &with(&[("AWS_CONFIG_FILE", "huge")]), 4, "more than 4 MiB");
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let scene = Scene::new();
    scene.make_fifo("fifo");
    let aws = [("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let fetch = "fetch --secret-id s --output -";
    let with = |more: &[(&'static str, &'static str)]| [&aws[..], more].concat();
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
    assert_refuses(
        &scene,
        fetch,
        &with(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "fifo"), role]),
        4,
        "it is a FIFO, not a file",
    );
    assert_refuses(&scene, fetch, &with(&[("AWS_SHARED_CREDENTIALS_FILE", "fifo")]), 4, "it is a FIFO, not a file");
    let key = [("AWS_ACCESS_KEY_ID", "testing"), ("AWS_SECRET_ACCESS_KEY", "testing"), ("AWS_CA_BUNDLE", "fifo")];
    assert_refuses(&scene, fetch, &with(&key), 2, "it is a FIFO, not a file");
    // A configuration and a local store may be pipes.
    store(&scene, "value");
    scene.write("config.yaml", "files: [{path: out, secretId: s}]");
    let output = run(&scene, "fetch --config /dev/stdin --store file:secrets.json <config.yaml", &[]);
    output.assert_done();
    let output = run(&scene, "fetch --secret-id s --output - --store file:fifo & cat secrets.json >fifo; wait", &[]);
    assert_eq!(output.stdout(), "value");
}

/// An endpoint that answers each batch with thirty secrets of 60 kB that nobody has asked for, and with another page.
fn flood(stream: TcpStream) {
    let entry = |n: usize| format!("{{\"Name\":\"other{n}\",\"SecretString\":\"{}\"}}", "x".repeat(60_000));
    let entries: Vec<String> = (0..30).map(entry).collect();
    let body = format!("{{\"SecretValues\":[{}],\"NextToken\":\"again\"}}", entries.join(","));
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

#[test]
fn pages_of_what_nobody_asked_for_are_not_held() {
    let scene = Scene::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().for_each(|stream| drop(thread::spawn(|| flood(stream.unwrap())))));
    let files: Vec<String> = (0..200).map(|n| format!("{{path: f{n}, secretId: s{n}}}")).collect();
    scene.write("config.yaml", format!("files: [{}]", files.join(", ")));
    let variables = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("SECRETFETCH_TIMEOUT", "3s"),
    ];
    let output = run(&scene, "fetch --config config.yaml", &variables);
    let stderr = output.stderr();
    assert_eq!(output.code(), 5, "{stderr}");
}
