//! Run-time choice of the instruction set.

use std::sync::OnceLock;

use pulp::NullaryFnOnce;

use super::agreement;
use super::direct::{FusedRows, fused_rows};
use super::domain::Domain;
use super::kernels::Entry;
use super::matrix::Matrix;
use super::row::{Scratch, Task, score_row, try_row};
use super::shares::{FusedFold, fused_fold};
use super::survey::Fault;
use crate::encoding::Encoding;
use crate::math::{Arith, F32x4, Fused, Unfused, Vector};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use crate::math::{F32x8, F32x16};
use crate::measure::{Kernel, Measure};

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

    /// Scores rows one after the other, telling `bad` of each bad row.
    pub(crate) fn score_rows(
        self,
        batch: Batch<'_>,
        scratch: &mut Scratch,
        measure: Measure,
        out: &mut [f32],
        bad: impl FnMut(usize, [Option<Fault>; 2]),
    ) {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(simd) => score_batch(simd, batch, scratch, measure, out, bad),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(simd) => score_batch(simd, batch, scratch, measure, out, bad),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => score_batch(simd, batch, scratch, measure, out, bad),
            Isa::Portable => score_batch(Portable, batch, scratch, measure, out, bad),
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

fn score_batch<S: Simd>(
    simd: S,
    batch: Batch<'_>,
    scratch: &mut Scratch,
    measure: Measure,
    out: &mut [f32],
    mut bad: impl FnMut(usize, [Option<Fault>; 2]),
) {
    let Batch { task, p, q } = batch;
    let Some(entry) = Entry::<S>::new(measure, task.p.encoding, task.q.encoding) else {
        return agreement::score_batch(simd, batch, scratch, out, bad);
    };
    let direct = task.eps == 0.0
        && [task.p.encoding, task.q.encoding] == [Encoding::Probabilities; 2]
        && entry.stem.direct;
    let mut next = 0;
    while next < out.len() {
        if direct && let Some(fused) = entry.fused {
            next += fused(simd, &batch, next, &mut out[next..]);
            if next == out.len() {
                break;
            }
        }
        let (p, q) = (p.row(next), q.row(next));
        let tried = match entry.fused {
            None if direct => try_row(simd, task, &entry, scratch, p, q),
            _ => None,
        };
        out[next] = match tried {
            Some(score) => score,
            None => score_row(simd, task, &entry, scratch, next, [p, q]).unwrap_or_else(|faults| {
                bad(next, faults);
                f32::NAN
            }),
        };
        next += 1;
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

    /// The long way in one loop, `N` being one more than the sums of the measure.
    fn fused_fold<const N: usize, K: Kernel, D: Domain>() -> Option<FusedFold<Self, D>> {
        Some(fused_fold::<N, K, Self, D>)
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Simd for pulp::x86::V4 {
    type Arith = Fused;
    type Vector = F32x16;

    fn token(self) -> Self {
        self
    }

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

    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output {
        self.vectorize(work)
    }
}

#[cfg(target_arch = "aarch64")]
impl Simd for pulp::aarch64::Neon {
    type Arith = Fused;
    type Vector = F32x4;

    fn token(self) {}

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
    fn fused_fold<const N: usize, K: Kernel, D: Domain>() -> Option<FusedFold<Self, D>> {
        None
    }
}
