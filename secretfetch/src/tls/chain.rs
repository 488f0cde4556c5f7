//! Who signed whom, and the order that a server sends.

use rustls::crypto::aws_lc_rs;

use super::certificate::Certificate;

/// Whether `issuer` is the one that signed `certificate`: by its name, and by the signature where its algorithm is one
/// that we know (RSA with SHA-2, ECDSA, Ed25519). Of SHA-1 and of curves that no TLS client takes, the name must do.
pub(crate) fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    if issuer.subject != certificate.issuer {
        return false;
    }
    let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
    let mut known = algorithms.iter().filter(|algorithm| {
        algorithm.signature_alg_id().as_ref() == certificate.signature_algorithm
            && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
    });
    match known.next() {
        Some(algorithm) => {
            algorithm.verify_signature(&issuer.public_key, &certificate.signed, &certificate.signature).is_ok()
        }
        None => true,
    }
}

/// The leaf, and the others in the order in which each signed one before it. Of several that did (a root that another
/// root signed too) each has its place, the signer of the last one first.
///
/// # Errors
/// One of the others that signed none of these.
pub(crate) fn in_order<T>(leaf: Certificate, others: Vec<(T, Certificate)>) -> Result<Vec<Certificate>, T> {
    let mut ordered = vec![leaf];
    let mut others = others;
    // Whose signers are not all found yet, the last one on top. Nobody is asked for one that is done, so that certificates
    // made to cost time cost no more than each asked about each, twice.
    let mut open = vec![0];
    while let Some(&signed) = open.last() {
        match others.iter().position(|(_, other)| issued(other, &ordered[signed])) {
            Some(place) => {
                open.push(ordered.len());
                ordered.push(others.remove(place).1);
            }
            None => _ = open.pop(),
        }
    }
    match others.into_iter().next() {
        Some((foreign, _)) => Err(foreign),
        None => Ok(ordered),
    }
}
