//! Run-time choice of the instruction set.

use std::sync::OnceLock;

use pulp::NullaryFnOnce;

use super::agreement;
use super::direct::{FusedRows, fused_rows};
use super::domain::{LinearDomain, LogDomain};
use super::group::{Asked, Member};
use super::logarithms::rows_of_logarithms;
use super::matrix::Matrix;
use super::row::{Scratch, Task, score_row, try_row};
use super::shares::{FusedFold, fused_fold, fused_fold_of_shares};
use super::survey::Fault;
use super::weights::rows_of_weights;
use crate::encoding::Encoding;
use crate::math::{Add, Arith, F32x4, Fused, Unfused, Vector};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use crate::math::{F32x8, F32x16};
use crate::measure::Kernel;

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(pulp::x86::V4),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// Whatever the build targets, products rounded before sums as on software GPUs.
    Portable,
}

impl Isa {
    /// The best instruction set, or the one that `KULLBACK_ISA` names if this machine has it.
    pub(crate) fn detect() -> Isa {
        static CHOICE: OnceLock<Isa> = OnceLock::new();
        *CHOICE.get_or_init(|| {
            let wanted = std::env::var("KULLBACK_ISA").ok();
            let available = Self::available();
            let found = available
                .iter()
                .find(|isa| wanted.as_deref().is_none_or(|name| isa.name() == name));
            if let (Some(name), None) = (&wanted, found) {
                log::warn!("KULLBACK_ISA={name} is not available here and is ignored");
            }
            *found.unwrap_or(&available[0])
        })
    }

    /// All instruction sets of this machine, the best first; never empty.
    pub(crate) fn available() -> Vec<Isa> {
        let mut all = Vec::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            all.extend(pulp::x86::V4::try_new().map(Isa::Avx512));
            all.extend(pulp::x86::V3::try_new().map(Isa::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        all.extend(pulp::aarch64::Neon::try_new().map(Isa::Neon));
        all.push(Isa::Portable);
        all
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(_) => "avx512",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(_) => "avx2",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => "neon",
            Isa::Portable => "portable",
        }
    }

    /// True if measures that are wanted often have loops of their own.
    pub(crate) fn has_own_loops(self) -> bool {
        !matches!(self, Isa::Portable)
    }

    /// How many times as long as AVX-512 it takes for KL, as measured (`docs/performance.md`).
    pub(crate) fn slower_than_avx512(self) -> f64 {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(_) => 1.0,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(_) => 1.6,
            // As wide as plain code on x86-64, which stands in for what has not been measured.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(_) => 4.0,
            Isa::Portable => 4.0,
        }
    }

    /// Scores rows one after the other by all of a group, each into its output, telling `bad` of each bad row and
    /// the member of the group that found it so.
    pub(crate) fn score_rows(
        self,
        group: &[Asked],
        rows: [Matrix<'_>; 2],
        scratch: &mut Scratch,
        out: &mut [&mut [f32]],
        bad: impl FnMut(&Asked, usize, [Option<Fault>; 2]),
    ) {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(simd) => score_group(simd, group, rows, scratch, out, bad),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(simd) => score_group(simd, group, rows, scratch, out, bad),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => score_group(simd, group, rows, scratch, out, bad),
            Isa::Portable => score_group(Portable, group, rows, scratch, out, bad),
        }
    }
}

/// Rows to be scored one against the other.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub task: &'a Task,
    pub p: Matrix<'a>,
    pub q: Matrix<'a>,
}

fn score_group<S: Simd>(
    simd: S,
    group: &[Asked],
    rows: [Matrix<'_>; 2],
    scratch: &mut Scratch,
    out: &mut [&mut [f32]],
    mut bad: impl FnMut(&Asked, usize, [Option<Fault>; 2]),
) {
    let [asked] = group else {
        let members: Vec<Member<'_, S>> = group.iter().filter_map(Member::new).collect();
        return score_together(simd, group, &members, rows, scratch, out, bad);
    };
    let [p, q] = rows;
    let task = &asked.task;
    let (batch, out) = (Batch { task, p, q }, &mut *out[asked.output]);
    let bad = |row, faults| bad(asked, row, faults);
    match Member::new(asked) {
        Some(member) => score_alone(simd, batch, &member, scratch, out, bad),
        // The one measure that folds nothing.
        None => agreement::score_batch(simd, batch, scratch, out, bad),
    }
}

/// True if rows of probabilities are tried first.
fn tries<S: Simd>(member: &Member<'_, S>) -> bool {
    let Member { task, entry } = member;
    task.eps == 0.0
        && [task.p.encoding, task.q.encoding] == [Encoding::Probabilities; 2]
        && entry.stem.direct
}

/// A loop over rows of the measure's own that settles most of them, if there is one for such rows.
pub(crate) fn fused_rows_for<S: Simd>(member: &Member<'_, S>) -> Option<FusedRows<S>> {
    let Member { task, entry } = member;
    if tries(member) {
        return entry.fused;
    }
    if task.eps > 0.0 {
        return None;
    }
    match [task.p, task.q].map(|operand| operand.encoding.is_logarithmic()) {
        [false, false] => entry.weights,
        [true, true] if task.p.inverse_temperature == task.q.inverse_temperature => {
            entry.logarithms
        }
        _ => None,
    }
}

/// Scores by one measure.
fn score_alone<S: Simd>(
    simd: S,
    batch: Batch<'_>,
    member: &Member<'_, S>,
    scratch: &mut Scratch,
    out: &mut [f32],
    mut bad: impl FnMut(usize, [Option<Fault>; 2]),
) {
    let members = std::slice::from_ref(member);
    let rows = |i| [batch.p.row(i), batch.q.row(i)];
    scratch.left.clear();
    match fused_rows_for(member) {
        Some(fused) => fused(simd, &batch, out, scratch),
        None if tries(member) => {
            let mut left = std::mem::take(&mut scratch.left);
            for (i, out) in out.iter_mut().enumerate() {
                try_row(simd, members, scratch, rows(i), |_, score| match score {
                    Some(score) => *out = score,
                    None => left.push(i),
                });
            }
            scratch.left = left;
        }
        None => scratch.left.extend(0..out.len()),
    }
    let left = std::mem::take(&mut scratch.left);
    for &i in &left {
        let out = std::slice::from_mut(&mut out[i]);
        if let Err(faults) = score_row(simd, members, scratch, i, rows(i), out) {
            bad(i, faults);
            out[0] = f32::NAN;
        }
    }
    scratch.left = left;
}

/// Up to so many bins, rows of weights or logarithms are scored by each measure for itself, and by up to [`FEW`]
/// measures rows of any length: `docs/performance.md` has what was measured, and what is drawn from it.
const SHORT: usize = 64;
const FEW: usize = 2;

/// Scores by several measures that share pairs of bins.
fn score_together<S: Simd>(
    simd: S,
    group: &[Asked],
    members: &[Member<'_, S>],
    rows: [Matrix<'_>; 2],
    scratch: &mut Scratch,
    out: &mut [&mut [f32]],
    mut bad: impl FnMut(&Asked, usize, [Option<Fault>; 2]),
) {
    let count = out.first().map_or(0, |out| out.len());
    let mut tried_together = Vec::new();
    // A loop of its own is faster than to make pairs for several; not so of long rows whose pairs cost most.
    let own_loops_are_sooner = rows[0].k() <= SHORT || members.len() <= FEW;
    let mut own_loops = vec![None; members.len()];
    for (i, member) in members.iter().enumerate() {
        own_loops[i] = fused_rows_for(member).filter(|_| tries(member) || own_loops_are_sooner);
        if own_loops[i].is_none() && tries(member) {
            tried_together.push(i);
        }
    }
    // Row by row, whether the score of each is settled.
    let mut settled = Vec::with_capacity(count * members.len());
    for _ in 0..count {
        settled.extend(own_loops.iter().map(Option::is_some));
    }
    let mut all_settled = own_loops.iter().all(Option::is_some);
    for (i, fused) in own_loops.iter().enumerate() {
        let Some(fused) = fused else { continue };
        let ([p, q], task) = (rows, members[i].task);
        scratch.left.clear();
        fused(simd, &Batch { task, p, q }, out[group[i].output], scratch);
        all_settled &= scratch.left.is_empty();
        for row in &scratch.left {
            settled[row * members.len() + i] = false;
        }
    }
    if all_settled {
        return;
    }
    let triers: Vec<Member<'_, S>> = tried_together.iter().map(|&i| members[i]).collect();
    let mut scores = vec![0.0; members.len()];
    // Those that are left of a row, by their places in the group.
    let (mut places, mut left) = (Vec::new(), Vec::new());
    for (row, settled) in settled.chunks_exact_mut(members.len()).enumerate() {
        let pair = rows.map(|rows| rows.row(row));
        if !triers.is_empty() {
            try_row(simd, &triers, scratch, pair, |i, score| {
                let place = tried_together[i];
                if let Some(score) = score {
                    out[group[place].output][row] = score;
                    settled[place] = true;
                }
            });
        }
        places.clear();
        places.extend((0..members.len()).filter(|&i| !settled[i]));
        left.clear();
        left.extend(places.iter().map(|&i| members[i]));
        let found = score_row(simd, &left, scratch, row, pair, &mut scores[..left.len()]);
        for (&i, &score) in places.iter().zip(&scores) {
            let asked = &group[i];
            out[asked.output][row] = match found {
                Ok(()) => score,
                Err(faults) => {
                    bad(asked, row, faults);
                    f32::NAN
                }
            };
        }
    }
}

/// Proof that an instruction set may be used, and the arithmetic that goes with it.
pub(crate) trait Simd: Copy + 'static {
    type Arith: Arith;
    /// The vectors of the instruction set.
    type Vector: Vector;

    /// The proof that the machine has such vectors.
    fn token(self) -> <Self::Vector as Vector>::Token;

    /// Runs `work` compiled for the instruction set: whatever is inlined into its `call`.
    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output;

    /// The first try at rows of probabilities in one loop, `N` being two more than the sums of the measure.
    fn fused<const N: usize, K: Kernel>() -> Option<FusedRows<Self>> {
        Some(fused_rows::<N, K, Self>)
    }

    /// The long way in one loop for linear rows, `N` being one more than the sums of the measure.
    fn linear<const N: usize, K: Kernel>() -> Option<FusedFold<Self, LinearDomain>> {
        Some(fused_fold_of_shares::<N, K, Self>)
    }

    /// Likewise for rows of logarithms.
    fn logarithmic<const N: usize, K: Kernel>() -> Option<FusedFold<Self, LogDomain>> {
        Some(fused_fold::<N, K, Self, LogDomain>)
    }

    /// Rows of logarithms at one temperature with each exponential taken once, likewise.
    fn logarithms<const N: usize, K: Kernel<Merge = Add>>() -> Option<FusedRows<Self>> {
        Some(rows_of_logarithms::<N, K, Self>)
    }

    /// Rows of weights, likewise.
    fn weights<const N: usize, K: Kernel<Merge = Add>>() -> Option<FusedRows<Self>> {
        Some(rows_of_weights::<N, K, Self>)
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Simd for pulp::x86::V4 {
    type Arith = Fused;
    type Vector = F32x16;

    fn token(self) -> Self {
        self
    }

    #[inline(always)]
    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output {
        self.vectorize(work)
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Simd for pulp::x86::V3 {
    type Arith = Fused;
    type Vector = F32x8;

    fn token(self) -> Self {
        self
    }

    #[inline(always)]
    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output {
        self.vectorize(work)
    }
}

#[cfg(target_arch = "aarch64")]
impl Simd for pulp::aarch64::Neon {
    type Arith = Fused;
    type Vector = F32x4;

    fn token(self) {}

    #[inline(always)]
    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output {
        self.vectorize(work)
    }
}

/// Whatever the build targets.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Simd for Portable {
    type Arith = Unfused;
    type Vector = F32x4;

    fn token(self) {}

    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output {
        work.call()
    }

    /// Not for what is there to compare with.
    fn fused<const N: usize, K: Kernel>() -> Option<FusedRows<Self>> {
        None
    }

    /// Neither for that.
    fn linear<const N: usize, K: Kernel>() -> Option<FusedFold<Self, LinearDomain>> {
        None
    }

    /// Nor for that.
    fn logarithmic<const N: usize, K: Kernel>() -> Option<FusedFold<Self, LogDomain>> {
        None
    }

    /// Nor for that.
    fn logarithms<const N: usize, K: Kernel<Merge = Add>>() -> Option<FusedRows<Self>> {
        None
    }

    /// Nor for that.
    fn weights<const N: usize, K: Kernel<Merge = Add>>() -> Option<FusedRows<Self>> {
        None
    }
}
