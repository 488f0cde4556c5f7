//! Credentials that are handed out.

use std::time::{Duration, SystemTime};

/// Credentials of a session, as every source gives them.
pub(super) struct Issued {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) token: String,
    /// In ISO 8601.
    pub(super) expiration: String,
}

impl Issued {
    /// The access key id begins with `ASIA`, as all of sessions do, and `source`, which tells a test where
    /// its client got it.
    pub(super) fn by(source: &str, lifetime: Duration) -> Self {
        let mut access_key_id = format!("ASIA{source}");
        while access_key_id.len() < 20 {
            access_key_id.push(fastrand::uppercase());
        }
        Issued {
            access_key_id,
            secret_access_key: random(40),
            token: random(120),
            expiration: iso8601(SystemTime::now() + lifetime),
        }
    }
}

/// Letters and digits that nobody guesses.
pub(super) fn random(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

pub(super) fn iso8601(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days since 1970 as a date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`, without its negative days.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_827_696, "2000-02-29T12:34:56Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
        ] {
            assert_eq!(iso8601(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn an_access_key_id_has_its_length_and_its_source() {
        let issued = Issued::by("ROLE", Duration::ZERO);
        assert_eq!(issued.access_key_id.len(), 20);
        assert!(issued.access_key_id.starts_with("ASIAROLE"));
    }
}
