//! The arguments of `kullback bench`.

use clap::{Args, ValueEnum};
use kullback::{ElementType, Encoding, Measure};

/// The arguments of `kullback bench`.
#[derive(Args, Debug)]
pub struct BenchArguments {
    /// GPU adapter to measure beside the CPU, software or not: a part of its name or its index in
    /// `kullback devices` [default: all that are no software]
    #[arg(long, value_name = "SUBSTRING")]
    pub adapter: Option<String>,

    /// Measure only there
    #[arg(long, value_name = "BACKEND")]
    pub on: Option<On>,

    /// Time no way to the GPU and back: the rows lie in its memory
    #[arg(long)]
    pub resident: bool,

    /// Numbers of bins, with commas between [default: 1024,16,131072]
    #[arg(long, value_name = "K,...", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1 << 24))]
    pub k: Vec<u32>,

    /// Measures, likewise, a parameter behind a colon: js:0.3, renyi:2 [default: those of the table of
    /// the project's README on probabilities, and kl on logits]
    #[arg(long = "measure", value_name = "NAME,...", value_delimiter = ',')]
    pub measures: Vec<Measure>,

    /// What the rows hold, likewise [default: probabilities,logits]
    #[arg(long = "as", value_name = "ENC,...", value_delimiter = ',')]
    pub encodings: Vec<Encoding>,

    /// Type of the elements of both operands; f64 leaves GPUs out
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    pub element: BenchElement,

    /// How P and Q are related
    #[arg(long, value_name = "KIND", default_value = "near")]
    pub pairs: Pairs,

    /// Print one JSON object instead
    #[arg(long)]
    pub json: bool,

    /// Size of each operand in MiB; choose it well above the cache. A GPU takes what fits a binding, and
    /// fewer rows where all would take too long
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub mib: u32,

    /// How often everything is timed; the median counts
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repetitions: u32,
}

/// Where to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum On {
    /// On all threads of the CPU.
    Cpu,
    /// On GPUs: all that are no software, or the one that --adapter names.
    Gpu,
}

/// How the rows of a pair are related in `bench`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pairs {
    /// Logits of Q within 1/8 of those of P, as of a model and its copy.
    Near,
    /// Drawn apart.
    Unrelated,
    /// The first row of P against all of Q, drawn apart; on the CPU alone.
    OneToMany,
}

impl Pairs {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Pairs::Near => "near",
            Pairs::Unrelated => "unrelated",
            Pairs::OneToMany => "one-to-many",
        }
    }
}

/// What `bench` stores rows in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchElement {
    /// binary32.
    F32,
    /// binary16.
    F16,
    /// bfloat16.
    Bf16,
    /// binary64, on the CPU alone.
    F64,
}

impl From<BenchElement> for ElementType {
    fn from(element: BenchElement) -> Self {
        match element {
            BenchElement::F32 => ElementType::F32,
            BenchElement::F16 => ElementType::F16,
            BenchElement::Bf16 => ElementType::Bf16,
            BenchElement::F64 => ElementType::F64,
        }
    }
}
