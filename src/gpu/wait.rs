//! Waiting for a device without trusting it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use futures_intrusive::channel::shared::{OneshotReceiver, oneshot_channel};

use super::GpuError;

/// Blocks until a submission is done, its callbacks included.
///
/// wgpu panics in `poll` where the device is lost; that is caught here. A build with
/// `panic = "abort"` forgoes it.
pub(crate) fn wait(
    device: &wgpu::Device,
    submission: wgpu::SubmissionIndex,
    limit: Duration,
) -> Result<(), GpuError> {
    let poll = wgpu::PollType::Wait {
        submission_index: Some(submission),
        timeout: Some(limit),
    };
    match catch_unwind(AssertUnwindSafe(|| device.poll(poll))) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(wgpu::PollError::Timeout)) => Err(GpuError::TimeOut { limit }),
        Ok(Err(_)) | Err(_) => Err(GpuError::Lost),
    }
}

/// Waits without blocking the caller's executor: a thread polls in its place.
pub(crate) async fn wait_async(
    device: &wgpu::Device,
    submission: wgpu::SubmissionIndex,
    limit: Duration,
) -> Result<(), GpuError> {
    let (sender, receiver) = oneshot_channel();
    let device = device.clone();
    let waiter = std::thread::Builder::new().name("kullback-wait".to_owned());
    let started = waiter.spawn(move || {
        let _ = sender.send(wait(&device, submission, limit));
    });
    match started {
        Ok(_) => receiver.receive().await.unwrap_or(Err(GpuError::Lost)),
        Err(_) => Err(GpuError::Lost),
    }
}

/// How long another thread may take from its poll to a callback.
const CALLBACK: Duration = Duration::from_secs(1);

/// A mapping under way.
pub(crate) struct Mapping(OneshotReceiver<Result<(), wgpu::BufferAsyncError>>);

/// Asks for a whole buffer to be mapped.
pub(crate) fn map(buffer: &wgpu::Buffer, mode: wgpu::MapMode) -> Mapping {
    let (sender, receiver) = oneshot_channel();
    buffer.slice(..).map_async(mode, move |result| {
        let _ = sender.send(result);
    });
    Mapping(receiver)
}

impl Mapping {
    /// The outcome, once the device has been polled far enough; a device that never answers is lost.
    ///
    /// Another thread's poll may have taken the callback along, and not have called it yet.
    pub(crate) fn finish(self) -> Result<(), GpuError> {
        use std::future::Future;
        use std::task::{Context, Poll, Waker};
        let mut receive = std::pin::pin!(self.0.receive());
        let latest = Instant::now() + CALLBACK;
        loop {
            match receive
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(Some(Ok(()))) => return Ok(()),
                Poll::Pending if Instant::now() < latest => {
                    std::thread::sleep(Duration::from_micros(20));
                }
                _ => return Err(GpuError::Lost),
            }
        }
    }
}
