//! Quantities with their unit in the type: nano-CPUs, bytes, milliseconds.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Processor time in billionths of one CPU, Docker's own unit (`HostConfig.NanoCpus`), so that sums stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Cpus(u64);

impl Cpus {
    /// No CPU.
    pub const ZERO: Self = Self(0);

    /// From billionths of a CPU.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From whole CPUs.
    pub const fn whole(cpus: u32) -> Self {
        Self(cpus as u64 * 1_000_000_000)
    }

    /// In billionths of a CPU.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// As a fraction for showing; do not calculate reservations with it.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Reads `0.5` or `2`.
    ///
    /// # Errors
    /// A sentence that says what is expected, when the text is no such number or is above 10,000 CPUs.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WANT: &str = "write CPUs as a number such as 0.5 or 2";
        let text = text.trim();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |t: &str| t.chars().all(|c| c.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return Err(WANT);
        }
        let whole: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| WANT)?
        };
        if whole > 10_000 {
            return Err(WANT);
        }
        let fraction: u64 = format!("{fraction:0<9}").parse().map_err(|_| WANT)?;
        Ok(Self(whole * 1_000_000_000 + fraction))
    }

    /// Subtraction that stops at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A number with one decimal, as `{:.1}` would write it but for what lies halfway. In the browser the standard library's way
/// weighs ten kilobytes, for numbers of any size and precision.
pub fn tenths(value: f64) -> String {
    let sign = if value <= -0.05 { "-" } else { "" };
    let tenths = (value.abs() * 10.0).round() as u64;
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

/// A size in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// No byte.
    pub const ZERO: Self = Self(0);

    /// From bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From mebibytes (1,048,576 bytes).
    pub const fn mib(mib: u64) -> Self {
        Self(mib * 1024 * 1024)
    }

    /// In bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads `256m`, `256 MiB`, `1.5g`, `1073741824`; letters mean powers of 1,024, as Docker's `--memory` does.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WANT: &str = "write a size such as 256m, 1.5g or 512 MiB";
        let text = text.trim().to_ascii_lowercase();
        let split = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor: u64 = match unit.trim() {
            "" | "b" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            "t" | "tb" | "tib" => 1 << 40,
            _ => return Err(WANT),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.len() > 6 || fraction.contains('.') {
            return Err(WANT);
        }
        let whole: u64 = whole.parse().map_err(|_| WANT)?;
        let part: u64 = format!("{fraction:0<6}").parse().map_err(|_| WANT)?;
        let bytes = u128::from(whole) * u128::from(factor) + u128::from(part) * u128::from(factor) / 1_000_000;
        u64::try_from(bytes).map(Self).map_err(|_| WANT)
    }

    /// Subtraction that stops at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = "KiB";
        for next in UNITS {
            unit = next;
            if value < 1024.0 {
                break;
            }
            value /= 1024.0;
        }
        if value >= 100.0 || value.fract() < 0.05 {
            write!(f, "{} {unit}", value.round() as u64)
        } else {
            write!(f, "{} {unit}", tenths(value))
        }
    }
}

macro_rules! quantity {
    ($name:ident) => {
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self(0), Add::add)
            }
        }
    };
}
quantity!(Cpus);
quantity!(Bytes);

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// From whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The present, by the system's clock. Not for WASM, whose clock is the browser's.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Milliseconds from `earlier` to this moment, at least 0.
    pub const fn since(self, earlier: Self) -> i64 {
        let ms = self.0.saturating_sub(earlier.0);
        if ms < 0 { 0 } else { ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cpus_read_as_written() {
        assert_eq!(Cpus::parse("0.5"), Ok(Cpus::from_nanos(500_000_000)));
        assert_eq!(Cpus::parse(" 2 "), Ok(Cpus::whole(2)));
        assert_eq!(Cpus::from_nanos(80_000_000).to_string(), "0.08");
        for bad in ["", ".", "-1", "1e3", "a", "99999", "0.1234567890"] {
            assert!(Cpus::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bytes_read_as_docker_reads_them() {
        assert_eq!(Bytes::parse("256m"), Ok(Bytes::mib(256)));
        assert_eq!(Bytes::parse("256 MiB"), Ok(Bytes::mib(256)));
        assert_eq!(Bytes::parse("1.5g"), Ok(Bytes::mib(1536)));
        assert_eq!(Bytes::mib(1536).to_string(), "1.5 GiB");
        for bad in ["", "m", "-1m", "1x", "1.2.3", "99999999999999999999"] {
            assert!(Bytes::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn tenths_are_written_as_numbers_are(value in -1e6_f64..1e6) {
            let (ours, theirs): (f64, f64) = (tenths(value).parse().unwrap(), format!("{value:.1}").parse().unwrap());
            prop_assert!((ours - theirs).abs() < 0.11 && (ours - value).abs() < 0.0501, "{ours} {theirs}");
        }
        #[test]
        fn cpus_survive_text(nanos in 0u64..10_000_000_000_000) {
            prop_assert_eq!(Cpus::parse(&Cpus::from_nanos(nanos).to_string()), Ok(Cpus::from_nanos(nanos)));
        }
        #[test]
        fn bytes_never_panic(text in ".*") {
            let _ = Bytes::parse(&text);
            let _ = Cpus::parse(&text);
        }
    }
}
