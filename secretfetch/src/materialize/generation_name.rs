//! What a generation is called, and the symlink to the current one.

/// The symlink to the current generation.
pub(super) const CURRENT: &str = "..data";

/// As the kubelet names them: the time, for whoever looks at the directory, and a random part.
pub(super) fn new_name() -> String {
    let now = time::OffsetDateTime::now_utc();
    let (month, random) = (u8::from(now.month()), fastrand::u32(..1_000_000_000));
    let (year, day) = (now.year(), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    format!("..{year:04}_{month:02}_{day:02}_{hour:02}_{minute:02}_{second:02}.{random:09}")
}

/// Whether this is the name of a generation.
pub(super) fn is_generation(name: &str) -> bool {
    let Some((time, random)) = name.strip_prefix("..").and_then(|name| name.split_once('.')) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    time.split('_').count() == 6 && time.split('_').all(digits) && digits(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_known_by_its_name() {
        assert!(is_generation(&new_name()), "{}", new_name());
        for name in
            ["..data", "..", "..2026_11_23", "..2026_11_23_10_00_00", "2026_11_23_10_00_00.1", "..a_b_c_d_e_f.1"]
        {
            assert!(!is_generation(name), "{name}");
        }
        assert!(!is_generation("..2026_11_23_10_00_00.1/../../etc"));
    }
}
