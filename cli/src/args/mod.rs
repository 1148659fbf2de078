//! The arguments as they are typed.

mod bench;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use kullback::{Backend, Encoding, Support, Unit, Verify};

pub use bench::{BenchArguments, BenchElement, On, Pairs};

/// Scores pairs of probability distributions, one a row: the Kullback-Leibler divergence and its family.
#[derive(Debug, Parser)]
#[command(name = "kullback", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Score every row of P against the same row of Q
    ///
    /// Both files are 2-D .npy files of float16, float32 or float64 in C order, or of bfloat16 as uint16, one
    /// distribution a row, with equal shapes. A bad row gets NaN as its score and is reported. Only entropy does
    /// without Q. With --pairs a list says which rows meet, and the files may differ in their number of rows.
    /// Either file may be a sparse matrix by rows, .npz as scipy.sparse.save_npz writes it; --offsets is for rows of
    /// different lengths. Both kinds are read into memory.
    ///
    /// Exit code 0: all rows were scored. 1: some rows are bad, or the verification failed; scores are
    /// written all the same. 2: the arguments or files cannot be used.
    Score(Box<ScoreArguments>),
    /// Score every row of P against every row of Q
    ///
    /// The files are as for `score`, sparse or not, but may differ in their number of rows, and are read into memory. Scores are
    /// written as they come, row of P by row of P. A bad row is reported once, and all its scores are NaN. Exit codes
    /// are those of `score`; what is said of rows (rows and bad_rows in the JSON) is of pairs. On the CPU kl,
    /// reverse-kl, cross-entropy, hellinger, hellinger-squared, bhattacharyya, renyi, tsallis, alpha, chi2 and neyman
    /// come from a matrix product in 64 bits where that is as near as is promised, js and js-distance from entropies of
    /// mixtures: their last bits may differ from those of `score`.
    Matrix(Box<MatrixArguments>),
    /// Find for every row of P the rows of Q with the smallest scores
    ///
    /// The files are as for `matrix`. The nearest come first; of equal scores the row with the smaller number does. A
    /// bad row of Q is nobody's neighbour; where there is no neighbour, as for a bad row of P, the score is NaN and
    /// the number 2^64 - 1. Scores have the bits of `score`. Mean and quantiles are those of the neighbours' scores;
    /// else as `matrix`.
    Nearest(Box<NearestArguments>),
    /// List the devices that can score
    Devices(DevicesArguments),
    /// Measure the speed of this machine, as a fraction of how fast it reads memory
    ///
    /// The roof is the best of several plain sums over the same rows on the same device, and of every measure over
    /// them, repetitions interleaved. On a GPU both are timed inside the pass, by timestamps where it has them; rows
    /// a second are from end to end, with the way to the GPU and back. Scores are checked against the 64-bit
    /// reference before a figure is printed. Exit code 1: some scores were wrong.
    Bench(BenchArguments),
}

/// The arguments of `kullback score`.
#[derive(Args, Debug)]
pub struct ScoreArguments {
    /// Matrix of the first operand, the "truth"
    #[arg(value_name = "P.npy")]
    pub p: PathBuf,

    /// Matrix of the second operand, the "model"; entropy does not read it and may omit it
    #[arg(value_name = "Q.npy")]
    pub q: Option<PathBuf>,

    /// Score these pairs of rows instead: a row of P and a row of Q each, counted from 0
    ///
    /// A 2-D .npy file of N x 2 integers of any type; a score for each pair, in their order. Both matrices are read
    /// into memory then, and what is said of rows (bad_rows in the JSON) is of pairs.
    #[arg(long, value_name = "IJ.npy")]
    pub pairs: Option<PathBuf>,

    /// Rows of different lengths: P and Q are 1-D, and row I of both goes from offset I up to offset I + 1
    ///
    /// A 1-D .npy file of integers of any type, one more than there are rows, none less than the one before.
    #[arg(long, value_name = "OFFSETS.npy")]
    pub offsets: Option<PathBuf>,

    /// What is asked of them.
    #[command(flatten)]
    pub common: CommonArguments,

    /// File for the scores: 1-D .npy of float32
    #[arg(short, long, value_name = "SCORES.npy")]
    pub output: Option<PathBuf>,
}

/// The arguments of `kullback matrix`.
#[derive(Args, Debug)]
pub struct MatrixArguments {
    /// Matrix of the first operand, the "truth"
    #[arg(value_name = "P.npy")]
    pub p: PathBuf,

    /// Matrix of the second operand, the "model"
    #[arg(value_name = "Q.npy")]
    pub q: PathBuf,

    /// Compute in 32 bits, by a matrix product or entropies, and say what scores may miss
    ///
    /// For the measures above, and sooner where rows are many; others are scored as ever. No finite score is off by more
    /// than the error bound of the summary and what is promised else; of scores below the bound nothing is known.
    #[arg(long)]
    pub fast: bool,

    /// What is asked of them.
    #[command(flatten)]
    pub common: CommonArguments,

    /// File for the scores: 2-D .npy of float32, a row for each row of P, a column for each of Q
    #[arg(short, long, value_name = "M.npy")]
    pub output: Option<PathBuf>,
}

/// The arguments of `kullback nearest`.
#[derive(Args, Debug)]
pub struct NearestArguments {
    /// Matrix of the first operand, the "truth", whose rows look for neighbours
    #[arg(value_name = "P.npy")]
    pub p: PathBuf,

    /// Matrix of the second operand, the "model", whose rows are found
    #[arg(value_name = "Q.npy")]
    pub q: PathBuf,

    /// How many neighbours a row gets, all rows of Q if there are fewer
    #[arg(short, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub k: u64,

    /// What is asked of them.
    #[command(flatten)]
    pub common: CommonArguments,

    /// Two files: DIR/NAME.indices.npy, 2-D of uint64, and DIR/NAME.scores.npy, 2-D of float32, a row for each row of P
    #[arg(short, long, value_name = "DIR/NAME")]
    pub output: Option<PathBuf>,
}

/// What is asked of rows, however they meet.
#[derive(Args, Debug)]
pub struct CommonArguments {
    /// What to compute, one of the names below
    ///
    /// In nats or bits: kl, reverse-kl, jeffreys, js, js-distance, renyi, bhattacharyya, cross-entropy,
    /// entropy. Without unit: tsallis, alpha, hellinger, hellinger-squared, tv, chi2 (Pearson: over q),
    /// neyman (over p), triangular, top1-agreement (1 where the largest bin is the same, else 0). Of weights
    /// as they are, not brought to a sum of 1: generalized-kl, itakura-saito, squared-euclidean. Of a generator
    /// of your own, an expression of t: 'f:(t-1)^2/(t+1)' is the f-divergence, 'bregman:t^2/2' the Bregman
    /// divergence of weights as they are.
    #[arg(long, value_name = "NAME", default_value = "kl")]
    pub measure: String,

    /// What the rows of P hold: probabilities, weights, log-probabilities or logits
    #[arg(long, value_name = "ENC", default_value = "probabilities")]
    pub p_as: Encoding,

    /// What the rows of Q hold, likewise [default: probabilities]
    #[arg(long, value_name = "ENC")]
    pub q_as: Option<Encoding>,

    /// The elements of P are bfloat16, whose bits the file holds as uint16
    #[arg(long)]
    pub p_bf16: bool,

    /// The elements of Q are bfloat16, likewise
    #[arg(long)]
    pub q_bf16: bool,

    /// Temperature T of each operand that holds logits: softmax(z / T) [default: 1]
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub temperature: Option<f64>,

    /// Temperature of the logits of P alone, before --temperature
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub p_temperature: Option<f64>,

    /// Temperature of the logits of Q alone, before --temperature
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub q_temperature: Option<f64>,

    /// Order, which renyi (0 to inf), tsallis (0 or more) and alpha (any) need
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub order: Option<f64>,

    /// Weight on P, in [0, 1], for js and js-distance [default: 0.5]
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    pub weight: Option<f64>,

    /// Unit of the scores, for measures that have one: nats or bits [default: nats]
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<Unit>,

    /// What zero bins mean: exact, or smoothed:EPS, which adds EPS to every bin
    #[arg(long, value_name = "SUPPORT", default_value = "exact")]
    pub support: Support,

    /// Where to compute: auto, gpu, cpu or reference; auto takes the best GPU that is no software, else
    /// the CPU, as it does for float64
    #[arg(long, value_name = "BACKEND", default_value = "auto")]
    pub backend: Backend,

    /// GPU adapter to use, software or not: a part of its name or its index in `kullback devices`
    #[arg(long, value_name = "SUBSTRING")]
    pub adapter: Option<String>,

    /// Rows to score again on the 64-bit reference: off, all or a number
    #[arg(
        long,
        value_name = "ROWS",
        default_value = "256",
        allow_negative_numbers = true
    )]
    pub verify: Verify,

    /// Print one JSON object instead of the summary
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `kullback devices`.
#[derive(Args, Debug)]
pub struct DevicesArguments {
    /// Print one JSON object instead
    #[arg(long)]
    pub json: bool,
}
