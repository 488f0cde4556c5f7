//! Times as texts of AWS: ISO 8601 in UTC, to the second.

use std::time::{Duration, SystemTime};

const DAY: u64 = 86_400;

/// As in answers: `2015-08-30T12:36:00Z`.
pub(crate) fn iso8601(time: SystemTime) -> String {
    let Fields { year, month, day, hour, minute, second } = Fields::of(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// As in signatures, ISO 8601's basic format: `20150830T123600Z`.
pub(crate) fn basic_iso8601(time: SystemTime) -> String {
    let Fields { year, month, day, hour, minute, second } = Fields::of(time);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// As in headers, of the form that RFC 9110 prefers: `Sun, 30 Aug 2015 12:36:00 GMT`.
pub(crate) fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Fields { year, month, day, hour, minute, second } = Fields::of(time);
    let days = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / DAY;
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[(month - 1) as usize]);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Reads ISO 8601's basic format; `None` for what is no time of the calendar since 1970.
pub(crate) fn parse_basic_iso8601(text: &str) -> Option<SystemTime> {
    let shape = text.char_indices().all(|(at, character)| match at {
        8 => character == 'T',
        15 => character == 'Z',
        _ => character.is_ascii_digit(),
    });
    if !shape || text.len() != 16 {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u64>().ok();
    let days = days(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
    let seconds = number(9, 11)? * 3600 + number(11, 13)? * 60 + number(13, 15)?;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(days * DAY + seconds);
    // A 31st of February or a 25th hour is read as another time.
    (basic_iso8601(time) == text).then_some(time)
}

/// Seconds since the epoch, as JSON Web Tokens count.
pub(crate) fn epoch_seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

struct Fields {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Fields {
    fn of(time: SystemTime) -> Self {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let (days, seconds) = (seconds / DAY, seconds % DAY);
        let (year, month, day) = civil(days);
        Fields { year, month, day, hour: seconds / 3600, minute: seconds / 60 % 60, second: seconds % 60 }
    }
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

/// The other way, `days_from_civil` of the same source; `None` before 1970.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = ((153 * shifted_month + 2) / 5 + day).checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_of_the_calendar() {
        for (seconds, text, basic) in [
            (0, "1970-01-01T00:00:00Z", "19700101T000000Z"),
            (951_827_696, "2000-02-29T12:34:56Z", "20000229T123456Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z", "20231231T235959Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z", "21000101T000000Z"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!((iso8601(time).as_str(), basic_iso8601(time).as_str()), (text, basic));
            assert_eq!(parse_basic_iso8601(basic), Some(time));
        }
    }

    #[test]
    fn a_date_of_a_header_has_its_weekday() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        ] {
            assert_eq!(http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn what_is_no_time_is_not_read_as_another() {
        for text in ["", "20150830", "20150230T000000Z", "20151301T000000Z", "20150830T240000Z", "20150830T1236000"] {
            assert_eq!(parse_basic_iso8601(text), None, "{text}");
        }
        for text in ["19691231T235959Z", "00000000T000000Z", "2015083éT12360Z", "2015-8-30T12360Z"] {
            assert_eq!(parse_basic_iso8601(text), None, "{text}");
        }
    }
}
