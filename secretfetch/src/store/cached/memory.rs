//! What is remembered, how long it is given, and what goes first when there is no more room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::hash::Seed;
use crate::secret::{Secret, SecretRequest};

/// The pauses between two requests for a secret whose store is away: from the first they double up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// In the place of times that no clock can tell: thirty years, as in tokio.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// How much is remembered, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time_to_live: Duration,
    /// The part of the time to live that is left to chance, from 0 to 1.
    pub(super) jitter: f64,
    pub(super) stale: Duration,
    pub(super) capacity: usize,
}

/// Secrets by their requests in the one spelling.
#[derive(Default)]
pub(super) struct Memory {
    /// The keys are boxed: a table has more places than entries, and a request is large.
    entries: HashMap<Box<SecretRequest>, Entry, Seed>,
    /// Counts the uses, which are in an order that no clock is fine enough for.
    uses: AtomicU64,
}

struct Entry {
    secret: Secret,
    since: Instant,
    /// Until when it is given without asking.
    fresh: Instant,
    used: AtomicU64,
    away: Option<Away>,
}

/// The store had no answer when it was asked for a newer value.
#[derive(Clone, Copy)]
struct Away {
    failures: u32,
    again: Instant,
}

impl Entry {
    fn is_fresh(&self, now: Instant) -> bool {
        now < self.fresh
    }

    fn is_usable(&self, now: Instant, limits: &Limits) -> bool {
        now.saturating_duration_since(self.fresh) < limits.stale || self.is_fresh(now)
    }
}

impl Memory {
    /// The value that is given without asking: a fresh one, or one whose store is away and not asked again yet.
    pub(super) fn get(&self, key: &SecretRequest, now: Instant, limits: &Limits) -> Option<Secret> {
        let entry = self.entries.get(key)?;
        let is_waiting = || entry.away.is_some_and(|away| now < away.again) && entry.is_usable(now, limits);
        (entry.is_fresh(now) || is_waiting()).then(|| self.used(entry))
    }

    /// The value that is given for want of a newer one.
    pub(super) fn stale(&self, key: &SecretRequest, now: Instant, limits: &Limits) -> Option<Secret> {
        let entry = self.entries.get(key).filter(|entry| entry.is_usable(now, limits))?;
        Some(self.used(entry))
    }

    fn used(&self, entry: &Entry) -> Secret {
        // A hit of what was used last already need not write what every thread reads.
        if entry.used.load(Ordering::Relaxed) != self.uses.load(Ordering::Relaxed) {
            entry.used.store(self.next_use(), Ordering::Relaxed);
        }
        entry.secret.clone()
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether the store had no answer when it was last asked for this.
    pub(super) fn is_away(&self, key: &SecretRequest) -> bool {
        self.entries.get(key).is_some_and(|entry| entry.away.is_some())
    }

    /// While a store that was away is asked again, the others do not wait for its answer.
    pub(super) fn hold(&mut self, key: &SecretRequest, now: Instant) {
        if let Some(away) = self.entries.get_mut(key).and_then(|entry| entry.away.as_mut()) {
            away.again = now + pause(away.failures);
        }
    }

    /// The store is away. How old the value is that is given meanwhile, and when the store is asked again.
    pub(super) fn miss(&mut self, key: &SecretRequest, now: Instant, limits: &Limits) -> Option<(Duration, Duration)> {
        let entry = self.entries.get_mut(key).filter(|entry| entry.is_usable(now, limits))?;
        let failures = entry.away.map_or(0, |away| away.failures).saturating_add(1);
        let wait = pause(failures);
        entry.away = Some(Away { failures, again: now + wait });
        Some((now.saturating_duration_since(entry.since), wait))
    }

    /// Remembers a secret. [`tidy`](Self::tidy) makes room for it.
    pub(super) fn keep(&mut self, key: SecretRequest, secret: Secret, now: Instant, limits: &Limits) {
        let used = AtomicU64::new(self.next_use());
        let early = limits.time_to_live.mul_f64(limits.jitter * fastrand::f64());
        let fresh = now.checked_add(limits.time_to_live.saturating_sub(early)).unwrap_or(now + FOREVER);
        self.entries.insert(Box::new(key), Entry { secret, since: now, fresh, used, away: None });
    }

    /// Forgets what is not given any more; then what was not used for the longest time, until the rest has room.
    pub(super) fn tidy(&mut self, now: Instant, limits: &Limits) {
        self.entries.retain(|_, entry| entry.is_usable(now, limits));
        let Some(surplus) = self.entries.len().checked_sub(limits.capacity).filter(|&surplus| surplus > 0) else {
            return;
        };
        let mut uses: Vec<u64> = self.entries.values().map(|entry| entry.used.load(Ordering::Relaxed)).collect();
        let (_, &mut last, _) = uses.select_nth_unstable(surplus - 1);
        self.entries.retain(|_, entry| entry.used.load(Ordering::Relaxed) > last);
    }

    pub(super) fn forget(&mut self, key: &SecretRequest) {
        self.entries.remove(key);
    }

    pub(super) fn forget_all(&mut self) {
        self.entries.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// After so many failures in a row: between half of the bound and all of it.
fn pause(failures: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_PAUSE);
    bound.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretValue;

    const TIME_TO_LIVE: Duration = Duration::from_secs(100);

    fn limits(capacity: usize, jitter: f64) -> Limits {
        Limits { time_to_live: TIME_TO_LIVE, jitter, stale: Duration::ZERO, capacity }
    }

    fn key(n: usize) -> SecretRequest {
        SecretRequest::new(format!("s{n}").parse().unwrap())
    }

    fn secret() -> Secret {
        Secret::new("x", SecretValue::from_text("v".into()))
    }

    #[test]
    fn jitter_spreads_the_ends_over_its_part_of_the_time_and_not_beyond() {
        let (mut memory, limits, start) = (Memory::default(), limits(1000, 0.2), Instant::now());
        (0..1000).for_each(|n| memory.keep(key(n), secret(), start, &limits));
        let fresh_after = |seconds| {
            let now = start + Duration::from_secs(seconds);
            (0..1000).filter(|&n| memory.get(&key(n), now, &limits).is_some()).count()
        };
        assert_eq!([fresh_after(79), fresh_after(100)], [1000, 0]);
        assert!((300..700).contains(&fresh_after(90)), "{} of 1000", fresh_after(90));
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_makes_room() {
        let (mut memory, limits, now) = (Memory::default(), limits(3, 0.0), Instant::now());
        (0..3).for_each(|n| memory.keep(key(n), secret(), now, &limits));
        memory.get(&key(0), now, &limits).unwrap();
        (3..5).for_each(|n| memory.keep(key(n), secret(), now, &limits));
        memory.tidy(now, &limits);
        let left = |n: &usize| memory.get(&key(*n), now, &limits).is_some();
        assert_eq!((0..5).filter(left).collect::<Vec<_>>(), [0, 3, 4]);
    }

    #[test]
    fn what_is_not_given_any_more_is_not_in_memory_either() {
        let (mut memory, limits, now) = (Memory::default(), limits(3, 0.0), Instant::now());
        memory.keep(key(0), secret(), now, &limits);
        memory.tidy(now + TIME_TO_LIVE, &limits);
        assert_eq!(memory.len(), 0);
    }

    #[test]
    fn pauses_grow_to_a_minute() {
        let seconds = |failures| pause(failures).as_secs_f64();
        assert!((0.5..=1.0).contains(&seconds(1)) && (2.0..=4.0).contains(&seconds(3)));
        assert!((30.0..=60.0).contains(&seconds(7)) && (30.0..=60.0).contains(&seconds(u32::MAX)));
    }

    #[test]
    fn any_duration_will_do() {
        let limits = Limits { time_to_live: Duration::MAX, stale: Duration::MAX, ..limits(1, 0.0) };
        let (mut memory, now) = (Memory::default(), Instant::now());
        memory.keep(key(0), secret(), now, &limits);
        assert!(memory.get(&key(0), now + FOREVER / 2, &limits).is_some());
    }
}
