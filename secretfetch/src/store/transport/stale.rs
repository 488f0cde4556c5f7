//! Kept connections that the other side has given up.
//!
//! A server closes what is idle when it likes, and what stands in between (a NAT, a load balancer) forgets it. The client
//! learns of that when it sends the next request, at the latest: then the request goes over another connection at once.
//! RFC 9112, section 9.3.1, allows that of requests which change nothing, as are all that are made here: they read, and
//! what STS issues a second time is no harm.

use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};

use aws_smithy_types::body::SdkBody;
use hyper::body::Incoming;
use hyper::http::Extensions;
use hyper::{Request, Response};
use hyper_util::client::legacy::{Client, Error};

use super::cause::find;
use super::connector::Connector;
use super::stream::HasAnswered;

/// More connections than a pool keeps to one host: each that is found to be given up leaves it.
const MOST_GIVEN_UP: usize = 32;

/// Sends a request, and again at once if the connection was one that the other side has given up.
pub(super) async fn send(
    client: &Client<Connector, SdkBody>,
    mut request: Request<SdkBody>,
) -> Result<Response<Incoming>, Error> {
    for _ in 0..MOST_GIVEN_UP {
        let copy = copy_of(&request);
        match (client.request(request).await, copy) {
            (Ok(response), _) => {
                HasAnswered::note(response.extensions());
                return Ok(response);
            }
            (Err(error), Some(copy)) if is_given_up(&error) => request = copy,
            (Err(error), _) => return Err(error),
        }
    }
    client.request(request).await
}

/// Without one of what can be sent only once.
fn copy_of(request: &Request<SdkBody>) -> Option<Request<SdkBody>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}

/// Whether a connection that was good before has ended before the head of the answer was there. One that is new and ends so
/// says something about the other side.
fn is_given_up(error: &Error) -> bool {
    let mut extensions = Extensions::new();
    if let Some(connection) = error.connect_info() {
        connection.get_extras(&mut extensions);
    }
    let is_closed = |error: &hyper::Error| error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    let is_broken = |error: &std::io::Error| {
        matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
    };
    HasAnswered::is_noted(&extensions)
        && (find::<hyper::Error>(error).is_some_and(is_closed) || find::<std::io::Error>(error).is_some_and(is_broken))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use hyper_util::rt::TokioExecutor;

    use super::super::resolver::SystemResolver;
    use super::*;

    /// A server each of whose connections answers so many requests; then it ends, once there is another one, which it has
    /// read or not. How many connections there were.
    fn server(answers: &'static [usize], reads: bool) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        std::thread::spawn(move || {
            for &answers in answers {
                let (mut stream, _) = listener.accept().unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                for _ in 0..answers {
                    let _ = stream.read(&mut [0; 4096]).unwrap();
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                }
                // What is closed with something unread is reset.
                let wanted = if reads { 4096 } else { 1 };
                let _ = stream.read(&mut vec![0; wanted]);
            }
        });
        (url, connections)
    }

    /// Whether so many requests in a row are answered.
    async fn answered(url: &str, requests: usize) -> Vec<bool> {
        let connector = Connector::plain(None, SystemResolver::default());
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(None).build(connector);
        let mut answered = Vec::new();
        for _ in 0..requests {
            let request = Request::builder().method("POST").uri(url).body(SdkBody::from("asked")).unwrap();
            answered.push(send(&client, request).await.is_ok());
            // The connection goes back into the pool in a task of its own.
            tokio::task::yield_now().await;
        }
        answered
    }

    #[tokio::test]
    async fn a_request_goes_over_another_connection_where_the_kept_one_has_been_given_up() {
        for reads in [true, false] {
            let (url, connections) = server(&[1, 2, 1], reads);
            assert_eq!(answered(&url, 4).await, [true; 4], "{reads}");
            assert_eq!(connections.load(Ordering::SeqCst), 3);
        }
    }

    #[tokio::test]
    async fn what_ends_without_ever_having_answered_is_told() {
        for reads in [true, false] {
            let (url, connections) = server(&[1, 0, 1], reads);
            assert_eq!(answered(&url, 3).await, [true, false, true], "{reads}");
            assert_eq!(connections.load(Ordering::SeqCst), 3);
        }
    }
}
