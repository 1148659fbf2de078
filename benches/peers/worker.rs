//! Scores for `benches/peers/run.py`, on the very values that its other contenders read.
//!
//! With the argument `serve` it loads matrices into memory once and then obeys commands, one a line on standard
//! input, its words apart by tabs. Every command is answered by one line, `ok` with what was asked or `error` with
//! why not:
//!
//! | command | answer |
//! | --- | --- |
//! | `about` | version, instruction set and threads of all processors |
//! | `load` K P-FILE Q-FILE | rows; the files are little-endian f32 without a header |
//! | `score` MEASURE ENCODING THREADS | seconds; the scores are kept until the next `load` |
//! | `save` MEASURE ENCODING THREADS FILE | their number; what the last such `score` gave, little-endian f32 |
//! | `sum` `in-turn` or `together` THREADS | seconds of a plain sum of both matrices |
//!
//! Without `serve`, as under `cargo bench`, it says how it is run and ends.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::thread::available_parallelism;
use std::time::Instant;

use kullback::{ArgumentError, Backend, Encoding, Measure, Rows, ScoredOn, Scorer, Verify};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Values of a cache line: where matrices begin, here and in the driver.
const LINE: usize = 16;

/// Values that a thread sums at a time.
const PART: usize = 1 << 16;

/// Sums that a processor keeps in flight.
const CHAINS: usize = 8;

fn main() -> Outcome<()> {
    if std::env::args().nth(1).as_deref() != Some("serve") {
        println!("this is run by: python3 benches/peers/run.py");
        return Ok(());
    }
    let mut worker = Worker::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        match worker.obey(&line?) {
            Ok(answer) => writeln!(out, "ok\t{answer}")?,
            Err(problem) => writeln!(out, "error\t{problem}")?,
        }
        out.flush()?;
    }
    Ok(())
}

/// What is kept from one command to the next.
#[derive(Default)]
struct Worker {
    matrices: Option<Matrices>,
    /// By the words of the command.
    scores: BTreeMap<[String; 3], Vec<f32>>,
    scorers: BTreeMap<usize, Scorer>,
    pools: BTreeMap<usize, ThreadPool>,
}

impl Worker {
    fn obey(&mut self, line: &str) -> Outcome<String> {
        match *line.split('\t').collect::<Vec<_>>() {
            ["about"] => about(),
            ["load", k, p, q] => self.load(k.parse()?, p, q),
            ["score", measure, encoding, threads] => self.score(measure, encoding, threads),
            ["save", measure, encoding, threads, file] => {
                let scores = self
                    .scores
                    .get(&[measure, encoding, threads].map(String::from));
                save(scores.ok_or("there are no such scores")?, file)
            }
            ["sum", order, threads] => self.sum(order, threads.parse()?),
            _ => Err(format!("there is no command {line:?}").into()),
        }
    }

    fn load(&mut self, k: usize, p: &str, q: &str) -> Outcome<String> {
        // The memory of the last ones first.
        self.matrices = None;
        self.scores.clear();
        let (p, q) = (Matrix::read(p)?, Matrix::read(q)?);
        let rows = p.rows(Encoding::Weights, k)?.rows();
        self.matrices = Some(Matrices { p, q, k });
        Ok(rows.to_string())
    }

    fn score(&mut self, measure: &str, encoding: &str, threads: &str) -> Outcome<String> {
        let key = [measure, encoding, threads].map(String::from);
        let measure: Measure = measure.parse()?;
        let encoding: Encoding = encoding.parse()?;
        let threads: usize = threads.parse()?;
        let Matrices { p, q, k } = self.matrices.as_ref().ok_or("nothing is loaded")?;
        let (p, q) = (p.rows(encoding, *k)?, q.rows(encoding, *k)?);
        let rows = usize::try_from(p.rows())?;
        let out = self.scores.entry(key);
        let out = out.or_insert_with(|| vec![f32::NAN; rows]);
        let builder = Scorer::builder().backend(Backend::Cpu).threads(threads);
        let scorer = match self.scorers.entry(threads) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => place.insert(builder.build()?),
        };
        let request = scorer.request(&measure).verify(Verify::Off);
        let start = Instant::now();
        let report = request.score_into(p, q, out)?;
        let seconds = start.elapsed().as_secs_f64();
        if !report.issues.is_empty() {
            return Err(format!("bad rows: {:?}", report.issues).into());
        }
        Ok(seconds.to_string())
    }

    fn sum(&mut self, order: &str, threads: usize) -> Outcome<String> {
        let Matrices { p, q, .. } = self.matrices.as_ref().ok_or("nothing is loaded")?;
        let (p, q) = (p.values(), q.values());
        let builder = ThreadPoolBuilder::new().num_threads(threads);
        let pool = match self.pools.entry(threads) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => place.insert(builder.build()?),
        };
        let sum = match order {
            "in-turn" => in_turn,
            "together" => together,
            _ => return Err(format!("there is no sum {order:?}").into()),
        };
        let start = Instant::now();
        pool.install(|| sum(p, q));
        Ok(start.elapsed().as_secs_f64().to_string())
    }
}

fn save(scores: &[f32], file: &str) -> Outcome<String> {
    let mut file = BufWriter::new(File::create(file)?);
    for score in scores {
        file.write_all(&score.to_le_bytes())?;
    }
    file.flush()?;
    Ok(scores.len().to_string())
}

/// Version, instruction set and threads, apart by tabs.
fn about() -> Outcome<String> {
    let one = Rows::probabilities(&[1.0_f32], 1)?;
    let scorer = Scorer::builder().backend(Backend::Cpu).build()?;
    let scores = scorer.score(&Measure::KullbackLeibler, one, one)?;
    let isa = match scores.report().scored_on {
        ScoredOn::Cpu { isa } => isa,
        _ => "unknown",
    };
    let threads = available_parallelism()?;
    Ok(format!("{}\t{isa}\t{threads}", env!("CARGO_PKG_VERSION")))
}

struct Matrices {
    p: Matrix,
    q: Matrix,
    k: usize,
}

/// Values that begin at a cache line.
struct Matrix {
    memory: Vec<f32>,
    start: usize,
}

impl Matrix {
    /// The values of a file of little-endian f32 without a header.
    fn read(path: &str) -> Outcome<Matrix> {
        let file = File::open(path).map_err(|problem| format!("{path}: {problem}"))?;
        let count = usize::try_from(file.metadata()?.len())? / size_of::<f32>();
        let mut memory: Vec<f32> = Vec::with_capacity(count + LINE);
        let start = memory.as_ptr().align_offset(LINE * size_of::<f32>());
        memory.resize(start, 0.0);
        let mut file = BufReader::new(file);
        let mut bytes = [0; size_of::<f32>()];
        for _ in 0..count {
            file.read_exact(&mut bytes)?;
            memory.push(f32::from_le_bytes(bytes));
        }
        Ok(Matrix { memory, start })
    }

    fn values(&self) -> &[f32] {
        &self.memory[self.start..]
    }

    fn rows(&self, encoding: Encoding, k: usize) -> Result<Rows<'_>, ArgumentError> {
        Rows::new(encoding, self.values(), k)
    }
}

/// Adds one operand behind the other.
fn in_turn(p: &[f32], q: &[f32]) {
    for values in [p, q] {
        values.par_chunks(PART).for_each(|part| {
            black_box(Arch::new().dispatch(Sum(part, &[])));
        });
    }
}

/// Adds both operands at once, as measures read them.
fn together(p: &[f32], q: &[f32]) {
    let parts = p.par_chunks(PART).zip(q.par_chunks(PART));
    parts.for_each(|(p, q)| {
        black_box(Arch::new().dispatch(Sum(p, q)));
    });
}

/// The sum of two parts, in step as far as both go.
struct Sum<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (p, p_rest) = S::as_simd_f32s(self.0);
        let (q, q_rest) = S::as_simd_f32s(self.1);
        let (p, p_tail) = p.as_chunks::<CHAINS>();
        let (q, q_tail) = q.as_chunks::<CHAINS>();
        let (p_step, p_left) = p.split_at(p.len().min(q.len()));
        let mut sums = [simd.splat_f32s(0.0); CHAINS];
        for (p, q) in p_step.iter().zip(q) {
            for ((sum, &p), &q) in sums.iter_mut().zip(p).zip(q) {
                *sum = simd.add_f32s(*sum, simd.add_f32s(p, q));
            }
        }
        for p in p_left {
            for (sum, &p) in sums.iter_mut().zip(p) {
                *sum = simd.add_f32s(*sum, p);
            }
        }
        let all = sums.iter().chain(p_tail).chain(q_tail).copied();
        let sum = all.reduce(|a, b| simd.add_f32s(a, b));
        let rest: f32 = p_rest.iter().chain(q_rest).sum();
        sum.map_or(0.0, |sum| simd.reduce_sum_f32s(sum)) + rest
    }
}
