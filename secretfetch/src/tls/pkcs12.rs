//! A PKCS#12 key store with one key and its certificates: RFC 7292, with the algorithms that OpenSSL 1.1 and 3 and the
//! JDK (8u301, 11.0.12, 17 and later) read alike: PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC, and a MAC of SHA-256.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::der::{BMP_STRING, INTEGER, OCTET_STRING, SET, context, element, sequence};
use super::private_key::Plain;

// Object identifiers, with their tag.
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const ENCRYPTED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
const SHROUDED_KEY_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
const CERTIFICATE_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
const X509_CERTIFICATE: &[u8] = b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
const FRIENDLY_NAME: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14";
const LOCAL_KEY_ID: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15";
const PBES2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
const PBKDF2: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
const HMAC_SHA256: &[u8] = b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09";
const AES_256_CBC: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
const SHA256: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01";

const NULL: &[u8] = &[0x05, 0];
const VERSION_0: &[u8] = &[INTEGER, 1, 0];
const VERSION_3: &[u8] = &[INTEGER, 1, 3];

/// The JDK's own number, for the key, the certificates and the MAC.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(10_000).expect("it is not zero");
const ITERATIONS_DER: &[u8] = &[INTEGER, 2, 0x27, 0x10];

const SALT: usize = 16;

/// Whether all readers make the same bytes of a password. Of other characters they do not: the JDK takes ASCII alone for
/// PBES2, and OpenSSL's MAC depends on its version. An empty one is two different ones to OpenSSL.
pub(crate) fn is_password(password: &str) -> bool {
    !password.is_empty() && password.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether an alias is the same in all readers: the JDK makes lower case of it.
pub(crate) fn is_alias(alias: &str) -> bool {
    (1..=255).contains(&alias.len())
        && alias.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !byte.is_ascii_uppercase())
}

/// What is in a key store.
pub(crate) struct KeyStore<'a> {
    pub(crate) key: &'a Plain,
    /// The leaf first.
    pub(crate) certificates: &'a [Certificate],
    pub(crate) alias: &'a str,
}

impl KeyStore<'_> {
    /// The file. The same content with the same password gives the same bytes.
    ///
    /// # Errors
    /// Only if the cipher does not work.
    pub(crate) fn encrypted_with(&self, password: &str) -> Result<Zeroizing<Vec<u8>>, aws_lc_rs::error::Unspecified> {
        let variety = Variety::of(self, password);
        let encrypt = |plain: &[u8], salt: &str, iv: &str| {
            Encrypted::new(plain, password, variety.bytes(salt), variety.bytes(iv))
        };
        let key = encrypt(self.key.pkcs8(), "key salt", "key iv")?;
        let key = sequence(&[&key.algorithm, &element(OCTET_STRING, &[&key.content])]);
        let key = bag(SHROUDED_KEY_BAG, &key, &self.attributes());
        let certificates = encrypt(&self.certificate_bags(), "certificate salt", "certificate iv")?;
        // The content has an implicit tag of its own: [0], primitive.
        let content = element(0x80, &[&certificates.content]);
        let certificates = sequence(&[VERSION_0, &sequence(&[DATA, &certificates.algorithm, &content])]);
        let certificates = sequence(&[ENCRYPTED_DATA, &element(context(0), &[&certificates])]);
        let safe = sequence(&[&certificates, &data(&sequence(&[&key]))]);
        let salt = variety.bytes("mac salt");
        let mac_key = hmac::Key::new(hmac::HMAC_SHA256, &*mac_key(password, &salt));
        let mac = hmac::sign(&mac_key, &safe);
        let mac = sequence(&[&sequence(&[SHA256, NULL]), &element(OCTET_STRING, &[mac.as_ref()])]);
        let mac = sequence(&[&mac, &element(OCTET_STRING, &[&salt]), ITERATIONS_DER]);
        Ok(sequence(&[VERSION_3, &data(&safe), &mac]))
    }

    fn certificate_bags(&self) -> Zeroizing<Vec<u8>> {
        let bags = self.certificates.iter().enumerate().map(|(place, certificate)| {
            let certificate = element(context(0), &[&element(OCTET_STRING, &[certificate.der()])]);
            let certificate = sequence(&[X509_CERTIFICATE, &certificate]);
            // The key's id says which certificate is the key's own.
            bag(CERTIFICATE_BAG, &certificate, &if place == 0 { self.attributes() } else { Zeroizing::default() })
        });
        let bags: Vec<_> = bags.collect();
        sequence(&bags.iter().map(|bag| bag.as_slice()).collect::<Vec<_>>())
    }

    fn attributes(&self) -> Zeroizing<Vec<u8>> {
        let id = digest::digest(&digest::SHA256, self.certificates.first().map_or(&[], Certificate::der));
        let id = element(SET, &[&element(OCTET_STRING, &[&id.as_ref()[..20]])]);
        let name = element(SET, &[&element(BMP_STRING, &[&bmp(self.alias)])]);
        let mut attributes = [sequence(&[FRIENDLY_NAME, &name]), sequence(&[LOCAL_KEY_ID, &id])];
        // DER has the members of a set in the order of their bytes.
        attributes.sort_by(|one, other| one.as_slice().cmp(other));
        element(SET, &attributes.each_ref().map(|attribute| attribute.as_slice()))
    }
}

/// Where a file of chance would have random bytes: a keyed hash of all that is in it, and so the same in each run for
/// the same content and password, and another for any other. Who knows neither the password nor the private key learns
/// nothing from them.
struct Variety(hmac::Key);

impl Variety {
    fn of(store: &KeyStore<'_>, password: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, password.as_bytes());
        let alias = element(OCTET_STRING, &[store.alias.as_bytes()]);
        let content = sequence(&[&alias, store.key.pkcs8(), &store.certificate_bags()]);
        Variety(hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, &content).as_ref()))
    }

    fn bytes(&self, purpose: &str) -> [u8; SALT] {
        let mut bytes = [0; SALT];
        bytes.copy_from_slice(&hmac::sign(&self.0, purpose.as_bytes()).as_ref()[..SALT]);
        bytes
    }
}

struct Encrypted {
    algorithm: Zeroizing<Vec<u8>>,
    content: Zeroizing<Vec<u8>>,
}

impl Encrypted {
    fn new(
        plain: &[u8],
        password: &str,
        salt: [u8; SALT],
        iv: [u8; 16],
    ) -> Result<Self, aws_lc_rs::error::Unspecified> {
        let mut key = Zeroizing::new([0; 32]);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password.as_bytes(), &mut *key);
        let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &*key)?)?;
        // With room for the padding, so that it is encrypted where it stands.
        let mut content = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
        content.extend_from_slice(plain);
        cipher.less_safe_encrypt(&mut *content, EncryptionContext::Iv128(FixedLength::from(iv)))?;
        let derivation = sequence(&[&element(OCTET_STRING, &[&salt]), ITERATIONS_DER, &sequence(&[HMAC_SHA256, NULL])]);
        let derivation = sequence(&[PBKDF2, &derivation]);
        let cipher = sequence(&[AES_256_CBC, &element(OCTET_STRING, &[&iv])]);
        Ok(Encrypted { algorithm: sequence(&[PBES2, &sequence(&[&derivation, &cipher])]), content })
    }
}

/// `ContentInfo` of plain bytes.
fn data(content: &[u8]) -> Zeroizing<Vec<u8>> {
    sequence(&[DATA, &element(context(0), &[&element(OCTET_STRING, &[content])])])
}

fn bag(kind: &[u8], content: &[u8], attributes: &[u8]) -> Zeroizing<Vec<u8>> {
    sequence(&[kind, &element(context(0), &[content]), attributes])
}

/// UTF-16 with the high byte first, of ASCII.
fn bmp(text: &str) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
    bytes.extend(text.bytes().flat_map(|byte| [0, byte]));
    bytes
}

/// RFC 7292, appendix B.2, with SHA-256 and one block of output.
fn mac_key(password: &str, salt: &[u8]) -> Zeroizing<[u8; 32]> {
    const BLOCK: usize = 64;
    /// The key is one for integrity.
    const PURPOSE: u8 = 3;
    let mut password = bmp(password);
    password.extend([0, 0]);
    let filled = |bytes: &[u8]| bytes.iter().copied().cycle().take(bytes.len().div_ceil(BLOCK) * BLOCK).collect();
    let (salt, password): (Vec<u8>, Zeroizing<Vec<u8>>) = (filled(salt), Zeroizing::new(filled(&password)));
    let mut context = digest::Context::new(&digest::SHA256);
    [&[PURPOSE; BLOCK][..], &salt, &password].into_iter().for_each(|part| context.update(part));
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(context.finish().as_ref());
    for _ in 1..ITERATIONS.get() {
        let next = digest::digest(&digest::SHA256, &*key);
        key.copy_from_slice(next.as_ref());
    }
    key
}
