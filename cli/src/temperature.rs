//! The encodings of both operands with the temperatures that the flags give them.

use kullback::{Encoding, Operand, Temperature};

use crate::args::CommonArguments;
use crate::failure::Failure;

/// What the rows of P and, if there is such a file, of Q hold.
///
/// # Errors
/// A [`Failure`] that names a temperature that no operand uses, or that is none.
pub fn encodings(
    arguments: &CommonArguments,
    has_q: bool,
) -> Result<(Encoding, Option<Encoding>), Failure> {
    let p_as = arguments.p_as;
    let q_as = q_as(arguments, has_q)?;
    let p = one(Operand::P, Some(p_as), arguments.p_temperature)?;
    let q = one(Operand::Q, q_as, arguments.q_temperature)?;
    let common = arguments
        .temperature
        .map(|value| checked("--temperature", value))
        .transpose()?;
    if common.is_some() {
        let logits = [(Some(p_as), p), (q_as, q)]
            .into_iter()
            .filter(|(encoding, _)| encoding.is_some_and(is_logits));
        let own = logits.clone().filter(|(_, own)| own.is_some()).count();
        match (logits.count(), own) {
            (0, _) => {
                return Err(Failure::new(
                    "--temperature: neither operand holds logits; give --p-as logits or --q-as \
                     logits, or leave the flag out",
                ));
            }
            (all, own) if all == own => {
                return Err(Failure::new(
                    "--temperature: every operand that holds logits has a temperature of its own; \
                     leave the flag out",
                ));
            }
            _ => {}
        }
    }
    let p = at(p_as, p.or(common));
    let q = q_as.map(|q_as| at(q_as, q.or(common)));
    Ok((p, q))
}

/// What the rows of Q hold, if there is such a file.
fn q_as(arguments: &CommonArguments, has_q: bool) -> Result<Option<Encoding>, Failure> {
    match (has_q, arguments.q_as) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Failure::new(
            "--q-as: there is no <Q.npy>; leave the flag out",
        )),
        (true, encoding) => Ok(Some(encoding.unwrap_or(Encoding::Probabilities))),
    }
}

/// The temperature of one operand alone.
fn one(
    operand: Operand,
    encoding: Option<Encoding>,
    value: Option<f64>,
) -> Result<Option<Temperature>, Failure> {
    let Some(value) = value else {
        return Ok(None);
    };
    let name = if operand == Operand::P { "p" } else { "q" };
    let flag = format!("--{name}-temperature");
    match encoding {
        Some(encoding) if is_logits(encoding) => checked(&flag, value).map(Some),
        Some(encoding) => Err(Failure::new(format_args!(
            "{flag}: {operand} holds {encoding}; give --{name}-as logits, or leave the flag out"
        ))),
        None => Err(Failure::new(format_args!(
            "{flag}: there is no <{operand}.npy>; leave the flag out"
        ))),
    }
}

fn is_logits(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Logits { .. })
}

fn checked(flag: &str, value: f64) -> Result<Temperature, Failure> {
    Temperature::new(value).map_err(|error| Failure::new(format_args!("{flag}: {error}")))
}

fn at(encoding: Encoding, temperature: Option<Temperature>) -> Encoding {
    match (encoding, temperature) {
        (Encoding::Logits { .. }, Some(temperature)) => Encoding::Logits { temperature },
        _ => encoding,
    }
}
