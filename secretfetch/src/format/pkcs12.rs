//! `pkcs12`: the key and its certificates in one encrypted file, for `java.security.KeyStore` and OpenSSL.

use zeroize::Zeroizing;

use super::key_pair::{KeyPair, missing};
use crate::entries::{Entries, Entry, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::tls::{KeyStore, PrivateKey, is_alias, is_password};

const PASSWORD: &str = "password";
const ALIAS: &str = "alias";

/// The key's name where no entry gives one; `keytool` and OpenSSL number theirs.
const DEFAULT_ALIAS: &str = "1";

const NO_PASSWORD: &str = "the password has characters other than ASCII's printable ones, or none";
const NO_PASSWORD_HINT: &str = "Java and OpenSSL make different keys of others; a newline at the end is one";
const NO_ALIAS: &str = "the alias has blanks, upper case or characters beyond ASCII, or none";
const NO_ALIAS_HINT: &str = "Java makes lower case of it";

pub(super) fn render(entries: &Entries, nulls: Nulls) -> Result<Zeroizing<Vec<u8>>> {
    let pair = KeyPair::of(entries, nulls)?;
    let mut errors = Vec::new();
    let mut told = |error: Error| errors.push(error);
    let key = match pair.key() {
        Ok((_, PrivateKey::Plain(key))) => Some(key),
        Ok((entry, PrivateKey::Encrypted { .. })) => {
            let what = "the private key is encrypted, and a key store has its own encryption";
            let hint = "store it without a passphrase (`openssl pkcs8 -topk8 -nocrypt`)";
            told(entry.failure(ErrorKind::Unrepresentable, what).with_hint(hint).into());
            None
        }
        Err(error) => {
            told(error);
            None
        }
    };
    let certificates = pair.certificates().map_err(&mut told).ok();
    let password = match entry(entries, PASSWORD) {
        None => Err(missing(entries, PASSWORD).into()),
        Some(entry) => text(entry, nulls, is_password, (NO_PASSWORD, NO_PASSWORD_HINT)),
    };
    let password = password.map_err(&mut told).ok();
    let alias = entry(entries, ALIAS).map(|entry| text(entry, nulls, is_alias, (NO_ALIAS, NO_ALIAS_HINT))).transpose();
    let alias = alias.map_err(&mut told).ok();
    if let Some(error) = Error::join(errors) {
        return Err(error);
    }
    let (Some(key), Some(certificates), Some(password), Some(alias)) = (key, certificates, password, alias) else {
        return Err(Failure::new(ErrorKind::Internal, "a key store without what it needs").into());
    };
    let store = KeyStore { key, certificates, alias: alias.as_ref().map_or(DEFAULT_ALIAS, |alias| alias.as_str()) };
    store
        .encrypted_with(&password)
        .map_err(|_| Failure::new(ErrorKind::Internal, "the key store could not be encrypted").into())
}

fn entry<'a>(entries: &'a Entries, name: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.name == name)
}

/// The text of an entry, in a form that all readers take.
fn text(
    entry: &Entry,
    nulls: Nulls,
    fits: fn(&str) -> bool,
    (reason, hint): (&'static str, &'static str),
) -> Result<Zeroizing<String>> {
    let text = entry.text(nulls)?.map(|text| Zeroizing::new(text.to_owned())).unwrap_or_default();
    match fits(&text) {
        true => Ok(text),
        false => Err(entry.failure(ErrorKind::Unrepresentable, reason).with_hint(hint).into()),
    }
}
