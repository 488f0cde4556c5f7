//! The certificate, its chain and its private key, from the entries that hold them, checked to belong together.

use zeroize::Zeroizing;

use crate::entries::{Entries, Entry, Nulls};
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::tls::{self, Certificate, Item, Moment, PrivateKey};

/// What entries are looked for, by the names that AWS Certificate Manager's export has too.
const CERTIFICATE: &[&str] = &["certificate", "Certificate"];
const CHAIN: &[&str] = &["chain", "certificateChain", "CertificateChain"];
const PRIVATE_KEY: &[&str] = &["privateKey", "PrivateKey"];

/// What was found. That a key is there, or a certificate, its user asks for.
pub(super) struct KeyPair<'a> {
    entries: &'a Entries,
    /// The leaf first.
    pub(super) certificates: Vec<Certificate>,
    key: Option<(&'a Entry, PrivateKey)>,
}

/// Everything that the entries hold, in their order, with the entry of each.
#[derive(Default)]
struct Found<'a> {
    certificates: Vec<(Source<'a>, Certificate)>,
    keys: Vec<(&'a Entry, PrivateKey)>,
}

#[derive(Clone, Copy)]
struct Source<'a> {
    entry: &'a Entry,
    /// Among the certificates of the entry, from 1.
    number: usize,
    /// Whether the leaf may be here.
    may_be_leaf: bool,
}

impl<'a> KeyPair<'a> {
    pub(super) fn of(entries: &'a Entries, nulls: Nulls) -> Result<Self> {
        let Found { mut certificates, keys } = Found::of(entries, nulls)?;
        let mut keys = keys.into_iter();
        let key = keys.next();
        if let Some((entry, _)) = keys.find(|(_, other)| !key.as_ref().is_some_and(|(_, key)| is_same(key, other))) {
            return Err(entry
                .failure(ErrorKind::Unrepresentable, "there is a second private key")
                .with_hint("a file has one: choose it under `keys`")
                .into());
        }
        let plain = key.as_ref().and_then(|(entry, key)| match key {
            PrivateKey::Plain(plain) => Some((*entry, plain)),
            PrivateKey::Encrypted { .. } => None,
        });
        if let Some((source, _)) = certificates.get(tls::MOST) {
            let what = format!("there are more than {} certificates", tls::MOST);
            let hint = "leave those that signed the server's";
            return Err(source.entry.failure(ErrorKind::Unrepresentable, what).with_hint(hint).into());
        }
        let leaf = place_of_leaf(&certificates, plain)?;
        let certificates = match leaf {
            Some(place) => {
                let (_, leaf) = certificates.remove(place);
                tls::in_order(leaf, certificates).map_err(|source| foreign(&source))?
            }
            None => Vec::new(),
        };
        Ok(KeyPair { entries, certificates, key })
    }

    /// That there is a certificate.
    pub(super) fn certificates(&self) -> Result<&[Certificate]> {
        match self.certificates.is_empty() {
            false => Ok(&self.certificates),
            true => Err(missing(self.entries, CERTIFICATE[0]).into()),
        }
    }

    /// That there is a key, and where.
    pub(super) fn key(&self) -> Result<(&'a Entry, &PrivateKey)> {
        match &self.key {
            Some((entry, key)) => Ok((entry, key)),
            None => Err(missing(self.entries, PRIVATE_KEY[0]).into()),
        }
    }
}

impl<'a> Found<'a> {
    fn of(entries: &'a Entries, nulls: Nulls) -> Result<Self> {
        let roles = [(CERTIFICATE, true), (CHAIN, false), (PRIVATE_KEY, false)];
        let mut found = Found::default();
        let mut errors = Vec::new();
        for (names, may_be_leaf) in roles {
            let mut present = entries.iter().filter(|entry| names.contains(&entry.name.as_str()));
            let Some(entry) = present.next() else { continue };
            if let Some(other) = present.next() {
                let what = format!("{} is there too", crate::text::quoted(&entry.name));
                errors.push(Error::from(
                    other.failure(ErrorKind::Unrepresentable, what).with_hint("choose one under `keys`"),
                ));
            }
            match bytes(entries, entry, nulls) {
                Ok(None) => {}
                Ok(Some(bytes)) => match tls::read(&bytes) {
                    Ok(items) => found.add(entry, may_be_leaf, items),
                    Err(unreadable) => errors.push(
                        entry
                            .failure(ErrorKind::WrongShape, unreadable.to_string())
                            .with_hint(
                                "`openssl x509 -noout -subject` and `openssl pkey -noout` tell whether it can be read",
                            )
                            .into(),
                    ),
                },
                Err(error) => errors.push(error),
            }
        }
        Error::join(errors).map_or(Ok(found), Err)
    }

    /// A certificate that is there already is passed over: many chains begin with the leaf.
    fn add(&mut self, entry: &'a Entry, may_be_leaf: bool, items: Vec<Item>) {
        let mut number = 0;
        for item in items {
            match item {
                Item::Key(key) => self.keys.push((entry, key)),
                Item::Certificate(certificate) => {
                    number += 1;
                    if !self.certificates.iter().any(|(_, other)| other.der() == certificate.der()) {
                        self.certificates.push((Source { entry, number, may_be_leaf }, certificate));
                    }
                }
            }
        }
    }
}

/// The bytes of an entry; none of one that is empty, or left out.
fn bytes(entries: &Entries, entry: &Entry, nulls: Nulls) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let bytes = match entries.exact_bytes(&entry.name) {
        Some(exact) => Some(exact.to_vec()),
        None => entry.text(nulls)?.map(|text| text.as_bytes().to_vec()),
    };
    Ok(bytes.map(Zeroizing::new).filter(|bytes| !bytes.trim_ascii().is_empty()))
}

/// Which certificate is the server's own: the key's, if there is one, and that signed no other.
fn place_of_leaf(
    certificates: &[(Source<'_>, Certificate)],
    key: Option<(&Entry, &tls::Plain)>,
) -> Result<Option<usize>> {
    let own: Vec<usize> = (0..certificates.len()).filter(|place| certificates[*place].0.may_be_leaf).collect();
    let Some((first, _)) = own.first().map(|place| &certificates[*place]) else { return Ok(None) };
    let own: Vec<usize> = match key {
        Some((entry, key)) => {
            let of_key: Vec<usize> = own.into_iter().filter(|place| key.belongs_to(&certificates[*place].1)).collect();
            if of_key.is_empty() {
                let what = format!("the private key does not belong to {}", crate::text::quoted(&first.entry.name));
                let hint = "their public keys differ: store the key that the certificate was requested with";
                return Err(entry.failure(ErrorKind::Unrepresentable, what).with_hint(hint).into());
            }
            of_key
        }
        None => own,
    };
    if let [only] = own[..] {
        return Ok(Some(only));
    }
    let signed_none = |place: &usize| {
        let signs = |(other, (_, certificate)): (usize, &(_, Certificate))| {
            other != *place && tls::issued(&certificates[*place].1, certificate)
        };
        !certificates.iter().enumerate().any(signs)
    };
    match own.into_iter().filter(signed_none).collect::<Vec<_>>()[..] {
        [leaf] => Ok(Some(leaf)),
        _ => Err(first
            .entry
            .failure(ErrorKind::Unrepresentable, "which one of the certificates is the server's own cannot be told")
            .with_hint("leave the one that is meant, and those that signed it")
            .into()),
    }
}

fn foreign(source: &Source<'_>) -> Error {
    let what = format!("certificate {} in it signed none of the others", source.number);
    let hint = "a chain has the certificates that signed the server's, each the one before it: leave this one out";
    source.entry.failure(ErrorKind::Unrepresentable, what).with_hint(hint).into()
}

fn is_same(key: &PrivateKey, other: &PrivateKey) -> bool {
    match (key, other) {
        (PrivateKey::Plain(key), PrivateKey::Plain(other)) => key.is_same(other),
        _ => false,
    }
}

/// That a name is not there, with those that are.
pub(super) fn missing(entries: &Entries, name: &str) -> Failure {
    if let Some(empty) = entries.iter().find(|entry| entry.name == name) {
        let hint = "store it, or choose another key under `keys`";
        return empty.failure(ErrorKind::Unrepresentable, "there is nothing in the value").with_hint(hint);
    }
    let names: Vec<&str> = entries.names().collect();
    let near = crate::text::nearest(name, names.iter().copied());
    let shown = if near.is_empty() { names } else { near };
    let shown: Vec<String> = shown.into_iter().take(10).map(crate::text::quoted).collect();
    let hint = match shown.as_slice() {
        [] => "the secret's object is empty".to_owned(),
        shown => format!("say which key it is: `keys: {{{name}: KEY}}`; there are {}", shown.join(", ")),
    };
    let failure = Failure::new(ErrorKind::KeyNotFound, "there is no such key, which the format needs").with_hint(hint);
    let secret = entries.iter().find_map(|entry| entry.secret_id.as_ref());
    let failure = failure.with_key(name);
    secret.map_or(failure.clone(), |id| failure.with_secret_id(id))
}

/// What is no reason to refuse it: that it is not valid now, and that the key is encrypted.
pub(super) fn caution(entries: &Entries, nulls: Nulls) -> Option<String> {
    let found = Found::of(entries, nulls).ok()?;
    let now = Moment::now();
    let validity = found.certificates.iter().filter_map(|(source, certificate)| {
        let what = match () {
            () if certificate.not_after < now => format!("expired on {}", certificate.not_after),
            () if now < certificate.not_before => format!("is not valid before {}", certificate.not_before),
            () => return None,
        };
        Some(format!("certificate {} of {} {what}", source.number, crate::text::quoted(&source.entry.name)))
    });
    let encrypted = found.keys.iter().filter(|(_, key)| matches!(key, PrivateKey::Encrypted { .. })).map(|(entry, _)| {
        let name = crate::text::quoted(&entry.name);
        format!(
            "{name} is encrypted: whether it belongs to the certificate is not known, and the program that reads it \
             needs its passphrase"
        )
    });
    let notes: Vec<String> = validity.chain(encrypted).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}
