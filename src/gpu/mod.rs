//! The GPU backend, through wgpu.

mod adapter;
mod cache_file;
mod chunk;
mod embed;
mod embed_statistics;
mod engine;
mod error;
mod fault;
mod link;
mod pace;
mod pipeline;
mod pipeline_cache;
mod probe;
mod product;
mod record;
mod results;
mod scope;
mod slot;
mod statistics;
mod summarize;
mod uneven;
mod wait;

#[cfg(test)]
mod link_tests;
#[cfg(test)]
mod noop_tests;

pub use adapter::{AdapterInfo, adapters};
pub use embed::{
    BufferRows, GpuKernel, GpuScorer, Output, PROBE_TIME_OUT, RecordError, Recording, Stored,
};
pub use embed_statistics::GpuStatistics;
pub use error::GpuError;
#[doc(hidden)]
pub use fault::Fault;
#[doc(hidden)]
pub use pipeline::Mutation;

#[doc(hidden)]
pub use crate::plan::Strategy;

pub(crate) use engine::{Batch, End, GpuEngine, IN_FLIGHT, Progress, Settings, Taking, Waiting};
pub(crate) use pace::nanoseconds_a_pair;
pub(crate) use product::{Lines, Products, Resident};
pub(crate) use summarize::Gathering;
