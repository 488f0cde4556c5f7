//! A server that is scripted byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Writes what is answered to the request with this number (from 0), head and body.
type Script = dyn Fn(usize, &str, &str, &mut TcpStream) + Send + Sync;

pub(crate) struct Server {
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(script: impl Fn(usize, &str, &str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (script, count, log): (Arc<Script>, _, _) =
            (Arc::new(script), Arc::new(AtomicUsize::new(0)), heads.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                let (script, count, log) = (script.clone(), count.clone(), log.clone());
                std::thread::spawn(move || serve(stream, &*script, &count, &log));
            }
        });
        Server { url, heads }
    }

    /// One answer for all requests.
    pub(crate) fn always(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Server::start(move |_, _, _, stream| _ = stream.write_all(&answer))
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, script: &Script, count: &AtomicUsize, log: &Mutex<Vec<String>>) {
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
        log.lock().unwrap().push(head.clone());
        script(count.fetch_add(1, Ordering::SeqCst), &head, &String::from_utf8(body).unwrap(), &mut writer);
    }
}

/// A whole answer; each of `headers` ends its line.
pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
