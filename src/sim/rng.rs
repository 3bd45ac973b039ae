//! The simulator's random number generator: seeded, and the same on every platform.

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
///
/// Kept in place of a crate because the committed sample reports depend on every bit that it returns, and the
/// crates that offer SplitMix64 do not promise that ranges are drawn the same way in later versions. All of it is
/// integer arithmetic. Not for secrets.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream with this seed and label. Streams are independent: an additional draw from one does not change
    /// the others.
    #[must_use]
    pub fn for_label(seed: u64, label: &str) -> Self {
        // FNV-1a spreads the labels; the first draw mixes label and seed.
        let hash = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut seeded = Self(seed);
        Self(seeded.next_u64() ^ hash)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high, "an empty range: {low} to {high}");
        let width = u64::try_from(high - low).unwrap_or(0) + 1;
        // The bias of the remainder is below 2^-30 for the ranges drawn here.
        low + i64::try_from(self.next_u64() % width).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_splitmix64() {
        // The first outputs of the published generator for the seed 1234567.
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(rng.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_label_has_its_own_stream() {
        let draw = |seed, label: &str| Rng::for_label(seed, label).next_u64();
        assert_eq!(draw(7, "sizes"), draw(7, "sizes"));
        assert_ne!(draw(7, "sizes"), draw(7, "pace"));
        assert_ne!(draw(7, "sizes"), draw(8, "sizes"));
    }

    #[test]
    fn a_range_holds_both_its_ends() {
        let mut rng = Rng::for_label(1, "range");
        let drawn: std::collections::BTreeSet<_> = (0..500).map(|_| rng.between(-2, 2)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
    }
}
