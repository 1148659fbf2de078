//! All pairs on a GPU: `cargo bench --bench all_pairs_gpu -- [ADAPTER]`.
//!
//! First the kernels alone, with everything on the device: scores from a product in f32 beside the bare product by the
//! same kernel, in floating-point operations a second (two a bin and pair). Then whole requests from host memory and
//! back, the fastest of some. Scores are checked against the reference, some of them, before anything is timed.

use std::hint::black_box;
use std::time::Instant;

use kullback::{Backend, Measure, Precision, ScoredOn, Scorer};

mod tables;

use tables::{check, measure, rows, tables};

/// Rows of P and of Q, and bins.
const SHAPES: [(usize, usize); 4] = [(512, 256), (4096, 256), (4096, 1024), (8192, 256)];

const REPETITIONS: usize = 5;

fn main() {
    let adapter = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let mut builder = Scorer::builder().backend(Backend::Gpu);
    if let Some(adapter) = &adapter {
        builder = builder.adapter(adapter);
    }
    let scorer = builder.build().unwrap_or_else(|error| panic!("{error}"));
    println!("kernels, ms and TFLOP/s");
    for shape in SHAPES {
        for name in ["kl", "hellinger", "bhattacharyya"] {
            kernels(&scorer, shape, name);
        }
    }
    println!("requests from host memory, ms");
    for shape in SHAPES {
        for (name, precision) in [
            ("kl", Precision::Fast),
            ("kl", Precision::Paired),
            ("hellinger", Precision::Fast),
            ("js", Precision::Paired),
            ("tv", Precision::Paired),
        ] {
            request(&scorer, shape, name, precision);
        }
        nearest(&scorer, shape, "kl");
    }
}

fn kernels(scorer: &Scorer, (count, k): (usize, usize), name: &str) {
    let [p, q] = tables(count, k);
    let times = (4096 / count).pow(2).clamp(1, 64) as u32;
    let times = if scorer_is_software(scorer) {
        1
    } else {
        10 * times
    };
    let found = scorer.time_products(&measure(name), rows(&p, k), rows(&q, k), times);
    let Some(Ok([own, bare])) = found else {
        panic!("{name}: {found:?}");
    };
    let operations = 2.0 * (count * count * k) as f64;
    let [of_own, of_bare] = [own, bare].map(|seconds| operations / seconds / 1e12);
    println!(
        "{count:>6} x {count} x {k:<5} {name:<14} {:>8.3} {of_own:>6.2}   bare {:>8.3} {of_bare:>6.2}   ratio {:.2}",
        own * 1e3,
        bare * 1e3,
        own / bare
    );
}

fn scorer_is_software(scorer: &Scorer) -> bool {
    let one = [1.0_f32, 1.0];
    let scored = scorer.score(&Measure::TotalVariation, rows(&one, 2), rows(&one, 2));
    let name = match scored.map(|scores| scores.report().scored_on.clone()) {
        Ok(ScoredOn::Gpu { adapter, .. }) => adapter,
        other => panic!("{other:?}"),
    };
    let adapters = kullback::gpu::adapters();
    adapters
        .iter()
        .any(|info| info.software && info.name == name)
}

fn request(scorer: &Scorer, (count, k): (usize, usize), name: &str, precision: Precision) {
    let [p, q] = tables(count, k);
    let measure = measure(name);
    let request = scorer.request(&measure).precision(precision);
    let mut out = vec![0.0; count * count];
    check(&request, [rows(&p, k), rows(&q, k)], &mut out);
    let fastest = fastest(|| {
        let done = request.matrix_into(rows(&p, k), rows(&q, k), &mut out);
        black_box(done.is_ok());
    });
    println!("{count:>6} x {count} x {k:<5} {name:<14} {precision:<9?} {fastest:>9.2}");
}

fn nearest(scorer: &Scorer, (count, k): (usize, usize), name: &str) {
    let [p, q] = tables(count, k);
    let measure = measure(name);
    let fastest = fastest(|| {
        let found = scorer.nearest(&measure, rows(&p, k), rows(&q, k), 10);
        black_box(found.is_ok());
    });
    println!("{count:>6} x {count} x {k:<5} {name:<14} nearest   {fastest:>9.2}");
}

/// Milliseconds of the fastest of some repetitions.
fn fastest(mut work: impl FnMut()) -> f64 {
    let seconds = (0..REPETITIONS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min) * 1e3
}
