//! Credentials: found once, shared by all requests, refreshed before they expire.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::{Mutex, MutexGuard};

use super::diagnosis;
use crate::error::{Error, Result};

/// Credentials that expire within this time are fetched anew before requests are sent.
const REFRESH_BEFORE: Duration = Duration::from_secs(60);

/// The credentials of one store.
///
/// The SDK's own cache lets each of N waiting requests walk the provider chain again after a failure,
/// one after the other: twenty secrets would wait twenty times for a mute credential endpoint. Here all
/// who wait share one answer, success or failure.
#[derive(Clone)]
pub(crate) struct SharedCredentials(Arc<Inner>);

struct Inner {
    provider: SharedCredentialsProvider,
    /// The profile that was asked for by name, for messages.
    profile: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Credentials>,
    /// The last attempt's failure, and when it was over.
    failed: Option<(Instant, Error)>,
}

impl SharedCredentials {
    /// The provider bounds itself.
    pub(super) fn new(provider: SharedCredentialsProvider, profile: Option<String>) -> Self {
        SharedCredentials(Arc::new(Inner { provider, profile, state: Mutex::default() }))
    }

    /// Makes sure that there are credentials, before many requests are sent that need them.
    pub(crate) async fn ready(&self) -> Result<()> {
        self.credentials(REFRESH_BEFORE).await.map(drop)
    }

    /// Forgets the credentials, after AWS has rejected them.
    pub(crate) async fn forget(&self) {
        self.0.state.lock().await.current = None;
    }

    /// Credentials that are good for at least `time`, if the provider gives such.
    async fn credentials(&self, time: Duration) -> Result<Credentials> {
        let asked = Instant::now();
        let mut state = self.0.state.lock().await;
        if let Some(credentials) = state.current.as_ref().filter(|credentials| outlives(credentials, time)) {
            return Ok(credentials.clone());
        }
        match &state.failed {
            // It failed while this caller was waiting: the answer is for it as well.
            Some((when, error)) if *when >= asked => Err(error.clone()),
            _ => self.load(&mut state).await,
        }
    }

    async fn load(&self, state: &mut MutexGuard<'_, State>) -> Result<Credentials> {
        let profile = self.0.profile.as_deref();
        let failure = match self.0.provider.provide_credentials().await {
            Ok(credentials) => match diagnosis::unusable(&credentials) {
                None => {
                    state.failed = None;
                    return Ok(state.current.insert(credentials).clone());
                }
                Some(failure) => failure,
            },
            Err(error) => diagnosis::credentials(&error, profile),
        };
        let error = Error::from(failure);
        state.failed = Some((Instant::now(), error.clone()));
        // A refresh that fails is no reason to stop while the old ones are still good.
        match state.current.as_ref().filter(|credentials| outlives(credentials, Duration::ZERO)) {
            Some(credentials) => Ok(credentials.clone()),
            None => Err(error),
        }
    }
}

fn outlives(credentials: &Credentials, time: Duration) -> bool {
    credentials.expiry().is_none_or(|expiry| expiry > SystemTime::now() + time)
}

impl ProvideCredentials for SharedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let result: provider::Result =
                self.credentials(Duration::ZERO).await.map_err(CredentialsError::provider_error);
            result
        })
    }
}

impl fmt::Debug for SharedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedCredentials")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::ErrorKind;

    #[derive(Debug, Default)]
    struct Scripted {
        calls: AtomicUsize,
        expires_in: Option<Duration>,
        fails: bool,
    }

    impl ProvideCredentials for Scripted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async move {
                self.calls.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                if self.fails {
                    return Err(CredentialsError::not_loaded("nothing configured"));
                }
                let expiry = self.expires_in.map(|time| SystemTime::now() + time);
                Ok(Credentials::new("AKIA", "secret", None, expiry, "test"))
            })
        }
    }

    fn shared(scripted: Scripted) -> (Arc<Scripted>, SharedCredentials) {
        let scripted = Arc::new(scripted);
        let provider = SharedCredentialsProvider::new(Counted(scripted.clone()));
        (scripted, SharedCredentials::new(provider, None))
    }

    #[derive(Debug)]
    struct Counted(Arc<Scripted>);

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.0.provide_credentials()
        }
    }

    #[tokio::test]
    async fn many_waiters_share_one_failure() {
        let (scripted, credentials) = shared(Scripted { fails: true, ..Scripted::default() });
        let results = futures_util::future::join_all((0..20).map(|_| credentials.ready())).await;
        assert!(results.iter().all(|result| matches!(result, Err(f) if f.kind() == ErrorKind::NoCredentials)));
        assert_eq!(scripted.calls.load(Ordering::SeqCst), 1);
        // A later caller is a new attempt.
        assert!(credentials.ready().await.is_err());
        assert_eq!(scripted.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn credentials_are_found_once_and_again_when_they_are_about_to_expire_or_rejected() {
        let (scripted, credentials) = shared(Scripted::default());
        futures_util::future::join_all((0..20).map(|_| credentials.ready())).await;
        assert_eq!(scripted.calls.load(Ordering::SeqCst), 1);
        credentials.forget().await;
        credentials.ready().await.unwrap();
        assert_eq!(scripted.calls.load(Ordering::SeqCst), 2);

        let (scripted, credentials) =
            shared(Scripted { expires_in: Some(Duration::from_secs(30)), ..Scripted::default() });
        credentials.ready().await.unwrap();
        credentials.ready().await.unwrap();
        assert_eq!(scripted.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn credentials_that_came_too_late_are_a_failure_and_not_sent() {
        #[derive(Debug)]
        struct Stale(&'static str, SystemTime);
        impl ProvideCredentials for Stale {
            fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                future::ProvideCredentials::ready(Ok(Credentials::new(self.0, "secret", None, Some(self.1), "test")))
            }
        }
        let (now, minute) = (SystemTime::now(), Duration::from_secs(60));
        for (stale, kind) in [
            (Stale("AKIA", now - minute), ErrorKind::CredentialsRejected),
            // What the SDK makes of half an answer of STS.
            (Stale("AKIA", SystemTime::UNIX_EPOCH), ErrorKind::InvalidResponse),
            (Stale("", now + minute), ErrorKind::InvalidResponse),
        ] {
            let provider = SharedCredentialsProvider::new(stale);
            let credentials = SharedCredentials::new(provider, None);
            assert_eq!(credentials.ready().await.unwrap_err().kind(), kind);
        }
    }
}
