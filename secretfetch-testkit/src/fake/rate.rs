//! How many requests a second an account may make.

use tokio::time::Instant;

/// A token bucket that holds one second's requests, by tokio's clock.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    per_second: u32,
    left: f64,
    counted: Option<Instant>,
}

impl Rate {
    pub(crate) fn new(per_second: u32) -> Self {
        Rate { per_second, left: f64::from(per_second), counted: None }
    }

    /// Whether one more request is within the rate.
    pub(crate) fn admits(&mut self) -> bool {
        let now = Instant::now();
        let passed = self.counted.replace(now).map_or(0.0, |counted| (now - counted).as_secs_f64());
        let most = f64::from(self.per_second);
        self.left = (self.left + passed * most).min(most);
        let admitted = self.left >= 1.0;
        if admitted {
            self.left -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_admits_its_requests_and_a_pause_saves_up_no_more_than_that() {
        let mut rate = Rate::new(10);
        let mut admitted = |requests: usize| (0..requests).filter(|_| rate.admits()).count();
        assert_eq!(admitted(15), 10);
        tokio::time::advance(Duration::from_millis(301)).await;
        assert_eq!(admitted(15), 3);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(admitted(15), 10);
    }
}
