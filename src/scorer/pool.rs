//! The threads that compute: the ambient rayon pool, one of the scorer's own, or the caller's.

#[cfg(feature = "parallel")]
use std::sync::Arc;

/// Where parallel work runs. Without the feature `parallel`, the calling thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    /// `None` is the pool that is current on the calling thread.
    #[cfg(feature = "parallel")]
    pub(crate) own: Option<Arc<rayon::ThreadPool>>,
}

#[cfg(feature = "parallel")]
impl Pool {
    pub(crate) fn threads(&self) -> usize {
        match &self.own {
            Some(pool) => pool.current_num_threads(),
            None => rayon::current_num_threads(),
        }
    }

    /// Runs `work` with this pool as the current one.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.own {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

#[cfg(not(feature = "parallel"))]
impl Pool {
    pub(crate) fn threads(&self) -> usize {
        1
    }

    /// Runs `work`.
    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        work()
    }
}
