//! Rows of f32 rounded to other types, such that rows that stand for a distribution still do.

use kullback::{ElementType, Encoding};

use super::stored::Stored;

/// The largest f16.
const F16_MAX: f32 = 65504.0;

/// A row rounded to an element type.
///
/// Weights beyond the end of the type are scaled first, and rows whose rounded sum would be too far from 1
/// are brought nearer: where a mass is at the very limit of its tolerance, rounding decides.
pub fn narrow(row: &[f32], encoding: Encoding, element: ElementType) -> Stored {
    let rounded = Stored::rounded(element, row);
    if element.size() >= 4 || row.iter().any(|v| v.is_nan() || *v == f32::INFINITY) {
        return rounded;
    }
    match encoding {
        Encoding::Weights if element == ElementType::F16 => {
            let most = row.iter().copied().fold(0.0, f32::max);
            let halvings = (most / F16_MAX).log2().ceil().max(0.0);
            let scaled: Vec<f32> = row.iter().map(|v| v * 0.5_f32.powf(halvings)).collect();
            Stored::rounded(element, &scaled)
        }
        Encoding::Probabilities | Encoding::LogProbabilities => normalised(row, encoding, rounded),
        _ => rounded,
    }
}

/// The row, rounded, or with its sum corrected before if that is what makes it one of probabilities.
fn normalised(row: &[f32], encoding: Encoding, rounded: Stored) -> Stored {
    let tolerance = rounded.element().default_tolerance();
    let sum = |stored: &Stored| -> f64 {
        let values = stored.wide().into_iter();
        if encoding.is_logarithmic() {
            values.map(f64::exp).sum()
        } else {
            values.sum()
        }
    };
    let given = sum(&Stored::F32(row.to_vec()));
    let off = |sum: f64| (sum - 1.0).abs();
    let (mut best, mut factor) = (rounded, 1.0);
    if off(given) > ElementType::F32.default_tolerance() {
        return best;
    }
    for _ in 0..8 {
        let found = sum(&best);
        if off(found) < 0.8 * tolerance {
            break;
        }
        factor /= found;
        let nearer: Vec<f32> = row
            .iter()
            .map(|&v| {
                if encoding.is_logarithmic() {
                    v + (factor as f32).ln()
                } else {
                    v * factor as f32
                }
            })
            .collect();
        best = Stored::rounded(best.element(), &nearer);
    }
    best
}
