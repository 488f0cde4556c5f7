//! TLS: which key exchange, whom it trusts, and what is remembered for the next connection.

use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::{CipherSuite, ClientConfig, RootCertStore};

use super::client_identity::ClientIdentity;
use super::verifier::RememberingVerifier;
use crate::error::{ErrorKind, Failure, Result};

/// TLS with servers whose certificates these roots stand for; `identity` is shown to those that ask for one.
pub(super) fn config(roots: RootCertStore, identity: Option<&ClientIdentity>) -> Result<Arc<ClientConfig>> {
    let cannot = || Failure::new(ErrorKind::Internal, "the TLS client cannot be built");
    let crypto = Arc::new(crypto());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto.clone());
    let verifier = verifier.build().map_err(|_| cannot())?;
    let tls = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(|_| cannot())?
        // What rustls calls any verifier but its own; this one asks its own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(RememberingVerifier::new(verifier)));
    let mut tls = match identity {
        Some(identity) => tls.with_client_cert_resolver(identity.resolver()),
        None => tls.with_no_client_auth(),
    };
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Eight for each of eight hosts; the default has room for four times that, which is made at once.
    tls.resumption = Resumption::in_memory_sessions(64);
    Ok(Arc::new(tls))
}

/// AWS-LC, with a key exchange that a quantum computer cannot undo first; the classic ones are for servers without it.
///
/// Of the suites AES-128 is first, as in browsers: its hash is SHA-256, which processors compute themselves; with
/// SHA-384 a run for one secret computes 1.5 % more.
fn crypto() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}
