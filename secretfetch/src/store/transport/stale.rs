//! Kept connections that the other side has given up.
//!
//! A server closes what is idle when it likes, and what stands in between (a NAT, a load balancer) forgets it. The client
//! learns of that when it sends the next request, at the latest: then the request goes over another connection at once.
//! RFC 9112, section 9.3.1, allows that of requests which change nothing, as are all that are made here: they read, and
//! what STS issues a second time is no harm.

use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_types::body::SdkBody;
use hyper::body::Incoming;
use hyper::http::Extensions;
use hyper::{Request, Response};
use hyper_util::client::legacy::{Client, Error};

use super::cause::find;
use super::connector::Connector;

/// Whether a connection has brought an answer; a part of what is known of it.
#[derive(Clone, Debug, Default)]
pub(super) struct HasAnswered(Arc<AtomicBool>);

impl HasAnswered {
    fn is_noted(extensions: &Extensions) -> bool {
        extensions.get::<Self>().is_some_and(|of| of.0.load(Ordering::Relaxed))
    }

    fn note(extensions: &Extensions) {
        if let Some(of) = extensions.get::<Self>() {
            of.0.store(true, Ordering::Relaxed);
        }
    }
}

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
