//! How a Bregman generator is used: directly, and where bins are close by a sum in which nothing cancels.

use super::error::GeneratorError;
use super::program::Program;
use super::real::Real;
use super::rounding::{Tracked, UNIT_F32, UNIT_F64};

/// Gauss and Legendre's points in `[0, 1]`, and their weights times one less the point: for
///
/// ```text
/// phi(p) - phi(q) - phi'(q) d = d^2 int (1 - x) phi''(q + x d) dx
/// ```
///
/// of which every term is at least 0.
pub(crate) const POINTS: [[f64; 2]; 6] = [
    point(-0.932_469_514_203_152, 0.171_324_492_379_170_35),
    point(-0.661_209_386_466_264_5, 0.360_761_573_048_138_6),
    point(-0.238_619_186_083_196_9, 0.467_913_934_572_691_04),
    point(0.238_619_186_083_196_9, 0.467_913_934_572_691_04),
    point(0.661_209_386_466_264_5, 0.360_761_573_048_138_6),
    point(0.932_469_514_203_152, 0.171_324_492_379_170_35),
];

/// A point of `[-1, 1]` moved to `[0, 1]`, with its weight.
const fn point(at: f64, weight: f64) -> [f64; 2] {
    let x = 0.5 + 0.5 * at;
    [x, 0.5 * weight * (1.0 - x)]
}

/// The programs of a Bregman generator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) phi: Program,
    pub(crate) slope: Program,
    pub(crate) bend: Program,
    /// Bins may be close where `abs(p - q)` is at most this share of the larger.
    pub(crate) radius: f64,
}

/// Nor are bins close where the second derivative differs by more than this: the sum has too few points for
/// that, and the expression does not cancel there.
pub(crate) const STEEP: f64 = 16.0;

/// Radii to try.
const RADII: [f64; 6] = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625];
/// What the sum and the expression may differ by, relative.
const SAME: f64 = 1e-8;

impl Curve {
    /// Finds how close bins must be for the sum to hold, for values of this range.
    pub(crate) fn new(
        phi: Program,
        slope: Program,
        bend: Program,
        range: &[f64],
    ) -> Result<Self, GeneratorError> {
        let mut curve = Curve {
            phi,
            slope,
            bend,
            radius: 0.0,
        };
        let mut failed = None;
        for radius in RADII {
            curve.radius = radius;
            failed = range.iter().copied().find(|&q| !curve.holds_at(q));
            if failed.is_none() {
                return Ok(curve);
            }
        }
        Err(GeneratorError::NotSmooth {
            t: failed.unwrap_or(1.0),
            advice: "the generator of a Bregman divergence needs a second derivative without jumps",
        })
    }

    /// Whether bins are close, given the second derivative at both, if `abs(p - q)` is small enough.
    pub(crate) fn is_even(bends: [f64; 2]) -> bool {
        let [a, b] = bends;
        a <= STEEP * b && b <= STEEP * a
    }

    /// From the expression, with the difference to full accuracy.
    pub(crate) fn far<R: Real>(&self, p: R, q: R, d: R, memory: &mut Vec<R>) -> R {
        let of_p = self.phi.run(p, memory);
        let of_q = self.phi.run(q, memory);
        let slope = self.slope.run(q, memory);
        of_p.sub(of_q).sub(slope.mul(d))
    }

    /// As a sum of second derivatives.
    pub(crate) fn near<R: Real>(&self, q: R, d: R, memory: &mut Vec<R>) -> R {
        let sum = POINTS.iter().fold(q.constant(0.0), |sum, [x, weight]| {
            let at = q.add(d.mul(d.constant(*x)));
            sum.add(self.bend.run(at, memory).mul(d.constant(*weight)))
        });
        sum.mul(d).mul(d)
    }

    fn holds_at(&self, q: f64) -> bool {
        [1.0, 0.5, -0.5, -1.0].into_iter().all(|part| {
            // As far as the larger of the two allows.
            let reach = if part > 0.0 {
                self.radius / (1.0 - self.radius)
            } else {
                self.radius
            };
            let p = q + q * reach * part;
            let [p, q, d] = [p, q, p - q].map(|x| Tracked::new(x, 0.0, UNIT_F64));
            let (memory, memory_of_numbers) = (&mut Vec::new(), &mut Vec::new());
            if !Self::is_even([p, q].map(|x| self.bend.run(x.value, memory_of_numbers))) {
                return true;
            }
            let (far, near) = (self.far(p, q, d, memory), self.near(q, d, memory));
            let room = SAME * near.value.abs() + 2.0 * (far.error + near.error);
            // What is beyond f64 tells nothing, nor what is nothing in f32.
            !room.is_finite() || (far.value - near.value).abs() <= room + 1e-60
        })
    }

    /// What rounding in f32 does to what two bins add, relative, at worst over a range, but for what is below
    /// an absolute error.
    pub(crate) fn error(&self, range: &[f64], absolute: f64) -> f64 {
        const FAR: [f64; 10] = [2.01, 0.495, 3.0, 0.3, 8.0, 0.1, 1e3, 1e-3, 1e9, 1e-9];
        let (memory, memory_of_numbers) = (&mut Vec::new(), &mut Vec::new());
        let mut worst: f64 = 0.0;
        let mut see = |found: Tracked| {
            let counts = found.value > 1e-35 && found.value < 3e38 && found.error.is_finite();
            let counts = counts && found.error > absolute;
            if counts {
                worst = worst.max(found.error / found.value);
            }
        };
        for &q in range {
            let exact = |x| Tracked::new(x, 0.0, UNIT_F32);
            let apart = |d: f64| Tracked::new(d, UNIT_F32 * d.abs(), UNIT_F32);
            let edge = [1.001 / (1.0 - self.radius), 0.999 * (1.0 - self.radius)];
            for ratio in edge.into_iter().chain(FAR) {
                let p = q * ratio;
                see(self.far(exact(p), exact(q), apart(p - q), memory));
            }
            for share in [-self.radius, -0.1 * self.radius, 1e-4, self.radius] {
                let (p, d) = (q + share * q, share * q);
                if Self::is_even([p, q].map(|x| self.bend.run(x, memory_of_numbers))) {
                    see(self.near(exact(q), apart(d), memory));
                } else {
                    see(self.far(exact(p), exact(q), apart(d), memory));
                }
            }
        }
        worst
    }
}
