//! Which rows are verified: a published choice that depends on row numbers alone.

use std::ops::Range;

use crate::options::Verify;

/// The seed of the verified sample: `kullback` in ASCII.
///
/// Draw `i` (from 0) is output `i` of splitmix64 started at this seed: with all arithmetic modulo 2^64,
/// `z = VERIFY_SEED + (i + 1) * 0x9e3779b97f4a7c15`, `z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9`,
/// `z = (z ^ z >> 27) * 0x94d049bb133111eb`, `draw(i) = z ^ z >> 31`. Below, `draw(i) below b` is
/// `floor(draw(i) * b / 2^64)`.
///
/// Of `N` rows, [`Verify::Sample(n)`](Verify::Sample) takes all if `n >= N`, and else one row from each of
/// `n` strata: from stratum `j`, which holds the rows `a = floor(j N / n)` up to but without
/// `b = floor((j + 1) N / n)`, row `a + (draw(j) below (b - a))`. So the rows are distinct, and no run
/// of `2 N / n` rows goes unseen.
///
/// A stream that does not know its length verifies row `i` if `draw(i) below (i + 1)` is less than
/// `n`: the first `n` rows, then ever fewer, about `n (1 + ln(N / n))` in all.
///
/// Neither choice depends on chunks, threads or the backend.
pub const VERIFY_SEED: u64 = 0x6b75_6c6c_6261_636b;

/// Output `i` of splitmix64 started at [`VERIFY_SEED`].
fn draw(i: u64) -> u64 {
    let mut z = VERIFY_SEED.wrapping_add(i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `draw(i)` scaled to `0..bound`.
fn draw_below(i: u64, bound: u64) -> u64 {
    mul_div(draw(i), bound, 1 << 64)
}

/// `floor(a * b / c)` where that fits.
fn mul_div(a: u64, b: u64, c: u128) -> u64 {
    (u128::from(a) * u128::from(b) / c) as u64
}

/// The verified rows of one batch or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    Off,
    All,
    /// One row of each of `strata` runs of rows; `0 < strata < total`.
    Strata {
        strata: u64,
        total: u64,
    },
    /// Row `i` with probability `min(1, rows / (i + 1))`.
    Thinning {
        rows: u64,
    },
}

impl Sample {
    pub(crate) fn new(verify: Verify, total: Option<u64>) -> Self {
        match (verify, total) {
            (Verify::Off | Verify::Sample(0), _) => Sample::Off,
            (Verify::All, _) => Sample::All,
            (Verify::Sample(rows), None) => Sample::Thinning { rows },
            (Verify::Sample(rows), Some(total)) if rows >= total => Sample::All,
            (Verify::Sample(strata), Some(total)) => Sample::Strata { strata, total },
        }
    }

    pub(crate) fn is_off(self) -> bool {
        self == Sample::Off
    }

    /// The sampled rows among `rows`, in ascending order.
    pub(crate) fn among(self, rows: Range<u64>) -> Vec<u64> {
        match self {
            Sample::Off => Vec::new(),
            Sample::All => rows.collect(),
            Sample::Thinning { rows: wanted } => rows
                .filter(|&row| draw_below(row, row.saturating_add(1)) < wanted)
                .collect(),
            Sample::Strata { strata, total } => {
                let end = rows.end.min(total);
                if rows.start >= end {
                    return Vec::new();
                }
                // Row r lies in stratum ceil((r + 1) n / N) - 1, which is floor(((r + 1) n - 1) / N).
                let stratum = |row: u64| {
                    let position = (u128::from(row) + 1) * u128::from(strata) - 1;
                    (position / u128::from(total)) as u64
                };
                (stratum(rows.start)..=stratum(end - 1))
                    .map(|j| {
                        let start = mul_div(j, total, u128::from(strata));
                        let end = mul_div(j + 1, total, u128::from(strata));
                        start + draw_below(j, end - start)
                    })
                    .filter(|row| rows.contains(row))
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // Steele, Lea and Flood's generator from state 0 begins with this value.
        let zero_state_index = VERIFY_SEED
            .wrapping_neg()
            .wrapping_mul(inverse(0x9e37_79b9_7f4a_7c15));
        assert_eq!(draw(zero_state_index), 0xe220_a839_7b1d_cdaf);
    }

    /// The inverse of an odd number modulo 2^64, by Newton's iteration.
    fn inverse(odd: u64) -> u64 {
        (0..6).fold(odd, |x, _| {
            x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x)))
        })
    }

    #[test]
    fn strata_give_exactly_the_rows_wanted_whatever_the_chunks() {
        for total in [1, 2, 7, 64, 1000, 4097] {
            for wanted in [1, 2, 3, 63, 256, 999] {
                let sample = Sample::new(Verify::Sample(wanted), Some(total));
                let whole = sample.among(0..total);
                assert_eq!(whole.len() as u64, wanted.min(total), "{wanted} of {total}");
                assert!(whole.windows(2).all(|pair| pair[0] < pair[1]));
                assert!(whole.iter().all(|&row| row < total));
                for chunk in [1, 3, 100] {
                    let parts: Vec<u64> = (0..total)
                        .step_by(chunk)
                        .flat_map(|from| sample.among(from..(from + chunk as u64).min(total)))
                        .collect();
                    assert_eq!(parts, whole, "{wanted} of {total} in chunks of {chunk}");
                }
            }
        }
    }

    #[test]
    fn strata_of_enormous_batches_stay_in_range() {
        let total = u64::MAX;
        let sample = Sample::new(Verify::Sample(1 << 40), Some(total));
        let rows = sample.among(total - (1 << 26)..total);
        assert!((2..=6).contains(&rows.len()), "{}", rows.len());
    }

    #[test]
    fn thinning_takes_the_first_rows_and_then_fewer() {
        let sample = Sample::new(Verify::Sample(10), None);
        let rows = sample.among(0..100_000);
        assert_eq!(rows[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        // 10 (1 + ln 10^4) is 102.
        assert!((60..150).contains(&rows.len()), "{}", rows.len());
    }

    #[test]
    fn a_sample_of_nothing_is_off() {
        assert!(Sample::new(Verify::Sample(0), Some(5)).is_off());
        assert!(Sample::new(Verify::Off, None).is_off());
        assert_eq!(Sample::new(Verify::Sample(5), Some(5)), Sample::All);
    }
}
