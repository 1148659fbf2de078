//! Two rows whose bins are asked for one by one.

use super::bin::{Bin, Ratio, ln_power};
use super::linear::Linear;
use super::logarithmic::Logarithmic;
use super::raw;
use super::row::Row;

/// Two rows brought together: nothing is kept for a bin, which may be asked for again.
pub(super) struct Pair<'a> {
    p: &'a Row,
    q: &'a Row,
    domain: Domain,
    /// What smoothing adds to a bin, and what it makes of the mass.
    smoothing: Option<(f64, f64)>,
    exchanged: bool,
}

/// How bins are compared.
enum Domain {
    /// Probabilities or weights.
    Linear(Linear),
    /// Logarithms on either side.
    Logarithmic(Logarithmic),
    /// Weights as they are stored.
    Raw,
}

impl<'a> Pair<'a> {
    /// The distributions that two rows stand for.
    pub(super) fn of_distributions(p: &'a Row, q: &'a Row, eps: Option<f64>) -> Self {
        let domain = if p.is_logarithmic() || q.is_logarithmic() {
            Domain::Logarithmic(Logarithmic::new(p, q))
        } else {
            Domain::Linear(Linear::new(p, q))
        };
        Pair {
            p,
            q,
            domain,
            smoothing: eps.map(|eps| (eps, 1.0 + p.len() as f64 * eps)),
            exchanged: false,
        }
    }

    /// The weights that two rows hold.
    pub(super) fn of_weights(p: &'a Row, q: &'a Row) -> Self {
        Pair {
            p,
            q,
            domain: Domain::Raw,
            smoothing: None,
            exchanged: false,
        }
    }

    /// Q and P.
    pub(super) fn exchanged(self) -> Self {
        Pair {
            exchanged: !self.exchanged,
            ..self
        }
    }

    /// The bins that are not zero in both, with where they stand.
    #[inline]
    pub(super) fn bins(&self) -> impl Iterator<Item = (usize, Bin)> + Clone {
        (0..self.p.len()).filter_map(|i| {
            let bin = self.bin(i)?;
            Some((i, if self.exchanged { bin.exchanged() } else { bin }))
        })
    }

    /// `ln p^(1-b) q^b` of a bin of these that both rows fill.
    pub(super) fn ln_power(&self, i: usize, bin: &Bin, b: f64) -> f64 {
        let Ratio::Tiny(t) = bin.ratio else {
            return bin.p.ln() + b * bin.t();
        };
        let (ln_p, ln_q) = (self.p.ln_probability(i), self.q.ln_probability(i));
        if self.exchanged {
            ln_power(ln_q, ln_p, b, t)
        } else {
            ln_power(ln_p, ln_q, b, t)
        }
    }

    #[inline]
    fn bin(&self, i: usize) -> Option<Bin> {
        let (p, q) = (self.p, self.q);
        let bin = match (p.is_zero(i), q.is_zero(i)) {
            (true, true) => None,
            (true, false) => Some(Bin::only_q(self.alone(q, i))),
            (false, true) => Some(Bin::only_p(self.alone(p, i))),
            (false, false) => Some(match &self.domain {
                Domain::Linear(linear) => linear.bin(p, q, i),
                Domain::Logarithmic(logarithmic) => logarithmic.bin(p, q, i),
                Domain::Raw => raw::bin(p.values[i], q.values[i]),
            }),
        };
        match self.smoothing {
            None => bin,
            Some(smoothing) => Some(smoothed(bin, smoothing)),
        }
    }

    /// What a row holds where the other is zero.
    fn alone(&self, row: &Row, i: usize) -> f64 {
        match self.domain {
            Domain::Linear(_) | Domain::Logarithmic(_) => row.probability(i),
            Domain::Raw => row.values[i],
        }
    }
}

/// The bin of `(p + eps) / (1 + K eps)`. The difference is taken first: `eps` would round it away.
fn smoothed(bin: Option<Bin>, (eps, mass): (f64, f64)) -> Bin {
    let (p, q, d) = bin.map_or((0.0, 0.0, 0.0), |bin| (bin.p, bin.q, bin.d));
    Bin {
        p: (p + eps) / mass,
        q: (q + eps) / mass,
        d: d / mass,
        ratio: Ratio::OfBins,
    }
}
