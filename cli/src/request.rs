//! The arguments of `score`, `matrix` and `nearest`, checked against one another.

use std::path::{Path, PathBuf};

use kullback::{
    ArgumentError, Backend, Encoding, Measure, Operand, Options, Precision, Support, Unit, Verify,
};

use crate::args::{CommonArguments, MatrixArguments, NearestArguments, ScoreArguments};
use crate::failure::Failure;
use crate::measure::measure;
use crate::npy::is_archive;
use crate::temperature::encodings;

/// Which rows of P and Q meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Row by row.
    Rows,
    /// The pairs that a file lists.
    Listed(PathBuf),
    /// Each row of P and each of Q.
    Matrix,
    /// Each row of P and so many of Q, those with the smallest scores.
    Nearest {
        /// How many.
        k: usize,
    },
}

/// What to score, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file of P.
    pub p: PathBuf,
    /// The file of Q; the entropy may do without.
    pub q: Option<PathBuf>,
    /// Which of their rows meet.
    pub meeting: Meeting,
    /// Where their rows begin and end, if these have lengths of their own.
    pub offsets: Option<PathBuf>,
    /// What the rows of P hold.
    pub p_encoding: Encoding,
    /// What the rows of Q hold.
    pub q_encoding: Encoding,
    /// Whether the elements of P are the bits of bfloat16.
    pub p_bf16: bool,
    /// Whether those of Q are.
    pub q_bf16: bool,
    /// The measure.
    pub measure: Measure,
    /// The unit; nats for a measure without one.
    pub unit: Unit,
    /// What zeros mean.
    pub support: Support,
    /// Where to compute.
    pub backend: Backend,
    /// The adapter, by a part of its name.
    pub adapter: Option<String>,
    /// How near all pairs are to paired rows.
    pub precision: Precision,
    /// How much to score again.
    pub verify: Verify,
    /// Where the scores go.
    pub output: Option<PathBuf>,
    /// JSON instead of the summary.
    pub json: bool,
}

impl Request {
    /// What `kullback score` asks for.
    ///
    /// # Errors
    /// A [`Failure`] that names the flag that is not used or does not fit the others.
    pub fn of_rows(arguments: ScoreArguments) -> Result<Self, Failure> {
        let ScoreArguments {
            p,
            q,
            pairs,
            offsets,
            common,
            output,
        } = arguments;
        let meeting = pairs.map_or(Meeting::Rows, Meeting::Listed);
        if offsets.is_some()
            && let Some(path) = [Some(&p), q.as_ref()]
                .into_iter()
                .flatten()
                .find(|p| is_archive(p))
        {
            return Err(Failure::new(format_args!(
                "--offsets: {} has offsets of its own; leave the flag out",
                path.display()
            )));
        }
        let request = Self::new(p, q, meeting, common, output)?;
        Ok(Request { offsets, ..request })
    }

    /// What `kullback matrix` asks for.
    ///
    /// # Errors
    /// As [`Request::of_rows`].
    pub fn of_matrix(arguments: MatrixArguments) -> Result<Self, Failure> {
        let MatrixArguments {
            p,
            q,
            fast,
            common,
            output,
        } = arguments;
        let request = Self::new(p, Some(q), Meeting::Matrix, common, output)?;
        let precision = match fast {
            true => Precision::Fast,
            false => Precision::Promised,
        };
        Ok(Request {
            precision,
            ..request
        })
    }

    /// What `kullback nearest` asks for.
    ///
    /// # Errors
    /// As [`Request::of_rows`].
    pub fn of_nearest(arguments: NearestArguments) -> Result<Self, Failure> {
        let NearestArguments {
            p,
            q,
            k,
            common,
            output,
        } = arguments;
        // More than there are rows means all of them.
        let k = usize::try_from(k).unwrap_or(usize::MAX);
        Self::new(p, Some(q), Meeting::Nearest { k }, common, output)
    }

    /// Checks that every flag is used and fits the others.
    fn new(
        p: PathBuf,
        q: Option<PathBuf>,
        meeting: Meeting,
        arguments: CommonArguments,
        output: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let measure = measure(&arguments)?;
        if measure.uses_q() && q.is_none() {
            return Err(Failure::new(format_args!(
                "<Q.npy> is missing: {measure} needs both files, only entropy does without"
            )));
        }
        if arguments.unit.is_some() && !measure.is_logarithmic() {
            return Err(Failure::new(format_args!(
                "--unit: {measure} has no unit; leave the flag out"
            )));
        }
        if !measure.uses_q() {
            match meeting {
                Meeting::Rows => {}
                Meeting::Listed(_) => {
                    return Err(Failure::new(format_args!(
                        "--pairs: {measure} is of P alone; leave the flag out"
                    )));
                }
                Meeting::Matrix | Meeting::Nearest { .. } => {
                    return Err(Failure::new(format_args!(
                        "--measure: {measure} is of P alone, so that no rows meet; take `kullback score`"
                    )));
                }
            }
        }
        if arguments.q_bf16 && q.is_none() {
            return Err(Failure::new(
                "--q-bf16: there is no <Q.npy>; leave the flag out",
            ));
        }
        let (p_encoding, q_encoding) = encodings(&arguments, q.is_some())?;
        let request = Request {
            p_encoding,
            // Where there is no Q, whatever P holds will do.
            q_encoding: q_encoding.unwrap_or(p_encoding),
            p,
            q,
            meeting,
            offsets: None,
            p_bf16: arguments.p_bf16,
            q_bf16: arguments.q_bf16,
            measure,
            unit: arguments.unit.unwrap_or_default(),
            support: arguments.support,
            backend: arguments.backend,
            adapter: arguments.adapter,
            precision: Precision::Promised,
            verify: arguments.verify,
            output,
            json: arguments.json,
        };
        request
            .options()
            .check_for(request.p_encoding, request.q_encoding)
            .map_err(|error| refusal(&error))?;
        Ok(request)
    }

    /// True if rows are no rows of matrices, which can be read one after the other.
    #[must_use]
    pub fn is_uneven(&self) -> bool {
        let files = [Some(&self.p), self.q.as_ref()];
        self.offsets.is_some() || files.into_iter().flatten().any(|path| is_archive(path))
    }

    /// The list of pairs, if there is one.
    #[must_use]
    pub fn list(&self) -> Option<&Path> {
        match &self.meeting {
            Meeting::Listed(path) => Some(path),
            _ => None,
        }
    }

    /// The options that decide what a score means.
    #[must_use]
    pub fn options(&self) -> Options {
        let mut options = Options::new(self.measure);
        options.unit = self.unit;
        options.support = self.support;
        options
    }
}

/// An error of the library with the flag that it is about.
fn refusal(error: &ArgumentError) -> Failure {
    match error {
        ArgumentError::SupportUnused { .. } => {
            Failure::new(format_args!("--support: {error}; leave the flag out"))
        }
        ArgumentError::WeightsNeeded { operand, .. } => {
            let flag = match operand {
                Operand::P => "--p-as",
                Operand::Q => "--q-as",
            };
            Failure::new(format_args!("{flag}: {error}; give {flag} weights"))
        }
        _ => Failure::new(error),
    }
}
