//! How much is tested.

/// A tier of tests: each draws more cells of the same table than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// A pairwise covering of the cells: minutes.
    Fast,
    /// A three-way covering on the CPU, pairwise on lavapipe and llvmpipe GL, a
    /// twelfth on SwiftShader: about an hour.
    Ci,
    /// Every cell: hours, before a release.
    Exhaustive,
}

impl Tier {
    /// The tier of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Fast, Self::Ci, Self::Exhaustive]
            .into_iter()
            .find(|tier| tier.name() == name)
    }

    /// The name on the command line and in `KULLBACK_TIER`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Ci => "ci",
            Self::Exhaustive => "exhaustive",
        }
    }

    /// Whether SwiftShader belongs to the adapters of this tier.
    pub fn wants_swiftshader(self) -> bool {
        // It takes as long as all others together, so the tests run a share on it.
        self >= Tier::Ci
    }
}
