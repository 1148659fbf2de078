//! Handwritten digits read by their nearest images: `cargo run --release --example nearest_images`.
//!
//! Each image is a distribution of ink over 64 pixels. The last 797 of the 1797 images are read by a vote of the
//! images among the first 1000 that are nearest to each, by several measures, and the share that is read right is
//! printed. The data are described in `examples/data/README.md`.
//!
//! The Kullback-Leibler divergence reads few, and rightly so: it is infinite wherever an image has ink and the other
//! has none, which leaves most images without a neighbour. A search wants a measure that is never infinite.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use kullback::{Measure, Neighbours, Rows, Scorer};
use npyz::NpyFile;

const PIXELS: usize = 64;
const KNOWN: usize = 1000;
/// Images that vote.
const VOTES: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let images: Vec<f32> = read("digits_p.npy")?;
    let labels: Vec<u8> = read("digits_labels.npy")?;
    let (known, unknown) = images.split_at(KNOWN * PIXELS);
    let (known_labels, unknown_labels) = labels.split_at(KNOWN);
    let known = Rows::probabilities(known, PIXELS)?;
    let unknown = Rows::probabilities(unknown, PIXELS)?;

    let scorer = Scorer::new();
    for measure in [
        Measure::jensen_shannon(0.5)?,
        Measure::Hellinger,
        Measure::TotalVariation,
        Measure::KullbackLeibler,
    ] {
        let nearest = scorer.nearest(&measure, unknown, known, VOTES)?;
        let read_right = unknown_labels
            .iter()
            .enumerate()
            .filter(|&(i, &label)| vote(&nearest, i, known_labels) == Some(label))
            .count();
        let share = 100.0 * read_right as f64 / unknown_labels.len() as f64;
        let count = unknown_labels.len();
        println!("{measure:10} reads {read_right} of {count} digits right: {share:.1} %");
    }
    Ok(())
}

/// The digit of most neighbours of an image; of two that as many show, that of the nearer.
///
/// Neighbours at an infinite distance have no vote: they have nothing in common with the image.
fn vote(nearest: &Neighbours, image: usize, labels: &[u8]) -> Option<u8> {
    let digits: Vec<u8> = nearest
        .of(image)
        .filter(|(_, score)| score.is_finite())
        .map(|(row, _)| labels[row as usize])
        .collect();
    let votes = |digit: u8| digits.iter().filter(|&&other| other == digit).count();
    // The last of several is taken, so that they come from the farthest to the nearest.
    digits
        .iter()
        .rev()
        .copied()
        .max_by_key(|&digit| votes(digit))
}

/// The numbers of a file of `examples/data`.
fn read<T: npyz::Deserialize>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/data")
        .join(name);
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(NpyFile::new(BufReader::new(file))?.into_vec()?)
}
