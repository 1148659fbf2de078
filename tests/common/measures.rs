//! Measures to test, those with a parameter at several, and what can be asked about them.

use kullback::{Encoding, Measure, Options, Support, Unit};

/// Every measure by its name on the command line, some more than once.
const NAMES: [&str; 40] = [
    "kl",
    "reverse-kl",
    "jeffreys",
    "js",
    "js:0.25",
    "js:1e-6",
    "js:0.9999999",
    "js:0",
    "js:1",
    "js-distance",
    "js-distance:0.1",
    "renyi:0",
    "renyi:0.3",
    "renyi:0.5",
    "renyi:0.999999",
    "renyi:2",
    "renyi:5",
    "renyi:inf",
    "tsallis:0",
    "tsallis:0.7",
    "tsallis:1.000001",
    "tsallis:3",
    "alpha:-3",
    "alpha:-1e-6",
    "alpha:0.5",
    "alpha:1.5",
    "hellinger",
    "hellinger-squared",
    "bhattacharyya",
    "tv",
    "chi2",
    "neyman",
    "triangular",
    "cross-entropy",
    "entropy",
    "top1-agreement",
    "generalized-kl",
    "itakura-saito",
    "squared-euclidean",
    // The same arithmetic as another, by a limit.
    "renyi:1",
];

/// One of each kind of arithmetic, for adapters, on which each costs pipelines.
const OF_EACH_STEM: [&str; 23] = [
    "kl",
    "reverse-kl",
    "jeffreys",
    "js",
    "js:0.25",
    "js-distance",
    "renyi:0",
    "renyi:0.3",
    "renyi:2",
    "renyi:inf",
    "tsallis:3",
    "alpha:-3",
    "hellinger",
    "bhattacharyya",
    "tv",
    "chi2",
    "neyman",
    "triangular",
    "cross-entropy",
    "top1-agreement",
    "generalized-kl",
    "itakura-saito",
    "squared-euclidean",
];

/// One of each kind of arithmetic.
pub fn of_each_stem() -> Vec<Measure> {
    OF_EACH_STEM.map(named).to_vec()
}

/// All of them.
pub fn all() -> Vec<Measure> {
    NAMES.map(named).to_vec()
}

/// A measure by name.
pub fn named(name: &str) -> Measure {
    match name.parse() {
        Ok(measure) => measure,
        Err(error) => panic!("{error}"),
    }
}

/// Whether a measure can be asked in a unit.
pub fn has_unit(measure: &Measure, unit: Unit) -> bool {
    unit == Unit::Nats || measure.is_logarithmic()
}

/// Whether a measure takes a support.
pub fn takes_support(measure: &Measure, support: Support) -> bool {
    support == Support::Exact || !measure.is_raw()
}

/// Whether a measure takes rows of an encoding.
pub fn takes_encoding(measure: &Measure, encoding: Encoding) -> bool {
    encoding == Encoding::Weights || !measure.is_raw()
}

/// The most that a measure gives, in its unit, for rows of so many bins.
pub fn most(options: &Options, k: usize) -> f64 {
    let nats = match options.measure {
        Measure::TotalVariation
        | Measure::Hellinger
        | Measure::HellingerSquared
        | Measure::Top1Agreement => 1.0,
        Measure::Triangular => 2.0,
        Measure::JensenShannon(w) => binary_entropy(w.get()),
        Measure::JensenShannonDistance(w) => binary_entropy(w.get()).sqrt(),
        Measure::Entropy => (k as f64).ln(),
        Measure::Tsallis(order) if order.get() < 1.0 => 1.0 / (1.0 - order.get()),
        Measure::Alpha(order) if order.get() > 0.0 && order.get() < 1.0 => {
            1.0 / (order.get() * (1.0 - order.get()))
        }
        _ => f64::INFINITY,
    };
    let unit = match (options.unit, options.measure) {
        (Unit::Nats, _) => 1.0,
        (Unit::Bits, Measure::JensenShannonDistance(_)) => std::f64::consts::LN_2.sqrt(),
        (Unit::Bits, _) => std::f64::consts::LN_2,
    };
    nats / unit
}

fn binary_entropy(w: f64) -> f64 {
    let term = |w: f64| if w > 0.0 { -w * w.ln() } else { 0.0 };
    term(w) + term(1.0 - w)
}
