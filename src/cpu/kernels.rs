//! The measures as the CPU runs them.

use super::direct::FusedRows;
use super::dispatch::Simd;
use super::domain::{LinearDomain, LogDomain};
use super::generated;
use super::merging::Merger;
use super::pairs::{AddTerms, add_terms};
use super::shares::FusedFold;
use crate::encoding::Encoding;
use crate::math::Add;
use crate::measure::{
    Alpha, AlphaFar, Bhattacharyya, ChiSquared, CrossEntropy, GeneralizedKullbackLeibler,
    Hellinger, ItakuraSaito, Jeffreys, JensenShannon, JensenShannonHalf, Kernel, KullbackLeibler,
    Masses, Measure, Neyman, Parameters, Renyi, RenyiFar, RenyiInfinity, RenyiZero,
    ReverseKullbackLeibler, SquaredEuclidean, Stem, TotalVariation, Triangular, TsallisZero,
    Weight,
};

/// A measure compiled for an instruction set.
#[derive(Clone, Copy)]
pub(crate) struct Entry<S> {
    /// [`Kernel::STEM`].
    pub stem: &'static Stem,
    /// [`Kernel::Merge`].
    pub merger: Merger<S>,
    /// [`Kernel::terms`].
    pub add_terms: AddTerms<S>,
    /// [`Kernel::infinite_on`].
    pub infinite_on: fn(&Parameters) -> u32,
    /// [`Kernel::settles`].
    pub settles: fn(&Parameters, &Masses, [f32; 2]) -> bool,
    /// [`Stem::instead`].
    pub instead: Option<fn() -> Entry<S>>,
    /// [`Kernel::finish`].
    pub finish: fn(&Parameters, &Masses, [f32; 2]) -> f32,
    /// [`Kernel::accepts_with`].
    pub accepts: fn(&Parameters, &Masses, [f32; 2], f32) -> bool,
    /// The first try in one loop, for measures that are wanted often.
    pub fused: Option<FusedRows<S>>,
    /// The long way in one loop, likewise, for linear rows.
    pub linear: Option<FusedFold<S, LinearDomain>>,
    /// The long way in one loop, likewise, for rows of logarithms.
    pub logarithmic: Option<FusedFold<S, LogDomain>>,
    /// Rows of logarithms at one temperature with each exponential taken once, likewise.
    pub logarithms: Option<FusedRows<S>>,
    /// Rows of weights, likewise.
    pub weights: Option<FusedRows<S>>,
}

impl<S: Simd> Entry<S> {
    /// The arithmetic of a measure for rows of these encodings, if it folds rows.
    pub(crate) fn new(measure: Measure, p: Encoding, q: Encoding) -> Option<Self> {
        let stem = measure.stem_for(p, q);
        Some(match measure {
            // Nothing is folded: see `super::agreement`.
            Measure::Top1Agreement => return None,
            _ if stem.is_power() => Self::of_stem(stem),
            Measure::Renyi(_) | Measure::Tsallis(_) | Measure::Alpha(_) => Self::of_stem(stem),
            Measure::KullbackLeibler => Self::hot::<2, 3, KullbackLeibler>(),
            Measure::ReverseKullbackLeibler => Self::hot::<2, 3, ReverseKullbackLeibler>(),
            Measure::Jeffreys => Self::of::<Jeffreys>(),
            Measure::JensenShannon(Weight::HALF) | Measure::JensenShannonDistance(Weight::HALF) => {
                Self::hot::<3, 4, JensenShannonHalf>()
            }
            Measure::JensenShannon(_) | Measure::JensenShannonDistance(_) => {
                Self::of::<JensenShannon>()
            }
            Measure::Hellinger | Measure::HellingerSquared => Self::fused::<4, Hellinger>(),
            Measure::Bhattacharyya => Self::of::<Bhattacharyya>(),
            Measure::TotalVariation => Self::hot::<2, 4, TotalVariation>(),
            Measure::ChiSquared => Self::fused::<3, ChiSquared>(),
            Measure::Neyman => Self::of::<Neyman>(),
            Measure::Triangular => Self::of::<Triangular>(),
            Measure::CrossEntropy | Measure::Entropy => Self::hot::<2, 3, CrossEntropy>(),
            Measure::GeneralizedKullbackLeibler => Self::of::<GeneralizedKullbackLeibler>(),
            Measure::ItakuraSaito => Self::of::<ItakuraSaito>(),
            Measure::SquaredEuclidean => Self::of::<SquaredEuclidean>(),
            Measure::FDivergence(_) | Measure::Bregman(_) => Self::generated(stem),
        })
    }

    /// The arithmetic of a generator, which the parameters hold.
    fn generated(stem: &'static Stem) -> Self {
        Entry {
            stem,
            merger: Merger::of::<Add>(),
            add_terms: generated::add_terms::<S>,
            infinite_on: generated::infinite_on,
            settles: |_, _, _| true,
            instead: None,
            finish: |_, _, [x, _]| x,
            // There is no first try.
            accepts: |_, _, _, _| false,
            fused: None,
            linear: None,
            logarithmic: None,
            logarithms: None,
            weights: None,
        }
    }

    /// The arithmetic of a measure with an order.
    fn of_stem(stem: &'static Stem) -> Self {
        match stem.name {
            "renyi" => Self::of::<Renyi>(),
            "renyi_zero" => Self::of::<RenyiZero>(),
            "renyi_infinity" => Self::of::<RenyiInfinity>(),
            "tsallis_zero" => Self::of::<TsallisZero>(),
            "reverse_kullback_leibler" => Self::hot::<2, 3, ReverseKullbackLeibler>(),
            "kullback_leibler" => Self::hot::<2, 3, KullbackLeibler>(),
            _ => Self::of::<Alpha>(),
        }
    }

    /// What stands in for a stem.
    fn instead(stem: &'static Stem) -> Option<fn() -> Entry<S>> {
        match stem.instead?.name {
            "renyi" => Some(Self::of::<Renyi>),
            "renyi_far" => Some(Self::of::<RenyiFar>),
            "alpha" => Some(Self::of::<Alpha>),
            _ => Some(Self::of::<AlphaFar>),
        }
    }

    fn of<K: Kernel>() -> Self {
        Entry {
            stem: K::STEM,
            merger: Merger::of::<K::Merge>(),
            add_terms: add_terms::<K, S>,
            infinite_on: K::infinite_on,
            settles: K::settles,
            instead: Self::instead(K::STEM),
            finish: K::finish::<S::Arith>,
            accepts: K::accepts_with,
            fused: None,
            linear: None,
            logarithmic: None,
            logarithms: None,
            weights: None,
        }
    }

    /// `M` is one more than the sums of the measure, `N` two more than those of the first try.
    fn hot<const M: usize, const N: usize, K: Kernel<Merge = Add>>() -> Self {
        Entry {
            linear: S::linear::<M, K>(),
            logarithmic: S::logarithmic::<M, K>(),
            logarithms: S::logarithms::<M, K>(),
            weights: S::weights::<M, K>(),
            ..Self::fused::<N, K>()
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
