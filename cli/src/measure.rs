//! The measure of a bare name and the flags of its parameter.

use kullback::{ArgumentError, Measure};

use crate::args::CommonArguments;
use crate::failure::Failure;

/// Makes a measure of its parameter.
type Make = fn(f64) -> Result<Measure, ArgumentError>;

/// The measure that the flags name.
///
/// # Errors
/// A [`Failure`] that names the flag: one that is missing, wrong, or not used.
pub fn measure(arguments: &CommonArguments) -> Result<Measure, Failure> {
    let name = arguments.measure.as_str();
    bare(name)?;
    let (of_order, of_weight) = (of_order(name), of_weight(name));
    let measure = match (of_order, arguments.order) {
        (Some(make), Some(order)) => make(order).map_err(|e| flagged("--order", e))?,
        (Some(_), None) => {
            return Err(Failure::new(format_args!(
                "--order is missing: {name} needs one; give --order A with A {}",
                orders(name)
            )));
        }
        (None, _) => name.parse().map_err(|e| flagged("--measure", e))?,
    };
    if of_order.is_none() && arguments.order.is_some() {
        return Err(Failure::new(format_args!(
            "--order: {name} has no order, only renyi, tsallis and alpha have; leave the flag out"
        )));
    }
    match (of_weight, arguments.weight) {
        (_, None) => Ok(measure),
        (Some(make), Some(weight)) => make(weight).map_err(|e| flagged("--weight", e)),
        (None, Some(_)) => Err(Failure::new(format_args!(
            "--weight: {name} has no weight, only js and js-distance have; leave the flag out"
        ))),
    }
}

/// Refuses a parameter behind a colon, as the library writes it.
fn bare(name: &str) -> Result<(), Failure> {
    let Some((bare, parameter)) = name.split_once(':') else {
        return Ok(());
    };
    let flag = if of_order(bare).is_some() {
        "--order"
    } else if of_weight(bare).is_some() {
        "--weight"
    } else {
        // No such measure, or one without parameter: the parser says so.
        return Ok(());
    };
    Err(Failure::new(format_args!(
        "--measure {name}: give the bare name, and its parameter by a flag, as in \
         --measure {bare} {flag} {parameter}"
    )))
}

fn of_order(name: &str) -> Option<Make> {
    match name {
        "renyi" => Some(Measure::renyi),
        "tsallis" => Some(Measure::tsallis),
        "alpha" => Some(Measure::alpha),
        _ => None,
    }
}

fn of_weight(name: &str) -> Option<Make> {
    match name {
        "js" => Some(Measure::jensen_shannon),
        "js-distance" => Some(Measure::jensen_shannon_distance),
        _ => None,
    }
}

/// The orders of a measure, in words.
fn orders(name: &str) -> &'static str {
    match name {
        "renyi" => "from 0 to inf",
        "tsallis" => "of 0 or more",
        _ => "any finite number",
    }
}

fn flagged(flag: &str, error: ArgumentError) -> Failure {
    Failure::new(format_args!("{flag}: {error}"))
}
