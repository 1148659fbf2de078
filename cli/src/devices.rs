//! `kullback devices`: what can score here.

use std::io::{self, Write};

use kullback::{Backend, Measure, Rows, ScoredOn, Scorer};
use serde_json::{Value, json};

use crate::adapters::{self, Adapter, Auto};
use crate::args::DevicesArguments;
use crate::{Failure, Outcome, json};

/// Everything that can score.
struct Devices {
    isa: &'static str,
    threads: usize,
    adapters: Vec<Adapter>,
    auto: Auto,
}

/// Prints the devices that can score, and which of them `--backend auto` takes.
///
/// # Errors
/// A [`Failure`] if none can be asked or nothing can be printed.
pub fn run(arguments: &DevicesArguments, out: &mut impl Write) -> Result<Outcome, Failure> {
    let adapters = adapters::all();
    let devices = Devices {
        isa: cpu_isa()?,
        threads: rayon::current_num_threads(),
        auto: adapters::auto(&adapters)?,
        adapters,
    };
    let printed = if arguments.json {
        json::write(&object(&devices), out)
    } else {
        print(&devices, out)
    };
    printed.map_err(Failure::new)?;
    Ok(Outcome::Good)
}

fn print(devices: &Devices, out: &mut impl Write) -> io::Result<()> {
    let Devices { isa, threads, .. } = devices;
    let how = match &devices.auto {
        Auto::Cpu(why) => format!("taken by --backend auto: {why}"),
        Auto::Gpu { cpu_takes, .. } if cpu_takes.is_empty() => "taken by --backend cpu".to_owned(),
        Auto::Gpu { cpu_takes, .. } => format!(
            "taken by --backend cpu, and by --backend auto for {}, sooner than a GPU would have them",
            cpu_takes.join(", ")
        ),
    };
    writeln!(out, "cpu        {isa}, {threads} threads ({how})")?;
    for adapter in &devices.adapters {
        let how = if devices.auto.takes(adapter) {
            "taken by --backend auto".to_owned()
        } else {
            format!("taken by --adapter {}", adapter.index)
        };
        writeln!(
            out,
            "{:<10} {} ({how})",
            format!("gpu {}", adapter.index),
            adapter.title()
        )?;
        writeln!(out, "{:<10} {}", "", facts(adapter))?;
    }
    writeln!(
        out,
        "reference  64-bit, {threads} threads (slow; for verification)"
    )
}

/// Type, driver and limits of an adapter.
fn facts(adapter: &Adapter) -> String {
    let kind = if adapter.software {
        "software, computes on the CPU"
    } else {
        adapter.device_type.as_str()
    };
    let subgroups = if adapter.subgroups {
        "subgroups"
    } else {
        "no subgroups"
    };
    let binding = adapter.max_binding >> 20;
    let driver = match adapter.driver.as_str() {
        "" => "unnamed",
        driver => driver,
    };
    format!("{kind}; driver {driver}; bindings up to {binding} MiB; {subgroups}")
}

fn object(devices: &Devices) -> Value {
    let Devices { isa, threads, .. } = devices;
    let mut all = vec![json!({
        "backend": "cpu", "adapter": null, "isa": isa, "threads": threads,
        "auto": matches!(devices.auto, Auto::Cpu(_)),
    })];
    all.extend(devices.adapters.iter().map(|adapter| {
        json!({
            "backend": "gpu",
            "adapter": adapter.name,
            "index": adapter.index,
            "api": adapter.api,
            "type": adapter.device_type,
            "driver": adapter.driver,
            "software": adapter.software,
            "max_binding_bytes": adapter.max_binding,
            "subgroups": adapter.subgroups,
            "auto": devices.auto.takes(adapter),
        })
    }));
    all.push(json!({
        "backend": "reference", "adapter": null, "isa": null, "threads": threads, "auto": false,
    }));
    let (auto, why, cpu_takes) = match &devices.auto {
        Auto::Gpu { cpu_takes, .. } => ("gpu", None, Some(cpu_takes)),
        Auto::Cpu(why) => ("cpu", Some(why), None),
    };
    json!({"auto": auto, "why_cpu": why, "auto_on_cpu": cpu_takes, "devices": all})
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
