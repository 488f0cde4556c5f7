//! DER, as far as certificates and keys have it: X.690, sections 8 and 10, with tags of one byte.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// `[number]`, constructed.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The bytes are not the DER that is expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDer;

pub(super) type Result<T> = std::result::Result<T, NotDer>;

/// A tag with what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// With the tag and the length.
    pub(super) whole: &'a [u8],
}

/// Reads one element after the other. It goes down only where its caller does, so that depth costs nothing.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    /// The elements inside the one element, with this tag, that `bytes` are.
    pub(super) fn inside(bytes: &'a [u8], tag: u8) -> Result<Reader<'a>> {
        let mut reader = Reader(bytes);
        let element = reader.expect(tag)?;
        reader.end()?;
        Ok(Reader(element.content))
    }

    pub(super) fn next(&mut self) -> Result<Element<'a>> {
        let [tag, first, rest @ ..] = self.0 else { return Err(NotDer) };
        // A tag of several bytes is in nothing that is read here.
        if tag & 0x1f == 0x1f {
            return Err(NotDer);
        }
        let (length, rest) = match *first {
            short @ 0..=0x7f => (usize::from(short), rest),
            // Four bytes of length are more than a secret can have; 0x80 would be BER's indefinite length.
            long @ 0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f)).ok_or(NotDer)?;
                let length = digits.iter().fold(0, |length: u64, digit| length << 8 | u64::from(*digit));
                // The shortest form is the only one.
                if digits[0] == 0 || length < 0x80 {
                    return Err(NotDer);
                }
                (usize::try_from(length).map_err(|_| NotDer)?, rest)
            }
            _ => return Err(NotDer),
        };
        let (content, after) = rest.split_at_checked(length).ok_or(NotDer)?;
        let whole = &self.0[..self.0.len() - after.len()];
        self.0 = after;
        Ok(Element { tag: *tag, content, whole })
    }

    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(NotDer) }
    }

    /// The next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// That nothing follows.
    pub(super) fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(NotDer) }
    }
}

/// The bytes of a BIT STRING of whole bytes, which every key and signature is.
pub(super) fn bits(element: Element<'_>) -> Result<&[u8]> {
    match (element.tag, element.content) {
        (BIT_STRING, [0, bits @ ..]) => Ok(bits),
        _ => Err(NotDer),
    }
}

/// An element of `parts`, in a buffer of its size: a key may be in it.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let digits = length.to_be_bytes();
    let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    let mut out = Zeroizing::new(Vec::with_capacity(2 + digits.len() + length));
    out.push(tag);
    match length {
        0..=0x7f => out.push(length as u8),
        _ => {
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

pub(super) fn sequence(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    element(SEQUENCE, parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<(u8, Vec<u8>)> {
        let mut reader = Reader::new(bytes);
        let element = reader.next()?;
        reader.end()?;
        Ok((element.tag, element.content.to_vec()))
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 20] {
            let content = vec![7; length];
            assert_eq!(
                read(&element(SEQUENCE, &[&content[..length / 2], &content[length / 2..]])),
                Ok((0x30, content))
            );
        }
    }

    #[test]
    fn what_is_not_der_is_refused() {
        for (bytes, why) in [
            (&[][..], "nothing"),
            (&[0x30], "no length"),
            (&[0x30, 0x01], "too short"),
            (&[0x30, 0x00, 0x00], "something after it"),
            (&[0x30, 0x80, 0x00, 0x00], "an indefinite length"),
            (&[0x30, 0x81, 0x01, 0x00], "a length that has a shorter form"),
            (&[0x30, 0x82, 0x00, 0x80], "a length with a zero before it"),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], "a length beyond the end"),
            (&[0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1], "a length of eight bytes"),
            (&[0x3f, 0x81, 0x00, 0x00], "a long tag"),
        ] {
            assert_eq!(read(bytes), Err(NotDer), "{why}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_read_has_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok((tag, content)) = read(&bytes) {
                prop_assert_eq!(&*element(tag, &[&content]), &bytes);
            }
        }
    }
}
