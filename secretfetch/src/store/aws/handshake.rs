//! The socket under TLS, which sends the end of a handshake together with the first request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// In TLS 1.3 the client ends the handshake and may go on at once (RFC 8446, section 2). Written apart, the two are
/// two segments, and the server is woken twice.
///
/// From the server's first answer on, what is written is held back: until it must be sent because more is to be
/// read (a handshake of TLS 1.2, or a second greeting), or until the first write after [`end`](Self::end).
pub(super) struct HandshakeIo<S> {
    stream: S,
    state: State,
    held: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The server has not answered: the greeting goes out at once.
    Greeting,
    Answered,
    /// The handshake is over: what is held goes out with the request.
    Over,
    /// Nothing is held any more, nor will be.
    Open,
}

impl<S: Read + Write + Unpin> HandshakeIo<S> {
    pub(super) fn new(stream: S) -> Self {
        HandshakeIo { stream, state: State::Greeting, held: Vec::new() }
    }

    /// The handshake has come to its end.
    pub(super) fn end(&mut self) {
        self.state = if self.held.is_empty() { State::Open } else { State::Over };
    }

    /// Sends what is held back, such as the reason why the handshake has failed.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.held))?;
            self.sent(sent)?;
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Forgets what has been sent of what is held.
    fn sent(&mut self, bytes: usize) -> io::Result<()> {
        if bytes == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.held.drain(..bytes);
        if self.held.is_empty() && self.state == State::Over {
            self.state = State::Open;
        }
        Ok(())
    }
}

impl<S: Connection> Connection for HandshakeIo<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl<S: Read + Write + Unpin> Read for HandshakeIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_read(context, buffer) {
            Poll::Pending if this.state == State::Answered => {
                ready!(this.poll_send(context))?;
                Poll::Pending
            }
            read => {
                if read.is_ready() && this.state == State::Greeting {
                    this.state = State::Answered;
                }
                read
            }
        }
    }
}

impl<S: Read + Write + Unpin> Write for HandshakeIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.as_mut().poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            match this.state {
                State::Answered => {
                    slices.iter().for_each(|slice| this.held.extend_from_slice(slice));
                    return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
                }
                State::Over => {
                    let joined: Vec<IoSlice<'_>> =
                        std::iter::once(IoSlice::new(&this.held)).chain(slices.iter().copied()).collect();
                    let sent = ready!(Pin::new(&mut this.stream).poll_write_vectored(context, &joined))?;
                    let of_held = sent.min(this.held.len());
                    this.sent(of_held)?;
                    if sent > of_held {
                        return Poll::Ready(Ok(sent - of_held));
                    }
                }
                State::Greeting | State::Open => {
                    return Pin::new(&mut this.stream).poll_write_vectored(context, slices);
                }
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.state {
            State::Answered | State::Over => Poll::Ready(Ok(())),
            State::Greeting | State::Open => Pin::new(&mut self.stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;

    use hyper::rt::ReadBuf;

    use super::*;

    /// Remembers each write, of at most so many bytes, and has these answers.
    #[derive(Default)]
    struct Scripted {
        written: Vec<Vec<u8>>,
        at_most: usize,
        answers: VecDeque<&'static [u8]>,
    }

    impl Read for Scripted {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            mut buffer: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            match self.answers.pop_front() {
                Some(answer) => {
                    buffer.put_slice(answer);
                    Poll::Ready(Ok(()))
                }
                None => Poll::Pending,
            }
        }
    }

    impl Write for Scripted {
        fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(context, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).take(self.at_most).collect();
            let sent = bytes.len();
            self.written.push(bytes);
            Poll::Ready(Ok(sent))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl HandshakeIo<Scripted> {
        fn scripted(at_most: usize) -> Self {
            HandshakeIo::new(Scripted { at_most, ..Scripted::default() })
        }

        async fn write(&mut self, bytes: &[u8]) {
            let mut rest = bytes;
            while !rest.is_empty() {
                let sent = poll_fn(|context| Pin::new(&mut *self).poll_write(context, rest)).await.unwrap();
                rest = &rest[sent..];
            }
            poll_fn(|context| Pin::new(&mut *self).poll_flush(context)).await.unwrap();
        }

        /// Reads; nothing if there is nothing yet.
        async fn read(&mut self) -> Option<Vec<u8>> {
            let mut space = [0; 32];
            let mut buffer = ReadBuf::new(&mut space);
            let read = poll_fn(|context| Poll::Ready(Pin::new(&mut *self).poll_read(context, buffer.unfilled()))).await;
            read.is_ready().then(|| buffer.filled().to_vec())
        }

        fn written(&self) -> Vec<&str> {
            self.stream.written.iter().map(|bytes| str::from_utf8(bytes).unwrap()).collect()
        }

        /// A handshake of TLS 1.3, up to its end.
        async fn shake_hands(&mut self) {
            self.write(b"hello ").await;
            self.stream.answers.push_back(b"hello");
            assert_eq!(self.read().await.unwrap(), b"hello");
            self.write(b"finished ").await;
            self.end();
        }
    }

    #[tokio::test]
    async fn the_end_of_the_handshake_goes_out_with_the_request() {
        let mut io = HandshakeIo::scripted(1024);
        io.shake_hands().await;
        assert_eq!(io.written(), ["hello "]);
        // Who waits for the first answer does not send it either.
        assert_eq!(io.read().await, None);
        assert_eq!(io.written(), ["hello "]);
        io.write(b"request ").await;
        io.write(b"more").await;
        assert_eq!(io.written(), ["hello ", "finished request ", "more"]);
    }

    #[tokio::test]
    async fn what_the_other_side_must_have_to_go_on_is_sent() {
        let mut io = HandshakeIo::scripted(1024);
        io.write(b"hello ").await;
        io.stream.answers.extend([&b"certificate"[..], &b"done"[..]]);
        io.read().await.unwrap();
        io.write(b"key ").await;
        io.write(b"finished ").await;
        io.read().await.unwrap();
        assert_eq!(io.written(), ["hello "], "there was more to be read");
        assert_eq!(io.read().await, None);
        assert_eq!(io.written(), ["hello ", "key finished "]);
        io.stream.answers.push_back(b"finished");
        io.read().await.unwrap();
        io.end();
        io.write(b"request").await;
        assert_eq!(io.written(), ["hello ", "key finished ", "request"]);
    }

    #[tokio::test]
    async fn nothing_is_lost_where_a_socket_takes_few_bytes() {
        for at_most in 1..20 {
            let mut io = HandshakeIo::scripted(at_most);
            io.shake_hands().await;
            io.write(b"request ").await;
            io.write(b"more").await;
            assert_eq!(io.written().concat(), "hello finished request more", "{at_most}");
        }
    }

    #[tokio::test]
    async fn what_is_held_is_sent_when_there_will_be_no_request() {
        let mut io = HandshakeIo::scripted(3);
        io.shake_hands().await;
        poll_fn(|context| Pin::new(&mut io).poll_shutdown(context)).await.unwrap();
        assert_eq!(io.written().concat(), "hello finished ");
    }
}
