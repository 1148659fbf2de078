//! What scoring must do with any rows: what the reference says, within what is promised. The body of
//! the fuzz target `score`, and of the test that replays its seeds.
//!
//! The first ten bytes choose the options and the shape, see [`Input::read`]; the others are the rows.

use kullback::{
    Backend, Encoding, IssueKind, Measure, Operand, Options, Rows, Scorer, Support, Temperature,
    Unit, allowed_error, reference,
};

/// Values of one operand, at most.
const LARGEST: usize = 1 << 14;

/// How close to its limit a sum may be judged either way: sums are f32 on the fast paths.
const LIMIT: f64 = 4e-6;

/// Scores rows that are made of `data`, and compares.
pub fn run(data: &[u8]) {
    let Some(input) = Input::read(data) else {
        return;
    };
    if let Err(error) = input.compare() {
        panic!("{error}\n{}", input.describe());
    }
}

/// A request with its rows.
struct Input {
    options: Options,
    p_encoding: Encoding,
    q_encoding: Encoding,
    k: usize,
    p: Vec<f32>,
    q: Vec<f32>,
}

impl Input {
    /// Bytes: measure and unit, weight, encodings and their temperatures, support and tolerance, its
    /// exponent, temperature of P, temperature of Q, shape of values, relation of Q to P, K (two).
    fn read(data: &[u8]) -> Option<Input> {
        let (head, body) = data.split_first_chunk::<10>()?;
        let [
            measure,
            weight,
            encodings,
            support,
            eps,
            hot_p,
            hot_q,
            shape,
            k_low,
            k_high,
        ] = *head;
        let options = options(measure, weight, support, eps)?;
        let p_encoding = encoding(encodings & 3, hot_p)?;
        // As often as not, both have one temperature.
        let hot_q = if encodings & 64 == 0 { hot_p } else { hot_q };
        let q_encoding = encoding(encodings >> 2 & 3, hot_q)?;
        options.check_for(p_encoding, q_encoding).ok()?;
        let k = 1 + usize::from(u16::from_le_bytes([k_low, k_high])) % 1500;

        let words: Vec<u32> = body
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        let (p_words, q_words) = words.split_at(words.len().div_ceil(2));
        // Rows are filled to the end by repeating what there is.
        let values = p_words.len().max(1).div_ceil(k).min(LARGEST / k) * k;
        let mut p = fill(p_words, values);
        let mut q = fill(q_words, values);
        tame(shape & 3, p_encoding, &mut p);
        tame(shape & 3, q_encoding, &mut q);
        relate(shape >> 2 & 3, &p, &mut q);
        if shape & 16 != 0 {
            normalise(p_encoding, k, &mut p);
            normalise(q_encoding, k, &mut q);
        }
        Some(Input {
            options,
            p_encoding,
            q_encoding,
            k,
            p,
            q,
        })
    }

    fn compare(&self) -> Result<(), String> {
        let words = |error: kullback::ArgumentError| error.to_string();
        let p = Rows::new(self.p_encoding, &self.p, self.k).map_err(words)?;
        let q = Rows::new(self.q_encoding, &self.q, self.k).map_err(words)?;
        let scores = self.score(p, q)?;
        if scores.len() as u64 != p.rows() {
            return Err(format!("{} scores", scores.len()));
        }
        let infinite = scores.values().iter().filter(|s| s.is_infinite()).count();
        if scores.infinities() != infinite as u64 {
            return Err(format!("{} infinities counted", scores.infinities()));
        }
        for row in 0..p.rows() {
            let at = |error| format!("row {row}: {error}");
            let found = |operand| {
                let mut issues = scores.issues().iter();
                let issue = issues.find(|issue| (issue.row, issue.operand) == (row, operand));
                issue.map(|issue| issue.kind)
            };
            let found = [found(Operand::P), found(Operand::Q)];
            let score = scores.values()[row as usize];
            self.compare_row(p, q, row, score, found).map_err(at)?;
            self.compare_alone(row, score).map_err(at)?;
        }
        self.compare_in_f64()
    }

    /// The scores of the same rows in f64 against the reference, which has none of the limits of f32.
    fn compare_in_f64(&self) -> Result<(), String> {
        let words = |error: kullback::ArgumentError| error.to_string();
        let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
        let (p, q) = (wide(&self.p), wide(&self.q));
        let p = Rows::new(self.p_encoding, &p, self.k).map_err(words)?;
        let q = Rows::new(self.q_encoding, &q, self.k).map_err(words)?;
        let scores = self.score(p, q)?;
        for (row, &score) in (0..).zip(scores.values()) {
            let (p, q) = (p.row(row), q.row(row));
            let right = match reference::score(&self.options, &p, &q) {
                Err(_) => score.is_nan(),
                Ok(exact) => {
                    let allowed = allowed_error(&self.options, &p, &q, exact);
                    // As below; here it takes more for powers of huge logarithms to lose their digits.
                    if self.spread(row) * self.steepness() > 1e8 {
                        score >= 0.0
                    } else if score.is_infinite() {
                        score > 0.0 && exact + allowed > f64::from(f32::MAX)
                    } else {
                        score >= 0.0 && (f64::from(score) - exact).abs() <= allowed
                    }
                }
            };
            if !right {
                let exact = reference::score(&self.options, &p, &q);
                return Err(format!("row {row} in f64: {score:e}, not {exact:?}"));
            }
        }
        Ok(())
    }

    fn score(&self, p: Rows<'_>, q: Rows<'_>) -> Result<kullback::Scores, String> {
        let builder = Scorer::builder().backend(Backend::Cpu);
        let scorer = builder.build().map_err(|error| error.to_string())?;
        let mut request = scorer
            .request(&self.options.measure)
            .unit(self.options.unit)
            .support(self.options.support);
        if let Some(tolerance) = self.options.tolerance {
            request = request.tolerance(tolerance);
        }
        request.score(p, q).map_err(|error| error.to_string())
    }

    /// A score against the reference.
    fn compare_row(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        row: u64,
        score: f32,
        found: [Option<IssueKind>; 2],
    ) -> Result<(), String> {
        let (p, q) = (p.row(row), q.row(row));
        let exact = match reference::score(&self.options, &p, &q) {
            Ok(exact) => exact,
            Err(bad) => return self.compare_bad(score, found, [bad.p, bad.q]),
        };
        if found != [None, None] {
            return self.compare_bad(score, found, [None, None]);
        }
        let allowed = allowed_error(&self.options, &p, &q, exact);
        // Logarithms that no model gives, see the known limits in docs/numerics.md: where they are huge, bins
        // below 1e-38 count at last, and in mixed pairs the rounding of the logarithms of tiny bins shows
        // before; the difference of two may be beyond f32. Powers of bins that are nothing beside others may
        // count, too, and two words hold such logarithms to 2e-12 of them.
        let spread = self.spread(row);
        let mixed = self.is_mixed() && spread > 1e9;
        // Powers of smoothed rows are of sums that have been rounded.
        let of_sums = self.options.support.eps().is_some() && self.steepness() > 5.0;
        let allowed = if mixed || of_sums {
            4.0 * allowed
        } else {
            allowed
        };
        let right = if spread > 1e18 || spread * self.steepness() > 3e5 {
            score >= 0.0
        } else if score == f32::INFINITY {
            exact + allowed > f64::from(f32::MAX)
        } else {
            score >= 0.0 && (f64::from(score) - exact).abs() <= allowed
        };
        if !right {
            let error = (f64::from(score) - exact).abs();
            return Err(format!(
                "{score:e}, not {exact:e}: {:.3} of the error allowed",
                error / allowed
            ));
        }
        let equal = self.p_encoding == self.q_encoding && words(&self.p) == words(&self.q);
        if equal && self.options.measure.is_divergence() && score != 0.0 {
            return Err(format!("equal rows score {score:e}"));
        }
        Ok(())
    }

    /// A bad row must be bad in the same way, unless its sum is at the limit of what is normalised.
    fn compare_bad(
        &self,
        score: f32,
        found: [Option<IssueKind>; 2],
        expected: [Option<IssueKind>; 2],
    ) -> Result<(), String> {
        let mut any_found = false;
        for (found, expected) in found.iter().zip(&expected) {
            any_found |= found.is_some();
            let same = match (found, expected) {
                (None, None) => true,
                (
                    Some(IssueKind::NotNormalised { sum: a }),
                    Some(IssueKind::NotNormalised { sum: b }),
                ) => a == b || (a - b).abs() <= 1e-12 * b,
                (Some(IssueKind::NotNormalised { sum }), None)
                | (None, Some(IssueKind::NotNormalised { sum })) => self.at_limit(*sum),
                (found, expected) => found == expected,
            };
            if !same {
                return Err(format!("found {found:?}, not {expected:?}"));
            }
        }
        if any_found != score.is_nan() {
            return Err(format!("a score of {score:e} with issues {found:?}"));
        }
        Ok(())
    }

    fn at_limit(&self, sum: f64) -> bool {
        let tolerance = self.options.tolerance.unwrap_or(1e-3);
        ((sum - 1.0).abs() - tolerance).abs() <= LIMIT * (1.0 + tolerance)
    }

    /// The widest spread of logarithms in either row, or between them if that is beyond f32; 0 if there are
    /// none.
    fn spread(&self, row: u64) -> f64 {
        let part = row as usize * self.k..(row as usize + 1) * self.k;
        let range = |encoding: Encoding, values: &[f32]| {
            let finite = values[part.clone()].iter().map(|&v| f64::from(v));
            let finite = finite.filter(|v| v.is_finite() && encoding.is_logarithmic());
            finite.fold((f64::MAX, f64::MIN), |(l, h), v| (v.min(l), v.max(h)))
        };
        let (p, q) = (
            range(self.p_encoding, &self.p),
            range(self.q_encoding, &self.q),
        );
        let of_p = (p.1 - p.0) / self.p_encoding.temperature().get();
        let of_q = (q.1 - q.0) / self.q_encoding.temperature().get();
        let between = (p.1 - q.0).max(q.1 - p.0);
        let beyond = between > f64::from(f32::MAX);
        of_p.max(of_q).max(if beyond { between } else { 0.0 })
    }

    /// How much larger the logarithm of a power may be than that of a ratio; 0 for measures without powers.
    fn steepness(&self) -> f64 {
        let order = match self.options.measure {
            Measure::ChiSquared => 2.0,
            Measure::Neyman => -1.0,
            measure => match measure.order() {
                Some(order) if order.is_finite() => order,
                _ => return 0.0,
            },
        };
        order.abs().max((1.0 - order).abs())
    }

    fn is_mixed(&self) -> bool {
        self.p_encoding.is_logarithmic() != self.q_encoding.is_logarithmic()
            || self.p_encoding.temperature() != self.q_encoding.temperature()
    }

    /// The row alone scores the same bits as among the others.
    fn compare_alone(&self, row: u64, score: f32) -> Result<(), String> {
        let part = row as usize * self.k..(row as usize + 1) * self.k;
        if part.len() == self.p.len() {
            return Ok(());
        }
        let words = |error: kullback::ArgumentError| error.to_string();
        let p = Rows::new(self.p_encoding, &self.p[part.clone()], self.k).map_err(words)?;
        let q = Rows::new(self.q_encoding, &self.q[part], self.k).map_err(words)?;
        let alone = self.score(p, q)?.values()[0];
        if alone.to_bits() == score.to_bits() {
            Ok(())
        } else {
            Err(format!("alone it scores {alone:e}, not {score:e}"))
        }
    }

    fn describe(&self) -> String {
        let rows = |values: &[f32]| {
            let shown = values.iter().take(64);
            let words: Vec<String> = shown.map(|v| format!("{:08x}", v.to_bits())).collect();
            words.join(" ")
        };
        format!(
            "{:?}, K = {}, {} rows\nP: {:?} {}\nQ: {:?} {}",
            self.options,
            self.k,
            self.p.len() / self.k,
            self.p_encoding,
            rows(&self.p),
            self.q_encoding,
            rows(&self.q),
        )
    }
}

/// An order of 0, up to 10, or close to 1.
fn order(byte: u8) -> f64 {
    match byte {
        0..=200 => f64::from(byte) / 20.0,
        201..=227 => 1.0 - 10_f64.powi(200 - i32::from(byte)),
        _ => 10_f64.powf((227.0 - f64::from(byte)) / 4.0),
    }
}

fn options(measure: u8, weight: u8, support: u8, eps: u8) -> Option<Options> {
    let of_p = match weight {
        0..=200 => f64::from(weight) / 200.0,
        // Close to either end.
        201..=227 => 10_f64.powi(200 - i32::from(weight)),
        _ => 1.0 - 10_f64.powf((227.0 - f64::from(weight)) / 2.0),
    };
    let order = order(weight);
    let mut options = Options::new(match measure & 127 {
        64 => Measure::Jeffreys,
        65 => Measure::jensen_shannon_distance(of_p).ok()?,
        66 | 67 => Measure::renyi(order).ok()?,
        68 | 69 => Measure::tsallis(order).ok()?,
        70 => Measure::alpha(order).ok()?,
        71 => Measure::alpha(-order).ok()?,
        72 => Measure::Hellinger,
        73 => Measure::HellingerSquared,
        74 => Measure::Bhattacharyya,
        75 => Measure::ChiSquared,
        76 => Measure::Neyman,
        77 => Measure::Triangular,
        78 => Measure::Entropy,
        79 => Measure::GeneralizedKullbackLeibler,
        80 => Measure::ItakuraSaito,
        81 => Measure::SquaredEuclidean,
        82 => Measure::renyi(f64::INFINITY).ok()?,
        83 => Measure::Top1Agreement,
        other => match other % 5 {
            0 => Measure::KullbackLeibler,
            1 => Measure::ReverseKullbackLeibler,
            2 => Measure::jensen_shannon(of_p).ok()?,
            3 => Measure::TotalVariation,
            _ => Measure::CrossEntropy,
        },
    });
    if measure & 128 != 0 && options.measure.is_logarithmic() {
        options.unit = Unit::Bits;
    }
    if support & 1 != 0 {
        // From 1e-30 to 1e6.
        let exponent = f64::from(eps) / 255.0 * 36.0 - 30.0;
        options.support = Support::Smoothed(10_f64.powf(exponent).clamp(1e-30, 1e6));
    }
    options.tolerance = match support >> 1 & 7 {
        0 => Some(0.0),
        1 => Some(1e-6),
        2 => Some(0.02),
        3 => Some(1.5),
        4 => Some(1e10),
        _ => None,
    };
    options.check().ok()?;
    Some(options)
}

fn encoding(name: u8, temperature: u8) -> Option<Encoding> {
    Some(match name {
        0 => Encoding::Probabilities,
        1 => Encoding::Weights,
        2 => Encoding::LogProbabilities,
        _ => Encoding::Logits {
            temperature: match temperature {
                0..=127 => Temperature::ONE,
                // From 1e-6 to 1e6.
                _ => {
                    let exponent = (f64::from(temperature) - 128.0) / 127.0 * 12.0 - 6.0;
                    Temperature::new(10_f64.powf(exponent).clamp(1e-6, 1e6)).ok()?
                }
            },
        },
    })
}

fn fill(words: &[u32], values: usize) -> Vec<f32> {
    let words = if words.is_empty() { &[0] } else { words };
    let endless = words.iter().cycle();
    endless.take(values).map(|&w| f32::from_bits(w)).collect()
}

/// Makes most values ones that the encoding admits: as they are, within its domain, or of a size that
/// people use.
fn tame(shape: u8, encoding: Encoding, values: &mut [f32]) {
    for value in values {
        let bits = value.to_bits();
        *value = match (shape, encoding.is_logarithmic()) {
            (0, _) => *value,
            (1, false) => value.abs(),
            (1, true) if value.is_nan() => f32::NEG_INFINITY,
            (1, true) => *value,
            // Eight or two binary orders of magnitude.
            (2, false) => f32::from_bits(0x3c00_0000 + (bits & 0x03ff_ffff)),
            (2, true) => f32::from_bits(0x3c00_0000 + (bits & 0x83ff_ffff)),
            (_, false) => f32::from_bits(0x3f00_0000 + (bits & 0x00ff_ffff)),
            (_, true) => f32::from_bits(0x4000_0000 + (bits & 0x81ff_ffff)),
        };
    }
}

/// Makes Q of P: not at all, equal, a few units in the last place away, or twice as much.
fn relate(relation: u8, p: &[f32], q: &mut [f32]) {
    for (p, q) in p.iter().zip(q) {
        let away = (q.to_bits() & 0xff) as i32 - 128;
        *q = match relation {
            0 => *q,
            1 => *p,
            2 => f32::from_bits(p.to_bits().wrapping_add_signed(away)),
            _ => p * 2.0,
        };
    }
}

/// Brings rows that must sum to 1 there.
fn normalise(encoding: Encoding, k: usize, values: &mut [f32]) {
    if !encoding.must_be_normalised() {
        return;
    }
    for row in values.chunks_mut(k) {
        let exact = row.iter().map(|&v| f64::from(v));
        if encoding.is_logarithmic() {
            let max = exact.clone().fold(f64::NEG_INFINITY, f64::max);
            let ln = max + exact.map(|v| (v - max).exp()).sum::<f64>().ln();
            row.iter_mut()
                .for_each(|v| *v = (f64::from(*v) - ln) as f32);
        } else {
            let sum: f64 = exact.sum();
            row.iter_mut()
                .for_each(|v| *v = (f64::from(*v) / sum) as f32);
        }
    }
}

/// Rows as their bits.
fn words(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}
