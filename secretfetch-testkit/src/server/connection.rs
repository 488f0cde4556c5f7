//! Connections: accepting them, and breaking them where a fault says so.

use std::convert::Infallible;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use super::answer::Spoiled;
use super::body::AnswerBody;
use super::control;
use super::credentials::Source;
use super::message::Message;
use super::objects;
use super::protocol::Call;
use super::security::Security;
use super::state::Server;

/// Accepts connections until `stopped` resolves, then drops those that are open.
pub(super) async fn serve(listener: TcpListener, server: Arc<Server>, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let number = server.count_connection();
                    let peer = Peer { number, may_control: server.control().allows(peer.ip()) };
                    open.spawn(converse(stream, Arc::clone(&server), peer));
                }
                // Out of file descriptors, most likely: some will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy)]
struct Peer {
    /// The connection's.
    number: u64,
    may_control: bool,
}

async fn converse(stream: TcpStream, server: Arc<Server>, peer: Peer) {
    // A small answer must not wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    match server.security().clone() {
        Security::None => answer_on(stream, |stream| stream, server, peer).await,
        #[cfg(feature = "tls")]
        Security::Tls(config) => {
            // A handshake that fails has told the client why, by an alert.
            if let Ok(stream) = tokio_rustls::TlsAcceptor::from(config).accept(stream).await {
                server.note_key_exchange(stream.get_ref().1);
                answer_on(stream, |stream| stream.get_ref().0, server, peer).await;
            }
        }
    }
}

/// Answers the requests on a connection; `socket` is what a reset closes.
async fn answer_on<S>(stream: S, socket: impl Fn(&S) -> &TcpStream, server: Arc<Server>, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reset = Arc::new(Notify::new());
    let service = service_fn({
        let reset = Arc::clone(&reset);
        move |request| -> Pin<Box<dyn Future<Output = _> + Send>> {
            let (server, reset) = (Arc::clone(&server), Arc::clone(&reset));
            Box::pin(async move { Ok::<_, Infallible>(respond(request, &server, peer, &reset).await) })
        }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error is the client's leaving, or a fault that did its work.
        _ = &mut connection => {}
        () = reset.notified() => {
            // Closed with no lingering, the socket sends RST instead of FIN.
            let _ = socket(&connection.into_parts().io.into_inner()).set_zero_linger();
        }
    }
}

async fn respond(request: Request<Incoming>, server: &Server, peer: Peer, reset: &Arc<Notify>) -> Response<AnswerBody> {
    let Spoiled { answer, breakage } = match Message::read(request).await {
        Ok(message) => dispatch(message, server, peer).await,
        Err(answer) => answer.into(),
    };
    match answer.into_response(breakage.as_ref(), reset) {
        Some(response) => response,
        None => {
            reset.notify_one();
            std::future::pending().await
        }
    }
}

async fn dispatch(message: Message, server: &Server, peer: Peer) -> Spoiled {
    // A key may be spelled as any of the paths below.
    if objects::are_signed_for(&message) {
        return objects::answer(server, &message, peer.number).await;
    }
    if let Some(answer) = control::answer(server, &message, peer.may_control).await {
        return answer.into();
    }
    let connection = peer.number;
    if let Some(source) = Source::of(&message) {
        return source.answer(server, &message, connection).await;
    }
    if objects::are_meant_by(server, &message) {
        return objects::answer(server, &message, connection).await;
    }
    match Call::parse(server, message, connection) {
        Ok(call) => call.answer(server).await,
        Err(answer) => answer.into(),
    }
}
