//! Pairs of rows of every kind that has ever been hard to score.
//!
//! A pair starts as two rows of logarithms in f64, up to a constant each, and is then put into its
//! encodings. So every kind exists in every pair of encodings.

use kullback::Encoding;

use super::random::Random;

/// A kind of pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// Two rows that have nothing to do with each other.
    Random,
    /// Nearly identical: scores of 1e-1 down to 1e-12 and beyond.
    Near,
    /// Equal but for one bin.
    OneBin,
    /// Equal, in bits where the encodings are.
    Equal,
    /// Zeros in P, in Q, or in both.
    Masked,
    /// Logits shifted by 1000, weights scaled, sums of probabilities off by 9e-4.
    Shifted,
    /// Subnormals and -0.0 beside ordinary values.
    Subnormal,
    /// One-hot or nearly so.
    OneHot,
    /// Counts, of which many are 0.
    Counts,
    /// Bins of very different size.
    Extreme,
    /// All bins of P alike.
    EqualTerms,
    /// One bin of 1, and 1e-12 in all others.
    Dust,
    /// At least one row stands for no distribution.
    Bad,
}

/// All kinds.
pub const RECIPES: [Recipe; 13] = [
    Recipe::Random,
    Recipe::Near,
    Recipe::Masked,
    Recipe::Shifted,
    Recipe::Extreme,
    Recipe::OneHot,
    Recipe::Bad,
    Recipe::Subnormal,
    Recipe::Dust,
    Recipe::Equal,
    Recipe::Counts,
    Recipe::EqualTerms,
    Recipe::OneBin,
];

/// Two rows of one length, and their kind.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The kind.
    pub recipe: Recipe,
    /// The row of P.
    pub p: Vec<f32>,
    /// The row of Q.
    pub q: Vec<f32>,
}

/// Draws a pair of a kind.
pub fn draw(recipe: Recipe, encodings: [Encoding; 2], k: usize, random: &mut Random) -> Pair {
    let [p, q] = match recipe {
        Recipe::Random => {
            let spread = random.pick(&[0.1, 1.0, 5.0, 20.0]);
            each(encodings, |e| {
                Place::draw(random).encode(&latent(k, spread, random), e)
            })
        }
        Recipe::Near => {
            let (a, b) = near(k, random);
            let place = Place::draw(random);
            [
                place.encode(&a, encodings[0]),
                place.encode(&b, encodings[1]),
            ]
        }
        Recipe::OneBin => one_bin(encodings, k, random),
        Recipe::Equal => {
            let spread = random.pick(&[0.1, 3.0, 15.0]);
            let (a, place) = (latent(k, spread, random), Place::draw(random));
            encodings.map(|e| place.encode(&a, e))
        }
        Recipe::Masked => {
            let (mut a, mut b) = near(k, random);
            if random.one_in(2) {
                b = latent(k, 2.0, random);
            }
            mask(&mut a, &mut b, random);
            let place = Place::draw(random);
            [
                place.encode(&a, encodings[0]),
                place.encode(&b, encodings[1]),
            ]
        }
        Recipe::Shifted => shifted(encodings, k, random),
        Recipe::Subnormal => each(encodings, |e| with_subnormals(e, k, random)),
        Recipe::OneHot => {
            let hot = random.below(k);
            each(encodings, |e| {
                Place::draw(random).encode(&one_hot(k, hot, random), e)
            })
        }
        Recipe::Counts => {
            let scale = random.pick(&[0.7, 5.0, 1000.0]);
            each(encodings, |e| counts(e, k, scale, random))
        }
        Recipe::Extreme => extreme(encodings, k, random),
        Recipe::EqualTerms => {
            let step = random.pick(&[0.0, 1e-6, 1e-3, 0.5]);
            let a = vec![0.0; k];
            let b: Vec<f64> = (0..k)
                .map(|i| if i % 2 == 0 { step } else { -step })
                .collect();
            let place = Place::draw(random);
            [
                place.encode(&a, encodings[0]),
                place.encode(&b, encodings[1]),
            ]
        }
        Recipe::Dust => {
            let hot = random.below(k);
            let rest = [
                1e-12_f64.ln(),
                random.pick(&[1e-12_f64, 1.01e-12, 3e-12]).ln(),
            ];
            let mut rest = rest.into_iter().cycle();
            each(encodings, |e| {
                let mut z = vec![rest.next().unwrap_or(0.0); k];
                z[hot] = 0.0;
                Place::default().encode(&z, e)
            })
        }
        Recipe::Bad => bad(encodings, k, random),
    };
    Pair { recipe, p, q }
}

fn each(encodings: [Encoding; 2], mut row: impl FnMut(Encoding) -> Vec<f32>) -> [Vec<f32>; 2] {
    encodings.map(&mut row)
}

/// Where a distribution lies among the numbers that stand for it.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// What is added to logits.
    shift: f64,
    /// The logarithm of the largest weight.
    scale: f64,
    /// How far the sum of probabilities is from 1.
    off: f64,
}

impl Place {
    fn draw(random: &mut Random) -> Self {
        Place {
            shift: random.between(-10.0, 10.0),
            scale: random.between(-10.0, 10.0),
            off: random.pick(&[0.0, 1e-5, -1e-4]),
        }
    }

    /// Values that stand for the distribution of these logarithms, `-inf` for zero.
    fn encode(&self, z: &[f64], encoding: Encoding) -> Vec<f32> {
        let peak = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mass: f64 = z.iter().map(|z| (z - peak).exp()).sum();
        let value = |z: f64| match encoding {
            Encoding::Probabilities => (z - peak).exp() / mass * (1.0 + self.off),
            Encoding::LogProbabilities => z - peak - mass.ln() + self.off.ln_1p(),
            Encoding::Logits { temperature } => z * temperature.get() + self.shift,
            _ => (z - peak + self.scale).exp().min(f64::from(f32::MAX)),
        };
        z.iter().map(|&z| value(z) as f32).collect()
    }
}

fn latent(k: usize, spread: f64, random: &mut Random) -> Vec<f64> {
    (0..k).map(|_| spread * random.normal()).collect()
}

fn near(k: usize, random: &mut Random) -> (Vec<f64>, Vec<f64>) {
    let spread = random.pick(&[0.5, 2.0]);
    let distance = 10.0_f64.powf(random.between(-6.5, -0.5));
    let a = latent(k, spread, random);
    let b = a.iter().map(|z| z + distance * random.normal()).collect();
    (a, b)
}

fn one_bin(encodings: [Encoding; 2], k: usize, random: &mut Random) -> [Vec<f32>; 2] {
    let (a, at) = (latent(k, 1.0, random), random.below(k));
    let place = Place::draw(random);
    let p = place.encode(&a, encodings[0]);
    if encodings[0] == encodings[1] && p[at] != 0.0 {
        let mut q = p.clone();
        q[at] = f32::from_bits(q[at].to_bits() + 1 + random.below(64) as u32);
        return [p, q];
    }
    let mut b = a;
    b[at] += 10.0_f64.powf(random.between(-7.0, 0.0));
    [p, place.encode(&b, encodings[1])]
}

/// Zeros in P, in Q, in the same bins of both, or anywhere; each keeps a bin.
fn mask(a: &mut [f64], b: &mut [f64], random: &mut Random) {
    let k = a.len();
    let (keep, kind) = (random.below(k), random.below(4));
    let one_of = random.pick(&[2, 10, k]);
    for i in (0..k).filter(|&i| i != keep) {
        let hidden = random.one_in(one_of);
        if hidden && matches!(kind, 0 | 2 | 3) {
            a[i] = f64::NEG_INFINITY;
        }
        if (hidden && matches!(kind, 1 | 2)) || (kind == 3 && random.one_in(one_of)) {
            b[i] = f64::NEG_INFINITY;
        }
    }
}

fn shifted(encodings: [Encoding; 2], k: usize, random: &mut Random) -> [Vec<f32>; 2] {
    let (a, b) = near(k, random);
    let far = |random: &mut Random| Place {
        shift: random.pick(&[1000.0, -1000.0, 1000.0 / 3.0]),
        scale: random.pick(&[-60.0, 60.0, 80.0]),
        off: random.pick(&[9e-4, -9e-4]),
    };
    let places = [far(random), far(random)];
    let p = places[0].encode(&a, encodings[0]);
    let both_logits = matches!(encodings[0], Encoding::Logits { .. });
    if both_logits && encodings[0] == encodings[1] && random.one_in(2) {
        let q = p.iter().map(|a| a + 1000.0).collect();
        return [p, q];
    }
    [p, places[1].encode(&b, encodings[1])]
}

/// Values that are zero though their bits are not, and -0.0.
const TINY: [u32; 6] = [
    0x8000_0000,
    0x0000_0001,
    0x8000_0001,
    0x007f_ffff,
    0x807f_ffff,
    0x0001_16c2,
];

fn with_subnormals(encoding: Encoding, k: usize, random: &mut Random) -> Vec<f32> {
    let keep = random.below(k);
    let mut z = latent(k, 1.0, random);
    for (i, z) in z.iter_mut().enumerate() {
        if i != keep && random.one_in(3) {
            *z = f64::NEG_INFINITY;
        }
    }
    if encoding == Encoding::LogProbabilities {
        // A subnormal logarithm is that of 1.
        let mut row: Vec<f32> = (0..k)
            .map(|_| random.pick(&[f32::NEG_INFINITY, -40.0, -100.0]))
            .collect();
        row[keep] = f32::from_bits(random.pick(&TINY));
        return row;
    }
    let mut row = Place::default().encode(&z, encoding);
    for (i, value) in row.iter_mut().enumerate() {
        let spare = *value == 0.0 || (i != keep && *value == f32::NEG_INFINITY);
        if spare && !random.one_in(4) {
            *value = f32::from_bits(random.pick(&TINY));
        }
    }
    row
}

fn one_hot(k: usize, hot: usize, random: &mut Random) -> Vec<f64> {
    let hot = if random.one_in(3) {
        random.below(k)
    } else {
        hot
    };
    let cold = random.pick(&[f64::NEG_INFINITY, -18.5, -40.0, -80.0]);
    let mut z: Vec<f64> = (0..k).map(|_| cold + 0.1 * random.normal()).collect();
    z[hot] = 0.0;
    z
}

fn counts(encoding: Encoding, k: usize, scale: f64, random: &mut Random) -> Vec<f32> {
    let mut counts: Vec<f64> = (0..k)
        .map(|_| (-(1.0 - random.unit()).ln() * scale).floor())
        .collect();
    counts[random.below(k)] += 1.0;
    if encoding == Encoding::Weights {
        return counts.iter().map(|&n| n as f32).collect();
    }
    let z: Vec<f64> = counts.iter().map(|n| n.ln()).collect();
    Place::default().encode(&z, encoding)
}

fn extreme(encodings: [Encoding; 2], k: usize, random: &mut Random) -> [Vec<f32>; 2] {
    let logarithmic = encodings.iter().all(|e| e.is_logarithmic());
    // Below 1e-38 linear rows are zero: there a wider range only adds zeros.
    let range = match random.below(4) {
        0 => 1.0,
        1 => 80.0,
        2 => 174.0,
        _ if logarithmic => 1000.0,
        _ => 30.0,
    };
    // The largest weights, whose sum f32 does not hold.
    let place = Place {
        scale: 88.7,
        ..Place::default()
    };
    each(encodings, |e| {
        let z: Vec<f64> = (0..k).map(|_| random.between(-range, 0.0)).collect();
        place.encode(&z, e)
    })
}

fn bad(encodings: [Encoding; 2], k: usize, random: &mut Random) -> [Vec<f32>; 2] {
    let which = 1 + random.below(3);
    if encodings == [Encoding::Probabilities; 2] && random.one_in(2) {
        return hardly_bad(k, random);
    }
    let mut bit = 1;
    each(encodings, |e| {
        let mut row = Place::draw(random).encode(&latent(k, 1.0, random), e);
        if which & bit != 0 {
            spoil(&mut row, e, random);
        }
        bit <<= 1;
        row
    })
}

/// Probabilities whose masses agree, but are not 1, or that hide a negative bin in a mass of 1.
fn hardly_bad(k: usize, random: &mut Random) -> [Vec<f32>; 2] {
    let (a, b) = near(k, random);
    let mut rows = [a, b].map(|z| Place::default().encode(&z, Encoding::Probabilities));
    if random.one_in(2) {
        let factor = random.pick(&[0.5, 1.003, 2.0]);
        rows.iter_mut().flatten().for_each(|v| *v *= factor);
    } else {
        let row = &mut rows[random.below(2)];
        let (at, to) = (random.below(k), random.below(k));
        row[to] += row[at];
        row[at] = -1e-9;
    }
    rows
}

/// NaN of both signs, one of them signalling.
const NANS: [u32; 4] = [0x7fc0_0000, 0xffc0_0001, 0x7f80_0001, 0xffff_ffff];

fn spoil(row: &mut [f32], encoding: Encoding, random: &mut Random) {
    let logarithmic = encoding.is_logarithmic();
    let (k, infinity) = (row.len(), f32::INFINITY);
    let nan = |random: &mut Random| f32::from_bits(random.pick(&NANS));
    let negative = |random: &mut Random| random.pick(&[-1.0, -f32::MIN_POSITIVE, f32::MIN]);
    match random.below(6) {
        0 => row[random.below(k)] = nan(random),
        1 => row[random.below(k)] = infinity,
        2 if logarithmic => row.fill(-infinity),
        2 => row.fill_with(|| f32::from_bits(random.pick(&TINY))),
        3 if encoding == Encoding::Probabilities => {
            let factor = random.pick(&[0.5, 0.997, 1.003, 1e30]);
            row.iter_mut().for_each(|v| *v *= factor);
        }
        3 if encoding == Encoding::LogProbabilities => {
            let shift = random.pick(&[0.5, -0.01, 0.01, -1000.0, 1000.0]);
            row.iter_mut().for_each(|v| *v += shift);
        }
        4 if !logarithmic => row[random.below(k)] = negative(random),
        // Two kinds, of which the first counts.
        _ if !logarithmic => {
            row[random.below(k)] = negative(random);
            row[random.below(k)] = -infinity;
        }
        _ => {
            row.fill(-infinity);
            row[random.below(k)] = nan(random);
        }
    }
}
