//! Instance metadata, and what the SDK's providers are built on.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;

use super::settings::Settings;

/// The one client for instance metadata, with its token; made where it may be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata(Arc<OnceLock<imds::Client>>);

/// How long instance metadata may take to accept a connection, or to answer: outside EC2 nobody answers there.
const INSTANCE_METADATA_TIMEOUT: Duration = Duration::from_secs(1);

impl Metadata {
    pub(super) fn client(&self, settings: &Settings) -> imds::Client {
        let client = || {
            // Where it is worth asking again, the Fetcher does.
            imds::Client::builder()
                .configure(&provider_config(settings, None))
                .max_attempts(1)
                .connect_timeout(INSTANCE_METADATA_TIMEOUT)
                .read_timeout(INSTANCE_METADATA_TIMEOUT)
                .build()
        };
        self.0.get_or_init(client).clone()
    }
}

/// What the SDK's providers are built on: the one HTTP client, no retries, and what else all clients have in common.
pub(super) fn provider_config(settings: &Settings, shared: Option<&SdkConfig>) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_http_client(settings.transport.clone())
        .with_region(shared.and_then(SdkConfig::region).cloned())
        .with_use_fips(shared.and_then(SdkConfig::use_fips))
        .with_use_dual_stack(shared.and_then(SdkConfig::use_dual_stack))
        .with_retry_config(RetryConfig::disabled())
        .with_timeout_config(settings.timeouts())
}
