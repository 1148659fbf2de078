//! Generators that have been checked, and what every backend needs to know of them.

use std::fmt;
use std::str::FromStr;

use super::ast::Expr;
use super::bregman::Curve;
use super::check;
use super::derive::derivative;
use super::error::GeneratorError;
use super::limits::{self, Limit};
use super::program::{Builder, Program};
use super::real::Real;
use super::registry;
use super::rounding::{Tracked, UNIT_F32};
use super::series::Series;
use super::wide::Wide;
use crate::measure::{P_ABOVE_ZERO_Q, Q_ABOVE_ZERO_P, stem::Stem};

/// Which divergence a generator makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    FDivergence,
    Bregman,
}

/// How a generator bends, where its tangent has been taken off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bending {
    /// That at 1.
    AtOne(Series, Program),
    /// That at each bin of Q.
    Everywhere(Curve),
}

/// A generator that has been checked.
#[derive(Debug)]
pub(crate) struct Generator {
    /// What it reads back from, with the name of its kind; equal for equal generators alone.
    pub(crate) name: String,
    pub(crate) expression: Expr,
    pub(crate) bending: Bending,
    /// What a bin adds that is zero in P, over `q`: less the tangent. Of Bregman generators `phi(0+)`.
    pub(crate) only_q: f64,
    /// What one adds that is zero in Q, over `p`, likewise. Of Bregman generators `phi'(0+)`.
    pub(crate) only_p: f64,
    /// Which zeros make a score infinite.
    pub(crate) infinite_on: u32,
    /// Errors that 32-bit arithmetic makes of it: relative, where the inputs are exact or rounded, and absolute.
    pub(crate) errors: Errors,
    /// What the backends call it.
    pub(crate) stem: Stem,
    /// The limits as they were worked out or given.
    limits: [f64; 2],
}

/// What the promise allows a generator beyond other measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Errors {
    /// Relative.
    pub(crate) relative: f64,
    /// Relative, where logarithms of the inputs have been rounded.
    pub(crate) relative_mixed: f64,
    /// Relative, where logarithms of masses are exponentiated that are too small for f32: large scores alone
    /// have such terms.
    pub(crate) relative_far: f64,
    /// Absolute, for what vanishes elsewhere than at 1: of an f-divergence as a whole, of Bregman's a bin.
    pub(crate) absolute: f64,
    /// The size of a kink at 1: it is of first order there.
    pub(crate) kink: f64,
    /// The second derivative at 1.
    pub(crate) bend: f64,
}

/// A limit in words, and what sets it.
const AT_ZERO: [&str; 2] = ["the limit of the generator at 0", "at_zero"];
const AT_INFINITY: [&str; 2] = ["the slope of the generator at infinity", "at_infinity"];
const SLOPE_AT_ZERO: [&str; 2] = ["the limit of the derivative at 0", "slope_at_zero"];

/// More than this is no accuracy.
const MOST_ERROR: f64 = 1e-2;
/// Operations that derivatives may have.
const MOST_DERIVED: usize = 2048;

impl Generator {
    /// Checks a generator and works out what is needed of it.
    fn new(kind: Kind, expression: &Expr, given: [Option<f64>; 2]) -> Result<Self, GeneratorError> {
        expression.check()?;
        check::defined(expression)?;
        let mut builder = Builder::default();
        let f = builder.expression(expression);
        let slope = derivative(&mut builder, f);
        let bend = derivative(&mut builder, slope);
        let [f, slope, bend] = [f, slope, bend].map(|place| builder.finish(place));
        for program in [&f, &slope, &bend] {
            program.check_constants()?;
        }
        if slope.ops().len().max(bend.ops().len()) > MOST_DERIVED {
            return Err(GeneratorError::TooLarge);
        }
        if kind == Kind::FDivergence {
            let at_one = check::tracked(&f, 1.0);
            let room = 4.0 * at_one.error + 1e-15;
            if at_one.value.is_nan() || at_one.value.abs() > room {
                return Err(GeneratorError::NotZeroAtOne {
                    value: at_one.value,
                });
            }
        }
        check::convex(&f, &bend)?;
        match kind {
            Kind::FDivergence => Self::f_divergence(expression, f, given),
            Kind::Bregman => Self::bregman(expression, f, slope, bend, given),
        }
    }

    fn f_divergence(
        expression: &Expr,
        f: Program,
        given: [Option<f64>; 2],
    ) -> Result<Self, GeneratorError> {
        let series = Series::new(expression, &f)?;
        // Less the tangent, beside which nothing else might show.
        let excess = |t: Wide| series.direct(&f, t, &mut Vec::new());
        let scale = [1.0 / 16.0, 16.0].map(|t| excess(Wide::from(t)).value().abs() / t.max(1.0));
        let scale = scale[0].max(scale[1]);
        let line = series.slope - series.offset;
        let zero = settled(limits::at_zero(excess, scale).less(line), given[0], AT_ZERO)?;
        let infinity = settled(
            limits::slope_at_infinity(excess, scale).less(-series.slope),
            given[1],
            AT_INFINITY,
        )?;
        let [only_q, only_p] = [zero + line, infinity - series.slope];
        for far in [4.0, 30.0, 300.0] {
            let (low, high) = (Wide::power_of_two(-far), Wide::power_of_two(far));
            at_least(only_q, excess(low), AT_ZERO, zero)?;
            at_least(only_p, excess(high).div(high), AT_INFINITY, infinity)?;
        }
        let errors = Errors::of_series(&series, &f, scale);
        let mut infinite_on = 0;
        if zero.is_infinite() {
            infinite_on |= Q_ABOVE_ZERO_P;
        }
        if infinity.is_infinite() {
            infinite_on |= P_ABOVE_ZERO_Q;
        }
        Self::checked(Generator {
            name: named(Kind::FDivergence, expression, given),
            expression: expression.clone(),
            only_q,
            only_p,
            bending: Bending::AtOne(series, f),
            infinite_on,
            errors,
            stem: Stem::generated(Kind::FDivergence),
            limits: [zero, infinity],
        })
    }

    fn bregman(
        expression: &Expr,
        phi: Program,
        slope: Program,
        bend: Program,
        given: [Option<f64>; 2],
    ) -> Result<Self, GeneratorError> {
        if phi.has_kinks() {
            return Err(GeneratorError::NotSmooth {
                t: 1.0,
                advice: "the generator of a Bregman divergence is written without abs, min and max, which have \
                         kinks that no grid is sure to find",
            });
        }
        let scale = [0.5, 2.0].map(|t| check::tracked(&phi, t).value.abs());
        let scale = scale[0].max(scale[1]);
        let zero = settled(
            limits::at_zero(|t| expression.value(t), scale),
            given[0],
            AT_ZERO,
        )?;
        let slope_at_zero = settled(
            limits::at_zero(|t| slope.run(t, &mut Vec::new()), scale),
            given[1],
            SLOPE_AT_ZERO,
        )?;
        for far in [4.0, 30.0, 300.0] {
            let (low, memory) = (Wide::power_of_two(-far), &mut Vec::new());
            let reached = slope.run(low, memory);
            let tangent = expression.value(low).sub(reached.mul(low));
            at_least(zero, tangent, AT_ZERO, zero)?;
            at_least(-slope_at_zero, reached.neg(), SLOPE_AT_ZERO, slope_at_zero)?;
        }
        let range: Vec<f64> = check::grid()
            .into_iter()
            .filter(|t| (1e-30..=1e30).contains(t))
            .collect();
        let curve = Curve::new(phi, slope, bend, &range)?;
        // A generator that is not 0 at 0 has no relative error near it.
        let exact = curve.error(&range, 0.0);
        let absolute = ABSOLUTE * scale;
        let loose = curve.error(&range, absolute);
        let (relative, absolute) = if exact > 1e-4 && loose < 0.25 * exact {
            (loose, absolute)
        } else {
            (exact, 0.0)
        };
        let mut infinite_on = 0;
        if zero.is_infinite() {
            infinite_on |= Q_ABOVE_ZERO_P;
        }
        if zero.is_infinite() || slope_at_zero.is_infinite() {
            infinite_on |= P_ABOVE_ZERO_Q;
        }
        Self::checked(Generator {
            name: named(Kind::Bregman, expression, given),
            expression: expression.clone(),
            only_q: zero,
            only_p: slope_at_zero,
            bending: Bending::Everywhere(curve),
            infinite_on,
            errors: Errors {
                relative,
                relative_mixed: relative,
                relative_far: relative,
                absolute,
                kink: 0.0,
                bend: 1.0,
            },
            stem: Stem::generated(Kind::Bregman),
            limits: [zero, slope_at_zero],
        })
    }

    /// With the fragment of the GPU.
    #[cfg(feature = "gpu")]
    pub(crate) fn printed(mut self) -> Self {
        let fragment = super::wgsl::fragment(&self);
        self.stem.made = Some(Box::leak(fragment.into_boxed_str()));
        self
    }

    fn checked(self) -> Result<Self, GeneratorError> {
        let numbers: &[f64] = match &self.bending {
            Bending::AtOne(series, _) => {
                &[&series.right[..], &series.left, &[series.slope]].concat()
            }
            Bending::Everywhere(_) => &[],
        };
        // What 32 bits do not hold.
        let limits = [self.only_q, self.only_p]
            .into_iter()
            .filter(|x| !x.is_infinite());
        if let Some(given) = numbers
            .iter()
            .copied()
            .chain(limits)
            .find(|x| x.is_nan() || x.abs() > 1e36)
        {
            return Err(GeneratorError::Constant { given });
        }
        if self.errors.relative <= MOST_ERROR {
            Ok(self)
        } else {
            Err(GeneratorError::Inaccurate {
                error: self.errors.relative,
            })
        }
    }

    /// The one that the process keeps of this name, made if there is none.
    fn kept(
        kind: Kind,
        expression: &Expr,
        given: [Option<f64>; 2],
    ) -> Result<&'static Self, GeneratorError> {
        let name = named(kind, expression, given);
        match registry::known(&name) {
            Some(generator) => Ok(generator),
            None => registry::keep(Self::new(kind, expression, given)?),
        }
    }
}

impl Kind {
    /// The name, and how limits are written behind the expression.
    fn words(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Kind::FDivergence => ("f", [";at_zero=", ";at_infinity="]),
            Kind::Bregman => ("bregman", [";at_zero=", ";slope_at_zero="]),
        }
    }
}

/// The name of a generator, from which it reads back.
fn named(kind: Kind, expression: &Expr, given: [Option<f64>; 2]) -> String {
    let (word, setters) = kind.words();
    let mut name = format!("{word}:{expression}");
    for (setter, given) in setters.iter().zip(given) {
        if let Some(given) = given {
            name += &format!("{setter}{given}");
        }
    }
    name
}

/// A limit that was found, or else given; where both, they must agree.
fn settled(
    found: Limit,
    given: Option<f64>,
    [limit, setter]: [&'static str; 2],
) -> Result<f64, GeneratorError> {
    match (found.value(), given) {
        (None, None) => Err(GeneratorError::Limit { limit, setter }),
        (None, Some(given)) if given.is_nan() => Err(GeneratorError::Limit { limit, setter }),
        (None, Some(given)) => Ok(given),
        (Some(found), None) => Ok(found),
        (Some(found), Some(given)) => {
            let close = (found - given).abs() <= 1e-9 * found.abs().max(1.0);
            if found == given || (close && found.is_finite()) {
                Ok(given)
            } else {
                Err(GeneratorError::WrongLimit {
                    limit,
                    given,
                    found,
                })
            }
        }
    }
}

/// A convex function lies above its tangents, and less one it grows on either side, as its slope does: what a limit
/// comes to must be at least what is there on the way.
fn at_least(
    reached: f64,
    on_the_way: Wide,
    [limit, setter]: [&'static str; 2],
    given: f64,
) -> Result<(), GeneratorError> {
    let least = on_the_way.value();
    let is_enough = reached == f64::INFINITY || reached >= least - 1e-6 * least.abs() - 1e-12;
    if on_the_way.is_beyond() || is_enough {
        return Ok(());
    }
    Err(GeneratorError::ImpossibleLimit {
        limit,
        setter,
        given,
    })
}

impl Errors {
    /// What rounding in f32 does, at worst over all ratios, to a generator of that size.
    fn of_series(series: &Series, f: &Program, scale: f64) -> Self {
        let absolute_allowed = ABSOLUTE * scale;
        let bound = |inputs: f64, absolute: f64, far: bool| {
            let memory = &mut Vec::new();
            let mut worst = series.error();
            for t in check::grid() {
                if ((t - 1.0) / (t + 1.0)).abs() < series.radius {
                    continue;
                }
                let of_exponent = if far { 2.0 * t.ln().abs() } else { 0.0 };
                let units = inputs.max(of_exponent);
                let input = Tracked::new(t, units * UNIT_F32 * t, UNIT_F32);
                let found = series.direct(f, input, memory);
                // Beyond, even a bin of next to no mass has a term beyond f32.
                let counts = found.value.abs() < 2f64.powi(250) && found.error.is_finite();
                if counts && found.error > absolute * t.max(1.0) {
                    worst = worst.max(found.error / found.value.abs());
                }
            }
            worst
        };
        let relative = |inputs, absolute| bound(inputs, absolute, false);
        const INPUTS: f64 = 8.0;
        const MIXED_INPUTS: f64 = 40.0;
        // A generator that vanishes elsewhere, too, has no relative error there.
        let exact = relative(INPUTS, 0.0);
        let absolute = if exact > 1e-4 && relative(INPUTS, absolute_allowed) < 0.25 * exact {
            absolute_allowed
        } else {
            0.0
        };
        let first = |terms: &[f64], n: usize| terms.get(n).map_or(0.0, |c| c.abs());
        Errors {
            relative: relative(INPUTS, absolute),
            relative_mixed: relative(MIXED_INPUTS, 5.0 * absolute),
            relative_far: bound(MIXED_INPUTS, 5.0 * absolute, true),
            absolute,
            kink: first(&series.right, 0).max(first(&series.left, 0)),
            bend: first(&series.right, 1).max(first(&series.left, 1)),
        }
    }
}

/// What a bin may be off by over the larger of its masses, where a generator vanishes elsewhere than at 1; or
/// where a Bregman generator is not 0 at 0, over the size of that.
const ABSOLUTE: f64 = 4e-6;

/// The f-divergence of a generator `f`, convex on `(0, inf)` with `f(1) = 0`: `sum q f(p/q)`.
///
/// A bin that is zero in P adds `q f(0+)`, one that is zero in Q `p lim f(t)/t`; either may be infinite. Both
/// limits are worked out from the expression, or asked for where they come too slowly to tell.
///
/// ```
/// use kullback::{FDivergence, Measure, Rows, Scorer};
///
/// // Kullback-Leibler, written anew.
/// let own = FDivergence::new(&"t*ln(t)".parse()?)?;
/// let p = [0.5_f32, 0.25, 0.25];
/// let q = [0.25_f32, 0.5, 0.25];
/// let (p, q) = (Rows::probabilities(&p, 3)?, Rows::probabilities(&q, 3)?);
/// let scorer = Scorer::new();
/// let a = scorer.score(&own.into(), p, q)?.values()[0];
/// let b = scorer.score(&Measure::KullbackLeibler, p, q)?.values()[0];
/// assert!((a - b).abs() < 2e-6 * b);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Accuracy
/// Terms near `p = q`, where an expression would cancel, come from a series, to full accuracy. Elsewhere the
/// GPU evaluates the expression in 32 bits, and what that may cost is worked out for each generator:
/// [`FDivergence::relative_error`]. The CPU evaluates it in 64 bits.
///
/// # Copies
/// Equal generators are one, and a process keeps each that it has made, up to 1024.
#[derive(Clone, Copy)]
pub struct FDivergence(pub(crate) &'static Generator);

/// The Bregman divergence of a generator `phi`, convex and smooth on `(0, inf)`, of weights as they are:
/// `sum phi(p) - phi(q) - phi'(q) (p - q)`.
///
/// A bin that is zero in P takes `phi(0+)`, one that is zero in Q that and `phi'(0+)`; a score is infinite
/// where these are.
///
/// ```
/// use kullback::{Bregman, Rows, Scorer};
///
/// // Half the squared Euclidean distance.
/// let own = Bregman::new(&"t^2/2".parse()?)?;
/// let (p, q) = ([3.0_f32, 1.0], [1.0_f32, 1.0]);
/// let (p, q) = (Rows::weights(&p, 2)?, Rows::weights(&q, 2)?);
/// let scores = Scorer::new().score(&own.into(), p, q)?;
/// assert!((scores.values()[0] - 2.0).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Accuracy
/// As of [`FDivergence`]. Values below 1e-30 and above 1e30 are looked at by the same arithmetic, but what it
/// makes of the generator there has not been checked.
///
/// # Copies
/// As of [`FDivergence`].
#[derive(Clone, Copy)]
pub struct Bregman(pub(crate) &'static Generator);

/// What both kinds of divergence have.
macro_rules! divergence {
    ($name:ident, $builder:ident, $kind:expr, $second:ident, $about_second:literal, $about_limits:literal) => {
        impl $name {
            /// The divergence of a generator whose limits can be worked out.
            ///
            /// # Errors
            /// [`GeneratorError`] if the expression is no generator, or a limit has to be given.
            pub fn new(generator: &Expr) -> Result<Self, GeneratorError> {
                Self::builder(generator).build()
            }

            /// The divergence of a generator some limit of which is to be given.
            pub fn builder(generator: &Expr) -> $builder {
                $builder {
                    generator: generator.clone(),
                    given: [None; 2],
                }
            }

            /// The generator.
            #[must_use]
            pub fn generator(&self) -> &'static Expr {
                &self.0.expression
            }

            #[doc = $about_limits]
            #[must_use]
            pub fn limits(&self) -> [f64; 2] {
                self.0.limits
            }

            /// What 32-bit arithmetic may make of this generator, relative to the score: a bound of the
            /// rounding of each operation, at the worst of the ratios or values that were looked at.
            ///
            /// [`allowed_error`](crate::allowed_error) adds it to what every measure may be off by.
            #[must_use]
            pub fn relative_error(&self) -> f64 {
                self.0.errors.relative
            }
        }

        #[doc = concat!("A [`", stringify!($name), "`] some limit of which is given.")]
        #[derive(Clone, Debug)]
        #[must_use]
        pub struct $builder {
            generator: Expr,
            given: [Option<f64>; 2],
        }

        impl $builder {
            /// The limit of the generator at 0, which may be infinite.
            pub fn at_zero(mut self, limit: f64) -> Self {
                self.given[0] = Some(limit);
                self
            }

            #[doc = $about_second]
            pub fn $second(mut self, limit: f64) -> Self {
                self.given[1] = Some(limit);
                self
            }

            /// Checks the generator.
            ///
            /// # Errors
            /// [`GeneratorError`] if the expression is no generator, or a limit is missing or wrong.
            pub fn build(self) -> Result<$name, GeneratorError> {
                Generator::kept($kind, &self.generator, self.given).map($name)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                // Equal generators are kept once.
                std::ptr::eq(self.0, other.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.name)
            }
        }

        /// From the expression, with limits behind it as in `t*ln(t);at_zero=0`.
        impl FromStr for $name {
            type Err = GeneratorError;

            fn from_str(text: &str) -> Result<Self, GeneratorError> {
                let (generator, given) = read(text, $kind.words().1)?;
                Generator::kept($kind, &generator, given).map($name)
            }
        }
    };
}

divergence!(
    FDivergence,
    FDivergenceBuilder,
    Kind::FDivergence,
    at_infinity,
    "The limit of `f(t)/t` at infinity, which may be infinite.",
    "`f(0+)`, and the limit of `f(t)/t` at infinity."
);
divergence!(
    Bregman,
    BregmanBuilder,
    Kind::Bregman,
    slope_at_zero,
    "The limit of the derivative at 0, which may be minus infinity.",
    "`phi(0+)` and `phi'(0+)`."
);

/// An expression, and the limits behind it.
fn read(text: &str, setters: [&str; 2]) -> Result<(Expr, [Option<f64>; 2]), GeneratorError> {
    let mut parts = text.split(';');
    let expression = parts.next().unwrap_or_default();
    let mut column = expression.chars().count() + 1;
    let mut given = [None; 2];
    for part in parts {
        let wrong = GeneratorError::Syntax {
            column,
            reason: "behind the expression a limit was expected, as in `;at_zero=0`",
        };
        let (name, number) = part.split_once('=').unwrap_or((part, ""));
        let named = |setter: &&str| setter.trim_matches([';', '=']) == name.trim();
        let found = setters.iter().position(named);
        match (found, number.trim().parse::<f64>()) {
            (Some(at), Ok(number)) if given[at].is_none() => given[at] = Some(number),
            _ => return Err(wrong),
        }
        column += part.chars().count() + 1;
    }
    Ok((expression.parse()?, given))
}
