//! What every contender finds: a server with its secrets, a bundle file, a configuration, a place to write.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secretfetch_testkit::{CertificateAuthority, FakeSecretStore, FakeSecretsManager, Fault};

use crate::delay::DelayedLine;
use crate::outcome::Result;

pub(crate) const REGION: &str = "ca-central-1";

/// How far away the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distance {
    Near,
    /// Each request takes this long to answer; connecting takes no time.
    PerRequest(Duration),
    /// Each round trip takes this long: TCP's, TLS's and HTTP's.
    PerRoundTrip(Duration),
}

/// How a contender says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// By a key in its environment.
    Key,
    /// By a service account's token, which STS takes for credentials (IRSA).
    WebIdentity,
}

/// A Secrets Manager over TLS with secrets `s0`, `s1`, …, a Parameter Store with parameters of these names and values, and a
/// directory in memory.
pub(crate) struct Scene {
    server: FakeSecretsManager,
    line: Option<DelayedLine>,
    directory: tempfile::TempDir,
    secrets: usize,
}

impl Scene {
    /// `secrets` of them, each with a value of `bytes` bytes, or of one that is usual for a database.
    pub(crate) fn new(secrets: usize, bytes: Option<usize>, distance: Distance) -> Result<Self> {
        let value = |n: usize| match bytes {
            Some(bytes) => "x".repeat(bytes),
            None => format!(r#"{{"username":"app{n}","password":"correct horse battery {n}","port":5432}}"#),
        };
        let scene = Scene::holding(secrets, value, distance)?;
        let files: String = (0..secrets).map(|n| format!("  - {{path: s{n}, secretId: s{n}}}\n")).collect();
        std::fs::write(scene.path("files.yaml"), format!("directory: out\nfiles:\n{files}"))?;
        let content = if bytes.is_some() { "as" } else { "prefix" };
        let sources: String = (0..secrets).map(|n| format!("      - {{secretId: s{n}, {content}: S{n}_}}\n")).collect();
        let one = format!("directory: out\nfiles:\n  - path: all.json\n    format: json\n    from:\n{sources}");
        std::fs::write(scene.path("parameters.yaml"), format!("store: ssm\n{one}"))?;
        std::fs::write(scene.path("one.yaml"), one)?;
        Ok(scene)
    }

    /// `secrets` of them, each with the value of its number, and no configuration.
    pub(crate) fn holding(secrets: usize, value: impl Fn(usize) -> String, distance: Distance) -> Result<Self> {
        let store = FakeSecretStore::new().in_region(REGION);
        for n in 0..secrets {
            let value = value(n);
            // A parameter has no more.
            if value.len() <= 4096 {
                store.put_parameter(&format!("s{n}"), value.as_str());
            }
            store.create_text(&format!("s{n}"), value);
        }
        let authority = CertificateAuthority::new();
        let certificate = authority.certificate(&["localhost", "127.0.0.1"]);
        let server = FakeSecretsManager::start_tls(&store, &certificate);
        let mut line = None;
        match distance {
            Distance::Near => {}
            Distance::PerRequest(time) => store.inject(Fault::latency(time)),
            Distance::PerRoundTrip(time) => line = Some(DelayedLine::to(server.address(), time)?),
        }

        // Not on a disk: what is measured is the program, and a pod's volume is in memory too.
        let in_memory = Path::new("/dev/shm");
        let parent = if in_memory.is_dir() { in_memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("secretfetch-bench-").tempdir_in(parent)?;
        let scene = Scene { server, line, directory, secrets };
        std::fs::write(scene.path("ca.pem"), authority.pem())?;
        std::fs::write(scene.path("token"), "header.payload.signature")?;
        std::fs::create_dir(scene.path("out"))?;
        Ok(scene)
    }

    pub(crate) fn secrets(&self) -> usize {
        self.secrets
    }

    pub(crate) fn url(&self) -> String {
        let address = self.line.as_ref().map_or(self.server.address(), DelayedLine::address);
        format!("https://{address}")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Puts the authority at the end of a distribution's bundle, where it costs most to find.
    pub(crate) fn trust_also(&self, bundle: &Path) -> Result<PathBuf> {
        let mut all = std::fs::read(bundle)?;
        all.extend_from_slice(&std::fs::read(self.path("ca.pem"))?);
        let path = self.path("bundle.pem");
        std::fs::write(&path, all)?;
        Ok(path)
    }

    /// What a contender finds in its environment: credentials, region, endpoint, and no more.
    pub(crate) fn environment(&self, bundle: &Path, identity: Identity) -> Vec<(&'static str, OsString)> {
        let mut environment = vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("HOME", "/nonexistent".into()),
            ("AWS_REGION", REGION.into()),
            ("AWS_DEFAULT_REGION", REGION.into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_ENDPOINT_URL", self.url().into()),
            ("AWS_CA_BUNDLE", bundle.into()),
        ];
        match identity {
            Identity::Key => environment.extend([
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            ]),
            Identity::WebIdentity => environment.extend([
                ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app".into()),
                ("AWS_WEB_IDENTITY_TOKEN_FILE", self.path("token").into()),
                // By another name, as STS is another host than Secrets Manager.
                ("AWS_ENDPOINT_URL_STS", self.url().replace("127.0.0.1", "localhost").into()),
            ]),
        }
        environment
    }

    /// Forgets what was asked and written.
    pub(crate) fn clear(&self) -> Result<()> {
        self.forget_requests();
        std::fs::remove_dir_all(self.path("out"))?;
        std::fs::create_dir(self.path("out"))?;
        Ok(())
    }

    pub(crate) fn store(&self) -> &FakeSecretStore {
        self.server.store()
    }

    /// Forgets what was asked.
    pub(crate) fn forget_requests(&self) {
        self.store().clear_requests();
    }

    /// How many requests there were for a secret since then.
    pub(crate) fn times_asked(&self, id: &str) -> usize {
        self.server.requests().iter().filter(|request| request.secret_ids.iter().any(|asked| asked == id)).count()
    }

    /// How many requests were made since [`clear`](Self::clear), and over how many connections; an error unless
    /// each secret was asked for.
    pub(crate) fn asked(&self) -> Result<Asked> {
        let requests = self.server.requests();
        let ids: HashSet<_> = requests.iter().flat_map(|request| &request.secret_ids).collect();
        if ids.len() != self.secrets {
            return Err(format!("{} of {} secrets were asked for", ids.len(), self.secrets).into());
        }
        let connections: HashSet<_> = requests.iter().filter_map(|request| request.connection).collect();
        Ok(Asked { requests: requests.len(), connections: connections.len() })
    }
}

/// What one run cost the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) requests: usize,
    pub(crate) connections: usize,
}
