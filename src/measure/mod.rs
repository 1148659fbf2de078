//! The measures: their names, parameters and units.
//!
//! Each measure has one file here with its f32 arithmetic, the twin of the shader of the same stem.

mod alpha;
mod alpha_far;
mod arithmetic;
mod bhattacharyya;
mod chi_squared;
mod cross_entropy;
mod facts;
mod generalized_kullback_leibler;
mod hellinger;
mod itakura_saito;
mod jeffreys;
mod jensen_shannon;
mod jensen_shannon_half;
mod kernel;
mod kullback_leibler;
mod name;
mod neyman;
mod order;
mod pair;
mod power;
mod renyi;
mod renyi_far;
mod renyi_infinity;
mod renyi_zero;
mod reverse_kullback_leibler;
mod squared_euclidean;
pub(crate) mod stem;
mod total_variation;
mod triangular;
mod tsallis_zero;
mod weight;

use crate::error::ArgumentError;
use crate::expr::{Bregman, FDivergence};

pub(crate) use alpha::Alpha;
pub(crate) use alpha_far::AlphaFar;
pub(crate) use arithmetic::Arithmetic;
pub(crate) use bhattacharyya::Bhattacharyya;
pub(crate) use chi_squared::ChiSquared;
pub(crate) use cross_entropy::CrossEntropy;
pub(crate) use generalized_kullback_leibler::GeneralizedKullbackLeibler;
pub(crate) use hellinger::Hellinger;
pub(crate) use itakura_saito::ItakuraSaito;
pub(crate) use jeffreys::Jeffreys;
pub(crate) use jensen_shannon::JensenShannon;
pub(crate) use jensen_shannon_half::JensenShannonHalf;
pub(crate) use kernel::{Kernel, Masses, NEAR, Own, P_ABOVE_ZERO_Q, Parameters, Q_ABOVE_ZERO_P};
pub(crate) use kullback_leibler::KullbackLeibler;
pub(crate) use neyman::Neyman;
pub(crate) use pair::{ONLY_P, ONLY_Q, Pair, Powers, Ratio, Zeros};
pub(crate) use renyi::Renyi;
pub(crate) use renyi_far::RenyiFar;
pub(crate) use renyi_infinity::RenyiInfinity;
pub(crate) use renyi_zero::RenyiZero;
pub(crate) use reverse_kullback_leibler::ReverseKullbackLeibler;
pub(crate) use squared_euclidean::SquaredEuclidean;
#[cfg(feature = "gpu")]
pub(crate) use stem::Merging;
pub(crate) use stem::{Parts, Space, Stem};
pub(crate) use total_variation::TotalVariation;
pub(crate) use triangular::Triangular;
pub(crate) use tsallis_zero::TsallisZero;

pub use name::NAMES;
pub use order::{AlphaOrder, RenyiOrder, TsallisOrder};
pub use weight::Weight;

/// What is computed for a pair of rows. P is always the first operand, the "truth", and Q the second,
/// the "model".
///
/// A bin that is zero in both rows does not exist. Measures with a unit come in nats or bits; the others
/// have none. "Never infinite" and the like speak of [`Support::Exact`](crate::Support::Exact).
///
/// `Measure` parses from and prints as the name of the command line, with a parameter behind a colon:
/// `kl`, `js` (one half is meant) or `js:0.25`, `renyi:0.5`, `renyi:inf`. See [`NAMES`]. A generator of your own
/// stands behind the colon likewise: `f:t*ln(t)`, `bregman:t^2/2`.
///
/// Which measure answers which question, and one pair scored by all of them: `docs/measures.md` in the
/// repository.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// `kl`, the Kullback-Leibler divergence `sum p ln(p/q)`, in `[0, inf]`, in nats or bits; `+inf`
    /// where `p > 0 = q`.
    ///
    /// S. Kullback and R. A. Leibler, "On information and sufficiency", 1951.
    KullbackLeibler,
    /// `reverse-kl`, the reverse Kullback-Leibler divergence `sum q ln(q/p)`, in `[0, inf]`, in nats or
    /// bits; `+inf` where `q > 0 = p`.
    ReverseKullbackLeibler,
    /// `jeffreys`, the Jeffreys divergence `sum (p - q) ln(p/q)`, which is KL plus reverse KL, in
    /// `[0, inf]`, in nats or bits; `+inf` where exactly one of the two is zero.
    ///
    /// Known in credit scoring as the population stability index (PSI). Some authors halve it.
    ///
    /// H. Jeffreys, "An invariant form for the prior probability in estimation problems", 1946.
    Jeffreys,
    /// `js`, the Jensen-Shannon divergence `w KL(P, M) + (1-w) KL(Q, M)` with `M = w P + (1-w) Q`, in
    /// `[0, h(w)]` where `h` is the binary entropy (`ln 2` at one half), in nats or bits. Never
    /// infinite; 0 for `w` of 0 or 1.
    ///
    /// Its square root is the Jensen-Shannon *distance*, another measure.
    ///
    /// J. Lin, "Divergence measures based on the Shannon entropy", 1991.
    JensenShannon(Weight),
    /// `js-distance`, the Jensen-Shannon distance: the square root of [`Measure::JensenShannon`], which
    /// is taken in the unit of the scores, so that one bit is the most at one half. Never infinite. A
    /// metric at one half only.
    ///
    /// D. M. Endres and J. E. Schindelin, "A new metric for probability distributions", 2003.
    JensenShannonDistance(Weight),
    /// `renyi`, the Renyi divergence `ln(sum p^a q^(1-a)) / (a-1)` of order `a` in `[0, inf]`, in
    /// `[0, inf]`, in nats or bits. KL at `a = 1`, `-ln Q(p > 0)` at 0, `ln max p/q` at infinity.
    /// `+inf` for `a >= 1` where `p > 0 = q`; for `a < 1` only of rows that share no bin.
    ///
    /// A. Renyi, "On measures of entropy and information", 1961; T. van Erven and P. Harremoes, "Renyi
    /// divergence and Kullback-Leibler divergence", 2014.
    Renyi(RenyiOrder),
    /// `tsallis`, the Tsallis divergence `(sum p^a q^(1-a) - 1) / (a-1)` of order `a` in `[0, inf)`,
    /// without unit; in `[0, 1/(1-a)]` for `a < 1`, else in `[0, inf]`. KL in nats at `a = 1`,
    /// `Q(p = 0)` at 0. `+inf` for `a >= 1` where `p > 0 = q`.
    ///
    /// C. Tsallis, "Generalized entropy-based criterion for consistent testing", 1998.
    Tsallis(TsallisOrder),
    /// `alpha`, the alpha divergence `(sum p^a q^(1-a) - 1) / (a(a-1))` of any finite order `a`, without
    /// unit; in `[0, 1/(a(1-a))]` for `a` between 0 and 1, else in `[0, inf]`. KL in nats at `a = 1`,
    /// reverse KL at 0. `+inf` for `a >= 1` where `p > 0 = q`, for `a <= 0` where `q > 0 = p`.
    ///
    /// The parametrisation of Cichocki, Csiszar's and Liese and Vajda's as well. Amari's `alpha_A` is
    /// another: `a = (1 - alpha_A) / 2` here (or `(1 + alpha_A) / 2`, as authors differ in the order of
    /// P and Q).
    ///
    /// A. Cichocki and S. Amari, "Families of alpha- beta- and gamma-divergences", 2010.
    Alpha(AlphaOrder),
    /// `hellinger`, the Hellinger distance `sqrt(1/2 sum (sqrt p - sqrt q)^2)`, in `[0, 1]`, without
    /// unit. Never infinite. A metric.
    ///
    /// Without the half, as some authors have it, it would reach the root of 2.
    ///
    /// E. Hellinger, "Neue Begruendung der Theorie quadratischer Formen von unendlichvielen
    /// Veraenderlichen", 1909.
    Hellinger,
    /// `hellinger-squared`, the squared Hellinger distance `1/2 sum (sqrt p - sqrt q)^2`, in `[0, 1]`,
    /// without unit. Never infinite.
    HellingerSquared,
    /// `bhattacharyya`, the Bhattacharyya distance `-ln sum sqrt(p q)`, in `[0, inf]`, in nats or bits;
    /// `+inf` only of rows that share no bin. Half the Renyi divergence of order one half.
    ///
    /// A. Bhattacharyya, "On a measure of divergence between two statistical populations", 1943.
    Bhattacharyya,
    /// `tv`, the total variation `1/2 sum |p - q|`, in `[0, 1]`, without unit. Never infinite. A metric.
    ///
    /// Without the half, as some authors have it, it would reach 2.
    TotalVariation,
    /// `chi2`, Pearson's chi-squared divergence `sum (p - q)^2 / q`, in `[0, inf]`, without unit; `+inf`
    /// where `p > 0 = q`.
    ///
    /// The literature swaps the names: where Q is the first operand, this sum is called Neyman's. Here
    /// the model Q is what is divided by, as in Pearson's test, where it is what is expected.
    ///
    /// K. Pearson, "On the criterion that a given system of deviations from the probable ...", 1900.
    ChiSquared,
    /// `neyman`, Neyman's chi-squared divergence `sum (p - q)^2 / p`, in `[0, inf]`, without unit;
    /// `+inf` where `q > 0 = p`. [`Measure::ChiSquared`] with P and Q exchanged, see there.
    ///
    /// J. Neyman, "Contribution to the theory of the chi-square test", 1949.
    Neyman,
    /// `triangular`, the triangular discrimination `sum (p - q)^2 / (p + q)`, in `[0, 2]`, without unit.
    /// Never infinite.
    ///
    /// Le Cam's divergence; some authors mean half of it by that name, or by Vincze and Le Cam's.
    ///
    /// I. Vincze, "On the concept and measure of information contained in an observation", 1981; L. Le
    /// Cam, "Asymptotic methods in statistical decision theory", 1986; F. Topsoe, "Some inequalities for
    /// information divergence and related measures of discrimination", 2000.
    Triangular,
    /// `cross-entropy`, `-sum p ln q`, in `[0, inf]`, in nats or bits; `+inf` where `p > 0 = q`. Not
    /// zero at P = Q, but the entropy of P.
    CrossEntropy,
    /// `entropy`, the entropy of P `-sum p ln p`, in `[0, ln K]`, in nats or bits. Never infinite.
    ///
    /// Q is neither read nor judged: score P alone by [`Request::score_p`](crate::Request::score_p), or
    /// give any rows of the same shape as Q.
    ///
    /// C. E. Shannon, "A mathematical theory of communication", 1948.
    Entropy,
    /// `top1-agreement`, the agreement of the largest bin: 1 where the largest bin of P is that of Q, else 0,
    /// without unit. Never infinite. Not a divergence: equal rows score 1.
    ///
    /// Of bins that are equally large the first counts, as for `numpy.argmax`. Values are compared as they are
    /// stored, so that no rounding makes or breaks a tie; smoothing changes nothing. The mean over rows is the
    /// share of them on which two models predict the same class, or the top-1 accuracy of Q where P holds
    /// one-hot labels.
    Top1Agreement,
    /// `generalized-kl`, the generalised Kullback-Leibler divergence `sum p ln(p/q) - p + q` of the
    /// weights as they are, in `[0, inf]`, without unit; `+inf` where `p > 0 = q`, and `p = 0` gives
    /// `q`. Also called I-divergence.
    ///
    /// Nothing is normalised, see [`Measure::is_raw`].
    ///
    /// I. Csiszar, "Why least squares and maximum entropy?", 1991.
    GeneralizedKullbackLeibler,
    /// `itakura-saito`, the Itakura-Saito divergence `sum p/q - ln(p/q) - 1` of the weights as they are,
    /// in `[0, inf]`, without unit; `+inf` where exactly one of the two is zero.
    ///
    /// Nothing is normalised, see [`Measure::is_raw`].
    ///
    /// F. Itakura and S. Saito, "Analysis synthesis telephony based on the maximum likelihood method",
    /// 1968.
    ItakuraSaito,
    /// `squared-euclidean`, half the squared Euclidean distance `1/2 sum (p - q)^2` of the weights as
    /// they are, in `[0, inf]`, without unit. Infinite only beyond what f32 holds.
    ///
    /// Nothing is normalised, see [`Measure::is_raw`]. The half makes it the Bregman divergence of half
    /// the squared norm.
    SquaredEuclidean,
    /// `f:EXPRESSION`, the f-divergence `sum q f(p/q)` of a generator of your own, without unit; `+inf` where
    /// the limits of the generator say so.
    ///
    /// I. Csiszar, "Eine informationstheoretische Ungleichung und ihre Anwendung auf den Beweis der
    /// Ergodizitaet von Markoffschen Ketten", 1963; S. M. Ali and S. D. Silvey, "A general class of coefficients
    /// of divergence of one distribution from another", 1966.
    FDivergence(FDivergence),
    /// `bregman:EXPRESSION`, the Bregman divergence `sum phi(p) - phi(q) - phi'(q) (p - q)` of a generator of
    /// your own, of the weights as they are, without unit; `+inf` where the limits of the generator say so.
    ///
    /// Nothing is normalised, see [`Measure::is_raw`].
    ///
    /// L. M. Bregman, "The relaxation method of finding the common point of convex sets", 1967.
    Bregman(Bregman),
}

impl From<FDivergence> for Measure {
    fn from(divergence: FDivergence) -> Self {
        Measure::FDivergence(divergence)
    }
}

impl From<Bregman> for Measure {
    fn from(divergence: Bregman) -> Self {
        Measure::Bregman(divergence)
    }
}

impl Measure {
    /// The Jensen-Shannon divergence with weight `w` on P.
    ///
    /// # Errors
    /// [`ArgumentError::Weight`] outside `[0, 1]`.
    pub fn jensen_shannon(w: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::JensenShannon(Weight::new(w)?))
    }

    /// The Jensen-Shannon distance with weight `w` on P.
    ///
    /// # Errors
    /// [`ArgumentError::Weight`] outside `[0, 1]`.
    pub fn jensen_shannon_distance(w: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::JensenShannonDistance(Weight::new(w)?))
    }

    /// The Renyi divergence of order `a`.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] outside `[0, inf]`.
    pub fn renyi(a: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::Renyi(RenyiOrder::new(a)?))
    }

    /// The Tsallis divergence of order `a`.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] outside `[0, inf)`.
    pub fn tsallis(a: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::Tsallis(TsallisOrder::new(a)?))
    }

    /// The alpha divergence of order `a`.
    ///
    /// # Errors
    /// [`ArgumentError::Order`] if `a` is not finite.
    pub fn alpha(a: f64) -> Result<Self, ArgumentError> {
        Ok(Measure::Alpha(AlphaOrder::new(a)?))
    }
}
