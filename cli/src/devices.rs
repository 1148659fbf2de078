//! `kullback devices`: what can score here.

use std::io::Write;

use kullback::{Backend, Measure, Rows, ScoredOn, Scorer};
use serde_json::{Value, json};

use crate::args::DevicesArguments;
use crate::summary::no_gpu;
use crate::{Failure, Outcome, json};

/// Prints the devices that can score, and which of them `--backend auto` takes.
///
/// # Errors
/// A [`Failure`] if none can be asked or nothing can be printed.
pub fn run(arguments: &DevicesArguments, out: &mut impl Write) -> Result<Outcome, Failure> {
    let isa = cpu_isa()?;
    let threads = rayon::current_num_threads();
    let auto = Scorer::new().backend();
    let printed = if arguments.json {
        json::write(&object(isa, threads, auto), out)
    } else {
        let chosen = if auto == Backend::Cpu {
            format!("taken by --backend auto: {}", no_gpu())
        } else {
            "taken by --backend cpu".to_owned()
        };
        writeln!(out, "cpu        {isa}, {threads} threads ({chosen})").and_then(|()| {
            writeln!(
                out,
                "reference  64-bit, {threads} threads (slow; for verification)"
            )
        })
    };
    printed.map_err(Failure::new)?;
    Ok(Outcome::Good)
}

fn object(isa: &str, threads: usize, auto: Backend) -> Value {
    json!({
        "auto": auto.to_string(),
        "devices": [
            {"backend": "cpu", "adapter": null, "isa": isa, "threads": threads},
            {"backend": "reference", "adapter": null, "isa": null, "threads": threads},
        ],
    })
}

/// The instruction set of the CPU backend, as the report of one row names it.
pub(crate) fn cpu_isa() -> Result<&'static str, Failure> {
    let one = Rows::probabilities(&[1.0_f32], 1).map_err(Failure::new)?;
    let scorer = Scorer::builder()
        .backend(Backend::Cpu)
        .build()
        .map_err(Failure::new)?;
    let scores = scorer
        .score(&Measure::KullbackLeibler, one, one)
        .map_err(Failure::new)?;
    match scores.report().scored_on {
        ScoredOn::Cpu { isa } => Ok(isa),
        _ => Ok("unknown"),
    }
}
