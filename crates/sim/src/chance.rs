//! Chance that can be had again: the same seed makes the same fleet and the same load.
use std::fmt;

/// A generator of numbers (`SplitMix64`); quick, and good enough to spread things.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// For one thing among many: what is drawn for one says nothing about its neighbours.
    pub(crate) fn of(seed: u64, one: u64, two: u64) -> Self {
        let mut chance = Self(seed ^ one.wrapping_mul(0xA24B_AED4_963E_E407));
        let mixed = chance.next();
        Self(mixed ^ two.wrapping_mul(0x9FB2_1C65_1E98_DF25))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below another; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(end).unwrap_or(0)).unwrap_or(0)
    }

    /// Whether something happens that has a share of all cases, from 0 to 1.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        let drawn = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(drawn) / (f64::from(u32::MAX) + 1.0) < share
    }

    /// One of several; the default of its type where there are none.
    pub(crate) fn one_of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        let at = self.below(all.len());
        all.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn id(&mut self) -> Id {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        Id(bytes)
    }
}

/// A container's or network's id: 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Id([u8; 32]);

impl Id {
    /// From all 64 digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            if !pair.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The twelve digits that people write.
    pub(crate) fn short(self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }

    /// A number that is this container's and hardly any other's.
    pub(crate) fn number(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for Id {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            let digit = |four: u8| if four < 10 { b'0' + four } else { b'a' + four - 10 };
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        to.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = Chance::of(1, 2, 3).id();
        let text = id.to_string();
        assert_eq!((text.len(), Id::parse(&text)), (64, Some(id)));
        assert_eq!(Id::parse(&text.to_uppercase().replace(char::is_numeric, "A")), None);
        assert_ne!(id, Chance::of(1, 2, 4).id());
        assert_eq!(id, Chance::of(1, 2, 3).id());
    }

    #[test]
    fn shares_are_about_right() {
        let mut chance = Chance::new(7);
        let hits = (0..10_000).filter(|_| chance.happens(0.3)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert!(!chance.happens(0.0) && chance.happens(1.0));
        assert_eq!(chance.below(0), 0);
    }
}
