//! The rules by name, and what a run could not test.

use std::fmt;

/// A rule of the `# Contract` of [`SecretStore`](secretfetch::SecretStore).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A secret is found by its name, its ARN and its partial ARN.
    Identity,
    /// The version that was asked for is answered, or `VersionNotFound`.
    Version,
    /// A secret that is not there is `SecretNotFound`, with its id.
    NotFound,
    /// The value is the stored one, byte for byte.
    Exactness,
    /// `fetch_many` answers in the order of the requests.
    Order,
    /// One attempt, and the truth about whether another could succeed.
    NoRetries,
    /// No value in an error, log line or `Debug`.
    Silence,
    /// A dropped future stops its work.
    Cancellation,
    /// What is never answered ends before the call's deadline.
    Deadline,
    /// `fetch_many` tells of each answer once.
    Progress,
    /// `find` brings exactly what fits, in the order of the names.
    Search,
}

impl Rule {
    fn name(self) -> &'static str {
        match self {
            Rule::Identity => "1 (identity)",
            Rule::Version => "2 (version)",
            Rule::NotFound => "3 (not found)",
            Rule::Exactness => "4 (exactness)",
            Rule::Order => "5 (order)",
            Rule::NoRetries => "6 (no retries)",
            Rule::Silence => "7 (silence)",
            Rule::Cancellation => "8 (cancellation)",
            Rule::Deadline => "9 (deadline)",
            Rule::Progress => "10 (progress)",
            Rule::Search => "11 (search)",
        }
    }

    pub(super) fn broken(self, how: impl fmt::Display) -> ! {
        panic!("the store breaks rule {self} of its contract: {how}")
    }

    pub(super) fn require(self, kept: bool, how: impl fmt::Display) {
        if !kept {
            self.broken(how);
        }
    }
}

/// The rule's number and name.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a run of the contract could not test on its subject.
#[derive(Clone, Debug, Default)]
#[must_use = "look at what could not be tested, or a subject may quietly test little"]
pub struct Report {
    not_applicable: Vec<NotApplicable>,
}

/// A part of a rule that a subject has no means for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotApplicable {
    /// The rule.
    pub rule: Rule,
    /// Which part of it.
    pub part: &'static str,
}

impl Report {
    /// The parts of rules that were not tested; empty for a subject with a fake behind it.
    pub fn not_applicable(&self) -> &[NotApplicable] {
        &self.not_applicable
    }

    pub(super) fn leave_out(&mut self, rule: Rule, part: &'static str) {
        self.not_applicable.push(NotApplicable { rule, part });
    }
}
