//! The cases of `tests/exact/values.txt` and `generators.txt`: pairs of rows with scores from arbitrary precision.
//!
//! `tests/exact/make.py` writes the files and describes their format.

use std::sync::Arc;

use kullback::{Encoding, Options, Row, Rows, Support, allowed_error};

/// A pair of rows, what is asked about it, and the exact answer.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of the pair; with the options it is unique.
    pub name: Arc<str>,
    /// The measure, unit and support.
    pub options: Options,
    /// The row of P.
    pub p: Arc<[f32]>,
    /// The row of Q, of the same length.
    pub q: Arc<[f32]>,
    /// What the row of P stands for.
    pub p_encoding: Encoding,
    /// What the row of Q stands for.
    pub q_encoding: Encoding,
    /// The exact score, rounded to f64; `+inf` only where the definition says so. It may exceed
    /// the f32 maximum.
    pub exact: f64,
}

impl Case {
    /// P as a matrix of one row.
    pub fn p_rows(&self) -> Rows<'_> {
        rows(self.p_encoding, &self.p)
    }

    /// Q as a matrix of one row.
    pub fn q_rows(&self) -> Rows<'_> {
        rows(self.q_encoding, &self.q)
    }

    /// Both rows.
    pub fn pair(&self) -> (Row<'_>, Row<'_>) {
        (self.p_rows().row(0), self.q_rows().row(0))
    }

    /// How far from the exact score a score may be.
    ///
    /// What is promised, but for a limit that `docs/numerics.md` states: where a linear row meets one of
    /// logarithms, or two temperatures meet, orders of 1e4 miss it by up to a factor of two.
    pub fn allowed(&self) -> f64 {
        let (p, q) = self.pair();
        let [of_p, of_q] = [self.p_encoding, self.q_encoding];
        let one_kind = match (of_p.is_logarithmic(), of_q.is_logarithmic()) {
            (false, false) => true,
            (true, true) => of_p.temperature() == of_q.temperature(),
            _ => false,
        };
        let high = self
            .options
            .measure
            .order()
            .is_some_and(|order| order.abs() >= 1e4);
        let promised = allowed_error(&self.options, &p, &q, self.exact);
        if high && !one_kind {
            2.0 * promised
        } else {
            promised
        }
    }

    /// The case in words, for messages.
    pub fn title(&self) -> String {
        format!(
            "{}: {} in {} with support {}",
            self.name, self.options.measure, self.options.unit, self.options.support
        )
    }
}

/// All cases of measures with a name, in the order of the file. Cases of one pair share their rows.
pub fn cases() -> Vec<Case> {
    read("values.txt", include_str!("../exact/values.txt"))
}

/// All cases of generators, likewise.
pub fn generators() -> Vec<Case> {
    read("generators.txt", include_str!("../exact/generators.txt"))
}

fn read(name: &str, text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut pair = Pair::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let read = read_line(line, &mut pair, &mut cases);
        assert!(read.is_some(), "{name}:{}: cannot be read", number + 1);
    }
    cases
}

/// The pair that the lines below it are about.
#[derive(Default)]
struct Pair {
    name: Arc<str>,
    p: Option<(Encoding, Arc<[f32]>)>,
    q: Option<(Encoding, Arc<[f32]>)>,
}

fn read_line(line: &str, pair: &mut Pair, cases: &mut Vec<Case>) -> Option<()> {
    let (word, rest) = line.split_once(' ')?;
    match word {
        "pair" => {
            *pair = Pair {
                name: rest.into(),
                ..Pair::default()
            };
        }
        "p" => pair.p = Some(read_row(rest)?),
        "q" => pair.q = Some(read_row(rest)?),
        measure => {
            let (unit, rest) = rest.split_once(' ')?;
            let (support, score) = rest.split_once(' ')?;
            let mut options = Options::new(measure.parse().ok()?);
            options.unit = unit.parse().ok()?;
            options.support = support.parse::<Support>().ok()?;
            let (p_encoding, p) = pair.p.clone()?;
            let (q_encoding, q) = pair.q.clone()?;
            cases.push(Case {
                name: pair.name.clone(),
                options,
                p,
                q,
                p_encoding,
                q_encoding,
                exact: score.parse().ok()?,
            });
        }
    }
    Some(())
}

/// `ENCODING[:TEMPERATURE] SEGMENT...`
fn read_row(text: &str) -> Option<(Encoding, Arc<[f32]>)> {
    let mut words = text.split(' ');
    let encoding = match words.next()?.split_once(':') {
        Some(("logits", temperature)) => Encoding::Logits {
            temperature: kullback::Temperature::new(temperature.parse().ok()?).ok()?,
        },
        Some(_) => return None,
        None => text.split(' ').next()?.parse().ok()?,
    };
    let mut values = Vec::new();
    for segment in words {
        match segment.strip_prefix('~') {
            Some(generator) => generate(generator, &mut values)?,
            None => spell(segment, &mut values)?,
        }
    }
    Some((encoding, values.into()))
}

/// `HEX` or `HEX*COUNT`
fn spell(segment: &str, values: &mut Vec<f32>) -> Option<()> {
    let (digits, count) = match segment.split_once('*') {
        Some((digits, count)) => (digits, count.parse().ok()?),
        None => (segment, 1),
    };
    let block: Vec<f32> = (0..digits.len())
        .step_by(8)
        .map(|at| u32::from_str_radix(digits.get(at..at + 8)?, 16).ok())
        .map(|bits| bits.map(f32::from_bits))
        .collect::<Option<_>>()?;
    values.extend(block.repeat(count));
    Some(())
}

/// `SEED:LOW:SPAN:COUNT` or `SEED:LOW:SPAN:COUNT+SEED2:J`, without the leading `~`
fn generate(segment: &str, values: &mut Vec<f32>) -> Option<()> {
    let (main, jitter) = match segment.split_once('+') {
        Some((main, jitter)) => (main, Some(jitter)),
        None => (segment, None),
    };
    let mut words = main.split(':');
    let mut draw = XorShift(words.next()?.parse().ok()?);
    let low = u32::from_str_radix(words.next()?, 16).ok()?;
    let span: u32 = words.next()?.parse().ok()?;
    let count: usize = words.next()?.parse().ok()?;
    let (mut shake, reach) = match jitter {
        Some(jitter) => {
            let (seed, reach) = jitter.split_once(':')?;
            (XorShift(seed.parse().ok()?), reach.parse::<u32>().ok()?)
        }
        None => (XorShift(1), 0),
    };
    values.extend((0..count).map(|_| {
        let bits = low + draw.below(span) + shake.below(2 * reach + 1);
        f32::from_bits(bits - reach)
    }));
    Some(())
}

/// Marsaglia's xorshift32.
struct XorShift(u32);

impl XorShift {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        ((u64::from(self.0) * u64::from(bound)) >> 32) as u32
    }
}

fn rows(encoding: Encoding, values: &[f32]) -> Rows<'_> {
    match Rows::new(encoding, values, values.len()) {
        Ok(rows) => rows,
        Err(error) => panic!("no row of {encoding}: {error}"),
    }
}
