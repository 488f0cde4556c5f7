//! A server that is scripted byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) type Answer = dyn Fn(&str, &str, &mut TcpStream) + Send + Sync;
pub(crate) type Log = Mutex<Vec<(String, String)>>;

/// Answers each request as its script says, and remembers heads and bodies.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Log>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&str, &str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Log::default());
        let (answer, log): (Arc<Answer>, _) = (Arc::new(answer), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (answer.clone(), log.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &*answer, &log));
            }
        });
        Server { url, seen }
    }

    /// One answer for all requests.
    pub(crate) fn always(status: &'static str, content_type: &'static str, body: &'static str) -> Self {
        Server::start(move |_, _, stream| respond(stream, status, content_type, body))
    }

    /// GetSecretValue answers with the id in angle brackets.
    pub(crate) fn values() -> Self {
        Server::start(|_, body, stream| respond(stream, "200 OK", JSON, &value_of(body)))
    }

    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn batches(&self) -> usize {
        self.requests().iter().filter(|(head, _)| is_batch(head)).count()
    }
}

pub(crate) fn serve(stream: TcpStream, answer: &Answer, log: &Log) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
        let mut body = vec![0; head.lines().find_map(length).unwrap_or(0)];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        log.lock().unwrap().push((head.clone(), body.clone()));
        answer(&head, &body, &mut writer);
    }
}

pub(crate) fn respond(stream: &mut TcpStream, status: &str, content_type: &str, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

pub(crate) const JSON: &str = "application/x-amz-json-1.1";

pub(crate) fn is_batch(head: &str) -> bool {
    head.contains("secretsmanager.BatchGetSecretValue")
}

pub(crate) fn value_of(body: &str) -> String {
    let request: serde_json::Value = serde_json::from_str(body).unwrap();
    let mut answer = entry(request["SecretId"].as_str().unwrap());
    if let Some(id) = request.get("VersionId") {
        answer["VersionId"] = id.clone();
    }
    if let Some(stage) = request.get("VersionStage") {
        answer["VersionStages"] = serde_json::json!([stage]);
    }
    answer.to_string()
}

pub(crate) fn entry(id: &str) -> serde_json::Value {
    let name = id.rsplit(':').next().unwrap();
    let arn = if id.starts_with("arn:") { id } else { "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}" };
    serde_json::json!({
        "ARN": format!("{}-AbCdEf", arn.replace("{name}", name)),
        "Name": name,
        "VersionId": "01234567-89ab-cdef-0123-456789abcdef",
        "VersionStages": ["AWSCURRENT"],
        "SecretString": format!("<{name}>"),
        "CreatedDate": 1_700_000_000.5,
    })
}

pub(crate) fn ids_of(body: &str) -> Vec<String> {
    let request: serde_json::Value = serde_json::from_str(body).unwrap();
    request["SecretIdList"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// An address where nobody listens.
pub(crate) fn closed_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
