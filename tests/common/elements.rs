//! The cases of `tests/exact/elements.txt`: pairs of rows of all element types, with scores from arbitrary
//! precision. `tests/exact/make.py` writes the file and describes its format.

use std::sync::Arc;

use kullback::{ElementType, Encoding, Options, Rows, Support, Temperature};

use super::stored::Stored;

/// A row, and what it stands for.
#[derive(Debug)]
pub struct Given {
    /// What the row stands for.
    pub encoding: Encoding,
    /// Its values.
    pub values: Stored,
}

impl Given {
    /// The row as a matrix.
    pub fn rows(&self) -> Rows<'_> {
        let k = self.values.len();
        self.values.rows(self.encoding, k, k)
    }

    /// The encoding and the element type.
    pub fn kind(&self) -> String {
        format!("{}@{}", self.encoding, self.values.element())
    }
}

/// A pair of rows, what is asked about it, and the exact answer.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of the pair; with the options it is unique.
    pub name: Arc<str>,
    /// The measure, unit and support.
    pub options: Options,
    /// The row of P.
    pub p: Arc<Given>,
    /// The row of Q, of the same length.
    pub q: Arc<Given>,
    /// The exact score, rounded to f64, or `+inf` only where the definition says so or f64 ends.
    pub exact: f64,
}

impl Case {
    /// The case in words, for messages.
    pub fn title(&self) -> String {
        format!(
            "{}: {} in {} with support {}",
            self.name, self.options.measure, self.options.unit, self.options.support
        )
    }
}

/// All cases of rows of the types that `wanted` names, in the order of the file. Cases of one pair share
/// their rows.
pub fn cases(wanted: &[ElementType]) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut pair = Pair::default();
    for (number, line) in include_str!("../exact/elements.txt").lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let read = read_line(line, wanted, &mut pair, &mut cases);
        assert!(
            read.is_some(),
            "elements.txt:{}: cannot be read",
            number + 1
        );
    }
    cases
}

/// The pair that the lines below it are about; a row of a type that is not wanted is absent.
#[derive(Default)]
struct Pair {
    name: Arc<str>,
    p: Option<Arc<Given>>,
    q: Option<Arc<Given>>,
}

fn read_line(
    line: &str,
    wanted: &[ElementType],
    pair: &mut Pair,
    cases: &mut Vec<Case>,
) -> Option<()> {
    let (word, rest) = line.split_once(' ')?;
    match word {
        "pair" => {
            *pair = Pair {
                name: rest.into(),
                ..Pair::default()
            };
        }
        "p" => pair.p = read_row(rest, wanted)?.map(Arc::new),
        "q" => pair.q = read_row(rest, wanted)?.map(Arc::new),
        measure => {
            let (unit, rest) = rest.split_once(' ')?;
            let (support, score) = rest.split_once(' ')?;
            let mut options = Options::new(measure.parse().ok()?);
            options.unit = unit.parse().ok()?;
            options.support = support.parse::<Support>().ok()?;
            let exact = score.parse().ok()?;
            if let (Some(p), Some(q)) = (&pair.p, &pair.q) {
                cases.push(Case {
                    name: pair.name.clone(),
                    options,
                    p: p.clone(),
                    q: q.clone(),
                    exact,
                });
            }
        }
    }
    Some(())
}

/// `ENCODING[@ELEMENT][:TEMPERATURE] HEX...`; nothing if the element type is not wanted.
fn read_row(text: &str, wanted: &[ElementType]) -> Option<Option<Given>> {
    let mut words = text.split(' ');
    let (kind, temperature) = match words.next()?.split_once(':') {
        Some((kind, temperature)) => (kind, Some(temperature)),
        None => (text.split(' ').next()?, None),
    };
    let (encoding, element) = kind.split_once('@').unwrap_or((kind, "f32"));
    let mut encoding: Encoding = encoding.parse().ok()?;
    if let Some(temperature) = temperature {
        let temperature = Temperature::new(temperature.parse().ok()?).ok()?;
        encoding = Encoding::Logits { temperature };
    }
    let Some(&element) = wanted.iter().find(|wanted| wanted.name() == element) else {
        return Some(None);
    };
    let mut values = Stored::rounded(element, &[]);
    for segment in words {
        let (digits, count) = match segment.split_once('*') {
            Some((digits, count)) => (digits, count.parse().ok()?),
            None => (segment, 1),
        };
        let block = Stored::from_hex(element, digits)?;
        (0..count).for_each(|_| values.append(&block));
    }
    Some(Some(Given { encoding, values }))
}
