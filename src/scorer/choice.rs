//! Where `Backend::Auto` scores rows of host memory.

use crate::cpu;
use crate::element::ElementType;
use crate::encoding::Encoding;
use crate::error::ArgumentError;
use crate::options::Backend;

use super::Inner;
use super::engine::Engine;

/// What rows are: what they stand for, and how they are stored.
pub(crate) type Kind = (Encoding, ElementType);

impl Inner {
    /// The engine for rows of these kinds. Of a GPU that was not asked for, but taken as the best that there
    /// is, the CPU takes what it scores sooner than such rows get there.
    ///
    /// # Errors
    /// [`ArgumentError::F64OnGpu`] if a GPU was asked for, and rows are f64.
    pub(crate) fn engine_for(&self, p: Kind, q: Kind) -> Result<&Engine, ArgumentError> {
        if self.engine.backend() != Backend::Gpu {
            return Ok(&self.engine);
        }
        let double = [p.1, q.1].contains(&ElementType::F64);
        match (self.gpu_wanted, double) {
            (true, true) => Err(ArgumentError::F64OnGpu),
            (true, false) => Ok(&self.engine),
            (false, true) => Ok(&Engine::Cpu),
            (false, false) if cpu_is_sooner(p, q, self.pool.threads()) => Ok(&Engine::Cpu),
            (false, false) => Ok(&self.engine),
        }
    }
}

/// True if so many threads score rows sooner than a GPU would have them.
fn cpu_is_sooner(p: Kind, q: Kind, threads: usize) -> bool {
    let on_cpu = cpu::nanoseconds_a_pair(p.0, q.0) / threads.max(1) as f64;
    on_cpu <= way_to_a_gpu(p.1, q.1, threads)
}

#[cfg(feature = "gpu")]
fn way_to_a_gpu(p: ElementType, q: ElementType, threads: usize) -> f64 {
    crate::gpu::nanoseconds_a_pair(p, q, threads)
}

#[cfg(not(feature = "gpu"))]
fn way_to_a_gpu(_: ElementType, _: ElementType, _: usize) -> f64 {
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Temperature;

    #[test]
    fn more_threads_and_cheaper_rows_go_to_the_cpu() {
        let f32_as = |encoding| (encoding, ElementType::F32);
        let probabilities = f32_as(Encoding::Probabilities);
        let logits = f32_as(Encoding::LOGITS);
        assert!(cpu_is_sooner(probabilities, probabilities, 64));
        assert!(cpu_is_sooner(logits, logits, 1000));
        for (p, q) in [(probabilities, logits), (logits, logits)] {
            let sooner = |threads| cpu_is_sooner(p, q, threads);
            // Once enough threads are sooner, more are.
            let enough = (1..10_000).find(|&threads| sooner(threads));
            assert!(enough.is_some_and(|enough| (enough..10_000).all(sooner)));
            if cfg!(feature = "gpu") {
                assert!(!sooner(1));
            }
        }
        // At two temperatures they are scored as a mixed pair is.
        let warm =
            Temperature::new(2.0).map(|temperature| f32_as(Encoding::Logits { temperature }));
        let Ok(warm) = warm else {
            panic!("2 is a temperature");
        };
        let enough = |p, q| (1..1000).find(|&threads| cpu_is_sooner(p, q, threads));
        assert_eq!(enough(logits, warm), enough(probabilities, logits));
        assert!(enough(warm, warm) <= enough(logits, warm));
        assert_eq!(
            cpu_is_sooner(logits, logits, 0),
            cpu_is_sooner(logits, logits, 1)
        );
    }
}
