//! A set of files is taken when two reads in a row agree: a rotation of several secrets is not half seen.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};

use secretfetch::{ErrorKind, Failure, Fetcher, Plan, Rendered, Result};
use tokio::time::{Instant, sleep};

/// How often is read in a round before it is given up until the next one.
const READS: usize = 10;

/// What the files have that stand, as a digest: the values themselves are not kept from round to round.
#[derive(Default)]
pub(super) struct Settling {
    key: RandomState,
    standing: Option<u64>,
}

impl Settling {
    /// Reads the secrets, as often as it takes.
    pub(super) async fn render(&self, fetcher: &Fetcher, plan: &Plan) -> Result<Rendered> {
        let began = Instant::now();
        let mut rendered = fetcher.render(plan).await?;
        let Some(pause) = plan.watch().settle else { return Ok(rendered) };
        let mut before = self.digest(&rendered);
        if self.standing == Some(before) {
            return Ok(rendered);
        }
        for _ in 1..READS {
            if began.elapsed() + pause >= plan.timeout() {
                return Err(unsettled("the time for the round is not enough for two reads that agree"));
            }
            drop(rendered);
            sleep(pause).await;
            rendered = fetcher.render(plan).await?;
            let now = self.digest(&rendered);
            if now == before {
                return Ok(rendered);
            }
            before = now;
        }
        Err(unsettled(&format!("no two of {READS} reads in a row agreed")))
    }

    /// Notes that these files stand.
    pub(super) fn stands(&mut self, rendered: &Rendered) {
        self.standing = Some(self.digest(rendered));
    }

    fn digest(&self, rendered: &Rendered) -> u64 {
        let mut hasher = self.key.build_hasher();
        for (path, bytes) in rendered.expose_files() {
            (path, bytes).hash(&mut hasher);
        }
        hasher.finish()
    }
}

fn unsettled(what: &str) -> secretfetch::Error {
    let failure = Failure::new(ErrorKind::Timeout, format!("the secrets are still changing: {what}"));
    failure.with_hint("a rotation is under way, or `watch.settle` does not fit the timeout").into()
}
