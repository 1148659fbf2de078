//! The books of the King James Bible by their words: `cargo run --release --example topic_models`.
//!
//! - Each book is a sparse row, how often each of 2332 words occurs in it, and is shown with the books that are nearest
//!   to it.
//! - The words of all books of a group make a topic, and each book is given to the topic that wastes the fewest bits a
//!   word on it. No book is part of the topic that it is compared with, which would else know it by heart.
//! - Books have different numbers of chapters, so how long these are makes ragged rows: the words in each chapter of a
//!   book are compared with the verses in it, which tells the books whose verses are uneven.
//!
//! The data are described in `examples/data/README.md`.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::PathBuf;

use kullback::{Encoding, Measure, Rows, Scorer, Support, Unit};
use npyz::NpyFile;

/// In the order of the rows.
#[rustfmt::skip]
const BOOKS: [&str; 66] = [
    "Genesis", "Exodus", "Leviticus", "Numbers", "Deuteronomy", "Joshua", "Judges", "Ruth", "1 Samuel", "2 Samuel",
    "1 Kings", "2 Kings", "1 Chronicles", "2 Chronicles", "Ezra", "Nehemiah", "Esther", "Job", "Psalms", "Proverbs",
    "Ecclesiastes", "Song of Solomon", "Isaiah", "Jeremiah", "Lamentations", "Ezekiel", "Daniel", "Hosea", "Joel",
    "Amos", "Obadiah", "Jonah", "Micah", "Nahum", "Habakkuk", "Zephaniah", "Haggai", "Zechariah", "Malachi", "Matthew",
    "Mark", "Luke", "John", "Acts", "Romans", "1 Corinthians", "2 Corinthians", "Galatians", "Ephesians",
    "Philippians", "Colossians", "1 Thessalonians", "2 Thessalonians", "1 Timothy", "2 Timothy", "Titus", "Philemon",
    "Hebrews", "James", "1 Peter", "2 Peter", "1 John", "2 John", "3 John", "Jude", "Revelation",
];

/// The usual groups, by the numbers of their books. Revelation, the last book, is in none.
const TOPICS: [(&str, Range<usize>); 6] = [
    ("Law", 0..5),
    ("History", 5..17),
    ("Wisdom", 17..22),
    ("Prophets", 22..39),
    ("Gospels and Acts", 39..44),
    ("Epistles", 44..65),
];

/// Is added to the share of each word, of topics and of books: a word that is in a book and not in a topic, which would
/// make the divergence infinite, counts as one of the topic's hundred thousand.
const UNSEEN: Support = Support::Smoothed(1e-5);

fn main() -> Result<(), Box<dyn Error>> {
    let counts: Vec<f32> = numbers("kjv_counts.npy")?;
    let indices: Vec<u32> = numbers("kjv_indices.npy")?;
    let offsets: Vec<u64> = read("kjv_offsets.npy")?;
    let words = std::fs::read_to_string(path("kjv_words.txt"))?;
    let words: Vec<&str> = words.lines().collect();
    let books = Rows::sparse(Encoding::Weights, &counts, &indices, &offsets, words.len())?;

    let scorer = Scorer::new();
    nearest_books(&scorer, books)?;

    // The words of a few books are no longer sparse: topics are rows of a matrix.
    let entries = |book: usize| {
        let entries = offsets[book] as usize..offsets[book + 1] as usize;
        indices[entries.clone()].iter().zip(&counts[entries])
    };
    let mut topics = vec![0.0; TOPICS.len() * words.len()];
    for (topic, (_, members)) in topics.chunks_exact_mut(words.len()).zip(&TOPICS) {
        for (&word, count) in members.clone().flat_map(entries) {
            topic[word as usize] += count;
        }
    }
    // For each book its topic again, without it. Counts are whole numbers, which f32 subtracts exactly.
    let mut without = Vec::new();
    for (topic, (_, members)) in topics.chunks_exact(words.len()).zip(&TOPICS) {
        for book in members.clone() {
            let start = without.len();
            without.extend_from_slice(topic);
            for (&word, count) in entries(book) {
                without[start + word as usize] -= count;
            }
        }
    }
    characteristic_words(&topics, &words);
    closest_topics(
        &scorer,
        books,
        Rows::weights(&topics, words.len())?,
        Rows::weights(&without, words.len())?,
    )?;
    uneven_verses(&scorer)
}

/// The three nearest of some books.
fn nearest_books(scorer: &Scorer, books: Rows<'_>) -> Result<(), Box<dyn Error>> {
    let request = scorer.request(&Measure::jensen_shannon(0.5)?);
    // One more than is shown, since each book is the nearest to itself.
    let nearest = request.unit(Unit::Bits).nearest(books, books, 4)?;
    println!("Nearest by their words, Jensen-Shannon divergence in bits:");
    for name in [
        "1 Kings",
        "Psalms",
        "Matthew",
        "Ephesians",
        "Jude",
        "Revelation",
    ] {
        let book = BOOKS.iter().position(|&other| other == name);
        let book = book.ok_or("no such book")?;
        let others: Vec<String> = nearest
            .of(book)
            .filter(|&(other, _)| other != book as u64)
            .map(|(other, score)| format!("{} {score:.3}", BOOKS[other as usize]))
            .collect();
        println!("  {name:12} {}", others.join(", "));
    }
    Ok(())
}

/// What tells each topic from all of them together: the words of the largest terms of its divergence from these.
///
/// Small words are among them, since nobody took these out: stories say "and" more often, letters "we".
fn characteristic_words(topics: &[f32], words: &[&str]) {
    let share = |row: &[f32]| -> Vec<f32> {
        let sum: f32 = row.iter().sum();
        row.iter().map(|count| count / sum).collect()
    };
    let mut all = vec![0.0; words.len()];
    for (i, count) in topics.iter().enumerate() {
        all[i % words.len()] += count;
    }
    let all = share(&all);
    println!("\nTopics, by the words that set them apart:");
    for (topic, (name, _)) in topics.chunks_exact(words.len()).zip(&TOPICS) {
        let share = share(topic);
        // The word of a topic is one of all, so that nothing is divided by zero but zero.
        let term = |word: usize| match share[word] {
            0.0 => 0.0,
            p => p * (p / all[word]).ln(),
        };
        let mut order: Vec<usize> = (0..words.len()).collect();
        order.sort_by(|&a, &b| term(b).total_cmp(&term(a)));
        let first: Vec<&str> = order.iter().take(8).map(|&word| words[word]).collect();
        println!("  {name:17}{}", first.join(" "));
    }
}

/// Gives each book to a topic; `without` has a row for each book that is in one.
fn closest_topics(
    scorer: &Scorer,
    books: Rows<'_>,
    topics: Rows<'_>,
    without: Rows<'_>,
) -> Result<(), Box<dyn Error>> {
    let request = scorer.request(&Measure::KullbackLeibler);
    let request = request.unit(Unit::Bits).support(UNSEEN);
    // Each against each, and then those of a book and its own topic once more, row by row.
    let mut bits = request.matrix(books, topics)?.into_result()?.into_values();
    let grouped: Vec<u64> = (0..without.rows()).collect();
    let own = request.score(books.selected(&grouped)?, without)?;
    let topic_of = |book| TOPICS.iter().position(|(_, books)| books.contains(&book));
    for (book, &score) in own.into_result()?.values().iter().enumerate() {
        if let Some(topic) = topic_of(book) {
            bits[book * TOPICS.len() + topic] = score;
        }
    }

    println!("\nBooks that are closest to another topic than their group's, in bits a word:");
    let mut right = 0;
    for (book, bits) in bits.chunks_exact(TOPICS.len()).enumerate() {
        let closest = (0..bits.len()).min_by(|&a, &b| bits[a].total_cmp(&bits[b]));
        let closest = closest.ok_or("there are no topics")?;
        let found = format!("{} {:.3}", TOPICS[closest].0, bits[closest]);
        match topic_of(book) {
            Some(group) if group == closest => right += 1,
            Some(group) => println!(
                "  {:12} {found}, {} {:.3}",
                BOOKS[book], TOPICS[group].0, bits[group]
            ),
            None => println!("  {:12} {found}, in no group", BOOKS[book]),
        }
    }
    println!(
        "{right} of {} books are given to their group",
        grouped.len()
    );
    Ok(())
}

/// How far the words of a book are from being spread over its chapters as its verses are.
fn uneven_verses(scorer: &Scorer) -> Result<(), Box<dyn Error>> {
    let words: Vec<f32> = numbers("kjv_chapter_words.npy")?;
    let verses: Vec<f32> = numbers("kjv_chapter_verses.npy")?;
    let offsets: Vec<u64> = read("kjv_chapter_offsets.npy")?;
    let words = Rows::ragged(Encoding::Weights, &words, &offsets)?;
    let verses = Rows::ragged(Encoding::Weights, &verses, &offsets)?;
    let request = scorer.request(&Measure::KullbackLeibler).unit(Unit::Bits);
    let scores = request.score(words, verses)?.into_result()?;
    let bits = scores.values();

    let mut order: Vec<usize> = (0..bits.len()).collect();
    order.sort_by(|&a, &b| bits[b].total_cmp(&bits[a]));
    println!("\nChapters whose verses differ most in length, in bits a word:");
    for &book in order.iter().take(4) {
        let chapters = offsets[book + 1] - offsets[book];
        println!(
            "  {:12} {:.4}, of {chapters} chapters",
            BOOKS[book], bits[book]
        );
    }
    // Over one bin there is but one distribution.
    let zero = bits.iter().filter(|&&bits| bits == 0.0).count();
    println!("0 bits in {zero} books, which have one chapter");
    Ok(())
}

/// The numbers of a file of 16-bit integers as the floats or the wider integers that rows are made of.
fn numbers<T: From<u16>>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    Ok(read::<u16>(name)?.into_iter().map(T::from).collect())
}

/// The numbers of a file of `examples/data`.
fn read<T: npyz::Deserialize>(name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let path = path(name);
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(NpyFile::new(BufReader::new(file))?.into_vec()?)
}

/// Where a file of `examples/data` is.
fn path(name: &str) -> PathBuf {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data");
    PathBuf::from(data).join(name)
}
