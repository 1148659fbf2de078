//! How two stored words become a [`Pair`], once both rows have been surveyed.

mod direct;
mod linear;
mod logarithmic;
mod smoothed;

pub(crate) use direct::{DIRECT_MASSES, direct_pair};
pub(crate) use linear::LinearDomain;
pub(crate) use logarithmic::{LogDomain, to_logarithms};
pub(crate) use smoothed::Smoothed;

use crate::math::{Arith, Bits};
use crate::measure::{Masses, Pair};

/// A pair of rows brought together.
pub(crate) trait Domain: Copy {
    /// The words that stand for zero, to pad rows with.
    const PADDING: f32;
    /// True if such a pair of words adds nothing.
    const SKIPS_PADDING: bool;

    /// The pair of bins that two stored words stand for.
    fn pair<A: Arith, B: Bits>(&self, p: B, q: B) -> Pair<B::Number>;

    /// The masses, with a drift of 0: it is not known yet.
    fn masses(&self) -> Masses;
}
