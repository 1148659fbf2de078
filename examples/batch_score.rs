//! Two million pairs made on the fly and scored as a stream, in bounded memory, verified on the way:
//! `cargo run --release --example batch_score [K] [ROWS]`, with K from 16 to 64, say.

use std::time::Instant;

use kullback::{BoxError, Encoding, Measure, Room, Scorer, Source, Verify};

/// Histograms of one process on two days: counts that differ by chance.
struct Histograms {
    k: usize,
    rows: u64,
    left: u64,
    random: u64,
}

impl Histograms {
    /// A count of about 100, from splitmix64.
    fn count(&mut self) -> f32 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z >> 59) + 84) as f32
    }
}

impl Source for Histograms {
    fn k(&self) -> usize {
        self.k
    }
    fn rows(&self) -> Option<u64> {
        Some(self.rows)
    }
    fn p_encoding(&self) -> Encoding {
        Encoding::Weights
    }
    fn q_encoding(&self) -> Encoding {
        Encoding::Weights
    }
    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
        let (p, q) = (p.of::<f32>()?, q.of::<f32>()?);
        let rows = self.left.min((p.len() / self.k) as u64);
        let values = rows as usize * self.k;
        p[..values].fill_with(|| self.count());
        q[..values].fill_with(|| self.count());
        self.left -= rows;
        Ok(rows as usize)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |i, default| std::env::args().nth(i).map_or(Ok(default), |a| a.parse());
    let (k, rows, random) = (argument(1, 32)? as usize, argument(2, 2_000_000)?, 1);
    let left = rows;
    #[rustfmt::skip]
    let mut source = Histograms { k, rows, left, random };

    // Scores come in order, some at a time; nothing of them is kept here but their sum.
    let mut sum = 0.0;
    let mut sink = |scores: &[f32]| -> Result<(), BoxError> {
        sum += scores.iter().map(|&s| f64::from(s)).sum::<f64>();
        Ok(())
    };

    let scorer = Scorer::builder().verify(Verify::Sample(1000)).build()?;
    let request = scorer.request(&Measure::KullbackLeibler);
    let start = Instant::now();
    let report = request.stream(&mut source, &mut sink)?;
    let pairs = rows as f64 / start.elapsed().as_secs_f64();

    let gb = 8e-9 * k as f64 * pairs;
    println!("{rows} pairs of K = {k} on {:?}", report.scored_on);
    println!("mean KL {:.6} nats", sum / rows as f64);
    println!("{pairs:.3e} pairs/s, {gb:.2} GB/s, with making the rows");
    let verified = report.verification.ok_or("nothing was verified")?;
    println!(
        "{} rows verified: relative error at most {:.1e}, {:.2} of what is allowed",
        verified.rows, verified.worst_error, verified.worst_ratio
    );
    Ok(())
}
