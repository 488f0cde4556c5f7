//! The binary on networks that misbehave, and with credentials that cannot be had: what it says, what it
//! asks again, and when it ends.

mod answer;
mod credentials;
mod denial;
mod endpoint;
mod fetch;
mod hosts;
mod identity;
mod instance;
mod lookup;
mod many;
mod proxy;
mod trust;
mod web_identity;
