//! The arguments of `score`, checked against one another.

use std::path::PathBuf;

use kullback::{
    ArgumentError, Backend, Encoding, Measure, Operand, Options, Support, Unit, Verify,
};

use crate::args::ScoreArguments;
use crate::failure::Failure;
use crate::measure::measure;
use crate::temperature::encodings;

/// What to score, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file of P.
    pub p: PathBuf,
    /// The file of Q; the entropy may do without.
    pub q: Option<PathBuf>,
    /// The file of the pairs of rows to be scored, if they are not scored row by row.
    pub pairs: Option<PathBuf>,
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
    /// How much to score again.
    pub verify: Verify,
    /// Where the scores go.
    pub output: Option<PathBuf>,
    /// JSON instead of the summary.
    pub json: bool,
}

impl Request {
    /// Checks that every flag is used and fits the others.
    ///
    /// # Errors
    /// A [`Failure`] that names the flag.
    pub fn new(arguments: ScoreArguments) -> Result<Self, Failure> {
        let measure = measure(&arguments)?;
        if measure.uses_q() && arguments.q.is_none() {
            return Err(Failure::new(format_args!(
                "<Q.npy> is missing: {measure} needs both files, only entropy does without"
            )));
        }
        if arguments.unit.is_some() && !measure.is_logarithmic() {
            return Err(Failure::new(format_args!(
                "--unit: {measure} has no unit; leave the flag out"
            )));
        }
        if arguments.pairs.is_some() && !measure.uses_q() {
            return Err(Failure::new(format_args!(
                "--pairs: {measure} is of P alone; leave the flag out"
            )));
        }
        if arguments.q_bf16 && arguments.q.is_none() {
            return Err(Failure::new(
                "--q-bf16: there is no <Q.npy>; leave the flag out",
            ));
        }
        let (p_encoding, q_encoding) = encodings(&arguments)?;
        let request = Request {
            p_encoding,
            // Where there is no Q, whatever P holds will do.
            q_encoding: q_encoding.unwrap_or(p_encoding),
            p: arguments.p,
            q: arguments.q,
            pairs: arguments.pairs,
            p_bf16: arguments.p_bf16,
            q_bf16: arguments.q_bf16,
            measure,
            unit: arguments.unit.unwrap_or_default(),
            support: arguments.support,
            backend: arguments.backend,
            adapter: arguments.adapter,
            verify: arguments.verify,
            output: arguments.output,
            json: arguments.json,
        };
        request
            .options()
            .check_for(request.p_encoding, request.q_encoding)
            .map_err(|error| refusal(&error))?;
        Ok(request)
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
