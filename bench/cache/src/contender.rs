//! The two caches, each on a client of the official SDK with the same configuration.

use std::num::NonZeroUsize;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_secretsmanager_caching::SecretsManagerCachingClient;
use secretfetch::{AwsSecretStore, CachedSecretStore, SecretRequest, SecretStore as _};
use secretfetch_testkit::{FakeSecretStore, FakeSecretsManager};

use crate::outcome::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    Ours,
    Peer,
}

pub(crate) enum Cache {
    Ours(CachedSecretStore<AwsSecretStore>),
    Peer(SecretsManagerCachingClient),
}

/// One secret, as each of the caches is asked for it.
pub(crate) struct Wanted {
    request: SecretRequest,
    name: String,
}

impl Wanted {
    pub(crate) fn new(n: usize) -> Result<Self> {
        let name = name(n);
        Ok(Wanted { request: name.as_str().try_into()?, name })
    }
}

/// Both remember the value for as long as that, without jitter, and give it while the service is away.
pub(crate) fn open(kind: Kind, server: &FakeSecretsManager, time_to_live: Duration, size: usize) -> Result<Cache> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "key", None, None, "bench"))
        .endpoint_url(server.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Ok(match kind {
        Kind::Ours => Cache::Ours(
            CachedSecretStore::new(AwsSecretStore::from_conf(config))
                .with_time_to_live(time_to_live)
                .with_jitter(0.0)
                .with_capacity(size),
        ),
        Kind::Peer => {
            let size = NonZeroUsize::new(size).ok_or("a cache of nothing")?;
            Cache::Peer(SecretsManagerCachingClient::new(Client::from_conf(config), size, time_to_live, true)?)
        }
    })
}

impl Cache {
    /// Asks for the secrets in turn, so many times; the length of what came. Each cache has a loop of its own, so that
    /// what is measured is it and not who asks.
    pub(crate) async fn ask(&self, wanted: &[Wanted], times: usize) -> Result<usize> {
        let mut bytes = 0;
        match self {
            Cache::Ours(cache) => {
                for wanted in wanted.iter().cycle().take(times) {
                    let secret = cache.fetch(&wanted.request).await?;
                    bytes += secret.value.expose_text().map_or(0, str::len);
                }
            }
            Cache::Peer(cache) => {
                for wanted in wanted.iter().cycle().take(times) {
                    let secret = cache.get_secret_value(&wanted.name, None, None, false).await;
                    let secret = secret.map_err(|error| error.to_string())?;
                    bytes += secret.secret_string.as_deref().map_or(0, str::len);
                }
            }
        }
        Ok(bytes)
    }
}

/// A Secrets Manager with as many secrets as that, each as AWS makes them for a database.
pub(crate) fn server(secrets: usize) -> FakeSecretsManager {
    let store = FakeSecretStore::new();
    for n in 0..secrets {
        let value = format!(
            r#"{{"username":"app{n:05}","password":"q7#Zp!vT2m{n:05}","engine":"postgres","host":"db{n:05}.cluster.us-east-1.rds.amazonaws.com","port":5432,"dbname":"app"}}"#
        );
        store.create_text(&name(n), value);
    }
    FakeSecretsManager::start(&store)
}

fn name(n: usize) -> String {
    format!("prod/service/database-{n:05}")
}
