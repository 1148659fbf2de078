//! One pair of rows from stored words to a score: survey, bring together, fold, finish.

use super::direct::{Judge, judge};
use super::dispatch::Simd;
use super::domain::{
    Direct, Domain, LinearDomain, LogDomain, MixedDomain, Quotients, Smoothed, to_logarithms,
};
use super::kernels::Entry;
use super::merging::Merger;
use super::pairs::{Fill, Pairs, fill_drift, filling};
use super::survey::{Fault, Operand, Survey, Surveys};
use super::tree::{BLOCK, FOLD, Lanes, Tree, lanes_of};
use crate::math::Add;
use crate::measure::{Masses, Parameters, Parts, Space};

/// What is the same for all rows of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub p: Operand,
    pub q: Operand,
    pub parameters: Parameters,
    /// The smoothing constant; 0 for exact support.
    pub eps: f32,
    /// What turns nats, or their root, into the unit.
    pub unit: f32,
    /// True if the score is the root of what the measure computes.
    pub is_root: bool,
    /// False if P stands in the place of Q.
    pub uses_q: bool,
}

impl Task {
    /// The score from what the measure computes.
    #[inline(always)]
    pub(crate) fn score(&self, nats: f32) -> f32 {
        let nats = if nats > 0.0 { nats } else { 0.0 };
        (if self.is_root { nats.sqrt() } else { nats }) * self.unit
    }
}

/// Memory that rows reuse.
#[derive(Default)]
pub(crate) struct Scratch {
    p: Vec<f32>,
    q: Vec<f32>,
    pairs: Pairs,
    pub(crate) of_p: Surveys,
    pub(crate) of_q: Surveys,
}

impl Scratch {
    /// Makes ready for rows that so many measures score.
    pub(crate) fn begin(&mut self, rows: usize, measures: usize) {
        let rows = if measures > 1 { rows } else { 0 };
        self.of_p.clear(rows);
        self.of_q.clear(rows);
    }
}

/// The score of one pair of rows, number `i` of a piece of work, or what is wrong with each.
pub(crate) fn score_row<S: Simd>(
    simd: S,
    task: &Task,
    entry: &Entry<S>,
    scratch: &mut Scratch,
    i: usize,
    [p, q]: [&[f32]; 2],
) -> Result<f32, [Option<Fault>; 2]> {
    let Scratch {
        p: p_logarithms,
        q: q_logarithms,
        pairs,
        of_p,
        of_q,
    } = scratch;
    // Where Q is not read, P stands in its place.
    let of_q = if task.uses_q {
        of_q.survey(simd, &task.q, i, q)
    } else {
        of_p.survey(simd, &task.q, i, q)
    };
    let (of_p, of_q) = match (of_p.survey(simd, &task.p, i, p), of_q) {
        (Ok(of_p), Ok(of_q)) => (of_p, of_q),
        (of_p, of_q) => return Err([of_p.err(), of_q.err()]),
    };
    let one_temperature = task.p.inverse_temperature == task.q.inverse_temperature;
    let mut row = RowPair {
        simd,
        task,
        entry,
        pairs,
        p,
        q,
    };
    Ok(match (&of_p, &of_q) {
        (Survey::Linear(a), Survey::Linear(b)) => match entry.stem.space {
            // Peaks are looked for elsewhere.
            Space::Shares | Space::Peaks => row.score(LinearDomain::new::<S::Arith>(a, b)),
            Space::Raw => row.score(LinearDomain::raw(-32)),
            Space::Stored => row.score(LinearDomain::raw(0)),
            Space::Quotients => row.finish(Quotients, Quotients.masses()),
        },
        (Survey::Log(a), Survey::Log(b)) if one_temperature => {
            row.score(LogDomain::new::<S::Arith>(a, b, task.p.inverse_temperature))
        }
        _ if entry.stem.is_power() => row.score(MixedDomain::new::<S::Arith>(
            (&task.p, &of_p),
            (&task.q, &of_q),
        )),
        _ => {
            let a = to_logarithms(simd, &task.p, &of_p, p, p_logarithms);
            let b = to_logarithms(simd, &task.q, &of_q, q, q_logarithms);
            (row.p, row.q) = (p_logarithms, q_logarithms);
            row.score(LogDomain::new::<S::Arith>(&a, &b, [1.0, 0.0]))
        }
    })
}

/// The first try at two rows of probabilities, see [`super::direct`].
pub(crate) fn try_row<S: Simd>(
    simd: S,
    task: &Task,
    entry: &Entry<S>,
    scratch: &mut Scratch,
    p: &[f32],
    q: &[f32],
) -> Option<f32> {
    let mut row = RowPair {
        simd,
        task,
        entry,
        pairs: &mut scratch.pairs,
        p,
        q,
    };
    let of_measure = Judge {
        finish: entry.finish,
        accepts: entry.accepts,
        infinite_on: (entry.infinite_on)(&task.parameters),
    };
    let fill = filling::<S, Direct>(entry.stem.parts);
    let found = row.fold(&Direct, fill, Some(entry), &Direct.masses());
    judge(task, &of_measure, &found, p, q)
}

/// Two rows of words, being folded.
struct RowPair<'a, S: Simd> {
    simd: S,
    task: &'a Task,
    entry: &'a Entry<S>,
    pairs: &'a mut Pairs,
    p: &'a [f32],
    q: &'a [f32],
}

/// What a pass over two rows finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// `sum d`.
    pub difference: f32,
    /// `sum p`.
    pub mass: f32,
    /// The sums of the measure.
    pub sums: [f32; 2],
    /// Flags of support violations.
    pub violations: u32,
}

impl<S: Simd> RowPair<'_, S> {
    fn score<D: Domain>(&mut self, domain: D) -> f32 {
        let mut masses = domain.masses();
        let eps = self.task.eps;
        if self.entry.stem.needs_drift || eps > 0.0 {
            let found = if self.entry.stem.is_power() {
                // In two parts, the second where masses are otherwise.
                let found = self.fold(&domain, fill_drift::<S, D>, None, &masses);
                found.difference + found.mass
            } else {
                let fill = filling::<S, D>(Parts::Values);
                self.fold(&domain, fill, None, &masses).difference
            };
            masses.drift = found / masses.mass;
        }
        if eps > 0.0 {
            let smoothed = Smoothed::new(domain, masses.drift, eps, self.p.len());
            let masses = Masses {
                drift: masses.drift,
                ..smoothed.masses()
            };
            self.finish(smoothed, masses)
        } else {
            self.finish(domain, masses)
        }
    }

    /// Folds by the arithmetic of the measure, and by what stands in for it while sums settle nothing.
    fn finish<D: Domain>(&mut self, domain: D, mut masses: Masses) -> f32 {
        let parameters = &self.task.parameters;
        let mut entry = *self.entry;
        let mut drift = masses.drift;
        loop {
            let fill = filling::<S, D>(entry.stem.parts);
            let found = if let Some(fused) = D::fused(&entry) {
                fused(self.simd, &domain, parameters, &masses, self.p, self.q)
            } else if entry.stem.is_power() {
                self.fold(&domain.centred(drift), fill, Some(&entry), &masses)
            } else {
                self.fold(&domain, fill, Some(&entry), &masses)
            };
            masses.drift = found.difference / masses.mass;
            if !entry.stem.is_power() {
                drift = masses.drift;
            }
            if found.violations & (entry.infinite_on)(parameters) != 0 {
                return f32::INFINITY;
            }
            match entry.instead {
                Some(instead) if !(entry.settles)(parameters, &masses, found.sums) => {
                    entry = instead();
                }
                _ => {
                    return self
                        .task
                        .score((entry.finish)(parameters, &masses, found.sums));
                }
            }
        }
    }

    /// One pass over the rows.
    fn fold<D: Domain>(
        &mut self,
        domain: &D,
        fill: Fill<S, D>,
        entry: Option<&Entry<S>>,
        masses: &Masses,
    ) -> Found {
        let (simd, k) = (self.simd, self.p.len());
        let of_masses = Merger::of::<Add>();
        let of_terms = entry.map_or(of_masses, |entry| entry.merger);
        let mut differences: Lanes<2> = lanes_of(of_masses.zero);
        let mut terms: Lanes<2> = lanes_of(of_terms.zero);
        let (mut tree_of_differences, mut tree_of_terms) = (Tree::new(), Tree::new());
        let mut violations = 0;
        for (p, q) in self.p.chunks(BLOCK).zip(self.q.chunks(BLOCK)) {
            for (p, q) in p.chunks(FOLD).zip(q.chunks(FOLD)) {
                violations |= fill(simd, domain, p, q, self.pairs, &mut differences);
                if let Some(entry) = entry {
                    let parameters = &self.task.parameters;
                    (entry.add_terms)(simd, parameters, masses, self.pairs, p.len(), &mut terms);
                }
            }
            if k > BLOCK {
                (of_masses.push)(simd, &mut tree_of_differences, &differences);
                differences = lanes_of(of_masses.zero);
                if entry.is_some() {
                    (of_terms.push)(simd, &mut tree_of_terms, &terms);
                    terms = lanes_of(of_terms.zero);
                }
            }
        }
        let [difference, mass] = (of_masses.root)(simd, k, &differences, &mut tree_of_differences);
        let sums = match entry {
            Some(_) => (of_terms.root)(simd, k, &terms, &mut tree_of_terms),
            None => of_terms.zero,
        };
        Found {
            difference,
            mass,
            sums,
            violations,
        }
    }
}
