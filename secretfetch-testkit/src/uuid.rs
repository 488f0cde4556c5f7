//! UUIDs in form: version ids and request ids look like those of the service.

/// The bits as a UUID of version 4.
pub(crate) fn from_bits(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 50),
        low & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_group_has_its_length_whatever_the_bits() {
        for (bits, uuid) in
            [(0, "00000000-0000-4000-8000-000000000000"), (u64::MAX, "ffffffff-ffff-4fff-bfff-ffffffffffff")]
        {
            assert_eq!(super::from_bits(bits, bits), uuid);
        }
    }
}
