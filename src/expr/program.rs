//! Expressions as lists of operations, each value named once: what is differentiated, run and printed.

use std::collections::HashMap;

use super::ast::{Expr, Node};
use super::error::GeneratorError;
use super::real::Real;

/// Where a value stands in the list.
pub(crate) type Place = u32;

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    T,
    Constant(f64),
    Neg(Place),
    Ln(Place),
    Exp(Place),
    Sqrt(Place),
    Abs(Place),
    Add(Place, Place),
    Sub(Place, Place),
    Mul(Place, Place),
    Div(Place, Place),
    Min(Place, Place),
    Max(Place, Place),
    Power(Place, f64),
    /// The third where the first is less than the second, else the fourth.
    WhereLess(Place, Place, Place, Place),
}

/// Operations in an order in which each finds what it works on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Program {
    ops: Vec<Op>,
}

impl Program {
    /// The operations.
    pub(crate) fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// True if it has what has kinks.
    pub(crate) fn has_kinks(&self) -> bool {
        let is_kinked = |op: &Op| {
            matches!(
                op,
                Op::Abs(_) | Op::Min(..) | Op::Max(..) | Op::WhereLess(..)
            )
        };
        self.ops.iter().any(is_kinked)
    }

    /// Fails where folding constants has made one that is none.
    pub(crate) fn check_constants(&self) -> Result<(), GeneratorError> {
        for op in &self.ops {
            if let Op::Constant(given) = *op
                && !given.is_finite()
            {
                return Err(GeneratorError::Constant { given });
            }
        }
        Ok(())
    }

    /// The value of the last operation at `t`. `values` is memory to use again.
    pub(crate) fn run<R: Real>(&self, t: R, values: &mut Vec<R>) -> R {
        values.clear();
        for op in &self.ops {
            let of = |place: &Place| values[*place as usize];
            let value = match op {
                Op::T => t,
                Op::Constant(value) => t.constant(*value),
                Op::Neg(x) => of(x).neg(),
                Op::Ln(x) => of(x).ln(),
                Op::Exp(x) => of(x).exp(),
                Op::Sqrt(x) => of(x).sqrt(),
                Op::Abs(x) => of(x).abs(),
                Op::Add(a, b) => of(a).add(of(b)),
                Op::Sub(a, b) => of(a).sub(of(b)),
                Op::Mul(a, b) => of(a).mul(of(b)),
                Op::Div(a, b) => of(a).div(of(b)),
                Op::Min(a, b) => of(a).min(of(b)),
                Op::Max(a, b) => of(a).max(of(b)),
                Op::Power(x, exponent) => of(x).power(*exponent),
                Op::WhereLess(a, b, x, y) => of(a).where_less(of(b), of(x), of(y)),
            };
            values.push(value);
        }
        values.last().copied().unwrap_or(t)
    }
}

/// Makes programs, naming equal values once and leaving out what changes nothing.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    ops: Vec<Op>,
    known: HashMap<(u8, [u64; 4]), Place>,
}

impl Builder {
    /// The operation at a place.
    pub(crate) fn op(&self, place: Place) -> Op {
        self.ops[place as usize]
    }

    /// Only what the value at `last` needs, which comes last.
    pub(crate) fn finish(&self, last: Place) -> Program {
        let mut needed = vec![false; self.ops.len()];
        needed[last as usize] = true;
        for at in (0..=last as usize).rev() {
            if needed[at] {
                for operand in operands(&self.ops[at]) {
                    needed[operand as usize] = true;
                }
            }
        }
        let mut moved = vec![0; self.ops.len()];
        let mut ops = Vec::new();
        for at in 0..=last as usize {
            if needed[at] {
                moved[at] = ops.len() as Place;
                ops.push(renamed(&self.ops[at], |place| moved[place as usize]));
            }
        }
        Program { ops }
    }

    /// The place of a value that may be there already.
    pub(crate) fn push(&mut self, op: Op) -> Place {
        let key = key(&op);
        if let Some(place) = self.known.get(&key) {
            return *place;
        }
        let place = self.ops.len() as Place;
        self.ops.push(op);
        self.known.insert(key, place);
        place
    }

    pub(crate) fn constant(&mut self, value: f64) -> Place {
        self.push(Op::Constant(value))
    }

    fn is(&self, place: Place, value: f64) -> bool {
        self.op(place) == Op::Constant(value)
    }

    fn both_constant(&self, a: Place, b: Place) -> Option<(f64, f64)> {
        match (self.op(a), self.op(b)) {
            (Op::Constant(a), Op::Constant(b)) => Some((a, b)),
            _ => None,
        }
    }

    pub(crate) fn neg(&mut self, x: Place) -> Place {
        match self.op(x) {
            Op::Constant(value) => self.constant(-value),
            Op::Neg(inner) => inner,
            _ => self.push(Op::Neg(x)),
        }
    }

    pub(crate) fn add(&mut self, a: Place, b: Place) -> Place {
        match self.both_constant(a, b) {
            Some((a, b)) => self.constant(a + b),
            None if self.is(a, 0.0) => b,
            None if self.is(b, 0.0) => a,
            None => self.push(Op::Add(a, b)),
        }
    }

    pub(crate) fn sub(&mut self, a: Place, b: Place) -> Place {
        match self.both_constant(a, b) {
            Some((a, b)) => self.constant(a - b),
            None if self.is(a, 0.0) => self.neg(b),
            None if self.is(b, 0.0) => a,
            None => self.push(Op::Sub(a, b)),
        }
    }

    pub(crate) fn mul(&mut self, a: Place, b: Place) -> Place {
        match self.both_constant(a, b) {
            Some((a, b)) => self.constant(a * b),
            None if self.is(a, 0.0) || self.is(b, 0.0) => self.constant(0.0),
            None if self.is(a, 1.0) => b,
            None if self.is(b, 1.0) => a,
            None => self.push(Op::Mul(a, b)),
        }
    }

    pub(crate) fn div(&mut self, a: Place, b: Place) -> Place {
        if self.is(a, 0.0) && !self.is(b, 0.0) {
            return self.constant(0.0);
        }
        if self.is(b, 1.0) {
            return a;
        }
        self.push(Op::Div(a, b))
    }

    pub(crate) fn power(&mut self, x: Place, exponent: f64) -> Place {
        if exponent == 0.0 {
            self.constant(1.0)
        } else if exponent == 1.0 {
            x
        } else {
            self.push(Op::Power(x, exponent))
        }
    }

    pub(crate) fn where_less(&mut self, a: Place, b: Place, x: Place, y: Place) -> Place {
        if x == y {
            return x;
        }
        self.push(Op::WhereLess(a, b, x, y))
    }

    /// The value of an expression.
    pub(crate) fn expression(&mut self, expression: &Expr) -> Place {
        match expression.node() {
            Node::T => self.push(Op::T),
            Node::Constant(value) => self.constant(*value),
            Node::TooLarge => self.constant(f64::NAN),
            Node::Neg(x) => {
                let x = self.expression(x);
                self.neg(x)
            }
            Node::Ln(x) => self.of_one(x, Op::Ln),
            Node::Exp(x) => self.of_one(x, Op::Exp),
            Node::Sqrt(x) => self.of_one(x, Op::Sqrt),
            Node::Abs(x) => self.of_one(x, Op::Abs),
            Node::Min(a, b) => self.of_two(a, b, |builder, a, b| builder.push(Op::Min(a, b))),
            Node::Max(a, b) => self.of_two(a, b, |builder, a, b| builder.push(Op::Max(a, b))),
            Node::Add(a, b) => self.of_two(a, b, Self::add),
            Node::Sub(a, b) => self.of_two(a, b, Self::sub),
            Node::Mul(a, b) => self.of_two(a, b, Self::mul),
            Node::Div(a, b) => self.of_two(a, b, Self::div),
            Node::Power(x, exponent) => {
                let x = self.expression(x);
                self.power(x, *exponent)
            }
        }
    }

    fn of_one(&mut self, x: &Expr, op: fn(Place) -> Op) -> Place {
        let x = self.expression(x);
        self.push(op(x))
    }

    fn of_two(
        &mut self,
        a: &Expr,
        b: &Expr,
        make: impl FnOnce(&mut Self, Place, Place) -> Place,
    ) -> Place {
        let a = self.expression(a);
        let b = self.expression(b);
        make(self, a, b)
    }
}

/// What an operation works on.
pub(crate) fn operands(op: &Op) -> impl Iterator<Item = Place> {
    let all: [Option<Place>; 4] = match *op {
        Op::T | Op::Constant(_) => [None; 4],
        Op::Neg(x) | Op::Ln(x) | Op::Exp(x) | Op::Sqrt(x) | Op::Abs(x) | Op::Power(x, _) => {
            [Some(x), None, None, None]
        }
        Op::Add(a, b)
        | Op::Sub(a, b)
        | Op::Mul(a, b)
        | Op::Div(a, b)
        | Op::Min(a, b)
        | Op::Max(a, b) => [Some(a), Some(b), None, None],
        Op::WhereLess(a, b, x, y) => [Some(a), Some(b), Some(x), Some(y)],
    };
    all.into_iter().flatten()
}

/// The same operation on what stands elsewhere.
fn renamed(op: &Op, to: impl Fn(Place) -> Place) -> Op {
    match *op {
        Op::T => Op::T,
        Op::Constant(value) => Op::Constant(value),
        Op::Neg(x) => Op::Neg(to(x)),
        Op::Ln(x) => Op::Ln(to(x)),
        Op::Exp(x) => Op::Exp(to(x)),
        Op::Sqrt(x) => Op::Sqrt(to(x)),
        Op::Abs(x) => Op::Abs(to(x)),
        Op::Power(x, exponent) => Op::Power(to(x), exponent),
        Op::Add(a, b) => Op::Add(to(a), to(b)),
        Op::Sub(a, b) => Op::Sub(to(a), to(b)),
        Op::Mul(a, b) => Op::Mul(to(a), to(b)),
        Op::Div(a, b) => Op::Div(to(a), to(b)),
        Op::Min(a, b) => Op::Min(to(a), to(b)),
        Op::Max(a, b) => Op::Max(to(a), to(b)),
        Op::WhereLess(a, b, x, y) => Op::WhereLess(to(a), to(b), to(x), to(y)),
    }
}

/// What tells operations apart, constants by their bits.
fn key(op: &Op) -> (u8, [u64; 4]) {
    let kind = match op {
        Op::T => 0,
        Op::Constant(_) => 1,
        Op::Neg(_) => 2,
        Op::Ln(_) => 3,
        Op::Exp(_) => 4,
        Op::Sqrt(_) => 5,
        Op::Abs(_) => 6,
        Op::Add(..) => 7,
        Op::Sub(..) => 8,
        Op::Mul(..) => 9,
        Op::Div(..) => 10,
        Op::Min(..) => 11,
        Op::Max(..) => 12,
        Op::Power(..) => 13,
        Op::WhereLess(..) => 14,
    };
    let mut words = [u64::MAX; 4];
    for (word, operand) in words.iter_mut().zip(operands(op)) {
        *word = u64::from(operand);
    }
    if let Op::Constant(value) | Op::Power(_, value) = op {
        words[3] = value.to_bits();
    }
    (kind, words)
}
