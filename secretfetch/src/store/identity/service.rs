//! A service of AWS, as a row of data.

/// A service that is asked: its name in messages, in variables, and in a `[services]` section of the profile files.
///
/// The names of its endpoint are those of the [reference].
///
/// [reference]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// Who failed, where a server did.
    pub(crate) server: &'static str,
    /// What a failure of it means, before it is told.
    pub(crate) prefix: &'static str,
    /// What helps where it asks to slow down.
    pub(crate) throttled: &'static str,
    /// The variable that holds its endpoint, and wins over the one for all services.
    pub(crate) endpoint_variable: &'static str,
    pub(crate) section: &'static str,
}

/// The service that gives credentials for a role.
pub(crate) const STS: &Service = &Service {
    name: "STS",
    server: "STS",
    prefix: "no credentials: ",
    throttled: "many pods that start at once share the account's quota of STS: start them in smaller groups",
    endpoint_variable: "AWS_ENDPOINT_URL_STS",
    section: "sts",
};
