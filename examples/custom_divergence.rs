//! Divergences of generators of one's own, beside measures that the library knows by name:
//! `cargo run --release --example custom_divergence [GENERATOR]`, with `(t - 1)^2/(t + 1)`, say.

use kullback::{Bregman, Expr, FDivergence, GeneratorError, Measure, Rows, Scorer, Verify};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // How often each of four answers was given, and three models of it.
    let p = [0.70_f32, 0.20, 0.10, 0.0].repeat(3);
    let q = [
        0.69_f32, 0.20, 0.10, 0.01, // close
        0.40, 0.30, 0.20, 0.10, // too cautious
        0.95, 0.04, 0.01, 0.0, // too sure
    ];
    let (p, q) = (Rows::probabilities(&p, 4)?, Rows::probabilities(&q, 4)?);
    let scorer = Scorer::new();

    // Kullback-Leibler written anew says what the built-in measure says.
    let own_kl = FDivergence::new(&"t*ln(t)".parse()?)?;
    // How much likelier than twice the model's word an answer is: differences up to there are forgiven.
    let t = Expr::t();
    let hockey_stick = FDivergence::new(&(t.clone() - 2.0).max(0.0))?;
    // Vincze and Le Cam's with another weight, built by operators.
    let le_cam = FDivergence::new(&((t.clone() - 1.0).powi(2) / (0.25 * t + 0.75)))?;
    let mut measures = vec![
        ("built-in KL", Measure::KullbackLeibler),
        ("own KL", own_kl.into()),
        ("hockey stick", hockey_stick.into()),
        ("weighted Le Cam", le_cam.into()),
    ];
    if let Some(text) = std::env::args().nth(1) {
        let own: FDivergence = text.parse()?;
        println!(
            "{own}: limits {:?}, {:.0e} off at most",
            own.limits(),
            own.relative_error()
        );
        measures.push(("yours", own.into()));
    }
    for (name, measure) in measures {
        let scores = scorer.request(&measure).verify(Verify::All).score(p, q)?;
        println!("{name:>16}: {:?}", scores.into_result()?.values());
    }

    // Of weights as they are, by a generator between squared error and Kullback-Leibler's.
    let between = Bregman::new(&"t^1.5".parse()?)?;
    let (counts, expected) = ([120.0_f32, 30.0, 0.0], [100.0_f32, 40.0, 2.0]);
    let (counts, expected) = (Rows::weights(&counts, 3)?, Rows::weights(&expected, 3)?);
    let scores = scorer.score(&between.into(), counts, expected)?;
    println!("{between}: {:?}", scores.values());

    // What is no generator is an error that says why, before any work.
    let refused: Result<FDivergence, GeneratorError> = "1 - t^2".parse();
    if let Err(error) = refused {
        println!("1 - t^2: {error}");
    }
    Ok(())
}
