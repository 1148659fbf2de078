//! What is wrong with a generator.

/// An expression that cannot be the generator of a divergence, found before any work is done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GeneratorError {
    /// The text is not an expression.
    #[error("column {column} of the generator: {reason}")]
    Syntax {
        /// Where, counted from 1, in characters.
        column: usize,
        /// What was expected, or what was found.
        reason: &'static str,
    },
    /// The expression, or what its derivatives come to, is larger than is allowed.
    #[error("the generator is too large: at most {MOST_NODES} operations, {MOST_DEPTH} deep")]
    TooLarge,
    /// A constant, or a derivative or limit that comes of them, is beyond what 32 bits hold.
    #[error(
        "the generator has the constant {given:e}, or comes to it: constants must be finite, and 0 or of at least 1e-30 and at most 1e30 in size"
    )]
    Constant {
        /// The constant.
        given: f64,
    },
    /// The expression has no value somewhere on `(0, inf)`.
    #[error("the generator has no value at t = {t:e}: it must be finite for every t > 0")]
    Undefined {
        /// Where.
        t: f64,
    },
    /// An f-divergence needs `f(1) = 0`.
    #[error(
        "the generator is {value:e} at t = 1: an f-divergence needs f(1) = 0, so subtract that"
    )]
    NotZeroAtOne {
        /// What it is there.
        value: f64,
    },
    /// The expression is not convex.
    #[error("the generator is not convex near t = {t:e}")]
    NotConvex {
        /// Where.
        t: f64,
    },
    /// The expression has no series near a point where one is needed.
    #[error("the generator has no derivatives near t = {t:e}: {advice}")]
    NotSmooth {
        /// Where.
        t: f64,
        /// What to do about it.
        advice: &'static str,
    },
    /// A limit could be found neither to be finite nor to be infinite.
    #[error("{limit} could not be worked out: give it by `{setter}`")]
    Limit {
        /// Which.
        limit: &'static str,
        /// What to call, or to write behind the expression.
        setter: &'static str,
    },
    /// A limit was given that is not what the expression tends to.
    #[error("{limit} was given as {given:e}, but the expression tends to {found:e}")]
    WrongLimit {
        /// Which.
        limit: &'static str,
        /// What was given.
        given: f64,
        /// What was found.
        found: f64,
    },
    /// A limit that a convex generator cannot have: it is beyond that on the way.
    #[error(
        "{limit} cannot be {given:e}: a convex generator is beyond that on the way, so give another by `{setter}`"
    )]
    ImpossibleLimit {
        /// Which.
        limit: &'static str,
        /// What to call, or to write behind the expression.
        setter: &'static str,
        /// What was given or found.
        given: f64,
    },
    /// The expression loses too many digits in 32-bit arithmetic.
    #[error(
        "in 32-bit arithmetic the generator may be off by {error:.1e} of its value: write it so that less cancels"
    )]
    Inaccurate {
        /// The error relative to the generator.
        error: f64,
    },
    /// The process has made more generators than are kept.
    #[error(
        "this process has {MOST_GENERATORS} generators already: use them again, for they are kept for good"
    )]
    TooMany,
}

/// Operations that an expression may have.
pub(crate) const MOST_NODES: u32 = 256;
/// How deep an expression may be nested.
pub(crate) const MOST_DEPTH: u32 = 100;
/// Generators that a process keeps.
pub(crate) const MOST_GENERATORS: usize = 1024;
