//! Faults that befall some requests and not others, the same ones in every run.

/// A generator of yes and no with a seed.
///
/// SplitMix64, so that a seed means the same requests with every version of every crate.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    probability: f64,
    state: u64,
}

impl Chance {
    /// `probability` is from 0 to 1.
    pub(crate) fn new(probability: f64, seed: u64) -> Self {
        Chance { probability, state: seed }
    }

    /// Whether it hits the next request.
    pub(crate) fn strikes(&mut self) -> bool {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The upper 53 bits, as many as an f64 holds: a number from 0 to below 1.
        ((bits >> 11) as f64) / ((1_u64 << 53) as f64) < self.probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(probability: f64, seed: u64, of: usize) -> Vec<bool> {
        let mut chance = Chance::new(probability, seed);
        (0..of).map(|_| chance.strikes()).collect()
    }

    #[test]
    fn a_seed_is_the_same_requests_again() {
        assert_eq!(strikes(0.5, 7, 100), strikes(0.5, 7, 100));
        assert_ne!(strikes(0.5, 7, 100), strikes(0.5, 8, 100));
        let first: Vec<_> = strikes(0.5, 0, 8).into_iter().map(u8::from).collect();
        assert_eq!(first, [0, 1, 1, 0, 1, 1, 1, 0], "another generator would break its users' seeds");
    }

    #[test]
    fn about_as_many_are_hit_as_the_probability_says() {
        for (probability, least, most) in [(0.0, 0, 0), (0.3, 2_800, 3_200), (1.0, 10_000, 10_000)] {
            let hit = strikes(probability, 42, 10_000).into_iter().filter(|&hit| hit).count();
            assert!((least..=most).contains(&hit), "{hit} at {probability}");
        }
    }
}
