//! Who watches a request: the cancel token and the progress callback.

use std::fmt;
use std::sync::Arc;

use super::cancel::CancelToken;

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Rows scored so far.
    pub rows_done: u64,
    /// Rows of the whole batch; `None` for a stream that does not know.
    pub rows_total: Option<u64>,
}

/// The cancel token and the progress callback of a request; either may be missing.
#[derive(Clone, Default)]
pub(crate) struct Observer<'a> {
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) progress: Option<Arc<dyn Fn(Progress) + Send + Sync + 'a>>,
}

impl Observer<'_> {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// The same, which says nothing of rows that it has been told of.
    #[cfg(feature = "gpu")]
    pub(crate) fn behind(&self, rows: u64) -> Self {
        let progress = self.progress.clone();
        let progress = progress.map(|progress| {
            let behind = move |at: Progress| {
                if at.rows_done > rows {
                    progress(at);
                }
            };
            Arc::new(behind) as Arc<dyn Fn(Progress) + Send + Sync + '_>
        });
        Observer {
            cancel: self.cancel.clone(),
            progress,
        }
    }

    pub(crate) fn report(&self, rows_done: u64, rows_total: Option<u64>) {
        if let Some(progress) = &self.progress {
            progress(Progress {
                rows_done,
                rows_total,
            });
        }
    }
}

impl fmt::Debug for Observer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("cancel", &self.cancel)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
