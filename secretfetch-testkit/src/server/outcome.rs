//! What comes of a request.

use serde_json::Value;

use super::answer::Answer;
use crate::fake::refusal::Refusal;
use crate::fake::script::Breakage;
use crate::fake::shared::Ending;

/// The service's answer, and what a fault does to it on its way.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) breakage: Option<Breakage>,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Outcome { answer, breakage: None }
    }
}

/// A body that an operation answers with.
pub(super) type Reply = Result<Value, Refusal>;

/// Tells a fault that spoils the answer from one that is the answer.
pub(super) fn broken(played: Result<(), Ending>) -> Result<Option<Breakage>, Refusal> {
    match played {
        Ok(()) => Ok(None),
        Err(Ending::Broken(breakage)) => Ok(Some(breakage)),
        Err(Ending::Refused(refusal)) => Err(refusal),
    }
}
