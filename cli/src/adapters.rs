//! The GPU adapters of this machine, and which of them `--backend auto` takes.

use kullback::{Backend, Encoding, Measure, Rows, ScoredOn, Scorer};

use crate::Failure;

/// A GPU adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its place in the list, from 0.
    pub index: usize,
    /// The name that the driver gives it.
    pub name: String,
    /// Through what it is reached: `Vulkan`, `Metal`, `Dx12` or `Gl`.
    pub api: String,
    /// `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`.
    pub device_type: String,
    /// The driver's name and version.
    pub driver: String,
    /// True if it computes on the CPU.
    pub software: bool,
    /// The largest storage binding in bytes.
    pub max_binding: u64,
    /// True if invocations can exchange values by subgroup shuffles.
    pub subgroups: bool,
}

impl Adapter {
    /// Name and API: several APIs may reach one card.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} on {}", self.name, self.api)
    }

    /// True if `--adapter wanted` may mean this one.
    #[must_use]
    pub fn answers_to(&self, wanted: &str) -> bool {
        match wanted.parse::<usize>() {
            Ok(index) => index == self.index,
            Err(_) => {
                let names = format!("{} {}", self.name, self.api).to_lowercase();
                names.contains(&wanted.to_lowercase())
            }
        }
    }
}

/// All adapters.
#[cfg(feature = "gpu")]
#[must_use]
pub fn all() -> Vec<Adapter> {
    kullback::gpu::adapters()
        .into_iter()
        .map(|info| Adapter {
            index: info.index,
            name: info.name,
            api: info.backend,
            device_type: info.device_type,
            driver: info.driver,
            software: info.software,
            max_binding: info.max_binding,
            subgroups: info.subgroups,
        })
        .collect()
}

/// All adapters: none, for a build without GPU support.
#[cfg(not(feature = "gpu"))]
#[must_use]
pub fn all() -> Vec<Adapter> {
    Vec::new()
}

/// What `--backend auto` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auto {
    /// The adapter with this index, but for rows of these encodings, which the CPU scores sooner.
    Gpu {
        /// Of the adapter.
        index: usize,
        /// Names of encodings.
        cpu_takes: Vec<&'static str>,
    },
    /// The CPU, for this reason.
    Cpu(String),
}

impl Auto {
    /// True if it takes this adapter for some rows.
    #[must_use]
    pub fn takes(&self, adapter: &Adapter) -> bool {
        matches!(self, Auto::Gpu { index, .. } if *index == adapter.index)
    }
}

/// Asks the library what it takes, and finds it among the adapters.
///
/// # Errors
/// A [`Failure`] if it cannot score one row.
pub fn auto(adapters: &[Adapter]) -> Result<Auto, Failure> {
    let scorer = Scorer::new();
    if scorer.backend() != Backend::Gpu {
        return Ok(Auto::Cpu(why_cpu(adapters)));
    }
    let (mut cpu_takes, mut on_gpu) = (Vec::new(), None);
    for encoding in ENCODINGS {
        // One bin that is all of its row, as each encoding writes it.
        let value = if encoding.is_logarithmic() { 0.0 } else { 1.0 };
        let one = [value];
        let one = Rows::new(encoding, &one, 1).map_err(Failure::new)?;
        if scorer.backend_for(&one, &one).map_err(Failure::new)? != Backend::Gpu {
            cpu_takes.push(encoding.name());
        } else if on_gpu.is_none() {
            let scores = scorer.score(&Measure::TotalVariation, one, one);
            on_gpu = Some(scores.map_err(Failure::new)?.report().scored_on.clone());
        }
    }
    match on_gpu {
        None => Ok(Auto::Cpu(why_cpu(adapters))),
        Some(ScoredOn::Gpu { adapter, .. }) => adapters
            .iter()
            .find(|one| !one.software && one.name == adapter)
            .map(|one| Auto::Gpu {
                index: one.index,
                cpu_takes,
            })
            .ok_or_else(|| Failure::new("the adapters changed while they were listed; try again")),
        Some(_) => Err(Failure::new(
            "the adapter that --backend auto takes failed; see --backend gpu",
        )),
    }
}

/// What rows may hold.
const ENCODINGS: [Encoding; 4] = [
    Encoding::Probabilities,
    Encoding::Weights,
    Encoding::LogProbabilities,
    Encoding::LOGITS,
];

/// Why `--backend auto` scores on the CPU.
#[must_use]
pub fn why_cpu(adapters: &[Adapter]) -> String {
    if cfg!(not(feature = "gpu")) {
        return "this build has no GPU support".to_owned();
    }
    if adapters.is_empty() {
        return "no GPU adapter was found".to_owned();
    }
    let Some(hardware) = adapters.iter().find(|adapter| !adapter.software) else {
        return "the only GPU adapters are software, which --adapter admits".to_owned();
    };
    let opened = Scorer::builder()
        .backend(Backend::Gpu)
        .adapter(hardware.index.to_string())
        .build();
    match opened {
        Err(error) => format!("{} cannot be used: {error}", hardware.title()),
        Ok(_) => format!(
            "it scores such rows sooner than {} would have them",
            hardware.title()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(index: usize, name: &str, api: &str, software: bool) -> Adapter {
        Adapter {
            index,
            name: name.to_owned(),
            api: api.to_owned(),
            device_type: String::new(),
            driver: String::new(),
            software,
            max_binding: 0,
            subgroups: false,
        }
    }

    #[test]
    fn adapters_answer_to_index_name_and_api() {
        let one = adapter(1, "Radeon RX 7600", "Vulkan", false);
        for wanted in ["1", "radeon", "RX 7600", "vulkan", "7600 vulkan"] {
            assert!(one.answers_to(wanted), "{wanted}");
        }
        // A number is an index.
        for wanted in ["0", "7600", "gl", "geforce"] {
            assert!(!one.answers_to(wanted), "{wanted}");
        }
    }

    #[test]
    fn the_cpu_is_taken_for_a_reason() {
        let software = [adapter(0, "lavapipe", "Vulkan", true)];
        let (none, some) = (why_cpu(&[]), why_cpu(&software));
        if cfg!(feature = "gpu") {
            assert_eq!(none, "no GPU adapter was found");
            assert!(some.contains("software, which --adapter admits"));
        } else {
            assert_eq!(none, "this build has no GPU support");
            assert_eq!(some, none);
        }
    }
}
