//! The parameters of an account: Parameter Store's state and rules.

pub(crate) mod name;
pub(crate) mod parameters;
pub(crate) mod record;
pub(crate) mod refusal;
