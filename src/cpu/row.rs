//! One pair of rows from stored words to a score: survey, bring together, fold, finish.

use super::direct::{Judge, judge};
use super::dispatch::Simd;
use super::domain::{
    Direct, Domain, LinearDomain, LogDomain, MixedDomain, Quotients, Smoothed, to_logarithms,
};
use super::group::Member;
use super::merging::Merger;
use super::pairs::{Fill, Pairs, fill_drift, filling};
use super::survey::{Fault, Operand, Survey, Surveys};
use super::tree::{BLOCK, FOLD, Lanes, Tree, lanes_of};
use crate::math::Add;
use crate::measure::{Masses, Parameters, Space};

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
    /// As much as a row of P, of its logarithms or their exponentials.
    pub(crate) p: Vec<f32>,
    /// The same of Q.
    pub(crate) q: Vec<f32>,
    pairs: Pairs,
    terms: Terms,
    /// Rows that a loop of a measure's own has left.
    pub(crate) left: Vec<usize>,
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

/// Scores one pair of rows, number `i` of a piece of work, by all members of a group, or says what is wrong
/// with each row.
pub(crate) fn score_row<S: Simd>(
    simd: S,
    members: &[Member<'_, S>],
    scratch: &mut Scratch,
    i: usize,
    [p, q]: [&[f32]; 2],
    scores: &mut [f32],
) -> Result<(), [Option<Fault>; 2]> {
    let Some(Member { task, entry }) = members.first() else {
        return Ok(());
    };
    let Scratch {
        p: p_logarithms,
        q: q_logarithms,
        pairs,
        terms,
        of_p,
        of_q,
        ..
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
        pairs,
        terms,
        p,
        q,
    };
    match (&of_p, &of_q) {
        (Survey::Linear(a), Survey::Linear(b)) => match entry.stem.space {
            Space::Shares => {
                row.score(LinearDomain::new::<S::Arith>(a, b), members, scores);
            }
            Space::Peaks => debug_assert!(false, "peaks are looked for, and not folded"),
            Space::Raw => row.score(LinearDomain::raw(-32), members, scores),
            Space::Stored => row.score(LinearDomain::raw(0), members, scores),
            Space::Quotients => {
                row.finish(Quotients, Quotients.masses(), members, scores);
            }
        },
        (Survey::Log(a), Survey::Log(b)) if one_temperature => {
            let domain = LogDomain::new::<S::Arith>(a, b, task.p.inverse_temperature);
            row.score(domain, members, scores);
        }
        _ if entry.stem.is_power() => {
            let domain = MixedDomain::new::<S::Arith>((&task.p, &of_p), (&task.q, &of_q));
            row.score(domain, members, scores);
        }
        _ => {
            let a = to_logarithms(simd, &task.p, &of_p, p, p_logarithms);
            let b = to_logarithms(simd, &task.q, &of_q, q, q_logarithms);
            (row.p, row.q) = (p_logarithms, q_logarithms);
            let domain = LogDomain::new::<S::Arith>(&a, &b, [1.0, 0.0]);
            row.score(domain, members, scores);
        }
    }
    Ok(())
}

/// The first try at two rows of probabilities, see [`super::direct`]: tells `tried` of each member's score, none
/// where that member has to go the long way.
pub(crate) fn try_row<S: Simd>(
    simd: S,
    members: &[Member<'_, S>],
    scratch: &mut Scratch,
    [p, q]: [&[f32]; 2],
    mut tried: impl FnMut(usize, Option<f32>),
) {
    let mut row = RowPair {
        simd,
        pairs: &mut scratch.pairs,
        terms: &mut scratch.terms,
        p,
        q,
    };
    let found = row.fold(&Direct, fill_for(members), members, &Direct.masses());
    for (i, Member { task, entry }) in members.iter().enumerate() {
        let of_measure = Judge {
            finish: entry.finish,
            accepts: entry.accepts,
            infinite_on: (entry.infinite_on)(&task.parameters),
        };
        let found = Found {
            sums: row.terms.sums[i],
            ..found
        };
        tried(i, judge(task, &of_measure, &found, p, q));
    }
}

/// What makes the parts of pairs that all of these need.
fn fill_for<S: Simd, D: Domain>(members: &[Member<'_, S>]) -> Fill<S, D> {
    filling(members.iter().map(|member| member.entry.stem.parts))
}

/// The terms of measures that fold together, and their sums.
#[derive(Default)]
struct Terms {
    lanes: Vec<Lanes<2>>,
    trees: Vec<Tree<2>>,
    sums: Vec<[f32; 2]>,
}

impl Terms {
    /// Makes room for so many measures.
    fn begin<S: Simd>(&mut self, members: &[Member<'_, S>]) {
        self.lanes.clear();
        let zeros = members.iter().map(|member| member.entry.merger.zero);
        self.lanes.extend(zeros.clone().map(lanes_of::<2, _>));
        self.sums.clear();
        self.sums.extend(zeros);
        while self.trees.len() < members.len() {
            self.trees.push(Tree::new());
        }
    }
}

/// Two rows of words, being folded.
struct RowPair<'a, S: Simd> {
    simd: S,
    pairs: &'a mut Pairs,
    terms: &'a mut Terms,
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
    /// The sums of the measure; of several, those of each are among [`Terms`].
    pub sums: [f32; 2],
    /// Flags of support violations.
    pub violations: u32,
}

impl Found {
    /// Of the sums of a measure and, behind them, the difference; `N` is one more than the measure has.
    #[inline(always)]
    pub(crate) fn behind_sums<const N: usize>(all: [f32; N], violations: u32) -> Self {
        let mut sums = [0.0; 2];
        sums[..N - 1].copy_from_slice(&all[..N - 1]);
        Found {
            difference: all[N - 1],
            mass: 0.0,
            sums,
            violations,
        }
    }
}

impl<S: Simd> RowPair<'_, S> {
    /// Scores by members that see the same pairs, those that need no drift before those that do.
    fn score<D: Domain>(&mut self, domain: D, members: &[Member<'_, S>], scores: &mut [f32]) {
        let Some(Member { task, entry }) = members.first() else {
            return;
        };
        let mut masses = domain.masses();
        let (eps, is_power) = (task.eps, entry.stem.is_power());
        if eps > 0.0 {
            masses.drift = self.drift(&domain, is_power) / masses.mass;
            let smoothed = Smoothed::new(domain, masses.drift, eps, self.p.len());
            let masses = Masses {
                drift: masses.drift,
                ..smoothed.masses()
            };
            self.finish(smoothed, masses, members, scores);
            return;
        }
        let at = members.partition_point(|member| !member.entry.stem.needs_drift);
        let (first, then) = members.split_at(at);
        // They take the drift off, and would not find it.
        debug_assert!(!is_power || first.is_empty());
        let (of_first, of_then) = scores.split_at_mut(at);
        let mut known = None;
        if !first.is_empty() {
            known = Some(self.finish(domain, masses, first, of_first));
        }
        if !then.is_empty() {
            let difference = known.unwrap_or_else(|| self.drift(&domain, is_power));
            masses.drift = difference / masses.mass;
            self.finish(domain, masses, then, of_then);
        }
    }

    /// The difference of the masses.
    fn drift<D: Domain>(&mut self, domain: &D, for_powers: bool) -> f32 {
        let masses = domain.masses();
        if for_powers {
            // In two parts, the second where masses are otherwise.
            let found = self.fold(domain, fill_drift::<S, D>, &[], &masses);
            found.difference + found.mass
        } else {
            self.fold(domain, fill_for(&[]), &[], &masses).difference
        }
    }

    /// Folds by the arithmetic of the measures, and by what stands in for one while its sums settle nothing.
    /// Returns the difference of the masses, where measures do not take it off.
    fn finish<D: Domain>(
        &mut self,
        domain: D,
        masses: Masses,
        members: &[Member<'_, S>],
        scores: &mut [f32],
    ) -> f32 {
        let found = self.fold_by_measures(domain, &masses, masses.drift, members);
        // Those that stand in have sums of their own.
        let sums = std::mem::take(&mut self.terms.sums);
        for ((member, score), &sums) in members.iter().zip(scores).zip(&sums) {
            let found = Found { sums, ..found };
            *score = match settled(member, &masses, &found) {
                Some(score) => score,
                None => self.stand_in(domain, masses, *member, found),
            };
        }
        self.terms.sums = sums;
        found.difference
    }

    /// The score by what stands in for a measure that has found too little.
    fn stand_in<D: Domain>(
        &mut self,
        domain: D,
        mut masses: Masses,
        mut member: Member<'_, S>,
        mut found: Found,
    ) -> f32 {
        let mut drift = masses.drift;
        loop {
            masses.drift = found.difference / masses.mass;
            if !member.entry.stem.is_power() {
                drift = masses.drift;
            }
            if let Some(instead) = member.entry.instead {
                member.entry = instead();
            }
            found = self.fold_by_measures(domain, &masses, drift, &[member]);
            found.sums = self.terms.sums[0];
            if let Some(score) = settled(&member, &masses, &found) {
                return score;
            }
        }
    }

    /// One pass over the rows by measures that need the same of the drift.
    fn fold_by_measures<D: Domain>(
        &mut self,
        domain: D,
        masses: &Masses,
        drift: f32,
        members: &[Member<'_, S>],
    ) -> Found {
        if let [Member { task, entry }] = members
            && let Some(fused) = D::fused(entry)
        {
            let parameters = &task.parameters;
            let found = fused(self.simd, &domain, parameters, masses, self.p, self.q);
            self.terms.sums.clear();
            self.terms.sums.push(found.sums);
            return found;
        }
        let fill = fill_for(members);
        if members.iter().any(|member| member.entry.stem.is_power()) {
            self.fold(&domain.centred(drift), fill, members, masses)
        } else {
            self.fold(&domain, fill, members, masses)
        }
    }

    /// One pass over the rows; the sums of each measure are left among the terms.
    fn fold<D: Domain>(
        &mut self,
        domain: &D,
        fill: Fill<S, D>,
        members: &[Member<'_, S>],
        masses: &Masses,
    ) -> Found {
        let (simd, k) = (self.simd, self.p.len());
        let of_masses = Merger::of::<Add>();
        let mut differences: Lanes<2> = lanes_of(of_masses.zero);
        let mut tree_of_differences = Tree::new();
        self.terms.begin(members);
        let Terms { lanes, trees, sums } = &mut *self.terms;
        let mut violations = 0;
        for (p, q) in self.p.chunks(BLOCK).zip(self.q.chunks(BLOCK)) {
            for (p, q) in p.chunks(FOLD).zip(q.chunks(FOLD)) {
                violations |= fill(simd, domain, p, q, self.pairs, &mut differences);
                for (Member { task, entry }, lanes) in members.iter().zip(&mut *lanes) {
                    let parameters = &task.parameters;
                    (entry.add_terms)(simd, parameters, masses, self.pairs, p.len(), lanes);
                }
            }
            if k > BLOCK {
                (of_masses.push)(simd, &mut tree_of_differences, &differences);
                differences = lanes_of(of_masses.zero);
                for ((member, lanes), tree) in members.iter().zip(&mut *lanes).zip(&mut *trees) {
                    let merger = &member.entry.merger;
                    (merger.push)(simd, tree, lanes);
                    *lanes = lanes_of(merger.zero);
                }
            }
        }
        let [difference, mass] = (of_masses.root)(simd, k, &differences, &mut tree_of_differences);
        let all = members.iter().zip(&*lanes).zip(trees).zip(sums);
        for (((member, lanes), tree), sums) in all {
            *sums = (member.entry.merger.root)(simd, k, lanes, tree);
        }
        Found {
            difference,
            mass,
            sums: of_masses.zero,
            violations,
        }
    }
}

/// The score, unless what stands in for the measure has to fold the rows once more.
fn settled<S: Simd>(member: &Member<'_, S>, masses: &Masses, found: &Found) -> Option<f32> {
    let Member { task, entry } = member;
    let masses = Masses {
        drift: found.difference / masses.mass,
        ..*masses
    };
    let parameters = &task.parameters;
    if found.violations & (entry.infinite_on)(parameters) != 0 {
        return Some(f32::INFINITY);
    }
    if entry.instead.is_some() && !(entry.settles)(parameters, &masses, found.sums) {
        return None;
    }
    Some(task.score((entry.finish)(parameters, &masses, found.sums)))
}
