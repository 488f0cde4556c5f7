//! The formats `pem` and `pkcs12`: what belongs together is put in order, and what does not is refused.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::sample::Index;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use secretfetch::{
    Config, Encoding, Entries, ErrorCategory, ErrorKind, Fetcher, Flattening, Format, Nulls, Plan, Result, SecretValue,
    Selection,
};
use secretfetch_testkit::FakeSecretStore;

const ALGORITHMS: [&rcgen::SignatureAlgorithm; 5] = [
    &rcgen::PKCS_ECDSA_P256_SHA256,
    &rcgen::PKCS_ECDSA_P384_SHA384,
    &rcgen::PKCS_ECDSA_P521_SHA512,
    &rcgen::PKCS_ED25519,
    &rcgen::PKCS_RSA_SHA256,
];

/// A certificate with the key that it is for.
struct Made {
    der: Vec<u8>,
    key: KeyPair,
    params: CertificateParams,
}

impl Made {
    fn certificate(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    fn private_key(&self) -> String {
        pem("PRIVATE KEY", &self.key.serialize_der())
    }
}

/// Names, years of validity and algorithms are all that the formats look at.
struct Making<'a> {
    name: &'a str,
    issuer: Option<&'a Made>,
    years: (i32, i32),
    algorithm: &'static rcgen::SignatureAlgorithm,
}

fn make(Making { name, issuer, years, algorithm }: Making<'_>) -> Made {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, &Issuer::from_params(&issuer.params, &issuer.key)).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Made { der: certificate.der().to_vec(), key, params }
}

fn signed_by(issuer: Option<&Made>, name: &str) -> Made {
    make(Making { name, issuer, years: (2020, 2120), algorithm: &rcgen::PKCS_ECDSA_P256_SHA256 })
}

/// The leaf first.
fn chain(algorithm: &'static rcgen::SignatureAlgorithm) -> [Made; 3] {
    let years = (2020, 2120);
    let root = make(Making { name: "root", issuer: None, years, algorithm });
    let middle = make(Making { name: "middle", issuer: Some(&root), years, algorithm });
    let leaf = make(Making { name: "leaf", issuer: Some(&middle), years, algorithm });
    [leaf, middle, root]
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn render(format: &str, dialect: Option<&str>, entries: &[(&str, &str)]) -> Result<Vec<u8>> {
    let format = Format::parse(format, dialect)?;
    let output = format.render(&entries.iter().copied().collect(), Nulls::Refuse)?;
    Ok(output.expose_file().unwrap().to_vec())
}

fn rendered(dialect: &str, entries: &[(&str, &str)]) -> String {
    String::from_utf8(render("pem", Some(dialect), entries).unwrap()).unwrap()
}

#[test]
fn the_key_and_then_each_certificate_with_its_signer_after_it() {
    for algorithm in ALGORITHMS {
        let [leaf, middle, root] = chain(algorithm);
        let (certificate, key) = (leaf.certificate(), leaf.private_key());
        for shuffled in [
            [&middle, &root].map(Made::certificate).concat(),
            [&root, &middle].map(Made::certificate).concat(),
            [&root, &leaf, &middle, &root].map(Made::certificate).concat(),
        ] {
            let entries = [("privateKey", &*key), ("chain", &*shuffled), ("certificate", &*certificate)];
            let expected = [&leaf, &middle, &root].map(Made::certificate).concat();
            assert_eq!(rendered("fullchain", &entries), expected, "{algorithm:?}");
            let bundle = rendered("bundle", &entries);
            let (key, certificates) = bundle.split_at(bundle.find("-----BEGIN CERTIFICATE").unwrap());
            assert_eq!(certificates, expected);
            assert_eq!(key, rendered("key", &entries), "{algorithm:?}");
            assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        }
        // A chain may be missing, in part or whole.
        for chain in ["", &middle.certificate()] {
            let text = rendered("fullchain", &[("certificate", &certificate), ("chain", chain)]);
            assert_eq!(text, format!("{certificate}{chain}"));
        }
    }
}

#[test]
fn the_leaf_is_found_among_all_that_are_under_certificate() {
    let [leaf, middle, root] = chain(&rcgen::PKCS_ED25519);
    let all = [&root, &middle, &leaf].map(Made::certificate).concat();
    let expected = [&leaf, &middle, &root].map(Made::certificate).concat();
    assert_eq!(rendered("fullchain", &[("certificate", &all)]), expected);
    // A whole bundle, the key in it too.
    let bundle = format!("{all}{}", leaf.private_key());
    assert_eq!(rendered("fullchain", &[("certificate", &bundle)]), expected);
    assert!(rendered("bundle", &[("certificate", &bundle)]).ends_with(&expected));
}

#[test]
fn a_root_that_another_one_signed_too_has_its_place() {
    let (old, root) = (signed_by(None, "old"), signed_by(None, "root"));
    let middle = signed_by(Some(&root), "middle");
    let leaf = signed_by(Some(&middle), "leaf");
    let crossed = root.params.signed_by(&root.key, &Issuer::from_params(&old.params, &old.key)).unwrap();
    let crossed = pem("CERTIFICATE", crossed.der());
    let all = [&old.certificate(), &crossed, &root.certificate(), &middle.certificate()].map(String::as_str).concat();
    let text = rendered("fullchain", &[("certificate", &leaf.certificate()), ("chain", &all)]);
    let at = |certificate: &str| text.find(certificate).unwrap();
    let places = [&leaf, &middle].map(Made::certificate).map(|certificate| at(&certificate));
    // The path that the crossed one begins is told to its end; then comes the one that stands for itself.
    let places = [places[0], places[1], at(&crossed), at(&old.certificate()), at(&root.certificate())];
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn what_does_not_belong_together_is_refused_at_its_key() {
    for algorithm in ALGORITHMS {
        let ([leaf, middle, root], other) = (chain(algorithm), chain(algorithm));
        let names = ["leaf", "middle", "root"];
        let (certificate, key) = (leaf.certificate(), leaf.private_key());
        let all = [&middle, &root].map(Made::certificate).concat();
        // The same names, with other keys: a signature tells them apart.
        for (place, name) in names.iter().enumerate() {
            let foreign = format!("{all}{}", other[place].certificate());
            let error =
                render("pem", None, &[("certificate", &certificate), ("chain", &foreign), ("privateKey", &key)])
                    .unwrap_err();
            assert_eq!(
                (error.kind(), error.key()),
                (ErrorKind::Unrepresentable, Some("chain")),
                "{name} {algorithm:?}"
            );
            assert!(error.to_string().contains("certificate 3 in it signed none of the others"), "{error}");
        }
        let foreign = other[0].private_key();
        for dialect in ["bundle", "fullchain", "key"] {
            let entries = [("certificate", &*certificate), ("chain", &*all), ("privateKey", &*foreign)];
            let error = render("pem", Some(dialect), &entries).unwrap_err();
            assert_eq!((error.kind(), error.key()), (ErrorKind::Unrepresentable, Some("privateKey")));
            assert!(error.to_string().contains("does not belong to `certificate`"), "{error}");
        }
    }
}

#[test]
fn what_a_dialect_needs_and_is_not_there_is_named_with_what_is() {
    let leaf = signed_by(None, "leaf");
    let (certificate, key) = (leaf.certificate(), leaf.private_key());
    for (dialect, entries, missing) in [
        ("bundle", [("certificate", &*certificate), ("privatekey", &key)], "privateKey"),
        ("key", [("certificate", &certificate), ("note", "x")], "privateKey"),
        ("bundle", [("privateKey", &key), ("crt", &certificate)], "certificate"),
        ("fullchain", [("chain", &certificate), ("privateKey", &key)], "certificate"),
    ] {
        let error = render("pem", Some(dialect), &entries).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::KeyNotFound, Some(missing)), "{error}");
        assert!(error.primary().hint().unwrap().contains(entries[1].0), "{error}");
    }
}

#[test]
fn an_empty_value_is_none() {
    let leaf = signed_by(None, "leaf");
    let (certificate, key) = (leaf.certificate(), leaf.private_key());
    assert_eq!(
        rendered("fullchain", &[("certificate", &certificate), ("chain", " \n"), ("privateKey", "")]),
        certificate
    );
    for (empty, entries) in [
        ("privateKey", [("certificate", &*certificate), ("privateKey", "")]),
        ("certificate", [("certificate", "\n"), ("privateKey", &key)]),
    ] {
        let error = render("pem", None, &entries).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Unrepresentable, Some(empty)));
        assert!(error.to_string().contains("nothing in the value"), "{error}");
    }
}

#[test]
fn certificates_that_are_made_to_cost_time_cost_little() {
    // All have one name and one key, so that each is asked whether it signed each: none did, but for the leaf.
    let (root, other) = (signed_by(None, "same"), signed_by(None, "same"));
    let leaf = signed_by(Some(&root), "same");
    let of_root = |_| root.params.signed_by(&root.key, &Issuer::from_params(&other.params, &other.key)).unwrap();
    let chain: String = (0..63).map(of_root).map(|certificate| pem("CERTIFICATE", certificate.der())).collect();
    let started = std::time::Instant::now();
    let text = rendered("fullchain", &[("certificate", &leaf.certificate()), ("chain", &chain)]);
    assert_eq!(text.matches("BEGIN").count(), 64);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let many = format!("{}{}", root.certificate(), other.certificate());
    let error = render("pem", Some("fullchain"), &[("certificate", &(leaf.certificate() + &many)), ("chain", &chain)]);
    assert!(error.unwrap_err().to_string().contains("more than 64 certificates"));
}

#[tokio::test]
async fn a_plan_takes_binary_secrets_and_a_password_from_another_one() {
    let leaf = signed_by(None, "leaf");
    let fake = FakeSecretStore::new();
    fake.create_binary("crt", leaf.der.clone());
    fake.create_text("key", STANDARD.encode(leaf.key.serialize_der()));
    fake.create_text("store", r#"{"storePassword": "hunter2", "note": null}"#);
    let plan = r#"
files:
  - path: tls.pem
    format: pem
    from: [{secretId: crt, as: certificate}, {secretId: key, as: privateKey, decode: base64}]
  - path: key.pem
    format: pem
    dialect: key
    from: [{secretId: key, as: privateKey}]
  - path: store.p12
    format: pkcs12
    from:
      - {secretId: crt, as: certificate}
      - {secretId: key, as: privateKey}
      - {secretId: store, keys: {password: storePassword}}
"#;
    let plan = Plan::new(Config::from_text(plan, Path::new("/base")).unwrap()).unwrap();
    let rendered = Fetcher::new(fake).render(&plan).await.unwrap();
    let files: Vec<&[u8]> = rendered.expose_files().map(|(_, bytes)| bytes.unwrap()).collect();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(files[0]), text(files[1]) + &leaf.certificate());
    let entries = [("certificate", &*leaf.certificate()), ("privateKey", &leaf.private_key()), ("password", "hunter2")];
    assert_eq!(files[2], render("pkcs12", None, &entries).unwrap());
}

#[test]
fn what_cannot_be_read_is_refused_without_a_word_of_it() {
    let leaf = signed_by(None, "leaf");
    let (certificate, key) = (leaf.certificate(), leaf.private_key());
    let cut = &certificate[..certificate.len() - 60];
    let broken = certificate.replacen('M', "A", 1);
    let after = pem("CERTIFICATE", &[&leaf.der[..], b"more"].concat());
    let many = certificate.repeat(65);
    let other = pem("CERTIFICATE REQUEST", &leaf.der);
    let unsupported = pem("PRIVATE KEY", b"\x30\x03\x02\x01\x00");
    for text in [cut, &broken, &after, &many, &other, "hunter2", "aHVudGVyMg==", "\0", "{}", "\u{feff}"] {
        let error = render("pem", Some("fullchain"), &[("certificate", text)]).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::WrongShape, Some("certificate")), "{error}");
        assert!(!error.to_string().contains("hunter2") && !format!("{error:?}").contains("hunter2"));
    }
    for text in [&unsupported, &key[..100], "hunter2"] {
        let error = render("pem", None, &[("certificate", &certificate), ("privateKey", text)]).unwrap_err();
        assert_eq!((error.category(), error.key()), (ErrorCategory::Content, Some("privateKey")), "{error}");
    }
    let two = format!("{key}{}", signed_by(None, "leaf").private_key());
    let error = render("pem", None, &[("certificate", &certificate), ("privateKey", &two)]).unwrap_err();
    assert!(error.to_string().contains("second private key"), "{error}");
    let two = format!("{certificate}{}", signed_by(None, "other").certificate());
    let error = render("pem", Some("fullchain"), &[("certificate", &two)]).unwrap_err();
    assert!(error.to_string().contains("cannot be told"), "{error}");
    let error = render("pem", None, &[("chain", &certificate), ("certificateChain", &certificate)]).unwrap_err();
    assert_eq!(error.key(), Some("certificateChain"), "{error}");
}

/// How PEM, or the DER in it, is stored.
type Way = fn(&str, &[u8]) -> String;

#[test]
fn it_is_the_same_file_however_it_is_stored() {
    for algorithm in ALGORITHMS {
        let leaf = make(Making { name: "leaf", issuer: None, years: (2020, 2120), algorithm });
        let (certificate, key) = (leaf.certificate(), leaf.private_key());
        let expected = rendered("bundle", &[("certificate", &certificate), ("privateKey", &key)]);
        let ways: [Way; 6] = [
            |pem, _| pem.replace('\n', "\r\n"),
            |pem, _| pem.replace('\n', "\\n"),
            |pem, _| format!("Bag Attributes\n    localKeyID: 01\n{}", pem.trim_end()),
            |pem, _| STANDARD.encode(pem),
            |_, der| STANDARD.encode(der),
            |_, der| format!(" {}\r\n", STANDARD.encode(der).replace('A', "A\n")),
        ];
        for (place, way) in ways.iter().enumerate() {
            let (certificate, key) = (way(&certificate, &leaf.der), way(&key, &leaf.key.serialize_der()));
            let text = rendered("bundle", &[("privateKey", &key), ("certificate", &certificate)]);
            assert_eq!(text, expected, "way {place} of {algorithm:?}");
        }
        // What is written is read again to the same.
        assert_eq!(rendered("bundle", &[("certificate", &expected)]), expected);
    }
}

#[test]
fn a_secret_that_is_der_itself_is_taken_as_it_is() {
    let leaf = signed_by(None, "leaf");
    let of = |value: &SecretValue, name: &str| {
        Entries::from_secret(value, &Selection::whole_as(name), &Flattening::Off).unwrap()
    };
    // Binary secrets come by a plan; what `decode` leaves of a text is the same.
    let stored = SecretValue::from_text(STANDARD.encode(leaf.certificate()));
    let decoded = Encoding::Base64.decode(&stored).unwrap();
    let key = of(&SecretValue::from_text(leaf.private_key()), "privateKey");
    let entries = Entries::merge([of(&decoded, "certificate"), key]).unwrap();
    let output = Format::parse("pem", Some("fullchain")).unwrap().render(&entries, Nulls::Refuse).unwrap();
    assert_eq!(output.expose_file().unwrap(), leaf.certificate().as_bytes());
}

#[test]
fn what_is_not_valid_today_is_told_and_written() {
    let make = |years| {
        make(Making { name: "leaf", issuer: None, years, algorithm: &rcgen::PKCS_ECDSA_P256_SHA256 }).certificate()
    };
    let format = Format::parse("pem", Some("fullchain")).unwrap();
    for (years, told) in [
        ((2020, 2120), None),
        ((2020, 2021), Some("certificate 1 of `certificate` expired on 2021-01-01")),
        ((2110, 2120), Some("certificate 1 of `certificate` is not valid before 2110-01-01")),
    ] {
        let entries: Entries = [("certificate", make(years))].into_iter().collect();
        assert!(format.render(&entries, Nulls::Refuse).is_ok());
        assert_eq!(format.caution(&entries, Nulls::Refuse).as_deref(), told);
    }
}

#[test]
fn an_encrypted_key_is_written_as_it_is_with_a_note_and_is_in_no_key_store() {
    let leaf = signed_by(None, "leaf");
    // EncryptedPrivateKeyInfo by its shape, and OpenSSL's older form by its header.
    let new = pem("ENCRYPTED PRIVATE KEY", b"\x30\x06\x30\x00\x04\x02ab");
    let old = new.replace("ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY").replacen(
        "-----\n",
        "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
        1,
    );
    for key in [new, old] {
        let certificate = leaf.certificate();
        let entries: [(&str, &str); 3] = [("certificate", &certificate), ("privateKey", &key), ("password", "hunter2")];
        assert_eq!(rendered("bundle", &entries), format!("{key}{certificate}"));
        let caution = Format::parse("pem", None).unwrap().caution(&entries.into_iter().collect(), Nulls::Refuse);
        assert!(caution.unwrap().contains("`privateKey` is encrypted"));
        let error = render("pkcs12", None, &entries).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Unrepresentable, Some("privateKey")));
    }
}

#[test]
fn a_key_store_has_the_same_bytes_until_something_in_it_changes() {
    let (leaf, other) = (signed_by(None, "leaf"), signed_by(None, "leaf"));
    let store = |made: &Made, password: &str, alias: &str| {
        let (certificate, key) = (made.certificate(), made.private_key());
        let entries = [("certificate", &*certificate), ("privateKey", &key), ("password", password), ("alias", alias)];
        render("pkcs12", None, &entries).unwrap()
    };
    let first = store(&leaf, "hunter2", "tls");
    assert_eq!(store(&leaf, "hunter2", "tls"), first);
    for changed in [store(&other, "hunter2", "tls"), store(&leaf, "hunter3", "tls"), store(&leaf, "hunter2", "server")]
    {
        // Not the salts alone: no block of one is in another.
        let shared = first.windows(16).filter(|block| changed.windows(16).any(|other| &other == block)).count();
        assert!(shared < first.len() / 4, "{shared} of {}", first.len());
    }
}

#[test]
fn a_key_store_names_all_that_it_lacks() {
    let leaf = signed_by(None, "leaf");
    let error = render("pkcs12", None, &[("x", "y")]).unwrap_err();
    let keys: Vec<_> = error.failures().iter().map(|failure| failure.key().unwrap().to_owned()).collect();
    assert_eq!(keys, ["privateKey", "certificate", "password"]);
    let (certificate, key) = (leaf.certificate(), leaf.private_key());
    for (password, alias, refused) in [
        ("", "tls", "password"),
        ("hunter2\n", "tls", "password"),
        ("pässword", "tls", "password"),
        ("hunter2", "TLS", "alias"),
        ("hunter2", "", "alias"),
    ] {
        let entries = [("certificate", &*certificate), ("privateKey", &key), ("password", password), ("alias", alias)];
        let error = render("pkcs12", None, &entries).unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Unrepresentable, Some(refused)));
        assert!(!error.to_string().contains("hunter2"));
    }
}

proptest! {
    /// Mutations get further into a certificate or a key than random bytes; what is still written is written again the
    /// same.
    #[test]
    fn a_byte_that_is_changed_makes_no_panic(at in any::<Index>(), byte in any::<u8>(), cut in any::<Index>(), is_cut: bool) {
        for seed in [include_str!("../../fuzz/seeds/tls_files/certificate-pem"), include_str!("../../fuzz/seeds/tls_files/sec1-pem")] {
            // The content of the last block.
            let der: String = seed.rsplit("-----").nth(2).unwrap().split_whitespace().collect();
            let mut der = STANDARD.decode(der).unwrap();
            let place = at.index(der.len());
            der[place] = byte;
            if is_cut {
                der.truncate(cut.index(der.len()));
            }
            for dialect in ["fullchain", "key"] {
                let Ok(first) = render("pem", Some(dialect), &[("certificate", &STANDARD.encode(&der))]) else { continue };
                let text = String::from_utf8(first.clone()).unwrap();
                prop_assert_eq!(render("pem", Some(dialect), &[("certificate", &text)]).unwrap(), first);
            }
        }
    }
}
