//! The settings of a scorer.

use std::path::PathBuf;
#[cfg(any(feature = "gpu", feature = "parallel"))]
use std::sync::Arc;
use std::time::Duration;

use crate::error::BuildError;
use crate::options::{Backend, Verify};

use super::engine::Engine;
use super::fallback::Fallback;
use super::pool::Pool;
use super::{Inner, Scorer};

/// Chooses the settings of a [`Scorer`].
///
/// ```
/// use kullback::{Backend, Scorer, Verify};
///
/// # fn main() -> Result<(), kullback::BuildError> {
/// let scorer = Scorer::builder()
///     .backend(Backend::Cpu)
///     .verify(Verify::Sample(256))
///     .build()?;
/// assert_eq!(scorer.backend(), Backend::Cpu);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct ScorerBuilder {
    backend: Backend,
    device: DeviceSettings,
    threads: Option<usize>,
    pool: Pool,
    host_memory: Option<u64>,
    fallback: Fallback,
    verify: Verify,
}

/// The settings that only a GPU uses.
#[derive(Clone, Debug, Default)]
struct DeviceSettings {
    adapter: Option<String>,
    memory: Option<u64>,
    time_out: Option<Duration>,
    pipeline_cache: Option<PathBuf>,
    #[cfg(feature = "gpu")]
    power: Option<wgpu::PowerPreference>,
    #[cfg(feature = "gpu")]
    testing: Testing,
}

/// What tests may ask of a GPU, and nobody else.
#[cfg(feature = "gpu")]
#[derive(Clone, Debug, Default)]
struct Testing {
    strategy: crate::plan::Strategy,
    no_subgroups: bool,
    tiny: bool,
    filling: Option<u64>,
    mutation: Option<crate::gpu::Mutation>,
    fault: Option<crate::gpu::Fault>,
}

/// For tests: which kernels run, and what goes wrong. Scores do not depend on the first four.
#[cfg(feature = "gpu")]
#[doc(hidden)]
impl ScorerBuilder {
    /// Forces a reduce strategy.
    pub fn strategy(mut self, strategy: crate::plan::Strategy) -> Self {
        self.device.testing.strategy = strategy;
        self
    }

    /// Leaves subgroups out, or in where the device has them.
    pub fn subgroups(mut self, wanted: bool) -> Self {
        self.device.testing.no_subgroups = !wanted;
        self
    }

    /// Asks for a device with tiny limits.
    pub fn tiny_limits(mut self) -> Self {
        self.device.testing.tiny = true;
        self
    }

    /// Lets so many workgroups look for rows that a first try left.
    pub fn looking_for_rows_left(mut self, workgroups: u64) -> Self {
        self.device.testing.filling = Some(workgroups);
        self
    }

    /// Changes every kernel.
    pub fn mutation(mut self, from: &str, to: &str) -> Self {
        self.device.testing.mutation = Some(crate::gpu::Mutation {
            from: from.to_owned(),
            to: to.to_owned(),
        });
        self
    }

    /// Lets a step fail.
    pub fn fault(mut self, fault: crate::gpu::Fault) -> Self {
        self.device.testing.fault = Some(fault);
        self
    }
}

impl ScorerBuilder {
    /// Where to score. [`Backend::Auto`] unless chosen.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// The GPU adapter to use: a part of its name, in any case, or its index in the list of adapters.
    ///
    /// Naming an adapter admits software adapters under [`Backend::Auto`], and makes it an error if
    /// there is none of that name.
    pub fn adapter(mut self, name_or_index: impl Into<String>) -> Self {
        self.device.adapter = Some(name_or_index.into());
        self
    }

    /// Which GPU to prefer where none is named: a discrete one, unless `LowPower` is asked for here or by
    /// `WGPU_POWER_PREF=low`.
    #[cfg(feature = "gpu")]
    #[cfg_attr(docsrs, doc(cfg(feature = "gpu")))]
    pub fn power_preference(mut self, power: wgpu::PowerPreference) -> Self {
        self.device.power = Some(power);
        self
    }

    /// Computes on this many threads of the scorer's own, instead of on the ambient rayon pool.
    ///
    /// Scores do not depend on it. Without the feature `parallel` everything runs on the calling thread.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self.pool = Pool::default();
        self
    }

    /// Computes on the caller's pool, instead of on the ambient one.
    #[cfg(feature = "parallel")]
    #[cfg_attr(docsrs, doc(cfg(feature = "parallel")))]
    pub fn pool(mut self, pool: Arc<rayon::ThreadPool>) -> Self {
        self.threads = None;
        self.pool = Pool { own: Some(pool) };
        self
    }

    /// The most bytes of host memory that one request may take for row buffers. A stream reads smaller
    /// chunks to stay below it. Of all pairs it is the most for the scores that a stream holds and for rows made ready for
    /// a matrix product or mixtures, half for each, which take at most 64 and 256 MiB where nothing is said, and 1 GiB by
    /// [`Precision::Fast`](crate::Precision::Fast); some rows of P made ready for it, of 32 MiB or a few a thread, come on
    /// top.
    ///
    /// The caller's own rows and scores do not count, nor do the scores that are kept for
    /// [quantiles](crate::Statistics::quantiles), at most 256 MiB a measure, and
    /// three times that while they are put in order where most are near one another.
    pub fn host_memory(mut self, bytes: u64) -> Self {
        self.host_memory = Some(bytes);
        self
    }

    /// The most bytes of device memory that the rows of one request may take, in buffers and staging; their
    /// scores and statuses come on top, and as many bytes again, 1 GiB at most, for scores that stay there for
    /// [quantiles](crate::Statistics::quantiles). A single row may take more. The CPU does not use it.
    pub fn device_memory(mut self, bytes: u64) -> Self {
        self.device.memory = Some(bytes);
        self
    }

    /// How long one submission to a GPU may take before it counts as failed. The CPU does not use it.
    pub fn time_out(mut self, limit: Duration) -> Self {
        self.device.time_out = Some(limit);
        self
    }

    /// A folder where compiled pipelines are kept from one process to the next, one file for each adapter,
    /// so that the first score comes sooner.
    ///
    /// This is for Vulkan ([`wgpu::Features::PIPELINE_CACHE`]) and for drivers without a cache of their own;
    /// elsewhere nothing is read or written. Scores do not depend on it. The folder is made if it is
    /// missing. A file that is damaged, or that another adapter, driver or version of this library wrote,
    /// is ignored and then replaced; failures to read or write are logged and fail nothing.
    ///
    /// **Drivers trust what they are given: the folder must be one where nobody else can write.** On Unix
    /// one that everyone can write to is not used.
    ///
    /// [`wgpu::Features::PIPELINE_CACHE`]: https://docs.rs/wgpu/30/wgpu/struct.Features.html
    pub fn pipeline_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.device.pipeline_cache = Some(folder.into());
        self
    }

    /// What happens to rows whose GPU fails. [`Fallback::Cpu`] unless chosen.
    pub fn fallback(mut self, fallback: Fallback) -> Self {
        self.fallback = fallback;
        self
    }

    /// How much of every batch is verified, unless the request says otherwise. [`Verify::Off`] unless
    /// chosen.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }

    /// Opens the device and starts the threads.
    ///
    /// # Errors
    /// - [`BuildError::NoGpu`] if a GPU is asked for, by [`Backend::Gpu`] or by naming an adapter, and
    ///   this build has none;
    /// - [`BuildError::AdapterUnused`] if an adapter is named for a backend that uses none;
    /// - [`BuildError::NoThreads`] for 0 threads, [`BuildError::Threads`] if they cannot be started.
    pub fn build(self) -> Result<Scorer, BuildError> {
        let gpu_wanted = self.backend == Backend::Gpu || self.device.adapter.is_some();
        let engine = engine(self.backend, &self.device)?;
        let pool = match self.threads {
            Some(threads) => own_pool(threads)?,
            None => self.pool,
        };
        Ok(Scorer::from_inner(Inner {
            engine,
            gpu_wanted,
            pool,
            fallback: self.fallback,
            verify: self.verify,
            host_memory: self.host_memory,
        }))
    }
}

/// What [`Backend::Auto`] takes if nothing else is said.
pub(crate) fn best_engine() -> Engine {
    engine(Backend::Auto, &DeviceSettings::default()).unwrap_or(Engine::Cpu)
}

fn engine(backend: Backend, device: &DeviceSettings) -> Result<Engine, BuildError> {
    match (backend, &device.adapter) {
        (Backend::Cpu, None) => Ok(Engine::Cpu),
        (Backend::Reference, None) => Ok(Engine::Reference),
        (Backend::Cpu | Backend::Reference, Some(adapter)) => Err(BuildError::AdapterUnused {
            adapter: adapter.clone(),
            backend,
        }),
        (Backend::Auto, None) => match gpu_engine(device, false) {
            Ok(engine) => Ok(engine),
            Err(error) => {
                log::info!("scoring on the CPU: {error}");
                Ok(Engine::Cpu)
            }
        },
        (Backend::Auto | Backend::Gpu, _) => gpu_engine(device, true),
    }
}

#[cfg(feature = "gpu")]
fn gpu_engine(device: &DeviceSettings, software: bool) -> Result<Engine, BuildError> {
    let Testing {
        strategy,
        no_subgroups,
        tiny,
        filling,
        mutation,
        fault,
    } = device.testing.clone();
    let settings = crate::gpu::Settings {
        adapter: device.adapter.clone(),
        software,
        memory: device.memory,
        time_out: device.time_out,
        pipeline_cache: device.pipeline_cache.clone(),
        power: device
            .power
            .or_else(wgpu::PowerPreference::from_env)
            .unwrap_or(wgpu::PowerPreference::HighPerformance),
        strategy,
        no_subgroups,
        mutation,
        fault,
        tiny,
        filling,
    };
    let gpu = crate::gpu::GpuEngine::open(&settings)?;
    Ok(Engine::Gpu(Arc::new(gpu)))
}

#[cfg(not(feature = "gpu"))]
fn gpu_engine(_: &DeviceSettings, _: bool) -> Result<Engine, BuildError> {
    Err(BuildError::NoGpu)
}

#[cfg(feature = "parallel")]
fn own_pool(threads: usize) -> Result<Pool, BuildError> {
    if threads == 0 {
        return Err(BuildError::NoThreads);
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("kullback-{i}"))
        .build()
        .map_err(|error| BuildError::Threads {
            threads,
            source: Box::new(error),
        })?;
    Ok(Pool {
        own: Some(Arc::new(pool)),
    })
}

#[cfg(not(feature = "parallel"))]
fn own_pool(threads: usize) -> Result<Pool, BuildError> {
    match threads {
        0 => Err(BuildError::NoThreads),
        _ => Ok(Pool::default()),
    }
}
