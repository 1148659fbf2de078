//! Numbers as people read them.

/// A score: six significant digits.
#[must_use]
pub fn score(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if (-4.0..7.0).contains(&magnitude) {
        // Six digits in all, so fewer behind the point where there are some before it.
        let decimals = (5.0 - magnitude).max(0.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.5e}")
    }
}

/// A count with its digits in groups: `1 234 567`.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`.
#[must_use]
pub fn counted(value: u64, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(value))
}

/// A rate or an amount to three digits: `1.23 million`, `45.6 thousand`.
#[must_use]
pub fn rough(value: f64) -> String {
    let (scaled, suffix) = match value {
        v if v >= 1e9 => (v / 1e9, " billion"),
        v if v >= 1e6 => (v / 1e6, " million"),
        v if v >= 1e3 => (v / 1e3, " thousand"),
        v => (v, ""),
    };
    let decimals = if scaled >= 99.95 {
        0
    } else if scaled >= 9.995 {
        1
    } else {
        2
    };
    format!("{scaled:.decimals$}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_six_digits() {
        assert_eq!(score(0.0), "0");
        assert_eq!(score(0.123_456_78), "0.123457");
        assert_eq!(score(12.345_678_9), "12.3457");
        assert_eq!(score(1_234_567.8), "1234568");
        assert_eq!(score(3.25e-9), "3.25000e-9");
        assert_eq!(score(3.4e38), "3.40000e38");
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1 000");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(0, "row"), "0 rows");
    }

    #[test]
    fn rates_are_rough() {
        assert_eq!(rough(0.5), "0.50");
        assert_eq!(rough(12.34), "12.3");
        assert_eq!(rough(1234.0), "1.23 thousand");
        assert_eq!(rough(45_600_000.0), "45.6 million");
    }
}
