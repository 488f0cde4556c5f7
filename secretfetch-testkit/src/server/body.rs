//! The body of an answer: whole, broken off, slow, or too much.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Sleep;

/// The bytes of an answer, and how they come.
pub(super) struct AnswerBody(Course);

enum Course {
    Whole(Bytes),
    /// Promises more than it has.
    Truncated {
        rest: Bytes,
        missing: usize,
        flushed: bool,
        reset: Option<Arc<Notify>>,
    },
    Trickle {
        rest: Bytes,
        interval: Duration,
        pause: Pin<Box<Sleep>>,
    },
    /// Spaces, of a number that is not announced.
    Large {
        left: u64,
    },
}

/// The pieces of a large body.
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

impl AnswerBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        AnswerBody(Course::Whole(bytes.into()))
    }

    /// The first half, under the `Content-Length` of the whole; then the connection ends, or is reset.
    pub(super) fn truncated(bytes: impl Into<Bytes>, reset: Option<Arc<Notify>>) -> Self {
        let bytes = bytes.into();
        let rest = bytes.slice(..bytes.len() / 2);
        AnswerBody(Course::Truncated { missing: bytes.len() - rest.len(), rest, flushed: false, reset })
    }

    /// The first half, as if it were the whole.
    pub(super) fn first_half(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        AnswerBody::whole(bytes.slice(..bytes.len() / 2))
    }

    /// One byte after each interval.
    pub(super) fn trickle(bytes: impl Into<Bytes>, interval: Duration) -> Self {
        let pause = Box::pin(tokio::time::sleep(interval));
        AnswerBody(Course::Trickle { rest: bytes.into(), interval, pause })
    }

    pub(super) fn large(bytes: u64) -> Self {
        AnswerBody(Course::Large { left: bytes })
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let piece = match &mut self.0 {
            Course::Whole(rest) => std::mem::take(rest),
            Course::Truncated { rest, .. } if !rest.is_empty() => std::mem::take(rest),
            // hyper drops what it has not written yet when a body fails; while one is pending, it writes.
            Course::Truncated { flushed, .. } if !*flushed => {
                *flushed = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Course::Truncated { reset: Some(reset), .. } => {
                reset.notify_one();
                return Poll::Pending;
            }
            Course::Truncated { reset: None, .. } => return Poll::Ready(Some(Err(BrokenOff))),
            Course::Trickle { rest, .. } if rest.is_empty() => Bytes::new(),
            Course::Trickle { rest, interval, pause } => {
                ready!(pause.as_mut().poll(context));
                let next = pause.deadline() + *interval;
                pause.as_mut().reset(next);
                rest.split_to(1)
            }
            Course::Large { left } => {
                let length = usize::try_from(*left).map_or(SPACES.len(), |left| left.min(SPACES.len()));
                *left -= length as u64;
                Bytes::from_static(&SPACES[..length])
            }
        };
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Course::Whole(rest) | Course::Trickle { rest, .. } => rest.is_empty(),
            Course::Truncated { .. } => false,
            Course::Large { left } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Course::Whole(rest) | Course::Trickle { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Course::Truncated { rest, missing, .. } => SizeHint::with_exact((rest.len() + missing) as u64),
            Course::Large { .. } => SizeHint::default(),
        }
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
