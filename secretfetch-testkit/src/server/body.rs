//! The body of an answer, whole or broken off.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// Bytes in one piece; a truncated body promises more than it has.
pub(super) struct AnswerBody {
    rest: Option<Bytes>,
    missing: usize,
    flushed: bool,
}

impl AnswerBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        AnswerBody { rest: Some(bytes.into()), missing: 0, flushed: false }
    }

    /// The first half, under the `Content-Length` of the whole.
    pub(super) fn first_half(bytes: impl Into<Bytes>) -> Self {
        let mut bytes = bytes.into();
        let missing = bytes.len() - bytes.len() / 2;
        bytes.truncate(bytes.len() - missing);
        AnswerBody { rest: Some(bytes), missing, flushed: false }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.rest.take().filter(|rest| !rest.is_empty()) {
            Some(rest) => Poll::Ready(Some(Ok(Frame::data(rest)))),
            None if self.missing == 0 => Poll::Ready(None),
            // hyper drops what it has not written yet when a body fails; while one is pending, it writes.
            None if !self.flushed => {
                self.flushed = true;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(Some(Err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.missing == 0 && self.rest.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact((rest + self.missing) as u64)
    }
}

/// The fault that a truncated body ends with; hyper closes the connection on it.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fault breaks the body off here")
    }
}

impl std::error::Error for BrokenOff {}
