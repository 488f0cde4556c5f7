//! The body of an answer, bounded in size and in time.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{LengthLimitError, Limited};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use zeroize::Zeroizing;

use super::cause::BoxError;
use super::error::{TransportError, WaitingFor};
use super::way::Way;

/// Lets at most `longest` bytes of the body through, and none after `end`.
pub(super) fn bounded(
    mut response: HttpResponse,
    longest: u64,
    way: Way,
    end: Instant,
) -> Result<HttpResponse, ConnectorError> {
    let announced = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > longest) {
        return Err(TransportError::TooLarge { longest }.into());
    }
    let body = Limited::new(response.take_body(), usize::try_from(longest).unwrap_or(usize::MAX));
    let timed = Timed { body, longest, end: Box::pin(tokio::time::sleep_until(end)), way: Some(way) };
    *response.body_mut() = SdkBody::from_body_1_x(timed);
    Ok(response)
}

/// Reads a body to its end, into memory that is wiped.
pub(super) async fn read(mut body: SdkBody) -> Result<Zeroizing<Vec<u8>>, ConnectorError> {
    let mut parts = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(ConnectorError::io)?;
        parts.extend(frame.into_data());
    }
    // Of its final size at once: a buffer that grows leaves copies behind.
    let mut all = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| all.extend_from_slice(part));
    Ok(all)
}

/// A body that must be complete in time.
struct Timed {
    body: Limited<SdkBody>,
    longest: u64,
    end: Pin<Box<Sleep>>,
    /// `None` once it has failed.
    way: Option<Way>,
}

impl Body for Timed {
    type Data = <SdkBody as Body>::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let failure = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => Some(error),
            Poll::Ready(frame) => return Poll::Ready(frame),
            Poll::Pending => {
                ready!(self.end.as_mut().poll(context));
                None
            }
        };
        let longest = self.longest;
        let told = self.way.take().map(|way| match failure {
            Some(error) if error.is::<LengthLimitError>() => TransportError::TooLarge { longest },
            Some(source) => TransportError::Broken { endpoint: way.endpoint, proxy: way.proxy, source },
            None => way.late(WaitingFor::Rest, None),
        });
        Poll::Ready(told.map(|error| Err(error.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_that_announces_too_much_is_refused_before_it_is_read() {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        response.headers_mut().insert("content-length", "11");
        let way =
            Way { endpoint: "x:1".to_owned(), proxy: None, first_host: "x".to_owned(), limit: Duration::from_secs(1) };
        assert!(bounded(response, 10, way, Instant::now()).is_err());
    }
}
