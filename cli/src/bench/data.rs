//! Rows to measure on: pairs of near distributions, as those of a model and its copy.

use kullback::{Encoding, Rows};
use rayon::prelude::*;

use super::table::Set;
use crate::Failure;

/// Values of distinct rows; they are repeated to fill the matrices.
const DISTINCT: usize = 1 << 18;

/// How far the logits of Q are from those of P, at most.
const DISTANCE: f64 = 0.25;

/// P and Q, reused for every set of rows so that memory is taken once.
pub(super) struct Matrices {
    p: Vec<f32>,
    q: Vec<f32>,
}

impl Matrices {
    /// Takes memory for two operands of `mib` MiB.
    pub(super) fn allocate(mib: u32) -> Result<Self, Failure> {
        let values = mib as usize * (1 << 20) / size_of::<f32>();
        let operand = || {
            let mut values_of_one = Vec::new();
            values_of_one.try_reserve_exact(values).map_err(|_| {
                Failure::new(format_args!(
                    "--mib {mib}: there is no memory for two operands of {mib} MiB; give less"
                ))
            })?;
            values_of_one.resize(values, 0.0);
            Ok(values_of_one)
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
        let distinct = (DISTINCT / set.k).max(8) * set.k;
        let (mut p, mut q) = (vec![0.0; distinct], vec![0.0; distinct]);
        p.par_chunks_mut(set.k)
            .zip(q.par_chunks_mut(set.k))
            .enumerate()
            .for_each(|(row, (p, q))| fill_row(set.encoding, row as u64, p, q));
        for (matrix, rows) in [(&mut self.p, &p), (&mut self.q, &q)] {
            matrix
                .par_chunks_mut(distinct)
                .for_each(|part| part.copy_from_slice(&rows[..part.len()]));
        }
    }

    /// As many rows as fit, for the scorer.
    pub(super) fn rows(&self, set: &Set) -> Result<(Rows<'_>, Rows<'_>), Failure> {
        let operand = |values| {
            Rows::new(set.encoding, self.whole_rows(values, set.k), set.k).map_err(Failure::new)
        };
        Ok((operand(&self.p)?, operand(&self.q)?))
    }

    /// The same values, for the plain sums.
    pub(super) fn values(&self, set: &Set) -> (&[f32], &[f32]) {
        (
            self.whole_rows(&self.p, set.k),
            self.whole_rows(&self.q, set.k),
        )
    }

    fn whole_rows<'a>(&self, values: &'a [f32], k: usize) -> &'a [f32] {
        &values[..values.len() / k * k]
    }
}

/// One pair of rows: logits drawn from a bell curve, or their distributions.
fn fill_row(encoding: Encoding, row: u64, p: &mut [f32], q: &mut [f32]) {
    let mut random = Random(row);
    for (p, q) in p.iter_mut().zip(q.iter_mut()) {
        let logit = random.bell();
        *p = logit as f32;
        *q = (logit + DISTANCE * (random.uniform() - 0.5)) as f32;
    }
    if encoding == Encoding::Probabilities {
        softmax(p);
        softmax(q);
    }
}

fn softmax(row: &mut [f32]) {
    let sum: f64 = row.iter().map(|&z| f64::from(z).exp()).sum();
    for z in row {
        *z = (f64::from(*z).exp() / sum) as f32;
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
        let (mut p, mut q) = ([0.0; 100], [0.0; 100]);
        fill_row(Encoding::Probabilities, 3, &mut p, &mut q);
        for row in [p, q] {
            let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
            assert!((sum - 1.0).abs() < 1e-6 && row.iter().all(|&x| x > 0.0));
        }
        assert_ne!(p, q);
    }
}
