//! The pages, made of the state when they are asked for.

use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};

use super::metrics;
use super::state::{Now, State};

/// How long one text of the metrics is given to everyone. Clients that ask and do not read share it, so that they hold the
/// memory of a few.
const SHARED: Duration = Duration::from_secs(1);

pub(super) type Answer = Response<Full<Bytes>>;

/// The state, and what it looks like.
pub(super) struct Pages {
    state: State,
    metrics: Option<(Instant, Bytes)>,
}

impl Pages {
    pub(super) fn of(state: State) -> Self {
        Pages { state, metrics: None }
    }

    /// Changes the state.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut State)) {
        change(&mut self.state);
        self.metrics = None;
    }

    pub(super) fn answer(&mut self, method: &Method, path: &str) -> Answer {
        let page: fn(&mut Self, Now) -> Answer = match path {
            "/readyz" => |pages, now| verdict("ready", pages.state.ready(now)),
            "/livez" => |pages, now| verdict("live", pages.state.live(now)),
            "/metrics" => |pages, now| response(StatusCode::OK, metrics::CONTENT_TYPE, pages.metrics(now)),
            _ => return plain(StatusCode::NOT_FOUND, "not found: there are /readyz, /livez and /metrics"),
        };
        if !matches!(*method, Method::GET | Method::HEAD) {
            let mut refusal = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered");
            refusal.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refusal;
        }
        page(self, Now::read())
    }

    fn metrics(&mut self, now: Now) -> Bytes {
        match &self.metrics {
            Some((made, text)) if now.timers.saturating_duration_since(*made) < SHARED => text.clone(),
            _ => {
                let text = Bytes::from(metrics::text(&self.state, now));
                self.metrics = Some((now.timers, text.clone()));
                text
            }
        }
    }
}

fn verdict(good: &str, verdict: Result<(), String>) -> Answer {
    match verdict {
        Ok(()) => plain(StatusCode::OK, good),
        Err(why) => plain(StatusCode::SERVICE_UNAVAILABLE, &why),
    }
}

/// One line.
fn plain(status: StatusCode, line: &str) -> Answer {
    response(status, "text/plain; charset=utf-8", format!("{line}\n").into())
}

fn response(status: StatusCode, content_type: &'static str, text: Bytes) -> Answer {
    let mut response = Response::new(Full::new(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use secretfetch::{ErrorKind, Failure};

    use super::*;

    async fn metrics(pages: &mut Pages) -> Bytes {
        pages.answer(&Method::GET, "/metrics").into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn those_who_ask_together_share_one_text_until_something_changes() {
        let mut pages = Pages::of(State::new(None));
        let (first, second) = (metrics(&mut pages).await, metrics(&mut pages).await);
        assert_eq!(first.as_ptr(), second.as_ptr());
        pages.change(|state| state.failed(&Failure::new(ErrorKind::Dns, "no").into()));
        let third = metrics(&mut pages).await;
        assert_ne!(third, first);
        // What time alone changes is seen a moment later.
        if let Some((made, _)) = &mut pages.metrics {
            *made -= SHARED;
        }
        assert_ne!(metrics(&mut pages).await.as_ptr(), third.as_ptr());
    }
}
