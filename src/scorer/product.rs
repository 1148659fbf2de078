//! Products from which all pairs may come.

use crate::cpu;
use crate::options::{Options, Precision};
use crate::rows::Rows;

use super::engine::Engine;
use super::fast::Fast;

/// What multiplies all pairs of a request.
#[derive(Debug)]
pub(crate) enum Product {
    /// In f64 on the CPU, as far as that keeps what is promised.
    Promised(cpu::Product),
    /// In f32.
    Fast(Box<Fast>),
}

impl Product {
    /// On the current rayon pool: what makes the scores of these rows, if a product does.
    pub(crate) fn new(
        precision: Precision,
        options: &Options,
        [p, q]: [&Rows<'_>; 2],
        engine: &Engine,
        most_bytes: u64,
    ) -> Option<Self> {
        if p.are_uneven() || q.are_uneven() {
            return None;
        }
        if precision == Precision::Fast
            && let Some(fast) = Fast::new(options, p, q, engine, most_bytes)
        {
            return Some(Product::Fast(Box::new(fast)));
        }
        match (precision, engine) {
            (Precision::Promised | Precision::Fast, Engine::Cpu) => {
                cpu::Product::new(options, p, q, most_bytes).map(Product::Promised)
            }
            _ => None,
        }
    }
}
