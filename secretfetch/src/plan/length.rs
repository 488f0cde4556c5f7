//! A duration of a configuration, as a type to parse.

use std::str::FromStr;
use std::time::Duration;

use super::config::{ParseDurationError, parse_duration};

pub(super) struct Length(pub(super) Duration);

impl FromStr for Length {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_duration(text).map(Length)
    }
}
