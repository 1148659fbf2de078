//! The backends and adapters that tests run on, and the ways in which each can be made to work.

use std::sync::{Arc, Mutex, OnceLock};

use kullback::{Backend, ScoredOn, Scorer, ScorerBuilder};

/// A backend, with the adapter where it has several.
#[derive(Clone, Debug)]
pub struct Target {
    name: String,
    /// How it must have worked whenever it is checked.
    forced: Option<Execution>,
    device: Device,
    scorer: Arc<OnceLock<Scorer>>,
}

#[derive(Clone, Debug)]
enum Device {
    Cpu,
    Reference,
    #[cfg(feature = "gpu")]
    Gpu {
        index: usize,
        adapter: String,
        api: String,
        subgroups: bool,
    },
}

/// A way to make a target work. Scores must not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// As the library chooses.
    Chosen,
    /// A strategy of the GPU, with or without subgroup operations.
    #[cfg(feature = "gpu")]
    Forced(kullback::gpu::Strategy, bool),
}

impl Execution {
    /// What ways that differ in subgroups alone have in common.
    pub fn strategy(self) -> String {
        match self {
            Execution::Chosen => self.name(),
            #[cfg(feature = "gpu")]
            Execution::Forced(strategy, _) => format!("{strategy:?}"),
        }
    }

    /// Whether a workgroup may hold several rows.
    pub fn shares_workgroups(self) -> bool {
        match self {
            Execution::Chosen => true,
            #[cfg(feature = "gpu")]
            Execution::Forced(strategy, _) => strategy == kullback::gpu::Strategy::RowsPerWorkgroup,
        }
    }

    /// Whether rows were reduced in this way.
    #[cfg(feature = "gpu")]
    fn is(self, reduction: &kullback::Reduction) -> bool {
        use kullback::gpu::Strategy;
        let name = |strategy| match strategy {
            Strategy::Auto => "",
            Strategy::RowsPerWorkgroup => "rows-per-workgroup",
            Strategy::WorkgroupPerRow => "workgroup-per-row",
            Strategy::RowOverWorkgroups => "row-over-workgroups",
        };
        match self {
            Execution::Chosen => true,
            Execution::Forced(strategy, subgroups) => {
                reduction.strategy == name(strategy) && reduction.subgroups == subgroups
            }
        }
    }

    /// The way in words.
    pub fn name(self) -> String {
        match self {
            Execution::Chosen => "chosen".to_owned(),
            #[cfg(feature = "gpu")]
            Execution::Forced(strategy, true) => format!("{strategy:?} with subgroups"),
            #[cfg(feature = "gpu")]
            Execution::Forced(strategy, false) => format!("{strategy:?} without subgroups"),
        }
    }
}

/// A scorer that is opened when a test first needs it, closed behind the last test that may, and
/// opened anew behind a failure: a lost device fails one test, not all that follow.
#[derive(Clone, Debug)]
pub struct Shared {
    target: Target,
    execution: Execution,
    scorer: Arc<Mutex<Option<Scorer>>>,
}

impl Shared {
    /// The scorer of a target that works in this way.
    pub fn new(target: &Target, execution: Execution) -> Self {
        Shared {
            target: Target {
                forced: Some(execution),
                ..target.clone()
            },
            execution,
            scorer: Arc::default(),
        }
    }

    /// What scores.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How it works.
    pub fn execution(&self) -> Execution {
        self.execution
    }

    /// Tests something with the scorer.
    pub fn with<T>(&self, test: impl FnOnce(&Scorer) -> Result<T, String>) -> Result<T, String> {
        let scorer = match self.scorer.lock() {
            Ok(mut open) => open
                .get_or_insert_with(|| self.target.build(self.execution))
                .clone(),
            Err(_) => return Err("the scorer could not be opened before".to_owned()),
        };
        let result = test(&scorer);
        if result.is_err()
            && let Ok(mut open) = self.scorer.lock()
        {
            *open = None;
        }
        result
    }
}

/// What computes in f32 and is to be judged: the CPU, and every adapter that answers.
pub fn judged() -> Vec<Target> {
    let mut targets = vec![Target::new(format!("cpu {}", isa()), Device::Cpu)];
    targets.extend(gpus());
    targets
}

/// Everything behind the front door: also the reference.
pub fn all() -> Vec<Target> {
    let mut targets = vec![Target::new("reference".to_owned(), Device::Reference)];
    targets.extend(judged());
    targets
}

/// The instruction set of the CPU backend.
pub fn isa() -> &'static str {
    let rows = kullback::Rows::weights(&[1.0_f32], 1);
    let scorer = Scorer::builder().backend(Backend::Cpu).build();
    let scores = match (rows, scorer) {
        (Ok(rows), Ok(scorer)) => scorer.score(&kullback::Measure::TotalVariation, rows, rows),
        other => panic!("no CPU: {other:?}"),
    };
    match scores.map(|scores| scores.report().scored_on.clone()) {
        Ok(ScoredOn::Cpu { isa }) => isa,
        other => panic!("not scored on the CPU: {other:?}"),
    }
}

impl Target {
    fn new(name: String, device: Device) -> Self {
        Target {
            name,
            forced: None,
            device,
            scorer: Arc::default(),
        }
    }

    /// The backend and the adapter, for the names of tests.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True where starting costs much: a pipeline takes 0.15 to 0.65 seconds on software adapters.
    pub fn is_gpu(&self) -> bool {
        !self.is_cpu() && !self.is_reference()
    }

    /// Where its adapter stands among all.
    #[cfg(feature = "gpu")]
    pub fn index(&self) -> Option<usize> {
        match self.device {
            Device::Gpu { index, .. } => Some(index),
            Device::Cpu | Device::Reference => None,
        }
    }

    /// True for the CPU backend.
    pub fn is_cpu(&self) -> bool {
        matches!(self.device, Device::Cpu)
    }

    /// True for the reference.
    pub fn is_reference(&self) -> bool {
        matches!(self.device, Device::Reference)
    }

    /// All ways to make it work.
    pub fn executions(&self) -> Vec<Execution> {
        match &self.device {
            Device::Cpu | Device::Reference => vec![Execution::Chosen],
            #[cfg(feature = "gpu")]
            Device::Gpu { subgroups, .. } => {
                use kullback::gpu::Strategy::{
                    RowOverWorkgroups, RowsPerWorkgroup, WorkgroupPerRow,
                };
                let mut all = vec![Execution::Chosen];
                for strategy in [RowsPerWorkgroup, WorkgroupPerRow, RowOverWorkgroups] {
                    all.push(Execution::Forced(strategy, false));
                    if *subgroups {
                        all.push(Execution::Forced(strategy, true));
                    }
                }
                all
            }
        }
    }

    /// A builder that makes the target work in this way.
    pub fn builder(&self, execution: Execution) -> ScorerBuilder {
        let builder = Scorer::builder();
        let builder = match &self.device {
            Device::Cpu => builder.backend(Backend::Cpu),
            Device::Reference => builder.backend(Backend::Reference),
            #[cfg(feature = "gpu")]
            Device::Gpu { index, .. } => builder
                .backend(Backend::Gpu)
                .adapter(index.to_string())
                .fallback(kullback::Fallback::None),
        };
        match execution {
            Execution::Chosen => builder,
            #[cfg(feature = "gpu")]
            Execution::Forced(strategy, subgroups) => {
                builder.strategy(strategy).subgroups(subgroups)
            }
        }
    }

    /// A builder that makes the target work in this way, a GPU within small limits.
    pub fn small(&self, execution: Execution) -> ScorerBuilder {
        let builder = self.builder(execution);
        #[cfg(feature = "gpu")]
        if self.is_gpu() {
            return builder.tiny_limits();
        }
        builder
    }

    /// A new scorer that works in this way.
    pub fn build(&self, execution: Execution) -> Scorer {
        match self.builder(execution).build() {
            Ok(scorer) => scorer,
            Err(error) => panic!("{}: {error}", self.name),
        }
    }

    /// The scorer that all tests of this target share.
    pub fn scorer(&self) -> &Scorer {
        self.scorer.get_or_init(|| self.build(Execution::Chosen))
    }

    /// Checks that this target, and nothing in its place, has scored.
    pub fn check(&self, scored_on: &ScoredOn, rows: u64) -> Result<(), String> {
        let right = match (&self.device, scored_on) {
            (Device::Cpu, ScoredOn::Cpu { .. }) | (Device::Reference, ScoredOn::Reference) => true,
            #[cfg(feature = "gpu")]
            (
                Device::Gpu { adapter, api, .. },
                ScoredOn::Gpu {
                    adapter: on,
                    api: by,
                    reductions,
                    cpu_rows,
                    ..
                },
            ) => {
                let as_forced = |reduction: &kullback::Reduction| {
                    self.forced.is_none_or(|execution| execution.is(reduction))
                };
                let told = rows == 0 || !reductions.is_empty();
                let here = on == adapter && by == api && *cpu_rows == 0;
                here && told && reductions.iter().all(as_forced)
            }
            _ => false,
        };
        if right {
            Ok(())
        } else {
            Err(format!("{rows} rows scored on {scored_on:?}"))
        }
    }
}

/// Every adapter that answers.
#[cfg(feature = "gpu")]
fn gpus() -> Vec<Target> {
    let describe = |info: kullback::gpu::AdapterInfo| {
        let name = format!("gpu {} {}", info.backend.to_lowercase(), info.name);
        let device = Device::Gpu {
            index: info.index,
            adapter: info.name,
            api: info.backend,
            subgroups: info.subgroups,
        };
        Target::new(name, device)
    };
    kullback::gpu::adapters()
        .into_iter()
        .map(describe)
        .collect()
}

/// This build reaches none.
#[cfg(not(feature = "gpu"))]
fn gpus() -> Vec<Target> {
    Vec::new()
}

/// What `KULLBACK_EXPECT_ADAPTERS` calls software adapters, with what stands in their targets' names.
#[cfg(feature = "gpu")]
const SOFTWARE: [(&str, [&str; 2]); 3] = [
    ("lavapipe", ["gpu vulkan", "llvmpipe"]),
    ("swiftshader", ["gpu vulkan", "swiftshader"]),
    ("gl", ["gpu gl", "llvmpipe"]),
];

/// The adapters that must answer, each with whether it does.
///
/// Without any, `any adapter` must, unless `KULLBACK_ALLOW_NO_ADAPTER=1`.
#[cfg(feature = "gpu")]
pub fn expected(targets: &[Target]) -> Vec<(String, bool)> {
    use super::settings::variable;
    let names = variable("KULLBACK_EXPECT_ADAPTERS").unwrap_or_default();
    let answers = |wanted: &str| {
        let words = SOFTWARE.iter().find(|(name, _)| *name == wanted);
        words.is_some_and(|(_, words)| {
            targets.iter().any(|target| {
                let name = target.name.to_lowercase();
                words.iter().all(|word| name.contains(word))
            })
        })
    };
    let mut expected: Vec<(String, bool)> = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| (name.to_owned(), answers(name)))
        .collect();
    if variable("KULLBACK_ALLOW_NO_ADAPTER").as_deref() != Some("1") {
        expected.push(("any adapter".to_owned(), targets.iter().any(Target::is_gpu)));
    }
    expected
}

/// This build reaches none.
#[cfg(not(feature = "gpu"))]
pub fn expected(_: &[Target]) -> Vec<(String, bool)> {
    Vec::new()
}
