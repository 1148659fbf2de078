//! The table of cells: every choice of every factor.

use kullback::{ElementType, Encoding, Measure, Options, Support, Temperature, Unit};

use crate::common::backends::Execution;
use crate::common::measures;
use crate::common::settings::Tier;

/// The number of bins.
pub const BINS: [usize; 22] = [
    1,
    2,
    3,
    4,
    5,
    7,
    16,
    31,
    32,
    33,
    64,
    100,
    255,
    256,
    257,
    1000,
    1024,
    4096,
    4099,
    50257,
    131_072,
    1 << 20,
];

/// The number of pairs of rows.
pub const ROWS: [usize; 7] = [0, 1, 2, 63, 64, 65, MANY_ROWS];

/// The one that only few cells have, since a row costs up to 150 microseconds on software adapters.
pub const MANY_ROWS: usize = 70_000;

/// The factors, in the order of the choices of a cell.
pub const FACTORS: usize = 9;

/// Where a factor stands among the choices of a cell.
pub mod factor {
    /// How the target works.
    pub const EXECUTION: usize = 0;
    /// The encoding of P.
    pub const P: usize = 1;
    /// The encoding of Q.
    pub const Q: usize = 2;
    /// The measure.
    pub const MEASURE: usize = 3;
    /// The number of bins.
    pub const BINS: usize = 4;
    /// The number of rows.
    pub const ROWS: usize = 5;
    /// The support.
    pub const SUPPORT: usize = 6;
    /// The unit.
    pub const UNIT: usize = 7;
    /// The element types of P and Q.
    pub const ELEMENTS: usize = 8;
}

/// A choice for each factor.
pub type Choices = [usize; FACTORS];

/// All cells of a target.
#[derive(Clone, Debug)]
pub struct Table {
    /// The ways to make the target work.
    pub executions: Vec<Execution>,
    encodings: Vec<Encoding>,
    measures: Vec<Measure>,
    elements: Vec<[ElementType; 2]>,
    /// The most values that P may hold.
    cap: usize,
}

/// What a cell asks for.
#[derive(Clone, Debug)]
pub struct Cell {
    /// How the target works.
    pub execution: Execution,
    /// What the rows of P and of Q stand for.
    pub encodings: [Encoding; 2],
    /// The types of the numbers of P and of Q.
    pub elements: [ElementType; 2],
    /// The measure, the unit and the support.
    pub options: Options,
    /// Bins.
    pub k: usize,
    /// Pairs of rows.
    pub rows: usize,
}

impl Cell {
    /// The cell in words, without the execution: cells of that name have the same rows on all targets.
    pub fn name(&self) -> String {
        let [p, q] = self.encodings;
        let [p_element, q_element] = self.elements;
        let Options {
            measure,
            unit,
            support,
            ..
        } = self.options;
        let Cell { k, rows, .. } = self;
        format!(
            "{measure} of {p} in {p_element} against {q} in {q_element}, {rows} x {k}, \
             support {support}, {unit}"
        )
    }
}

impl Table {
    /// The table of a target that works in these ways, as far as a tier goes.
    ///
    /// Only the CPU takes rows of f64.
    pub fn new(
        executions: Vec<Execution>,
        measures: Vec<Measure>,
        takes_f64: bool,
        tier: Tier,
    ) -> Self {
        let logits = |t| match Temperature::new(t) {
            Ok(temperature) => Encoding::Logits { temperature },
            Err(error) => panic!("{error}"),
        };
        Table {
            executions,
            encodings: vec![
                Encoding::Probabilities,
                Encoding::Weights,
                Encoding::LogProbabilities,
                Encoding::LOGITS,
                logits(0.7),
            ],
            measures,
            elements: ELEMENTS[..if takes_f64 { ELEMENTS.len() } else { 4 }].to_vec(),
            cap: match tier {
                Tier::Fast => 2_500_000,
                Tier::Ci => 1 << 22,
                Tier::Exhaustive => 1 << 27,
            },
        }
    }

    /// The number of choices of each factor.
    pub fn sizes(&self) -> Choices {
        [
            self.executions.len(),
            self.encodings.len(),
            self.encodings.len(),
            self.measures.len(),
            BINS.len(),
            ROWS.len(),
            SUPPORTS.len(),
            UNITS.len(),
            self.elements.len(),
        ]
    }

    /// The cell of these choices.
    pub fn cell(&self, choices: Choices) -> Cell {
        let choice = |factor: usize| choices[factor];
        let options = Options {
            unit: UNITS[choice(factor::UNIT)],
            support: SUPPORTS[choice(factor::SUPPORT)],
            ..Options::new(self.measures[choice(factor::MEASURE)])
        };
        Cell {
            execution: self.executions[choice(factor::EXECUTION)],
            encodings: [factor::P, factor::Q].map(|operand| self.encodings[choice(operand)]),
            elements: self.elements[choice(factor::ELEMENTS)],
            options,
            k: BINS[choice(factor::BINS)],
            rows: ROWS[choice(factor::ROWS)],
        }
    }

    /// The number of cells that exist, and of those among them that hold more values than the tier
    /// allows.
    pub fn count(&self) -> (usize, usize) {
        let sizes = self.sizes();
        let levels = |factor: usize| (0..sizes[factor]).map(move |level| (factor, level));
        let fitting = |measure: usize, factor: usize| {
            let fits = |&choice: &(usize, usize)| self.fit((factor::MEASURE, measure), choice);
            levels(factor).filter(fits).count()
        };
        let of_measure = |measure| {
            [factor::P, factor::Q, factor::SUPPORT, factor::UNIT]
                .map(|factor| fitting(measure, factor))
                .iter()
                .product::<usize>()
        };
        let measures: usize = (0..sizes[factor::MEASURE]).map(of_measure).sum();
        let rest = sizes[factor::EXECUTION] * sizes[factor::ELEMENTS] * measures;
        let shapes = || (0..BINS.len()).flat_map(|k| (0..ROWS.len()).map(move |rows| (k, rows)));
        let capped = shapes().filter(|&(k, rows)| !self.fits_cap(k, rows));
        (shapes().count() * rest, capped.count() * rest)
    }

    /// Whether two choices can stand in one cell: they do unless the cap or the measure forbids it.
    pub fn fit(&self, a: (usize, usize), b: (usize, usize)) -> bool {
        let (a, b) = if a.0 < b.0 { (a, b) } else { (b, a) };
        match (a.0, b.0) {
            (factor::BINS, factor::ROWS) => self.fits_cap(a.1, b.1),
            (factor::P | factor::Q, factor::MEASURE) => {
                measures::takes_encoding(&self.measures[b.1], self.encodings[a.1])
            }
            (factor::MEASURE, factor::SUPPORT) => {
                measures::takes_support(&self.measures[a.1], SUPPORTS[b.1])
            }
            (factor::MEASURE, factor::UNIT) => measures::has_unit(&self.measures[a.1], UNITS[b.1]),
            _ => true,
        }
    }

    fn fits_cap(&self, k: usize, rows: usize) -> bool {
        BINS[k] * ROWS[rows] <= self.cap
    }
}

const SUPPORTS: [Support; 3] = [
    Support::Exact,
    Support::Smoothed(1e-10),
    Support::Smoothed(1e-3),
];

const UNITS: [Unit; 2] = [Unit::Nats, Unit::Bits];

/// Those with f64 last.
const ELEMENTS: [[ElementType; 2]; 8] = [
    [ElementType::F32, ElementType::F32],
    [ElementType::F16, ElementType::F16],
    [ElementType::Bf16, ElementType::F32],
    [ElementType::F16, ElementType::Bf16],
    [ElementType::F64, ElementType::F64],
    [ElementType::F32, ElementType::F64],
    [ElementType::F64, ElementType::F16],
    [ElementType::F64, ElementType::F32],
];
