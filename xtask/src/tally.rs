//! Counting tests from what test binaries print.

use std::ops::AddAssign;

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Ignored: neither passed nor failed, so they are said apart.
    pub ignored: u64,
}

impl Tally {
    /// One failure that no test reported: a build that broke, a binary that died.
    pub const BROKEN: Self = Self {
        passed: 0,
        failed: 1,
        ignored: 0,
    };

    /// The counts of a `test result: ...` line, coloured or not; `None` for any other line.
    pub fn from_line(line: &str) -> Option<Self> {
        let counts = line.trim_start().strip_prefix("test result: ")?;
        let count = |what: &str| {
            let before = counts.split_once(what)?.0;
            before.split_whitespace().next_back()?.parse().ok()
        };
        Some(Self {
            passed: count(" passed;")?,
            failed: count(" failed;")?,
            ignored: count(" ignored;").unwrap_or(0),
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted_and_others_are_not() {
        let plain = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.52s\n";
        let expected = Tally {
            passed: 12,
            failed: 3,
            ignored: 1,
        };
        assert_eq!(Tally::from_line(plain), Some(expected));
        let coloured = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!(Tally::from_line(coloured), Some(expected));
        assert_eq!(Tally::from_line("test kl::passed ... ok"), None);
        assert_eq!(Tally::from_line("running 3 tests"), None);
        assert_eq!(Tally::from_line("test result: pending"), None);
    }
}
