//! All pairs: each row of P against each row of Q.

use crate::error::{ScoreError, StreamError};
use crate::measure::Measure;
use crate::rows::Rows;
use crate::scores::{Report, Scores};

use super::Scorer;
use super::request::{ByReference, Request, only_report};
use super::sink::Sink;
use super::stream::AllPairs;

impl Scorer {
    /// Scores each row of `p` against each row of `q`, and blocks until it is done.
    ///
    /// Of N rows and M the score of row `i` and row `j` is number `i * M + j`. See [`Request::matrix`].
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let words = [3.0_f32, 1.0, 1.0, 3.0, 2.0, 2.0];
    /// let topics = [1.0_f32, 1.0, 1.0, 0.0];
    /// let (words, topics) = (Rows::weights(&words, 2)?, Rows::weights(&topics, 2)?);
    ///
    /// let scores = Scorer::new().matrix(&Measure::TotalVariation, words, topics)?;
    /// assert_eq!(scores.values(), [0.25, 0.25, 0.25, 0.75, 0.0, 0.5]); // 3 x 2
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Request::matrix`].
    pub fn matrix(
        &self,
        measure: &Measure,
        p: Rows<'_>,
        q: Rows<'_>,
    ) -> Result<Scores, ScoreError> {
        self.request(measure).matrix(p, q)
    }
}

impl Request<'_> {
    /// Scores each row of `p` against each row of `q`, and blocks until it is done.
    ///
    /// Of N rows of P and M of Q there are N x M scores, one row of P after the other: that of row `i` and row `j` is
    /// number `i * M + j`. A row of Q stays at hand for some rows of P, and is sent to a GPU once for as many pairs
    /// as go into a submission. A score is what [`Request::score`] has for these rows, in the same bits on a GPU, on
    /// the reference, and where [`Precision::Paired`](crate::Precision::Paired) is asked for. Else the CPU may take a
    /// matrix product, or entropies of mixtures, which keep what is promised; up to 256 MiB of Q are made ready for it. Only by
    /// [`Precision::Fast`](crate::Precision::Fast) may scores miss more, on the CPU and on GPUs, by a bound that the
    /// report states.
    ///
    /// What is counted by rows elsewhere, as in progress, in verification and in [`Report::rows`], is counted by
    /// pairs, but for issues: these name each bad row once, by its number in its matrix, and
    /// [`Issues::bad_rows`](crate::Issues::bad_rows) counts the pairs without a score.
    ///
    /// # Errors
    /// As [`Request::score`], where P and Q may differ in their number of rows; also [`ScoreError::Argument`] if the
    /// measure reads no Q, if rows have been [`selected`](Rows::selected), or if there is no memory for the scores:
    /// [`Request::stream_matrix`] needs none.
    pub fn matrix(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        self.ask.score(self.ask.all_pairs(p, q)?)?.only()
    }

    /// As [`Request::matrix`], without blocking while a GPU computes.
    ///
    /// On the CPU this computes when polled, as [`Request::score_async`]; so does the host's part of
    /// [`Precision::Fast`](crate::Precision::Fast) on a GPU.
    ///
    /// # Errors
    /// As [`Request::matrix`].
    pub async fn matrix_async(&self, p: Rows<'_>, q: Rows<'_>) -> Result<Scores, ScoreError> {
        let batch = self.ask.all_pairs(p, q)?;
        self.ask.score_async(batch).await?.only()
    }

    /// As [`Request::matrix`], with the scores written to `out`, one row of P after the other.
    ///
    /// If not all pairs are scored, the rest of `out` is NaN.
    ///
    /// # Errors
    /// As [`Request::matrix`]; also [`ScoreError::Argument`] if the length of `out` is not the number of pairs.
    pub fn matrix_into(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        out: &mut [f32],
    ) -> Result<Report, ScoreError> {
        self.score_checked_into(self.ask.all_pairs(p, q)?, out)
    }

    /// As [`Request::matrix`], with the scores handed to a sink, one row of P after the other, within bounded memory:
    /// at most 64 MiB of them are held, or as [`ScorerBuilder::host_memory`](crate::ScorerBuilder::host_memory) says.
    ///
    /// ```
    /// use kullback::{BoxError, Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let models = [0.5_f32, 0.5, 0.9, 0.1];
    /// let models = Rows::probabilities(&models, 2)?;
    /// let mut largest = 0.0_f32;
    /// let mut sink = |scores: &[f32]| -> Result<(), BoxError> {
    ///     largest = scores.iter().copied().fold(largest, f32::max);
    ///     Ok(())
    /// };
    /// let scorer = Scorer::new();
    /// let tv = scorer.request(&Measure::TotalVariation);
    /// let report = tv.stream_matrix(models, models, &mut sink)?;
    /// assert_eq!(report.rows, 4); // pairs
    /// assert!((largest - 0.4).abs() < 1e-6);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StreamError`], with the arguments checked as by [`Request::matrix`].
    pub fn stream_matrix<K: Sink + ?Sized>(
        &self,
        p: Rows<'_>,
        q: Rows<'_>,
        sink: &mut K,
    ) -> Result<Report, StreamError> {
        let pairs = AllPairs::new(&self.ask, p, q)?;
        only_report(pairs.run(&mut [&mut ByReference(sink)]))
    }
}
