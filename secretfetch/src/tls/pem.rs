//! PEM: RFC 7468, read as loosely as files are made, and written strictly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::secret::Encoding;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Bytes per line, and the characters that they become: OpenSSL's own width, and the one that RFC 7468 asks for.
const LINE: usize = 48;
const LINE_TEXT: usize = 64;

pub(super) struct Block {
    pub(super) label: String,
    /// RFC 1421's lines before the content, which OpenSSL's old encrypted keys have; empty otherwise.
    pub(super) headers: Vec<String>,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Why a text is not PEM. What it has in it is not told: it may be a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotPem {
    #[error("a PEM block has no name between `-----BEGIN ` and `-----`")]
    Label,
    #[error("the PEM block `{0}` has no end")]
    End(String),
    #[error("the PEM block `{0}` is not base64")]
    Base64(String),
}

/// Whether the text has PEM in it.
pub(super) fn is_pem(text: &str) -> bool {
    text.contains(BEGIN)
}

/// The blocks of a text. What stands around them (the attributes that `openssl pkcs12` prints, comments) is passed over.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, NotPem> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        rest = &rest[at + BEGIN.len()..];
        let (label, after) = rest.split_once(DASHES).filter(|(label, _)| is_label(label)).ok_or(NotPem::Label)?;
        let (body, after) =
            after.split_once(&format!("{END}{label}{DASHES}")).ok_or_else(|| NotPem::End(label.to_owned()))?;
        blocks.push(read_block(label, body)?);
        rest = after;
    }
    Ok(blocks)
}

/// Only such a name can stand in a message.
fn is_label(label: &str) -> bool {
    (1..=40).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ')
}

fn read_block(label: &str, body: &str) -> Result<Block, NotPem> {
    let body = with_newlines(body);
    let (headers, content) = match body.contains(':') {
        true => split_headers(&body),
        false => (Vec::new(), body.as_str()),
    };
    let der = base64(content).ok_or_else(|| NotPem::Base64(label.to_owned()))?;
    Ok(Block { label: label.to_owned(), headers, der })
}

/// A key that was pasted into JSON or a variable often has the two characters `\n` where its lines end. No base64 has a
/// backslash, so that they can be nothing else.
fn with_newlines(body: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(body.len()));
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = match rest[at + 1..].chars().next() {
            Some('n' | 'r') => {
                out.push('\n');
                &rest[at + 2..]
            }
            _ => {
                out.push('\\');
                &rest[at + 1..]
            }
        };
    }
    out.push_str(rest);
    out
}

fn split_headers(body: &str) -> (Vec<String>, &str) {
    let mut rest = body.trim_start();
    let mut headers = Vec::new();
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.contains(':') {
            break;
        }
        headers.push(line.trim_end().to_owned());
        rest = after;
    }
    (headers, rest)
}

/// What a base64 text with white space in it stands for.
pub(super) fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    compact.extend(text.chars().filter(|c| !c.is_ascii_whitespace()));
    Encoding::Base64.decode_text(&compact).ok().filter(|bytes| !bytes.is_empty())
}

/// How many bytes [`block`] writes.
pub(crate) fn block_len(label: &str, headers: &[String], der: &[u8]) -> usize {
    let headers = headers.iter().map(|header| header.len() + 1).sum::<usize>() + usize::from(!headers.is_empty());
    let text = der.len().div_ceil(3) * 4;
    BEGIN.len() + END.len() + 2 * (label.len() + DASHES.len() + 1) + headers + text + text.div_ceil(LINE_TEXT)
}

/// Writes one block.
pub(crate) fn block(label: &str, headers: &[String], der: &[u8], out: &mut Vec<u8>) {
    let mut put = |parts: &[&str]| parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
    put(&[BEGIN, label, DASHES, "\n"]);
    headers.iter().for_each(|header| put(&[header, "\n"]));
    if !headers.is_empty() {
        put(&["\n"]);
    }
    let mut line = Zeroizing::new([0; LINE_TEXT]);
    for bytes in der.chunks(LINE) {
        // A line has room for what becomes of its bytes, which is ASCII.
        let length = STANDARD.encode_slice(bytes, &mut line[..]).unwrap_or_default();
        put(&[std::str::from_utf8(&line[..length]).unwrap_or_default(), "\n"]);
    }
    put(&[END, label, DASHES, "\n"]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(label: &str, headers: &[String], der: &[u8]) -> String {
        let mut out = Vec::new();
        block(label, headers, der, &mut out);
        assert_eq!(out.len(), block_len(label, headers, der));
        String::from_utf8(out).unwrap()
    }

    fn read(text: &str) -> Result<Vec<(String, Vec<u8>)>, NotPem> {
        Ok(blocks(text)?.into_iter().map(|block| (block.label, block.der.to_vec())).collect())
    }

    #[test]
    fn a_block_is_read_however_its_lines_end() {
        let der: Vec<u8> = (0..=255).collect();
        let pem = written("CERTIFICATE", &[], &der);
        let expected = Ok(vec![("CERTIFICATE".to_owned(), der)]);
        assert_eq!(read(&pem), expected);
        assert_eq!(read(&pem.replace('\n', "\r\n")), expected, "CRLF");
        assert_eq!(read(pem.trim_end()), expected, "no newline at the end");
        assert_eq!(read(&pem.replace('\n', "\n\n  ")), expected, "blank lines, and blanks before a line");
        assert_eq!(read(&pem.replace('\n', " ")), expected, "one line");
        assert_eq!(read(&pem.replace('\n', "\\n")), expected, "escapes");
        assert_eq!(read(&pem.replace('\n', "\\r\\n")), expected, "escapes");
        assert_eq!(read(&format!("Bag Attributes\n  a: b\n\u{feff}{pem}\ntext")), expected, "text around it");
    }

    #[test]
    fn the_lines_before_an_encrypted_key_are_kept() {
        let headers = ["Proc-Type: 4,ENCRYPTED".to_owned(), "DEK-Info: AES-256-CBC,00".to_owned()];
        let pem = written("RSA PRIVATE KEY", &headers, b"content");
        for pem in [pem.clone(), pem.replace('\n', "\r\n")] {
            let [block] = &blocks(&pem).unwrap()[..] else { panic!("one block") };
            assert_eq!((&block.headers[..], &block.der[..]), (&headers[..], &b"content"[..]));
        }
    }

    #[test]
    fn what_is_broken_is_told_without_its_content() {
        let block = |label: &str| label.to_owned();
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nAAAA").unwrap_err(), NotPem::End(block("CERTIFICATE")));
        assert_eq!(read("-----BEGIN A-----\nAAAA\n-----END B-----").unwrap_err(), NotPem::End(block("A")));
        assert_eq!(read("-----BEGIN A-----\nA!AA\n-----END A-----").unwrap_err(), NotPem::Base64(block("A")));
        assert_eq!(read("-----BEGIN A-----\n-----END A-----").unwrap_err(), NotPem::Base64(block("A")));
        assert_eq!(
            read("-----BEGIN A-----\nAAAA\n-----BEGIN A-----\nAAAA\n-----END A-----").unwrap_err(),
            NotPem::Base64(block("A"))
        );
        assert_eq!(read("-----BEGIN hunter2-----\nAAAA\n-----END hunter2-----").unwrap_err(), NotPem::Label);
        assert_eq!(read("-----BEGIN "), Err(NotPem::Label));
        assert_eq!(read("no PEM"), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(-----(BEGIN|END) A?-----|[A-Za-z0-9:\\\\\n é])*") {
            let _ = blocks(&text);
        }

        #[test]
        fn what_is_written_is_read(der in prop::collection::vec(any::<u8>(), 1..400)) {
            prop_assert_eq!(read(&written("A", &[], &der)), Ok(vec![("A".to_owned(), der)]));
        }
    }
}
