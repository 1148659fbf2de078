//! Rows to measure on: pairs of distributions that are near, or have nothing to do with one another.

use bytemuck::{cast_slice, cast_slice_mut};
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};
use kullback::{ArgumentError, ElementType, Encoding, Rows};
use rayon::prelude::*;

use super::table::Set;
use crate::Failure;
use crate::args::Pairs;

/// Values of distinct rows; they are repeated to fill the matrices.
const DISTINCT: usize = 1 << 18;

/// Twice how far the logits of near rows are from one another, at most.
const DISTANCE: f64 = 0.25;

/// P and Q, reused for every set of rows so that memory is taken once.
pub(super) struct Matrices {
    p: Vec<u64>,
    q: Vec<u64>,
}

/// Whole rows of one operand, as stored.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a> {
    words: &'a [u32],
    encoding: Encoding,
    element: ElementType,
    k: usize,
}

impl Matrices {
    /// Takes memory for two operands of `mib` MiB.
    pub(super) fn allocate(mib: u32) -> Result<Self, Failure> {
        let words = mib as usize * (1 << 20) / size_of::<u64>();
        let operand = || {
            let mut words_of_one = Vec::new();
            words_of_one.try_reserve_exact(words).map_err(|_| {
                Failure::new(format_args!(
                    "--mib {mib}: there is no memory for two operands of {mib} MiB; give less"
                ))
            })?;
            words_of_one.resize(words, 0);
            Ok(words_of_one)
        };
        Ok(Matrices {
            p: operand()?,
            q: operand()?,
        })
    }

    /// The size of an operand in bytes.
    #[cfg(feature = "gpu")]
    pub(super) fn bytes(&self) -> u64 {
        size_of_val(self.p.as_slice()) as u64
    }

    /// Fills both with rows of this set.
    pub(super) fn fill(&mut self, set: &Set) {
        let distinct = period(set) * set.k;
        let (mut p, mut q) = (vec![0.0; distinct], vec![0.0; distinct]);
        p.par_chunks_mut(set.k)
            .zip(q.par_chunks_mut(set.k))
            .enumerate()
            .for_each(|(row, (p, q))| fill_row(set, row as u64, p, q));
        for (matrix, rows) in [(&mut self.p, &p), (&mut self.q, &q)] {
            let words = stored(rows, set.element);
            cast_slice_mut::<u64, u32>(matrix)
                .par_chunks_mut(words.len())
                .for_each(|part| part.copy_from_slice(&words[..part.len()]));
        }
    }

    /// As many rows as fit.
    pub(super) fn operands(&self, set: &Set) -> (Operand<'_>, Operand<'_>) {
        let operand = |words| {
            let all = Operand {
                words,
                encoding: set.encoding,
                element: set.element,
                k: set.k,
            };
            all.first(size_of_val(words) / (set.k * set.element.size()))
        };
        let (p, q) = (operand(cast_slice(&self.p)), operand(cast_slice(&self.q)));
        match set.pairs {
            // One row, or two of halves, which end with a word whatever their length.
            Pairs::OneToMany => (p.first(size_of::<u32>().div_ceil(set.element.size())), q),
            _ => (p, q),
        }
    }

    /// The same for the scorer.
    pub(super) fn rows(&self, set: &Set) -> Result<(Rows<'_>, Rows<'_>), Failure> {
        let (p, q) = self.operands(set);
        let (p, q) = (p.rows()?, q.rows()?);
        let p = match set.pairs {
            Pairs::OneToMany => p.selected(&[0]).and_then(|one| one.repeated(q.rows())),
            _ => Ok(p),
        };
        Ok((p.map_err(Failure::new)?, q))
    }
}

impl<'a> Operand<'a> {
    /// The first of its rows: that many, or one less, so that they end with a word.
    pub(super) fn first(self, rows: usize) -> Self {
        let elements_of_a_word = size_of::<u32>().div_ceil(self.element.size());
        let whole = rows & !(elements_of_a_word - 1);
        Operand {
            words: &self.words[..whole * self.k * self.element.size() / size_of::<u32>()],
            ..self
        }
    }

    /// What is stored, for plain sums.
    pub(super) fn words(self) -> &'a [u32] {
        self.words
    }

    /// Its size.
    pub(super) fn bytes(self) -> u64 {
        size_of_val(self.words) as u64
    }

    /// The same for the scorer.
    pub(super) fn rows(self) -> Result<Rows<'a>, Failure> {
        self.as_rows().map_err(Failure::new)
    }

    fn as_rows(self) -> Result<Rows<'a>, ArgumentError> {
        let Operand {
            words, encoding, k, ..
        } = self;
        match self.element {
            ElementType::F16 => {
                let halves: &[u16] = cast_slice(words);
                Rows::new(encoding, halves.reinterpret_cast::<f16>(), k)
            }
            ElementType::Bf16 => {
                let halves: &[u16] = cast_slice(words);
                Rows::new(encoding, halves.reinterpret_cast::<bf16>(), k)
            }
            ElementType::F64 => Rows::new(encoding, cast_slice::<u32, f64>(words), k),
            _ => Rows::new(encoding, cast_slice::<u32, f32>(words), k),
        }
    }
}

/// After how many rows they repeat; an even number.
pub(super) fn period(set: &Set) -> usize {
    (DISTINCT / set.k).max(8) & !1
}

/// The words that store these values; of halves an even number.
fn stored(values: &[f32], element: ElementType) -> Vec<u32> {
    match element {
        ElementType::F32 => cast_slice(values).to_vec(),
        ElementType::F64 => {
            let wide: Vec<f64> = values.iter().map(|&v| v.into()).collect();
            cast_slice(&wide).to_vec()
        }
        half => {
            let mut words = vec![0_u32; values.len() / 2];
            let halves: &mut [u16] = cast_slice_mut(&mut words);
            if half == ElementType::F16 {
                let halves: &mut [f16] = halves.reinterpret_cast_mut();
                halves.convert_from_f32_slice(values);
            } else {
                let halves: &mut [bf16] = halves.reinterpret_cast_mut();
                halves.convert_from_f32_slice(values);
            }
            words
        }
    }
}

/// One pair of rows: logits drawn from a bell curve, or their distributions.
fn fill_row(set: &Set, row: u64, p: &mut [f32], q: &mut [f32]) {
    let mut random = Random(row);
    for (p, q) in p.iter_mut().zip(q.iter_mut()) {
        let logit = random.bell();
        *p = logit as f32;
        let other = match set.pairs {
            Pairs::Near => logit + DISTANCE * (random.uniform() - 0.5),
            Pairs::Unrelated | Pairs::OneToMany => random.bell(),
        };
        *q = other as f32;
    }
    for row in [p, q] {
        let sum: f64 = row.iter().map(|&z| f64::from(z).exp()).sum();
        match set.encoding {
            Encoding::Probabilities | Encoding::Weights => {
                row.iter_mut()
                    .for_each(|z| *z = (f64::from(*z).exp() / sum) as f32);
            }
            Encoding::LogProbabilities => {
                row.iter_mut()
                    .for_each(|z| *z = (f64::from(*z) - sum.ln()) as f32);
            }
            _ => {}
        }
    }
}

/// Splitmix64, by Steele, Lea and Flood.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In [0, 1).
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Variance 1, mean 0, within 3.5: the sum of four uniforms.
    fn bell(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.uniform()).sum();
        (sum - 2.0) * 3.0_f64.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_distributions() {
        let distance = |pairs| {
            let set = Set {
                k: 100,
                encoding: Encoding::Probabilities,
                element: ElementType::F32,
                pairs,
                measures: Vec::new(),
            };
            let (mut p, mut q) = ([0.0; 100], [0.0; 100]);
            fill_row(&set, 3, &mut p, &mut q);
            for row in [p, q] {
                let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
                assert!((sum - 1.0).abs() < 1e-6 && row.iter().all(|&x| x > 0.0));
            }
            let apart = p.iter().zip(&q).map(|(p, q)| (p - q).abs());
            apart.sum::<f32>() / 2.0
        };
        let near = distance(Pairs::Near);
        assert!(0.01 < near && near < 0.06, "{near}");
        let unrelated = distance(Pairs::Unrelated);
        assert!(0.3 < unrelated && unrelated < 0.7, "{unrelated}");
    }
}
