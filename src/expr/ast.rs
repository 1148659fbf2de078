//! Expressions of one variable as trees, which never grow beyond what is allowed.

use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

use super::error::{GeneratorError, MOST_DEPTH, MOST_NODES};
use super::real::Real;

/// An expression of one variable `t > 0`: what the generator of a divergence is built from.
///
/// Made by operators and methods, or from text:
///
/// ```
/// use kullback::Expr;
///
/// let t = Expr::t();
/// let built = t.clone() * t.ln();
/// let parsed: Expr = "t * ln(t)".parse()?;
/// assert_eq!(built, parsed);
/// # Ok::<(), kullback::GeneratorError>(())
/// ```
///
/// Text knows `+ - * / ^`, parentheses, numbers, `t`, and `ln`, `exp`, `sqrt`, `abs`, `min`, `max`.
/// An expression that has become too large stays so, and every use of it is an error.
#[derive(Clone, PartialEq)]
pub struct Expr {
    node: Arc<Node>,
    depth: u32,
    size: u32,
}

/// One operation and what it works on.
#[derive(Debug, PartialEq)]
pub(crate) enum Node {
    T,
    Constant(f64),
    Neg(Expr),
    Ln(Expr),
    Exp(Expr),
    Sqrt(Expr),
    Abs(Expr),
    Add(Expr, Expr),
    Sub(Expr, Expr),
    Mul(Expr, Expr),
    Div(Expr, Expr),
    Min(Expr, Expr),
    Max(Expr, Expr),
    /// A power with a constant exponent.
    Power(Expr, f64),
    /// In place of what would be too large. A leaf, so that no tree is ever too deep to be dropped.
    TooLarge,
}

impl Expr {
    fn leaf(node: Node) -> Self {
        Expr {
            node: Arc::new(node),
            depth: 1,
            size: 1,
        }
    }

    fn one(self, make: impl FnOnce(Expr) -> Node) -> Self {
        let (depth, size) = (self.depth + 1, self.size + 1);
        Self::limited(depth, size, || make(self))
    }

    fn two(self, other: Expr, make: impl FnOnce(Expr, Expr) -> Node) -> Self {
        let depth = self.depth.max(other.depth) + 1;
        let size = self.size + other.size + 1;
        Self::limited(depth, size, || make(self, other))
    }

    fn limited(depth: u32, size: u32, make: impl FnOnce() -> Node) -> Self {
        if depth > MOST_DEPTH || size > MOST_NODES {
            return Expr {
                node: Arc::new(Node::TooLarge),
                depth: MOST_DEPTH,
                size: MOST_NODES,
            };
        }
        Expr {
            node: Arc::new(make()),
            depth,
            size,
        }
    }

    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// The variable.
    #[must_use]
    pub fn t() -> Self {
        Self::leaf(Node::T)
    }

    /// A constant.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self::leaf(Node::Constant(value))
    }

    /// The natural logarithm.
    #[must_use]
    pub fn ln(self) -> Self {
        self.one(Node::Ln)
    }

    /// The exponential.
    #[must_use]
    pub fn exp(self) -> Self {
        self.one(Node::Exp)
    }

    /// The square root.
    #[must_use]
    pub fn sqrt(self) -> Self {
        self.one(Node::Sqrt)
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(self) -> Self {
        self.one(Node::Abs)
    }

    /// The power with a constant exponent, of what is not below zero.
    #[must_use]
    pub fn powf(self, exponent: f64) -> Self {
        self.one(|x| Node::Power(x, exponent))
    }

    /// The power with a whole exponent, of anything (but of 0 where the exponent is below zero).
    #[must_use]
    pub fn powi(self, exponent: i32) -> Self {
        self.powf(f64::from(exponent))
    }

    /// The smaller of two.
    #[must_use]
    pub fn min(self, other: impl Into<Expr>) -> Self {
        self.two(other.into(), Node::Min)
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: impl Into<Expr>) -> Self {
        self.two(other.into(), Node::Max)
    }

    /// A power with any exponent.
    pub(crate) fn pow(self, exponent: Expr) -> Self {
        match exponent.as_constant() {
            Some(constant) => self.powf(constant),
            None => (exponent * self.ln()).exp(),
        }
    }

    /// The value of a constant, or of one with a sign.
    pub(crate) fn as_constant(&self) -> Option<f64> {
        match self.node() {
            Node::Constant(value) => Some(*value),
            Node::Neg(x) => x.as_constant().map(|value| -value),
            Node::Div(a, b) => Some(a.as_constant()? / b.as_constant()?),
            _ => None,
        }
    }

    /// What is left of the expression without constants that are added to the whole of it, and their sum.
    pub(crate) fn apart_from_constants(&self) -> (Expr, f64) {
        let (rest, constant) = match self.node() {
            Node::Add(a, b) => match (a.node(), b.node()) {
                (_, Node::Constant(constant)) => (a, *constant),
                (Node::Constant(constant), _) => (b, *constant),
                _ => return (self.clone(), 0.0),
            },
            Node::Sub(a, b) => match b.node() {
                Node::Constant(constant) => (a, -constant),
                _ => return (self.clone(), 0.0),
            },
            _ => return (self.clone(), 0.0),
        };
        let (rest, more) = rest.apart_from_constants();
        (rest, constant + more)
    }

    /// The value at `t`, operation by operation as the tree has them.
    pub(crate) fn value<R: Real>(&self, t: R) -> R {
        let of = |x: &Expr| x.value(t);
        match self.node() {
            Node::T => t,
            Node::Constant(value) => t.constant(*value),
            Node::Neg(x) => of(x).neg(),
            Node::Ln(x) => of(x).ln(),
            Node::Exp(x) => of(x).exp(),
            Node::Sqrt(x) => of(x).sqrt(),
            Node::Abs(x) => of(x).abs(),
            Node::Add(a, b) => of(a).add(of(b)),
            Node::Sub(a, b) => of(a).sub(of(b)),
            Node::Mul(a, b) => of(a).mul(of(b)),
            Node::Div(a, b) => of(a).div(of(b)),
            Node::Min(a, b) => of(a).min(of(b)),
            Node::Max(a, b) => of(a).max(of(b)),
            Node::Power(x, exponent) => of(x).power(*exponent),
            Node::TooLarge => t.constant(f64::NAN),
        }
    }

    /// Fails where the tree is too large or has a constant that is none.
    pub(crate) fn check(&self) -> Result<(), GeneratorError> {
        match self.node() {
            Node::TooLarge => Err(GeneratorError::TooLarge),
            Node::T => Ok(()),
            Node::Constant(value) => check_constant(*value),
            Node::Neg(x) | Node::Ln(x) | Node::Exp(x) | Node::Sqrt(x) | Node::Abs(x) => x.check(),
            Node::Power(x, exponent) => {
                check_constant(*exponent)?;
                x.check()
            }
            Node::Add(a, b)
            | Node::Sub(a, b)
            | Node::Mul(a, b)
            | Node::Div(a, b)
            | Node::Min(a, b)
            | Node::Max(a, b) => {
                a.check()?;
                b.check()
            }
        }
    }
}

/// Constants are within what 32-bit arithmetic holds with room to spare.
fn check_constant(given: f64) -> Result<(), GeneratorError> {
    let size = given.abs();
    if size == 0.0 || (1e-30..=1e30).contains(&size) {
        Ok(())
    } else {
        Err(GeneratorError::Constant { given })
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Self {
        Expr::constant(value)
    }
}

impl Neg for Expr {
    type Output = Expr;

    fn neg(self) -> Expr {
        self.one(Node::Neg)
    }
}

/// An operator between expressions, and between one and a number.
macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl<E: Into<Expr>> $trait<E> for Expr {
            type Output = Expr;

            fn $method(self, other: E) -> Expr {
                self.two(other.into(), Node::$trait)
            }
        }

        impl $trait<Expr> for f64 {
            type Output = Expr;

            fn $method(self, other: Expr) -> Expr {
                Expr::constant(self).two(other, Node::$trait)
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

/// How tightly an operation binds.
fn strength(node: &Node) -> u8 {
    match node {
        Node::Add(..) | Node::Sub(..) => 1,
        Node::Mul(..) | Node::Div(..) => 2,
        Node::Neg(_) => 3,
        Node::Constant(value) if value.is_sign_negative() => 3,
        Node::Power(..) => 4,
        _ => 5,
    }
}

/// What reads back as the same expression.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |x: &Expr, least: u8, f: &mut fmt::Formatter<'_>| {
            if strength(x.node()) < least {
                write!(f, "({x})")
            } else {
                write!(f, "{x}")
            }
        };
        let infix = |a: &Expr, sign: &str, b: &Expr, at: u8, f: &mut fmt::Formatter<'_>| {
            inside(a, at, f)?;
            f.write_str(sign)?;
            inside(b, at + 1, f)
        };
        match self.node() {
            Node::T => f.write_str("t"),
            Node::Constant(value) => write_number(*value, f),
            Node::Neg(x) => {
                // `-2` alone would be a constant, and `--t` is hard to read.
                f.write_str("-")?;
                match x.node() {
                    Node::Constant(_) => write!(f, "({x})"),
                    _ => inside(x, 4, f),
                }
            }
            Node::Ln(x) => write!(f, "ln({x})"),
            Node::Exp(x) => write!(f, "exp({x})"),
            Node::Sqrt(x) => write!(f, "sqrt({x})"),
            Node::Abs(x) => write!(f, "abs({x})"),
            Node::Add(a, b) => infix(a, " + ", b, 1, f),
            Node::Sub(a, b) => infix(a, " - ", b, 1, f),
            Node::Mul(a, b) => infix(a, "*", b, 2, f),
            Node::Div(a, b) => infix(a, "/", b, 2, f),
            Node::Min(a, b) => write!(f, "min({a}, {b})"),
            Node::Max(a, b) => write!(f, "max({a}, {b})"),
            Node::Power(x, exponent) => {
                inside(x, 5, f)?;
                f.write_str("^")?;
                if exponent.is_sign_negative() {
                    f.write_str("(")?;
                    write_number(*exponent, f)?;
                    f.write_str(")")
                } else {
                    write_number(*exponent, f)
                }
            }
            Node::TooLarge => f.write_str("(too large)"),
        }
    }
}

/// A number that reads back as the same.
fn write_number(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        write!(f, "{value:e}")
    } else {
        write!(f, "{value}")
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
