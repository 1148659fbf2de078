//! A few pairs of distributions scored, with every option named: `cargo run --release --example quickstart`.

use kullback::{CancelToken, Measure, Rows, Scorer, Support, Unit, Verify};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Two rows of K = 4 bins: what happened, as counts, against what a model said, as logits.
    let counts = [3.0_f32, 1.0, 0.0, 0.0, 1.0, -1.0, 1.0, 1.0];
    let logits = [1.1_f32, 0.0, -3.0, -3.0, 2.0, 2.0, 2.0, 2.0];
    let p = Rows::weights(&counts, 4)?;
    let q = Rows::logits(&logits, 4)?.with_temperature(1.5)?;

    // The best device there is. Keep the scorer: what it sets up for one batch serves the next.
    let scorer = Scorer::new();
    let scores = scorer.score(&Measure::KullbackLeibler, p, q)?;

    // A bad row stops nothing: its score is NaN, and an issue says why.
    println!("KL in nats: {:?}", scores.values());
    for issue in scores.issues() {
        println!("{issue}"); // row 1 of P: a value is negative
    }

    // The same with everything chosen.
    let token = CancelToken::new();
    let scores = scorer
        .request(&Measure::jensen_shannon(0.5)?) // the weight on P
        .unit(Unit::Bits) // or nats, the default
        .support(Support::Smoothed(1e-6)) // zero bins are zero unless asked otherwise
        .tolerance(1e-3) // how far the sums of probabilities may be from 1
        .verify(Verify::All) // score again on the 64-bit reference
        .cancel(&token) // from another thread, say
        .progress(|at| eprintln!("{} rows done", at.rows_done))
        .score(p, q)?;
    println!("JS in bits: {:?}", scores.values());
    println!("{:?}", scores.verification());

    // Where bad rows are not acceptable, they are an error, which still carries the scores.
    if let Err(error) = scores.into_result() {
        println!("error: {error}");
    }
    Ok(())
}
