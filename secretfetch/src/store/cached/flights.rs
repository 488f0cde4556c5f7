//! What is being asked for at this moment.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::Instant;

use super::hash::Seed;
use crate::error::Result;
use crate::secret::{Secret, SecretRequest};

/// The results of a request or of several that were made together, in their order.
pub(super) type Answers = Arc<[Result<Secret>]>;

/// One call of the inner store, which any of those who wait for it drives: it goes on while one of them is left, and
/// ends with the last.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) number: u64,
    /// The deadline of whoever asked first.
    pub(super) end: Option<Instant>,
    pub(super) answers: Shared<BoxFuture<'static, Answers>>,
}

impl Flight {
    pub(super) fn new(number: u64, end: Option<Instant>, answers: BoxFuture<'static, Answers>) -> Self {
        Flight { number, end, answers: answers.shared() }
    }
}

/// Where the answer to a request will be found.
pub(super) struct Seat {
    pub(super) flight: Flight,
    pub(super) place: usize,
}

/// The flights by what they will bring. The table keeps none of them going.
#[derive(Default)]
pub(super) struct Flights {
    last: u64,
    seats: HashMap<SecretRequest, Booked, Seed>,
}

struct Booked {
    number: u64,
    end: Option<Instant>,
    place: usize,
    answers: WeakShared<BoxFuture<'static, Answers>>,
}

impl Flights {
    /// The number of a new flight.
    pub(super) fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn book(&mut self, flight: &Flight, requests: &[SecretRequest]) {
        for (place, request) in requests.iter().enumerate() {
            let Some(answers) = flight.answers.downgrade() else { return };
            let booked = Booked { number: flight.number, end: flight.end, place, answers };
            self.seats.insert(request.clone(), booked);
        }
    }

    /// Whether someone asks for this.
    pub(super) fn has(&self, request: &SecretRequest) -> bool {
        self.seats.contains_key(request)
    }

    pub(super) fn find(&self, request: &SecretRequest) -> Option<Seat> {
        let booked = self.seats.get(request)?;
        let answers = booked.answers.upgrade()?;
        Some(Seat { flight: Flight { number: booked.number, end: booked.end, answers }, place: booked.place })
    }

    /// Takes the request off the table if it is that flight's still; whether it was.
    pub(super) fn end(&mut self, number: u64, request: &SecretRequest) -> bool {
        let is_its = self.seats.get(request).is_some_and(|booked| booked.number == number);
        if is_its {
            self.seats.remove(request);
        }
        is_its
    }

    /// Whoever asks from now on does not join what is under way.
    pub(super) fn forget(&mut self, request: &SecretRequest) {
        self.seats.remove(request);
    }

    pub(super) fn forget_all(&mut self) {
        self.seats.clear();
    }
}
