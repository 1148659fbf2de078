//! Run-time choice of the instruction set.

use std::marker::PhantomData;
use std::sync::OnceLock;

use pulp::NullaryFnOnce;

use super::direct::score_direct;
use super::row::{Scratch, Task, score_row};
use super::survey::Fault;
use crate::encoding::Encoding;
use crate::math::{Arith, F32x4, Fused, Unfused, Vector};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use crate::math::{F32x8, F32x16};
use crate::measure::{
    CrossEntropy, JensenShannon, JensenShannonHalf, Kernel, KullbackLeibler, Measure,
    ReverseKullbackLeibler, TotalVariation, Weight,
};
use crate::rows::Rows;

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
        mut bad: impl FnMut(usize, [Option<Fault>; 2]),
    ) {
        let bad = &mut bad as Bad<'_>;
        match measure {
            Measure::KullbackLeibler => {
                self.run::<1, 2, 3, KullbackLeibler>(batch, scratch, out, bad)
            }
            Measure::ReverseKullbackLeibler => {
                self.run::<1, 2, 3, ReverseKullbackLeibler>(batch, scratch, out, bad);
            }
            Measure::JensenShannon(Weight::HALF) => {
                self.run::<2, 3, 4, JensenShannonHalf>(batch, scratch, out, bad);
            }
            Measure::JensenShannon(_) => {
                self.run::<2, 3, 4, JensenShannon>(batch, scratch, out, bad)
            }
            Measure::TotalVariation => {
                self.run::<1, 2, 3, TotalVariation>(batch, scratch, out, bad)
            }
            Measure::CrossEntropy => self.run::<1, 2, 3, CrossEntropy>(batch, scratch, out, bad),
            _ => unreachable!("not yet"), // replaced on merge
        }
    }

    fn run<const M: usize, const N: usize, const D: usize, K: Kernel<M>>(
        self,
        batch: Batch<'_>,
        scratch: &mut Scratch,
        out: &mut [f32],
        bad: Bad<'_>,
    ) {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(simd) => score_batch::<M, N, D, K, _>(simd, batch, scratch, out, bad),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(simd) => score_batch::<M, N, D, K, _>(simd, batch, scratch, out, bad),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => score_batch::<M, N, D, K, _>(simd, batch, scratch, out, bad),
            Isa::Portable => score_batch::<M, N, D, K, _>(Portable, batch, scratch, out, bad),
        }
    }
}

type Bad<'a> = &'a mut dyn FnMut(usize, [Option<Fault>; 2]);

/// Rows to be scored one against the other.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub task: &'a Task,
    pub p: &'a Rows<'a>,
    pub q: &'a Rows<'a>,
}

/// `M` sums of the measure, `N` of a row, `D` of the first try at one.
fn score_batch<const M: usize, const N: usize, const D: usize, K: Kernel<M>, S: Simd>(
    simd: S,
    batch: Batch<'_>,
    scratch: &mut Scratch,
    out: &mut [f32],
    bad: Bad<'_>,
) {
    simd.run(ScoreBatch::<M, N, D, K, S> {
        simd,
        batch,
        scratch,
        out,
        bad,
        measure: PhantomData,
    });
}

/// The rows of a batch as a value, so that the loop over them is compiled for one instruction set.
struct ScoreBatch<'a, const M: usize, const N: usize, const D: usize, K, S> {
    simd: S,
    batch: Batch<'a>,
    scratch: &'a mut Scratch,
    out: &'a mut [f32],
    bad: Bad<'a>,
    measure: PhantomData<K>,
}

impl<const M: usize, const N: usize, const D: usize, K: Kernel<M>, S: Simd> NullaryFnOnce
    for ScoreBatch<'_, M, N, D, K, S>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Batch { task, p, q } = self.batch;
        let direct = K::DIRECT
            && task.eps == 0.0
            && [task.p.encoding, task.q.encoding] == [Encoding::Probabilities; 2];
        for (i, score) in self.out.iter_mut().enumerate() {
            let (p, q) = (p.row_f32(i), q.row_f32(i));
            if direct && let Some(value) = score_direct::<M, D, K, S>(self.simd, task, p, q) {
                *score = value;
                continue;
            }
            match score_row::<M, N, K, S>(self.simd, task, self.scratch, p, q) {
                Ok(value) => *score = value,
                Err(faults) => {
                    *score = f32::NAN;
                    (self.bad)(i, faults);
                }
            }
        }
    }
}

/// Proof that an instruction set may be used, and the arithmetic that goes with it.
pub(crate) trait Simd: Copy {
    type Arith: Arith;
    /// The vectors of the instruction set.
    type Vector: Vector;

    /// The proof that the machine has such vectors.
    fn token(self) -> <Self::Vector as Vector>::Token;

    /// Runs `work` compiled for the instruction set: whatever is inlined into its `call`.
    fn run<W: NullaryFnOnce>(self, work: W) -> W::Output;
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
}
