//! The region of requests that name none.

use aws_config::Region as SdkRegion;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use tokio::time::Instant;

use super::metadata::{Metadata, provider_config};
use super::profiles;
use super::settings::Settings;
use crate::call::{self, Call};
use crate::error::{ErrorKind, Failure, Result};
use crate::secret::Region;

/// The region of the environment or the profile.
pub(crate) async fn configured_region(profile: Option<&str>) -> Result<Option<Region>> {
    profiles::check_files()?;
    let mut from_profile = ProfileFileRegionProvider::builder();
    if let Some(name) = profile.or(profiles::default_name()) {
        from_profile = from_profile.profile_name(name);
    }
    // The first of the variables that is not empty; the SDK's own provider stops at an empty one.
    let from_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
        .map(SdkRegion::new);
    let chain = RegionProviderChain::first_try(from_environment).or_else(from_profile.build());
    match chain.region().await.as_ref().map(AsRef::as_ref) {
        None | Some("") => Ok(None),
        Some(name) => name.parse().map(Some).map_err(|error: crate::secret::ParseRegionError| {
            Failure::new(ErrorKind::Config, error.to_string())
                .with_hint("check AWS_REGION, AWS_DEFAULT_REGION and the profile's `region`")
                .into()
        }),
    }
}

/// The region of instance metadata.
pub(super) async fn instance_region(settings: &Settings, metadata: &Metadata) -> Result<Region, NoRegion> {
    tracing::debug!("no region is configured: asking instance metadata");
    let config = provider_config(settings, None);
    let provider = ImdsRegionProvider::builder().configure(&config).imds_client(metadata.client(settings)).build();
    let limit = Call::current().limit(settings.credentials_timeout);
    let found = call::until(Instant::now() + limit, provider.region()).await.flatten();
    found.and_then(|region| region.as_ref().parse().ok()).ok_or(NoRegion)
}

/// Instance metadata names no region, for whatever reason.
pub(super) struct NoRegion;
