//! The measures as the CPU runs them.

use super::direct::FusedRows;
use super::dispatch::Simd;
use super::merging::Merger;
use super::pairs::{AddTerms, add_terms};
use crate::measure::{
    CrossEntropy, JensenShannon, JensenShannonHalf, Kernel, KullbackLeibler, Masses, Measure,
    Parameters, Parts, ReverseKullbackLeibler, TotalVariation, Weight,
};

/// A measure compiled for an instruction set.
pub(crate) struct Entry<S> {
    /// [`Kernel::PARTS`].
    pub parts: Parts,
    /// [`Kernel::NEEDS_DRIFT`].
    pub needs_drift: bool,
    /// [`Kernel::Merge`].
    pub merger: Merger<S>,
    /// [`Kernel::terms`].
    pub add_terms: AddTerms<S>,
    /// [`Kernel::infinite_on`].
    pub infinite_on: fn(&Parameters) -> u32,
    /// [`Kernel::finish`].
    pub finish: fn(&Parameters, &Masses, [f32; 2]) -> f32,
    /// [`Kernel::accepts`], where a first try is worth while.
    pub accepts: Option<fn(&Masses, [f32; 2], f32) -> bool>,
    /// The first try in one loop, for measures that are wanted often.
    pub fused: Option<FusedRows<S>>,
}

impl<S: Simd> Entry<S> {
    /// A measure by name.
    pub(crate) fn new(measure: Measure) -> Self {
        match measure {
            Measure::KullbackLeibler => Self::fused::<3, KullbackLeibler>(),
            Measure::ReverseKullbackLeibler => Self::fused::<3, ReverseKullbackLeibler>(),
            Measure::JensenShannon(Weight::HALF) => Self::fused::<4, JensenShannonHalf>(),
            Measure::JensenShannon(_) => Self::of::<JensenShannon>(),
            Measure::TotalVariation => Self::fused::<3, TotalVariation>(),
            Measure::CrossEntropy => Self::fused::<3, CrossEntropy>(),
        }
    }

    fn of<K: Kernel>() -> Self {
        Entry {
            parts: K::PARTS,
            needs_drift: K::NEEDS_DRIFT,
            merger: Merger::of::<K::Merge>(),
            add_terms: add_terms::<K, S>,
            infinite_on: K::infinite_on,
            finish: K::finish::<S::Arith>,
            accepts: K::DIRECT.then_some(K::accepts),
            fused: None,
        }
    }

    /// `N` is two more than the sums of the measure.
    fn fused<const N: usize, K: Kernel>() -> Self {
        Entry {
            fused: S::fused::<N, K>(),
            ..Self::of::<K>()
        }
    }
}
