//! Counting tests: cargo and Playwright each say how many passed, in their own way; people want one number.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fmt;
use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that ran to their end and held.
    pub(crate) passed: u64,
    /// Everything else, a suite that did not even start included.
    pub(crate) failed: u64,
}

impl Tally {
    /// A step that failed as a whole.
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1 };

    /// Reads a summary line of a Rust test binary: `test result: ok. 3 passed; 0 failed; …`. Other lines have none.
    pub(crate) fn from_cargo(line: &str) -> Option<Self> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let mut counts = counts.split("; ");
        let mut next = |unit: &str| counts.next()?.strip_suffix(unit)?.parse().ok();
        Some(Self {
            passed: next(" passed")?,
            failed: next(" failed")?,
        })
    }

    /// Reads the statistics of Playwright's JSON report. A test that held only when repeated has failed, and so has one
    /// that did not run because another failed before it.
    pub(crate) fn from_playwright(report: &str) -> Result<Self> {
        let report: Value = serde_json::from_str(report)?;
        let stats = report.get("stats").context("the report has no stats")?;
        let count = |name: &str| {
            stats
                .get(name)
                .and_then(Value::as_u64)
                .with_context(|| format!("no count of {name}"))
        };
        Ok(Self {
            passed: count("expected")?,
            failed: count("unexpected")? + count("flaky")? + count("skipped")?,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_counted() {
        let ok = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        let mut sum = Tally::from_cargo(ok).unwrap();
        sum += Tally::from_cargo(bad).unwrap();
        assert_eq!(sum.to_string(), "15 passed, 2 failed");
        assert_eq!(Tally::from_cargo("test tally::tests::cargo_is_counted ... ok"), None);
    }

    #[test]
    fn playwright_is_counted() {
        let report = r#"{"stats": {"expected": 7, "unexpected": 1, "flaky": 1, "skipped": 2, "duration": 9.5}}"#;
        assert_eq!(Tally::from_playwright(report).unwrap(), Tally { passed: 7, failed: 4 });
        assert!(Tally::from_playwright("{}").is_err());
    }
}
