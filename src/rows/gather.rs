//! Pairs of ragged or sparse rows put together, filled up with zeros or not.

use half::{bf16, f16};

use super::{Rows, Uneven, UnevenPairs};
use crate::element::{Element, ElementType, Values};
use crate::encoding::Encoding;

/// Memory for rows that are put together, to be used again.
#[derive(Default)]
pub(crate) struct Gathered {
    p: Held,
    q: Held,
    /// Where in the bins of both its values belong, of a sparse row of P and one of Q.
    places: [Vec<u32>; 2],
    /// Where the rows of both begin and end.
    offsets: Vec<u64>,
}

/// Values of one type.
#[derive(Default)]
struct Held {
    f32: Vec<f32>,
    f16: Vec<f16>,
    bf16: Vec<bf16>,
    f64: Vec<f64>,
}

impl Gathered {
    /// The rows of some pairs as two matrices with so many bins, which is no less than any of the pairs has; those
    /// behind the end of a pair are zero.
    pub(crate) fn gather(
        &mut self,
        pairs: &UnevenPairs<'_>,
        numbers: impl ExactSizeIterator<Item = usize>,
        bins: usize,
    ) -> [Rows<'_>; 2] {
        let rows = numbers.len();
        self.clear();
        for i in numbers {
            self.put(pairs, i, Some(bins));
        }
        [(pairs.p, &self.p), (pairs.q, &self.q)].map(|(rows_like, held)| Rows {
            values: held.values(&rows_like),
            k: bins,
            stride: bins,
            rows,
            listed: None,
            uneven: None,
            ..rows_like
        })
    }

    /// The rows of all pairs as ragged rows, each pair over the bins that it is scored over.
    pub(crate) fn ragged(&mut self, pairs: &UnevenPairs<'_>) -> [Rows<'_>; 2] {
        self.clear();
        let (mut end, mut longest) = (0, 0);
        self.offsets.push(0);
        for i in 0..pairs.len() {
            let bins = self.put(pairs, i, None);
            longest = longest.max(bins);
            end += bins as u64;
            self.offsets.push(end);
        }
        [(pairs.p, &self.p), (pairs.q, &self.q)].map(|(like, held)| {
            let uneven = Uneven::of_gathered(&self.offsets);
            Rows::uneven(like.encoding, held.values(&like), longest, uneven)
        })
    }

    fn clear(&mut self) {
        self.p.clear();
        self.q.clear();
        self.offsets.clear();
    }

    /// Adds a pair, filled up to so many bins or as it is, and gives their number.
    fn put(&mut self, pairs: &UnevenPairs<'_>, i: usize, bins: Option<usize>) -> usize {
        let UnevenPairs { p, q, .. } = pairs;
        let (places, own) = match pairs.both_sparse(i) {
            Some([p, q]) => {
                let [of_p, of_q] = &mut self.places;
                let bins = merge(p, q, of_p, of_q);
                ([Some(&**of_p), Some(&**of_q)], bins)
            }
            None => ([p.indices(i), q.indices(i)], p.bins(i)),
        };
        let bins = bins.unwrap_or(own);
        let [of_p, of_q] = places;
        let both = [(p, &mut self.p, of_p), (q, &mut self.q, of_q)];
        for (rows, held, places) in both {
            held.put(rows.encoding(), rows.row_values(i), bins, places);
        }
        bins
    }
}

impl Held {
    fn clear(&mut self) {
        self.f32.clear();
        self.f16.clear();
        self.bf16.clear();
        self.f64.clear();
    }

    /// Adds a row, its values one behind the other unless they have places of their own.
    fn put(&mut self, encoding: Encoding, values: Values<'_>, bins: usize, places: Option<&[u32]>) {
        let zero = encoding.zero();
        match values {
            Values::F32(values) => put(&mut self.f32, values, bins, zero as f32, places),
            Values::F16(values) => put(&mut self.f16, values, bins, f16::from_f64(zero), places),
            Values::Bf16(values) => put(&mut self.bf16, values, bins, bf16::from_f64(zero), places),
            Values::F64(values) => put(&mut self.f64, values, bins, zero, places),
        }
    }

    /// What was added, of rows like these.
    fn values(&self, like: &Rows<'_>) -> Values<'_> {
        match like.element_type() {
            ElementType::F32 => Values::F32(&self.f32),
            ElementType::F16 => Values::F16(&self.f16),
            ElementType::Bf16 => Values::Bf16(&self.bf16),
            ElementType::F64 => Values::F64(&self.f64),
        }
    }
}

fn put<E: Element>(to: &mut Vec<E>, values: &[E], bins: usize, zero: E, places: Option<&[u32]>) {
    let from = to.len();
    match places {
        None => {
            to.extend_from_slice(values);
            to.resize(from + bins, zero);
        }
        Some(places) => {
            to.resize(from + bins, zero);
            let row = &mut to[from..];
            for (&value, &place) in values.iter().zip(places) {
                row[place as usize] = value;
            }
        }
    }
}

/// Where the values of two rows belong among the bins in which either has one, and the number of these.
fn merge(p: &[u32], q: &[u32], of_p: &mut Vec<u32>, of_q: &mut Vec<u32>) -> usize {
    of_p.resize(p.len(), 0);
    of_q.resize(q.len(), 0);
    let (mut i, mut j, mut bins) = (0, 0, 0);
    // Without a branch on which comes next, which nobody can foresee: a place that is written too early is written
    // again.
    while let (Some(a), Some(b)) = (p.get(i), q.get(j)) {
        (of_p[i], of_q[j]) = (bins, bins);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
        bins += 1;
    }
    for place in of_p[i..].iter_mut().chain(&mut of_q[j..]) {
        *place = bins;
        bins += 1;
    }
    bins as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_to_the_bins_of_both() {
        let (mut of_p, mut of_q) = (Vec::new(), Vec::new());
        let bins = merge(&[1, 5, 9], &[0, 5, 6, 9, 12], &mut of_p, &mut of_q);
        assert_eq!(bins, 6);
        assert_eq!(
            (&of_p[..], &of_q[..]),
            (&[1, 2, 4][..], &[0, 2, 3, 4, 5][..])
        );
        assert_eq!(merge(&[], &[3, 4], &mut of_p, &mut of_q), 2);
        assert_eq!((&of_p[..], &of_q[..]), (&[][..], &[0, 1][..]));
        assert_eq!(merge(&[8], &[3], &mut of_p, &mut of_q), 2);
        assert_eq!((of_p[0], of_q[0]), (1, 0));
    }
}
