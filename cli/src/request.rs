//! The arguments of `score`, checked against one another.

use std::path::PathBuf;

use kullback::{Backend, Encoding, Measure, Options, Support, Temperature, Unit, Verify};

use crate::args::ScoreArguments;
use crate::failure::Failure;

/// What to score, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The file of P.
    pub p: PathBuf,
    /// The file of Q.
    pub q: PathBuf,
    /// What the rows of P hold.
    pub p_encoding: Encoding,
    /// What the rows of Q hold.
    pub q_encoding: Encoding,
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
        if arguments.unit.is_some() && !measure.is_logarithmic() {
            return Err(Failure::new(format_args!(
                "--unit: {measure} has no unit; leave the flag out"
            )));
        }
        let temperature = temperature(&arguments)?;
        let request = Request {
            p_encoding: at_temperature(arguments.p_as, temperature),
            q_encoding: at_temperature(arguments.q_as, temperature),
            p: arguments.p,
            q: arguments.q,
            measure,
            unit: arguments.unit.unwrap_or_default(),
            support: arguments.support,
            backend: arguments.backend,
            adapter: arguments.adapter,
            verify: arguments.verify,
            output: arguments.output,
            json: arguments.json,
        };
        request.options().check().map_err(Failure::new)?;
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

/// The measure of a bare name and its parameter's flag.
fn measure(arguments: &ScoreArguments) -> Result<Measure, Failure> {
    let name = arguments.measure.as_str();
    if let Some((bare, parameter)) = name.split_once(':') {
        return Err(Failure::new(format_args!(
            "--measure {name}: give the bare name, and its parameter by a flag, as in \
             --measure {bare} --weight {parameter}"
        )));
    }
    let measure: Measure = name
        .parse()
        .map_err(|error| Failure::new(format_args!("--measure: {error}")))?;
    if arguments.order.is_some() {
        return Err(Failure::new(format_args!(
            "--order: {name} has no order; leave the flag out"
        )));
    }
    match (arguments.weight, measure.weight()) {
        (None, _) => Ok(measure),
        (Some(weight), Some(_)) => Measure::jensen_shannon(weight)
            .map_err(|error| Failure::new(format_args!("--weight: {error}"))),
        (Some(_), None) => Err(Failure::new(format_args!(
            "--weight: {name} has no weight, only js has; leave the flag out"
        ))),
    }
}

/// The temperature, if it is one and an operand uses it.
fn temperature(arguments: &ScoreArguments) -> Result<Option<Temperature>, Failure> {
    let Some(value) = arguments.temperature else {
        return Ok(None);
    };
    let is_logits = |encoding| matches!(encoding, Encoding::Logits { .. });
    if !is_logits(arguments.p_as) && !is_logits(arguments.q_as) {
        return Err(Failure::new(
            "--temperature: neither operand holds logits; give --p-as logits or --q-as logits, \
             or leave the flag out",
        ));
    }
    Temperature::new(value)
        .map(Some)
        .map_err(|error| Failure::new(format_args!("--temperature: {error}")))
}

fn at_temperature(encoding: Encoding, temperature: Option<Temperature>) -> Encoding {
    match (encoding, temperature) {
        (Encoding::Logits { .. }, Some(temperature)) => Encoding::Logits { temperature },
        _ => encoding,
    }
}
