//! What decides the code of a kernel.

use std::fmt;

use super::strategy::Shape;
use crate::element::ElementType;
use crate::encoding::{Encoding, Temperature};
use crate::measure::{Space, Stem, stem};
use crate::options::Options;

/// How one operand is stored and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Side {
    pub element: ElementType,
    pub logarithmic: bool,
}

impl Side {
    pub(crate) fn new(element: ElementType, encoding: Encoding) -> Self {
        Side {
            element,
            logarithmic: encoding.is_logarithmic(),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.logarithmic { "log" } else { "linear" })?;
        match self.element {
            ElementType::F32 => Ok(()),
            element => write!(f, ".{element}"),
        }
    }
}

/// How invocations exchange partial sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Exchange {
    /// Through workgroup memory alone.
    Shared,
    /// By subgroup shuffles where they reach.
    Subgroup,
}

/// Which rows of P and Q meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Meeting {
    /// Row i of P and row i of Q.
    Rows,
    /// Each row of P and each row of Q.
    Grid,
}

/// Which entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    /// All passes over one or several rows a workgroup.
    Rows,
    /// One pass over chunks of rows.
    Spread,
    /// Merges the chunks of one pass.
    Gather,
    /// The first try at rows of probabilities.
    Direct {
        /// K is a multiple of four, so that rows have whole quads.
        whole: bool,
    },
    /// Rows of weights that need no shift of their exponents.
    Weights {
        /// As above.
        whole: bool,
    },
    /// Rows of logarithms at one temperature.
    Logarithms {
        /// As above.
        whole: bool,
        /// That temperature is 1.
        at_one: bool,
    },
}

/// What two rows of logarithms have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Temperatures {
    /// Nothing that a kernel makes use of, or not both rows are of logarithms.
    Any,
    /// The temperature.
    Shared,
    /// That it is 1.
    One,
}

impl Temperatures {
    fn new(p: Encoding, q: Encoding) -> Self {
        let [of_p, of_q] = [p, q].map(Encoding::temperature);
        if !(p.is_logarithmic() && q.is_logarithmic() && of_p == of_q) {
            Temperatures::Any
        } else if of_p == Temperature::ONE {
            Temperatures::One
        } else {
            Temperatures::Shared
        }
    }
}

/// How many blocks of a row an invocation merges at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Blocks {
    One,
    /// Up to 32.
    Few,
    Many,
}

/// Memory that dispatches of one request share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scratch {
    /// The trees of chunks of a row.
    Partials,
    /// What passes found.
    Results,
    /// Which groups of rows are not settled.
    Unsettled,
}

/// Every fact that changes the code of a kernel; orders, weights, eps and temperatures other than 1 do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub p: Side,
    pub q: Side,
    /// The arithmetic of the measure.
    pub measure: &'static Stem,
    pub smoothed: bool,
    /// Both rows claim to sum to 1.
    pub normalised: bool,
    /// Chooses the entry; [`with`](Key::with) then resets it, so that it tells no two kernels apart.
    pub temperatures: Temperatures,
    pub meeting: Meeting,
    pub exchange: Exchange,
    pub entry: Entry,
    pub blocks: Blocks,
}

impl Key {
    /// Passes of which a row spread over workgroups keeps the outcome.
    pub(crate) const PASSES: u32 = 9;

    /// The pass that folds by the measure; behind it come those that stand in for it.
    const SCORE: u32 = 6;

    /// The key of a request; the entry is chosen with the shape.
    pub(crate) fn new(
        options: &Options,
        p: (Encoding, ElementType),
        q: (Encoding, ElementType),
        meeting: Meeting,
        exchange: Exchange,
    ) -> Self {
        let measure = options.measure.stem_for(p.0, q.0);
        Key {
            p: Side::new(p.1, p.0),
            q: Side::new(q.1, q.0),
            measure,
            smoothed: options.support.eps().is_some() && measure.space != Space::Peaks,
            normalised: [p.0, q.0] == [Encoding::Probabilities; 2],
            temperatures: Temperatures::new(p.0, q.0),
            meeting,
            exchange,
            entry: Entry::Rows,
            blocks: Blocks::Many,
        }
    }

    /// True if the score needs the drift of the masses before it is folded.
    pub(crate) fn needs_drift(&self) -> bool {
        self.smoothed || self.measure.needs_drift
    }

    /// How many kinds of arithmetic a row may take: the measure, and what stands in for it.
    fn levels(&self) -> u32 {
        self.measure.levels().count() as u32
    }

    /// True if rows may be folded as they are.
    pub(crate) fn is_direct(&self) -> bool {
        self.measure.direct
            && self.normalised
            && !(self.p.logarithmic || self.q.logarithmic || self.smoothed)
    }

    /// True if pairs are folded once, by what is known of either row alone.
    fn folds_once(&self) -> bool {
        let measure = self.measure;
        // Mesa regroups Jensen-Shannon of other weights where it is compiled so, and its bits were not the CPU's.
        *measure != stem::JENSEN_SHANNON
            && measure.space == Space::Shares
            && !measure.is_power()
            && measure.instead.is_none()
            && !self.needs_drift()
    }

    /// True if rows may be scored by a look and a fold.
    pub(crate) fn is_of_weights(&self) -> bool {
        self.folds_once() && !(self.p.logarithmic || self.q.logarithmic || self.is_direct())
    }

    /// How rows of `k` bins in this shape are tried first, if they are: the entry and its shape.
    pub(crate) fn first_try(&self, shape: &Shape, k: u64) -> Option<(Entry, Shape)> {
        let whole = k.is_multiple_of(4);
        if self.is_direct() {
            Some((Entry::Direct { whole }, shape.direct(k)))
        } else if self.is_of_weights() {
            Some((Entry::Weights { whole }, *shape))
        } else {
            None
        }
    }

    /// The entry for rows of `k` logarithms that are folded once, if these are such.
    pub(crate) fn logarithms(&self, k: u64) -> Option<Entry> {
        let at_one = match self.temperatures {
            Temperatures::Any => return None,
            Temperatures::Shared => false,
            Temperatures::One => true,
        };
        let whole = k.is_multiple_of(4);
        self.folds_once()
            .then_some(Entry::Logarithms { whole, at_one })
    }

    /// The kernel of an entry that reduces rows of `k` bins in this shape.
    pub(crate) fn with(&self, entry: Entry, shape: &Shape, k: u64) -> Self {
        Key {
            entry,
            blocks: match shape.blocks(k) {
                0 | 1 => Blocks::One,
                2..=32 => Blocks::Few,
                _ => Blocks::Many,
            },
            temperatures: Temperatures::Any,
            ..*self
        }
    }

    /// Buffers behind the operands and the output, in the order of their bindings.
    pub(crate) fn scratch(&self) -> &'static [Scratch] {
        match self.entry {
            Entry::Spread | Entry::Gather => &[Scratch::Partials, Scratch::Results],
            _ if self.is_direct() || self.is_of_weights() => &[Scratch::Unsettled],
            _ => &[],
        }
    }

    /// The passes of a row spread over workgroups, as numbered in `shaders/reduce/passes.wgsl`.
    pub(crate) fn passes(&self) -> impl Iterator<Item = u32> {
        let direct = self.is_direct();
        let drift = self.needs_drift();
        (0..Key::SCORE + self.levels()).filter(move |&pass| match pass {
            0 => direct,
            5 => drift,
            _ => true,
        })
    }
}

/// Fowler, Noll and Vo's hash.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.measure.name)?;
        if let Some(made) = self.measure.made {
            // For people: keys are told apart by all of the text.
            write!(f, "_{:016x}", hash(made))?;
        }
        write!(f, "/{}-{}", self.p, self.q)?;
        if self.smoothed {
            f.write_str("-smoothed")?;
        }
        if self.normalised {
            f.write_str("-normalised")?;
        }
        if self.meeting == Meeting::Grid {
            f.write_str("-grid")?;
        }
        f.write_str(match self.exchange {
            Exchange::Shared => "-shared",
            Exchange::Subgroup => "-subgroup",
        })?;
        f.write_str(match self.entry {
            Entry::Rows => "-rows",
            Entry::Spread => "-spread",
            Entry::Gather => "-gather",
            Entry::Direct { whole: true } => "-direct",
            Entry::Direct { whole: false } => "-direct-words",
            Entry::Weights { whole: true } => "-weights",
            Entry::Weights { whole: false } => "-weights-words",
            Entry::Logarithms { .. } => "-logarithms",
        })?;
        if let Entry::Logarithms { whole, at_one } = self.entry {
            f.write_str(if whole { "" } else { "-words" })?;
            f.write_str(if at_one { "" } else { "-tempered" })?;
        }
        f.write_str(match self.blocks {
            Blocks::One => "-one",
            Blocks::Few => "-few",
            Blocks::Many => "-many",
        })
    }
}
