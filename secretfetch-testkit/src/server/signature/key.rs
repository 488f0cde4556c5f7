//! The key of a signature, derived from a secret access key.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The key of one day, region and service.
pub(super) struct SigningKey([u8; 32]);

impl SigningKey {
    pub(super) fn derive(secret_access_key: &str, day: &str, region: &str, service: &str) -> Self {
        let start = hmac(format!("AWS4{secret_access_key}").as_bytes(), day);
        let key = [region, service, "aws4_request"].into_iter().fold(start, |key, part| {
            let key: [u8; 32] = key.finalize().into_bytes().into();
            hmac(&key, part)
        });
        SigningKey(key.finalize().into_bytes().into())
    }

    /// Whether `signature`, in hexadecimal, is this key's of the string.
    pub(super) fn verify(&self, string_to_sign: &str, signature: &str) -> bool {
        hex(&hmac(&self.0, string_to_sign).finalize().into_bytes()) == signature
    }
}

fn hmac(key: &[u8], message: &str) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(message.as_bytes());
    hmac
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: "Create a signed AWS API request", IAM User Guide.
    #[test]
    fn the_key_of_the_user_guide_is_derived() {
        let key = SigningKey::derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");
        assert_eq!(hex(&key.0), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    }
}
