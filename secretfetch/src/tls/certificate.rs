//! An X.509 certificate, as far as it says whose it is, who signed it and when it is valid: RFC 5280, section 4.1.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::der::{self, Element, GENERALIZED_TIME, INTEGER, NotDer, Reader, Result, SEQUENCE, UTC_TIME};

/// A certificate with the parts that are looked at. It is public, so that nothing of it is wiped.
#[derive(Clone)]
pub(crate) struct Certificate {
    der: Vec<u8>,
    /// What is signed.
    pub(super) signed: Vec<u8>,
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) key_algorithm: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(crate) not_before: Moment,
    pub(crate) not_after: Moment,
}

impl Certificate {
    pub(super) fn parse(der: &[u8]) -> Result<Self> {
        let mut outer = Reader::inside(der, SEQUENCE)?;
        let signed = outer.expect(SEQUENCE)?;
        let signature_algorithm = outer.expect(SEQUENCE)?.content.to_vec();
        let signature = der::bits(outer.next()?)?.to_vec();
        outer.end()?;
        let mut body = Reader::new(signed.content);
        body.optional(der::context(0))?; // the version
        body.expect(INTEGER)?; // the serial number
        body.expect(SEQUENCE)?; // the signature's algorithm again
        let issuer = body.expect(SEQUENCE)?.whole.to_vec();
        let mut validity = Reader::new(body.expect(SEQUENCE)?.content);
        let (not_before, not_after) = (Moment::parse(validity.next()?)?, Moment::parse(validity.next()?)?);
        validity.end()?;
        let subject = body.expect(SEQUENCE)?.whole.to_vec();
        let mut key = Reader::new(body.expect(SEQUENCE)?.content);
        let key_algorithm = key.expect(SEQUENCE)?.content.to_vec();
        let public_key = der::bits(key.next()?)?.to_vec();
        key.end()?;
        Ok(Certificate {
            der: der.to_vec(),
            signed: signed.whole.to_vec(),
            signature_algorithm,
            signature,
            issuer,
            subject,
            key_algorithm,
            public_key,
            not_before,
            not_after,
        })
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }
}

/// A second of UTC, as the number that its digits are: 20301231235959.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn now() -> Self {
        Moment::of_unix_time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }

    /// By the days of a year that begins in March: <https://howardhinnant.github.io/date_algorithms.html>.
    fn of_unix_time(seconds: u64) -> Self {
        let (days, second) = (seconds / 86400 + 719_468, seconds % 86400);
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let date = (year * 100 + month) * 100 + day;
        Moment(((date * 100 + second / 3600) * 100 + second / 60 % 60) * 100 + second % 60)
    }

    /// RFC 5280, section 4.1.2.5: with seconds, in UTC; two digits of a year from 50 on are of the twentieth century.
    fn parse(element: Element<'_>) -> Result<Self> {
        let (digits, length) = match (element.tag, element.content.split_last()) {
            (UTC_TIME, Some((b'Z', digits))) => (digits, 12),
            (GENERALIZED_TIME, Some((b'Z', digits))) => (digits, 14),
            _ => return Err(NotDer),
        };
        if digits.len() != length || !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotDer);
        }
        let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        Ok(Moment(match length {
            12 if number >= 500_000_000_000 => 19_000_000_000_000 + number,
            12 => 20_000_000_000_000 + number,
            _ => number,
        }))
    }
}

/// The day.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0 / 1_000_000;
        write!(f, "{:04}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_time_is_its_date() {
        for (seconds, moment) in [
            (0, 19_700_101_000_000),
            (951_782_399, 20_000_228_235_959),
            (951_782_400, 20_000_229_000_000),
            (1_709_251_199, 20_240_229_235_959),
            (1_735_689_599, 20_241_231_235_959),
            (4_107_542_399, 21_000_228_235_959),
            (4_107_542_400, 21_000_301_000_000),
        ] {
            assert_eq!(Moment::of_unix_time(seconds), Moment(moment), "{seconds}");
        }
    }

    #[test]
    fn a_time_has_two_or_four_digits_of_its_year() {
        let parse = |tag, content: &[u8]| Moment::parse(Element { tag, content, whole: content });
        assert_eq!(parse(UTC_TIME, b"491231235959Z"), Ok(Moment(20_491_231_235_959)));
        assert_eq!(parse(UTC_TIME, b"500101000000Z"), Ok(Moment(19_500_101_000_000)));
        assert_eq!(parse(GENERALIZED_TIME, b"99991231235959Z"), Ok(Moment(99_991_231_235_959)));
        assert_eq!(Moment(20_240_229_235_959).to_string(), "2024-02-29");
        for (tag, text) in [
            (UTC_TIME, "2412312359Z"),
            (UTC_TIME, "241231235959+0100"),
            (GENERALIZED_TIME, "20241231235959"),
            (INTEGER, ""),
        ] {
            assert_eq!(parse(tag, text.as_bytes()), Err(NotDer), "{text}");
        }
    }
}
