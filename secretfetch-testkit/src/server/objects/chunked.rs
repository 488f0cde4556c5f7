//! The body of an object that is put: whole, or in the chunks that some SDKs sign one by one.
//!
//! Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" in the API
//! reference of Amazon S3.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::objects::refusal::ObjectRefusal;
use crate::server::message::Message;

const HASH: &str = "x-amz-content-sha256";

/// Whether the body is the one that the signature is of. The signatures of single chunks are not looked at.
pub(super) fn check_hash(message: &Message) -> Result<(), ObjectRefusal> {
    let hash = message.header(HASH).ok_or(ObjectRefusal::MissingContentHash)?;
    let computed = || Sha256::digest(&message.body).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if hash == "UNSIGNED-PAYLOAD" || hash.starts_with("STREAMING-") || hash == computed() {
        Ok(())
    } else {
        Err(ObjectRefusal::WrongContentHash)
    }
}

/// The bytes of the object.
pub(super) fn content(message: &Message) -> Result<Cow<'_, [u8]>, ObjectRefusal> {
    if message.header(HASH).is_some_and(|hash| hash.starts_with("STREAMING-")) {
        joined(&message.body).map(Cow::Owned).ok_or(ObjectRefusal::IncompleteBody)
    } else {
        Ok(Cow::Borrowed(&message.body))
    }
}

/// The chunks, each after its length in hexadecimal, up to the empty one; a trailer may follow.
fn joined(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(body.len());
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n")?;
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let length = line.split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(length, 16).ok()?;
        body = &body[end + 2..];
        if length == 0 {
            return Some(content);
        }
        let (chunk, rest) = body.split_at_checked(length)?;
        content.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn chunks_are_joined_and_their_ends_are_not_looked_for_in_the_bytes() {
        let body = b"3;chunk-signature=0\r\na\r\n\r\n2\r\nbc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        assert_eq!(joined(body).unwrap(), b"a\r\nbc");
        for broken in ["", "5\r\nabc\r\n0\r\n", "3\r\nabc", "x\r\n", "3\r\nabcd\r\n0\r\n", "ffffffffffffffff\r\na"] {
            assert_eq!(joined(broken.as_bytes()), None, "{broken:?}");
        }
    }
}
