//! The check of a server's certificate, once for the connections that are made side by side.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

/// How long the check of a certificate holds for further connections.
const HOLDS: Duration = Duration::from_secs(60);

/// The most hosts whose certificates are remembered at one time.
const MOST: usize = 64;

/// A verifier that does not check the very same chain for the very same name again within a minute.
///
/// Whether authorities have signed a chain depends on nothing but its bytes, the name and the time (with a verifier that
/// looks at no revocation lists and no OCSP answer, as rustls's own does), and is a third of what a handshake computes;
/// ten connections to one host get one chain. That the server holds the certificate's key is checked on every connection.
#[derive(Debug)]
pub(super) struct RememberingVerifier<V> {
    verifier: Arc<V>,
    checked: Mutex<Vec<Checked>>,
}

/// A chain that has passed.
#[derive(Debug)]
struct Checked {
    name: ServerName<'static>,
    /// The server's own certificate first.
    chain: Vec<CertificateDer<'static>>,
    at: UnixTime,
}

impl<V> RememberingVerifier<V> {
    pub(super) fn new(verifier: Arc<V>) -> Self {
        RememberingVerifier { verifier, checked: Mutex::default() }
    }
}

impl Checked {
    fn holds_at(&self, now: UnixTime) -> bool {
        // A clock that was set back says nothing.
        now.as_secs().checked_sub(self.at.as_secs()).is_some_and(|age| age < HOLDS.as_secs())
    }

    fn is_of(&self, chain: &[&CertificateDer<'_>], name: &ServerName<'_>) -> bool {
        self.name == *name && self.chain.iter().eq(chain.iter().copied())
    }
}

impl<V: ServerCertVerifier> ServerCertVerifier for RememberingVerifier<V> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).collect();
        let checked = || self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if checked().iter().any(|checked| checked.holds_at(now) && checked.is_of(&chain, server_name)) {
            return Ok(ServerCertVerified::assertion());
        }
        let verified = self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        let mut checked = checked();
        checked.retain(|checked| checked.holds_at(now) && checked.name != *server_name);
        if checked.len() < MOST {
            let chain = chain.into_iter().map(|certificate| certificate.clone().into_owned()).collect();
            checked.push(Checked { name: server_name.to_owned(), chain, at: now });
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Accepts what begins with `good`, and counts.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl ServerCertVerifier for Counting {
        fn verify_server_cert(
            &self,
            end_entity: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            self.0.fetch_add(1, Ordering::SeqCst);
            match end_entity.starts_with(b"good") {
                true => Ok(ServerCertVerified::assertion()),
                false => Err(Error::General("bad".to_owned())),
            }
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("signature".to_owned()))
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("signature".to_owned()))
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ED25519]
        }
    }

    /// Whether a chain passes, and whether it was looked at.
    fn check(verifier: &RememberingVerifier<Counting>, chain: &[&[u8]], name: &str, second: u64) -> (bool, bool) {
        let before = verifier.verifier.0.load(Ordering::SeqCst);
        let chain: Vec<_> = chain.iter().map(|bytes| CertificateDer::from(*bytes)).collect();
        let name = ServerName::try_from(name).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(second));
        let passes = verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], now).is_ok();
        (passes, verifier.verifier.0.load(Ordering::SeqCst) > before)
    }

    #[test]
    fn one_chain_for_one_name_is_checked_once_a_minute() {
        let verifier = RememberingVerifier::new(Arc::new(Counting::default()));
        let chain: &[&[u8]] = &[b"good", b"middle"];
        assert_eq!(check(&verifier, chain, "a", 1000), (true, true));
        assert_eq!(check(&verifier, chain, "a", 1059), (true, false));
        assert_eq!(check(&verifier, chain, "a", 1060), (true, true));
        // A clock that was set back says nothing.
        assert_eq!(check(&verifier, chain, "a", 1000), (true, true));
    }

    #[test]
    fn anything_else_is_checked_by_itself() {
        let others: [(&[&[u8]], &str); 5] = [
            (&[b"good", b"middle"], "b"),
            (&[b"good"], "a"),
            (&[b"good", b"other"], "a"),
            (&[b"good", b"middle", b"more"], "a"),
            (&[b"good too", b"middle"], "a"),
        ];
        for (chain, name) in others {
            let verifier = RememberingVerifier::new(Arc::new(Counting::default()));
            assert_eq!(check(&verifier, &[b"good", b"middle"], "a", 1000), (true, true));
            assert_eq!(check(&verifier, chain, name, 1000), (true, true), "{chain:?} {name}");
        }
    }

    #[test]
    fn a_refusal_is_not_remembered_and_does_not_pass_later() {
        let verifier = RememberingVerifier::new(Arc::new(Counting::default()));
        for _ in 0..2 {
            assert_eq!(check(&verifier, &[b"bad"], "a", 1000), (false, true));
        }
    }
}
