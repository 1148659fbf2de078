//! Sums of f32 without any rounding.

/// One more than the largest exponent of 2, in units of the least subnormal, that a part may have.
const PLACES: usize = 336;

/// The exact sum of non-negative finite f32.
///
/// Scores differ by many orders, and millions of small ones must not vanish beside a large one. A float is an integer
/// times a power of two, of which there are 254: adding up the integers of each takes no rounding, and so the sum does
/// not depend on the order of the scores, nor on who added them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExactSum {
    /// Multiples of 2^(place - 149).
    parts: Box<[u128; PLACES]>,
}

impl Default for ExactSum {
    fn default() -> Self {
        ExactSum {
            parts: Box::new([0; PLACES]),
        }
    }
}

/// The place of a non-negative finite f32 with these bits, and its multiple.
pub(super) fn split(bits: u32) -> (usize, u32) {
    let (exponent, fraction) = (bits >> 23, bits & 0x7f_ffff);
    match exponent {
        0 => (0, fraction),
        _ => (exponent as usize - 1, fraction | 0x80_0000),
    }
}

impl ExactSum {
    /// Adds `multiple` times 2^(place - 149); `place` is below 336.
    pub(crate) fn add(&mut self, place: usize, multiple: u128) {
        self.parts[place] += multiple;
    }

    #[cfg(any(test, feature = "parallel", feature = "gpu"))]
    pub(crate) fn append(&mut self, other: &ExactSum) {
        for (part, other) in self.parts.iter_mut().zip(other.parts.iter()) {
            *part += other;
        }
    }

    /// The sum, rounded once.
    pub(crate) fn to_f64(&self) -> f64 {
        // Carries go to the places above: what stays is a bit a place.
        let mut bits = Vec::with_capacity(PLACES + 128);
        let mut carry = 0_u128;
        for &part in self.parts.iter() {
            let sum = carry + part;
            bits.push(sum & 1 == 1);
            carry = sum >> 1;
        }
        while carry > 0 {
            bits.push(carry & 1 == 1);
            carry >>= 1;
        }
        let Some(top) = bits.iter().rposition(|bit| *bit) else {
            return 0.0;
        };
        let lowest = top.saturating_sub(52);
        let taken = &bits[lowest..=top];
        let mut mantissa = taken
            .iter()
            .rev()
            .fold(0_u64, |m, &bit| m << 1 | u64::from(bit));
        if lowest > 0 && bits[lowest - 1] {
            // Half or more is lost: to the nearest, and to even from the middle.
            let more = bits[..lowest - 1].contains(&true);
            mantissa += u64::from(more || mantissa & 1 == 1);
        }
        // Both factors, and the product, are normal: the exponent is between -149 and 300.
        mantissa as f64 * 2.0_f64.powi(lowest as i32 - 149)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f32]) -> f64 {
        let mut sum = ExactSum::default();
        for value in values {
            let (place, multiple) = split(value.to_bits());
            sum.add(place, multiple.into());
        }
        sum.to_f64()
    }

    #[test]
    fn one_value_is_itself() {
        let least = f32::from_bits(1);
        for value in [
            0.0,
            least,
            f32::MIN_POSITIVE,
            1e-20,
            0.1,
            1.0,
            3.5,
            f32::MAX,
        ] {
            assert_eq!(sum(&[value]), f64::from(value));
        }
    }

    #[test]
    fn small_values_stay_beside_large_ones() {
        let mut values = vec![f32::from_bits(1); 1 << 12];
        assert_eq!(sum(&values), 2.0_f64.powi(12 - 149));
        values.push(1.0);
        assert_eq!(sum(&values), 1.0);
        // 2^24 is where f32 stops counting; 2^53 is where f64 does.
        assert_eq!(sum(&[16_777_216.0, 1.0]), 16_777_217.0);
        assert_eq!(sum(&[2.0_f32.powi(53), 1.0]), 2.0_f64.powi(53));
        assert_eq!(sum(&[2.0_f32.powi(53), 1.0, 1e-30]), 2.0_f64.powi(53) + 2.0);
        assert_eq!(sum(&[2.0_f32.powi(53), 2.0, 1.0]), 2.0_f64.powi(53) + 4.0);
    }

    #[test]
    fn sums_pass_the_largest_f32() {
        assert_eq!(sum(&[f32::MAX; 1000]), f64::from(f32::MAX) * 1000.0);
    }

    #[test]
    fn sums_in_parts_are_those_of_all() {
        let values: Vec<f32> = (0..1000)
            .map(|i| (i as f32 * 0.37).exp2() * 1e-30)
            .collect();
        let mut parts = ExactSum::default();
        for part in values.chunks(7) {
            let mut sum = ExactSum::default();
            for value in part {
                let (place, multiple) = split(value.to_bits());
                sum.add(place, multiple.into());
            }
            parts.append(&sum);
        }
        assert_eq!(parts.to_f64(), sum(&values[..]));
    }
}
