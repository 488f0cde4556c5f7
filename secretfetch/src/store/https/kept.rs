//! The last answers, for servers that tell whether one is still good.

use std::sync::{Mutex, PoisonError};

use super::entity_tag::EntityTag;
use crate::secret::SecretValue;

/// An answer and its tag.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) tag: EntityTag,
    pub(super) value: SecretValue,
}

/// The last answer of each URL that had a tag. Values in it stay in memory until others take their place.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Vec<(String, Answer)>>);

/// As many URLs as a large configuration has.
const MOST_ANSWERS: usize = 256;

/// Of all values together: four of the longest.
const MOST_BYTES: usize = 4 << 20;

impl Kept {
    /// The answer of this URL, which is now the last that was asked for.
    pub(super) fn of(&self, url: &str) -> Option<Answer> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = answers.iter().position(|(known, _)| known == url)?;
        let entry = answers.remove(place);
        let answer = entry.1.clone();
        answers.push(entry);
        Some(answer)
    }

    /// Keeps an answer; those that were not asked for the longest time make room for it.
    pub(super) fn keep(&self, url: &str, answer: Answer) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|(known, _)| known != url);
        answers.push((url.to_owned(), answer));
        let size = |(_, answer): &(String, Answer)| answer.value.expose_bytes().len();
        let mut bytes: usize = answers.iter().map(size).sum();
        let mut over = 0;
        while answers.len() - over > MOST_ANSWERS || bytes > MOST_BYTES {
            bytes -= size(&answers[over]);
            over += 1;
        }
        answers.drain(..over);
    }

    pub(super) fn forget(&self, url: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(bytes: usize) -> Answer {
        Answer { tag: EntityTag::parse("\"x\"").unwrap(), value: SecretValue::from_binary(vec![0; bytes]) }
    }

    #[test]
    fn what_was_not_asked_for_the_longest_time_makes_room() {
        let kept = Kept::default();
        for n in 0..MOST_ANSWERS {
            kept.keep(&n.to_string(), answer(1));
        }
        assert!(kept.of("0").is_some());
        kept.keep("new", answer(1));
        assert!(kept.of("0").is_some() && kept.of("1").is_none() && kept.of("2").is_some() && kept.of("new").is_some());
    }

    #[test]
    fn the_values_together_are_bounded() {
        let kept = Kept::default();
        for n in 0..9 {
            kept.keep(&n.to_string(), answer(1 << 20));
        }
        let known: Vec<bool> = (0..9).map(|n| kept.of(&n.to_string()).is_some()).collect();
        assert_eq!(known, [false, false, false, false, false, true, true, true, true]);
        kept.keep("8", answer(1));
        kept.keep("7", answer(1));
        assert!(kept.of("5").is_some(), "what takes the place of another is counted once");
        kept.forget("5");
        assert!(kept.of("5").is_none());
    }
}
