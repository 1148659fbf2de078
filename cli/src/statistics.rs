//! Which statistics of scores are reported.

use kullback::Statistics;

use crate::Failure;

/// The quantiles that are reported.
pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// All that are reported.
///
/// # Errors
/// None: levels like these are taken.
pub fn reported() -> Result<Statistics, Failure> {
    let some = Statistics::new().mean().min().max();
    some.quantiles(&LEVELS).map_err(Failure::new)
}
