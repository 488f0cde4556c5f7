//! A service's API: how it is signed for, and where it is.

use aws_config::SdkConfig;

use crate::secret::Region;
use crate::store::identity::Service;

/// The API of a service, as a row of data.
pub(crate) struct Api {
    pub(crate) service: &'static Service,
    /// Its name in a signature's scope.
    pub(crate) signing_name: &'static str,
    /// Whether the path is signed as it is sent; else it is encoded once more for that.
    pub(crate) signs_path_as_sent: bool,
    /// The host in a region.
    pub(crate) host: fn(&Region, Variants) -> String,
}

/// The variants of endpoints that a configuration can ask for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variants {
    pub(crate) fips: bool,
    pub(crate) dual_stack: bool,
}

impl Variants {
    fn of(shared: &SdkConfig) -> Self {
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        Variants { fips: is(shared.use_fips()), dual_stack: is(shared.use_dual_stack()) }
    }
}

impl Api {
    /// The URL in a region where nothing else is configured.
    pub(super) fn url_of_region(&self, shared: &SdkConfig, region: &Region) -> String {
        format!("https://{}", (self.host)(region, Variants::of(shared)))
    }
}
