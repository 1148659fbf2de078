//! What scores by a product or entropies in f32 may miss.

/// What scores by [`Precision::Fast`](crate::Precision::Fast) may be off besides what is promised of every score: none is
/// further from the exact score than [`ErrorBound::of`] and [`allowed_error`](crate::allowed_error) say together.
///
/// It holds for the worst of the rows that were scored, of whatever order the sums of a product have been taken in, and
/// mostly lies far above what is found. What is promised is to be added because pairs that f32 does not tell, and what is
/// left when a GPU fails, are scored as paired rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    absolute: f64,
    relative: f64,
    of_square: bool,
}

/// A bound that grows with the score by more says nothing.
const LARGEST_RELATIVE: f64 = 0.05;

impl ErrorBound {
    /// A bound of `absolute + relative |score|`, for the score as computed: the exact one may be larger.
    pub(super) fn new(absolute: f64, relative: f64) -> Self {
        let of_square = false;
        if relative > LARGEST_RELATIVE || !absolute.is_finite() {
            return ErrorBound {
                absolute: f64::INFINITY,
                relative: 0.0,
                of_square,
            };
        }
        ErrorBound {
            absolute: 1.1 * absolute.max(f64::MIN_POSITIVE),
            relative: 1.1 * relative,
            of_square,
        }
    }

    /// Of the root of what has this bound.
    pub(super) fn of_root(self) -> Self {
        ErrorBound {
            of_square: true,
            ..self
        }
    }

    /// What this score may be off, in its unit, besides what is promised of every score: nothing if it is infinite, NaN if
    /// it is that of a bad row.
    #[must_use]
    pub fn of(&self, score: f32) -> f64 {
        let score = f64::from(score).abs();
        if score.is_nan() {
            return f64::NAN;
        }
        if score.is_infinite() {
            return 0.0;
        }
        if !self.of_square {
            return self.absolute + self.relative * score;
        }
        // The squares differ by no more than this.
        let of_square = self.absolute + self.relative * score * score;
        // Both numbers are at least 0: their difference is that of their squares over their sum.
        (of_square / score).min(of_square.sqrt())
    }

    /// What a score may be off whatever it is, or its square if [`ErrorBound::is_of_square`].
    #[must_use]
    pub fn absolute(&self) -> f64 {
        self.absolute
    }

    /// What it may be off besides, as a part of the score as computed, or of its square.
    #[must_use]
    pub fn relative(&self) -> f64 {
        self.relative
    }

    /// True if the square of a score is what this bounds, as for `hellinger`, which is a root.
    #[must_use]
    pub fn is_of_square(&self) -> bool {
        self.of_square
    }

    /// The largest score that may come of an exact one that is at most this.
    pub(crate) fn largest(&self, exact: f64) -> f64 {
        let rest = 1.0 - self.relative;
        if self.of_square {
            return ((exact * exact + self.absolute) / rest).sqrt();
        }
        (exact + self.absolute) / rest
    }

    /// The bound of both of two batches.
    pub(crate) fn or(self, other: Self) -> Self {
        ErrorBound {
            absolute: self.absolute.max(other.absolute),
            relative: self.relative.max(other.relative),
            of_square: self.of_square || other.of_square,
        }
    }
}

impl std::fmt::Display for ErrorBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.of_square {
            "the square of a score"
        } else {
            "a score"
        };
        write!(f, "{what} is off by at most {:.1e}", above(self.absolute))?;
        if self.relative > 0.0 {
            write!(f, " and {:.1e} of it", above(self.relative))?;
        }
        Ok(())
    }
}

/// The next number of two digits: a bound is not rounded down.
fn above(bound: f64) -> f64 {
    let unit = 10_f64.powf(bound.log10().floor() - 1.0);
    (bound / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::ErrorBound;

    #[test]
    fn roots_are_known_by_their_squares() {
        let square = ErrorBound::new(1e-6, 0.0);
        let root = square.of_root();
        for exact in [0.0_f64, 1e-4, 1e-3, 0.1, 1.0] {
            for error in [-1e-6, 1e-6] {
                let found = (exact * exact + error).max(0.0).sqrt() as f32;
                assert!(
                    (f64::from(found) - exact).abs() <= root.of(found),
                    "{exact}"
                );
            }
        }
        assert_eq!(root.of(f32::INFINITY), 0.0);
        assert!(root.of(1.0) < 1.2e-6);
    }

    #[test]
    fn what_is_shown_is_no_less() {
        let shown = |absolute: f64| ErrorBound::new(absolute / 1.1, 0.0).to_string();
        assert_eq!(shown(1.24e-5), "a score is off by at most 1.3e-5");
        assert_eq!(shown(9.91e-6), "a score is off by at most 1.0e-5");
        let root = ErrorBound::new(1e-5, 1e-6).of_root().to_string();
        assert_eq!(
            root,
            "the square of a score is off by at most 1.2e-5 and 1.2e-6 of it"
        );
        assert!(ErrorBound::new(1.0, 0.0).of(f32::NAN).is_nan());
    }

    #[test]
    fn nothing_larger_comes_of_an_exact_score() {
        let bound = ErrorBound::new(1e-4, 1e-3);
        for bound in [bound, bound.of_root()] {
            for exact in [0.0_f64, 1e-5, 1e-2, 0.7] {
                let largest = bound.largest(exact) as f32;
                // What this is beyond the bound, which is of the square for roots.
                let beyond = |score: f32| {
                    let score = f64::from(score);
                    if !bound.is_of_square() {
                        return score - exact - bound.of(score as f32);
                    }
                    let of_square = bound.absolute() + bound.relative() * score * score;
                    score * score - exact * exact - of_square
                };
                assert!(beyond(largest * 0.999) <= 0.0, "{exact}");
                assert!(beyond(largest * 1.001) > 0.0, "{exact}");
            }
        }
    }

    #[test]
    fn what_is_unknown_has_no_bound() {
        assert_eq!(ErrorBound::new(f64::INFINITY, 0.0).of(1.0), f64::INFINITY);
        assert_eq!(ErrorBound::new(1e-6, 0.2).of(1.0), f64::INFINITY);
        let both = ErrorBound::new(1e-6, 0.0).or(ErrorBound::new(1e-7, 1e-3));
        assert!(both.of(1.0) >= 1e-3 + 1e-6);
    }
}
