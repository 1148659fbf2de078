//! Calls that may fail: errors are caught here, so that none reaches a handler or a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::GpuError;

/// Runs `call` within error scopes for every kind of error.
///
/// Scopes belong to the calling thread and are popped before this returns.
pub(crate) fn scoped<T>(
    device: &wgpu::Device,
    step: &'static str,
    call: impl FnOnce() -> T,
) -> Result<T, GpuError> {
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let internal = device.push_error_scope(wgpu::ErrorFilter::Internal);
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    // wgpu panics where it finds its device lost in the middle of a call.
    let value = catch_unwind(AssertUnwindSafe(call));
    let memory = pollster::block_on(memory.pop());
    let internal = pollster::block_on(internal.pop());
    let validation = pollster::block_on(validation.pop());
    if memory.is_some() {
        return Err(GpuError::OutOfMemory { step });
    }
    if let Some(error) = internal.or(validation) {
        return Err(GpuError::Refused {
            step,
            reason: error.to_string(),
        });
    }
    value.map_err(|_| GpuError::Lost)
}
