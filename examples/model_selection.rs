//! Which distribution says best how often something happens: `cargo run --release --example model_selection`.
//!
//! The data are P and each candidate is a row of Q. The Kullback-Leibler divergence in bits, times the number of
//! observations, is what the candidate wastes: the bits that a code made for it needs beyond one made for the data as
//! they turned out. Its smallest value over a family is therefore that of the maximum likelihood fit, which is found
//! here by scoring a grid of many thousand candidates against the one row of data.
//!
//! A family with more parameters never wastes more than one that it contains, so each parameter is charged half of
//! the binary logarithm of the number of observations, the price of stating it as precisely as these can tell (half
//! of Schwarz's criterion). The winner has the fewest bits in all.
//!
//! The last bin is always "so many or more": it holds what each candidate has beyond, so that all sum to 1, and data
//! that were published with such a class are fitted for what they say.

use std::error::Error;
use std::fmt;

use kullback::{Measure, Rows, Scorer, Unit};

/// How often 0, 1, 2 ... events were seen in an interval, a year or a person; the last is of so many or more.
const DATA: [(&str, &[f64]); 3] = [
    (
        // L. von Bortkiewicz, Das Gesetz der kleinen Zahlen, 1898: ten corps over twenty years.
        "Deaths by horse kick in a Prussian army corps in a year, 1875 to 1894",
        &[109.0, 65.0, 22.0, 3.0, 1.0, 0.0],
    ),
    (
        // E. Rutherford and H. Geiger, The probability variations in the distribution of alpha particles, 1910.
        "Alpha particles of polonium in an eighth of a minute",
        &[
            57.0, 203.0, 383.0, 525.0, 532.0, 408.0, 273.0, 139.0, 45.0, 27.0, 10.0, 4.0, 0.0, 1.0,
            1.0, 0.0,
        ],
    ),
    (
        // M. Greenwood and G. U. Yule, An inquiry into the nature of frequency distributions ..., 1920.
        "Accidents of a woman at work on shells in five weeks",
        &[447.0, 132.0, 42.0, 21.0, 3.0, 2.0],
    ),
];

/// A distribution that may have made the data.
#[derive(Clone, Copy)]
enum Candidate {
    /// Of all bins alike.
    Uniform,
    Poisson {
        mean: f64,
    },
    Geometric {
        mean: f64,
    },
    Binomial {
        mean: f64,
        trials: f64,
    },
    NegativeBinomial {
        mean: f64,
        shape: f64,
    },
}

impl Candidate {
    /// How many numbers are fitted.
    fn parameters(self) -> u8 {
        match self {
            Candidate::Uniform => 0,
            Candidate::Poisson { .. } | Candidate::Geometric { .. } => 1,
            Candidate::Binomial { .. } | Candidate::NegativeBinomial { .. } => 2,
        }
    }

    /// The probabilities of 0, 1, 2 ..., and in the last bin of all that are more.
    fn probabilities(self, bins: usize) -> Vec<f64> {
        // From each probability to the next, the k-th, it is a factor of a + b / k, for all four families.
        let (first, a, b) = match self {
            Candidate::Uniform => return vec![1.0 / bins as f64; bins],
            Candidate::Poisson { mean } => ((-mean).exp(), 0.0, mean),
            Candidate::Geometric { mean } => (1.0 / (1.0 + mean), mean / (1.0 + mean), 0.0),
            Candidate::Binomial { mean, trials } => {
                let odds = mean / (trials - mean);
                let none = (1.0 - mean / trials).powf(trials);
                (none, -odds, (trials + 1.0) * odds)
            }
            Candidate::NegativeBinomial { mean, shape } => {
                let again = mean / (mean + shape);
                ((1.0 - again).powf(shape), again, (shape - 1.0) * again)
            }
        };
        let mut row = vec![first];
        let mut rest = 1.0 - first;
        for k in 1..bins - 1 {
            // Not below zero: beyond its trials a binomial has nothing.
            let next = row[k - 1] * (a + b / k as f64).max(0.0);
            row.push(next);
            rest -= next;
        }
        // Rounding may take what is left a little below zero.
        row.push(rest.max(0.0));
        row
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Candidate::Uniform => write!(f, "uniform"),
            Candidate::Poisson { mean } => write!(f, "Poisson, mean {mean:.3}"),
            Candidate::Geometric { mean } => write!(f, "geometric, mean {mean:.3}"),
            Candidate::Binomial { mean, trials } => {
                write!(f, "binomial, mean {mean:.3}, {trials} trials")
            }
            Candidate::NegativeBinomial { mean, shape } => {
                write!(f, "negative binomial, mean {mean:.3}, shape {shape:.2}")
            }
        }
    }
}

/// The families, as grids around the mean of the data.
fn families(mean: f64) -> Vec<Vec<Candidate>> {
    // What is in the last bin may be more than it is counted for, so that the mean is fitted, too.
    let means: Vec<f64> = (-100..=100)
        .map(|i| mean * (1.0 + 0.002 * f64::from(i)))
        .collect();
    let each = |of: &dyn Fn(f64) -> Candidate| means.iter().map(|&mean| of(mean)).collect();
    let trials = (1..=200)
        .map(f64::from)
        .flat_map(|trials| means.iter().map(move |&mean| (mean, trials)))
        // With no more than the mean there is nothing left to chance.
        .filter(|(mean, trials)| mean < trials)
        .map(|(mean, trials)| Candidate::Binomial { mean, trials })
        .collect();
    // From 0.1 to 10 000, by twenty steps to each power of ten. With as large a shape, as with as many trials, there
    // is next to nothing that tells it from a Poisson distribution.
    let shapes = (-20..=80)
        .map(|i| 10_f64.powf(f64::from(i) / 20.0))
        .flat_map(|shape| means.iter().map(move |&mean| (mean, shape)))
        .map(|(mean, shape)| Candidate::NegativeBinomial { mean, shape })
        .collect();
    vec![
        vec![Candidate::Uniform],
        each(&|mean| Candidate::Poisson { mean }),
        each(&|mean| Candidate::Geometric { mean }),
        trials,
        shapes,
    ]
}

/// Candidates as rows, one behind the other.
fn rows(candidates: &[Candidate], bins: usize) -> Vec<f64> {
    let rows = candidates.iter().map(|one| one.probabilities(bins));
    rows.collect::<Vec<_>>().concat()
}

fn main() -> Result<(), Box<dyn Error>> {
    let scorer = Scorer::new();
    for (title, counts) in DATA {
        select(&scorer, title, counts)?;
    }
    Ok(())
}

/// Fits all families to the data, and prints them from the best to the worst.
fn select(scorer: &Scorer, title: &str, counts: &[f64]) -> Result<(), Box<dyn Error>> {
    let bins = counts.len();
    let observations: f64 = counts.iter().sum();
    let events: f64 = counts.iter().zip(0..).map(|(n, k)| n * f64::from(k)).sum();
    // Counts are weights: nobody has to divide them.
    let data = Rows::weights(counts, bins)?;

    let divergence = scorer.request(&Measure::KullbackLeibler).unit(Unit::Bits);
    let mut fitted = Vec::new();
    for family in families(events / observations) {
        let rows = rows(&family, bins);
        let scores = divergence.score_one_to_many(data, Rows::probabilities(&rows, bins)?)?;
        // A bad row is an error. An infinite score is none, and loses: what was seen is not impossible.
        let scores = scores.into_result()?.into_values();
        let best = scores.into_iter().zip(family);
        fitted.extend(best.min_by(|(a, _), (b, _)| a.total_cmp(b)));
    }

    // What an observation takes by the fitted ones, and what it takes at the least: the entropy of the data.
    let candidates: Vec<Candidate> = fitted.iter().map(|&(_, candidate)| candidate).collect();
    let rows = rows(&candidates, bins);
    let request = scorer.request(&Measure::CrossEntropy).unit(Unit::Bits);
    let each = request.score_one_to_many(data, Rows::probabilities(&rows, bins)?)?;
    let request = scorer.request(&Measure::Entropy).unit(Unit::Bits);
    let least = request.score_p(data)?;

    let price = 0.5 * observations.log2();
    let mut table: Vec<_> = fitted
        .iter()
        .zip(each.values())
        .map(|(&(bits, candidate), each)| {
            let wasted = observations * f64::from(bits);
            let parameters = price * f64::from(candidate.parameters());
            (wasted + parameters, wasted, parameters, each, candidate)
        })
        .collect();
    table.sort_by(|a, b| a.0.total_cmp(&b.0));

    let at_least = match counts.last() {
        Some(&last) if last > 0.0 => "at least ",
        _ => "",
    };
    println!("{title}: {at_least}{events} in {observations}");
    println!("entropy {:.4} bits each", least.values()[0]);
    println!("  bits each    wasted  parameters    in all  candidate");
    for (all, wasted, parameters, each, candidate) in &table {
        println!("  {each:9.4} {wasted:9.2}  {parameters:10.2} {all:9.2}  {candidate}");
    }
    if let Some((.., winner)) = table.first() {
        println!("best: {winner}\n");
    }
    Ok(())
}
