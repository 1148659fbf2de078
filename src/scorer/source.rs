//! Where the rows of a stream come from.

use std::marker::PhantomData;

use crate::element::{Element, ElementType, Room, WrongElement};
use crate::encoding::Encoding;
use crate::error::ArgumentError;
use crate::rows::{Rows, check_bins};
use crate::status::Operand;

/// Any error of a source or a sink.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Gives the rows of a stream, pair by pair.
///
/// [`RowSource`] makes one of an iterator, [`RowsSource`] of two matrices. One of one's own:
///
/// ```
/// use kullback::{BoxError, Encoding, Measure, Room, Scorer, Source};
///
/// /// Binomial distributions of two throws, against the uniform distribution.
/// struct Coins {
///     thrown: u64,
/// }
///
/// impl Source for Coins {
///     fn k(&self) -> usize {
///         3
///     }
///     fn rows(&self) -> Option<u64> {
///         Some(100)
///     }
///     fn p_encoding(&self) -> Encoding {
///         Encoding::Probabilities
///     }
///     fn q_encoding(&self) -> Encoding {
///         Encoding::Weights
///     }
///     fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
///         let (p, q) = (p.of::<f32>()?, q.of::<f32>()?);
///         let mut filled = 0;
///         for (p, q) in p.chunks_exact_mut(3).zip(q.chunks_exact_mut(3)) {
///             if self.thrown == 100 {
///                 break;
///             }
///             let heads = self.thrown as f32 / 100.0;
///             let tails = 1.0 - heads;
///             p.copy_from_slice(&[heads * heads, 2.0 * heads * tails, tails * tails]);
///             q.fill(1.0);
///             self.thrown += 1;
///             filled += 1;
///         }
///         Ok(filled)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut scores = Vec::new();
/// let report = Scorer::new()
///     .request(&Measure::KullbackLeibler)
///     .stream(&mut Coins { thrown: 0 }, &mut scores)?;
/// assert_eq!(report.rows, 100);
/// assert!((scores[0] - 3.0_f32.ln()).abs() < 1e-6);
/// # Ok(())
/// # }
/// ```
pub trait Source {
    /// The number of bins of every row, at least 1. Asked once.
    fn k(&self) -> usize;

    /// The number of pairs of rows, if it is known. Asked once; a stream that then gives fewer or more
    /// is an error.
    fn rows(&self) -> Option<u64>;

    /// What the rows of P stand for. Asked once.
    fn p_encoding(&self) -> Encoding;

    /// What the rows of Q stand for. Asked once.
    fn q_encoding(&self) -> Encoding;

    /// The type of the numbers of P: f32 unless stated. Asked once.
    fn p_element(&self) -> ElementType {
        ElementType::F32
    }

    /// The type of the numbers of Q: f32 unless stated. Asked once.
    fn q_element(&self) -> ElementType {
        ElementType::F32
    }

    /// Writes the next rows to the front of `p` and `q` and returns how many; 0 ends the stream.
    ///
    /// Both hold the same number of whole rows, one behind the other, of the element types that were
    /// stated: [`Room::of`] makes slices of them. What is written is scored at once, so a source should
    /// fill as many rows as it has. What they held before is unspecified.
    /// [`Measure::Entropy`](crate::Measure::Entropy) reads no Q: `q` may then be left as it is.
    ///
    /// # Errors
    /// Any error ends the stream, after all rows that earlier calls gave were scored.
    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError>;
}

/// A source that copies pairs of rows from an iterator.
///
/// See [`Request::stream`](crate::Request::stream) for an example.
#[derive(Debug)]
pub struct RowSource<I, E = f32, F = f32> {
    pairs: I,
    k: usize,
    rows: Option<u64>,
    p_encoding: Encoding,
    q_encoding: Encoding,
    /// An error behind rows that were filled before it; they are scored first.
    pending: Option<BoxError>,
    elements: PhantomData<fn() -> (E, F)>,
}

/// A row of the wrong length.
#[derive(Debug, thiserror::Error)]
#[error("the row of {operand} has {found} values but K is {k}")]
struct RowLength {
    operand: Operand,
    found: usize,
    k: usize,
}

impl RowSource<()> {
    /// Pairs of a row of P and a row of Q, each of `k` values: slices, arrays or vectors of any element
    /// types.
    ///
    /// Nothing is checked here. A row of another length is an error of the stream, as is `k` = 0.
    pub fn new<P, Q, E: Element, F: Element>(
        p_encoding: Encoding,
        q_encoding: Encoding,
        k: usize,
        pairs: impl IntoIterator<Item = (P, Q)>,
    ) -> RowSource<impl Iterator<Item = Result<(P, Q), BoxError>>, E, F>
    where
        P: AsRef<[E]>,
        Q: AsRef<[F]>,
    {
        Self::try_new(p_encoding, q_encoding, k, pairs.into_iter().map(Ok))
    }

    /// As [`RowSource::new`], for pairs that may fail to come, for instance because they are read from a
    /// file. The first error ends the stream.
    pub fn try_new<P, Q, I, E: Element, F: Element>(
        p_encoding: Encoding,
        q_encoding: Encoding,
        k: usize,
        pairs: I,
    ) -> RowSource<I::IntoIter, E, F>
    where
        P: AsRef<[E]>,
        Q: AsRef<[F]>,
        I: IntoIterator<Item = Result<(P, Q), BoxError>>,
    {
        RowSource {
            pairs: pairs.into_iter(),
            k,
            rows: None,
            p_encoding,
            q_encoding,
            pending: None,
            elements: PhantomData,
        }
    }
}

impl<I, E, F> RowSource<I, E, F> {
    /// States the number of pairs, so that progress has a total and a sample is spread over all rows.
    ///
    /// It is an error of the stream if the iterator gives fewer or more.
    #[must_use]
    pub fn with_rows(mut self, rows: u64) -> Self {
        self.rows = Some(rows);
        self
    }
}

/// Copies one row, or says why it does not fit.
fn copy_row<E: Element>(operand: Operand, from: &[E], to: &mut [E]) -> Result<(), BoxError> {
    if from.len() != to.len() {
        return Err(Box::new(RowLength {
            operand,
            found: from.len(),
            k: to.len(),
        }));
    }
    to.copy_from_slice(from);
    Ok(())
}

impl<I, P, Q, E, F> Source for RowSource<I, E, F>
where
    I: Iterator<Item = Result<(P, Q), BoxError>>,
    P: AsRef<[E]>,
    Q: AsRef<[F]>,
    E: Element,
    F: Element,
{
    fn k(&self) -> usize {
        self.k
    }

    fn rows(&self) -> Option<u64> {
        self.rows
    }

    fn p_encoding(&self) -> Encoding {
        self.p_encoding
    }

    fn q_encoding(&self) -> Encoding {
        self.q_encoding
    }

    fn p_element(&self) -> ElementType {
        E::TYPE
    }

    fn q_element(&self) -> ElementType {
        F::TYPE
    }

    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        let (p, q) = (p.of::<E>()?, q.of::<F>()?);
        let k = self.k.max(1);
        let mut filled = 0;
        for (to_p, to_q) in p.chunks_exact_mut(k).zip(q.chunks_exact_mut(k)) {
            let Some(pair) = self.pairs.next() else { break };
            let copied = pair.and_then(|(p, q)| {
                copy_row(Operand::P, p.as_ref(), to_p)?;
                copy_row(Operand::Q, q.as_ref(), to_q)
            });
            match copied {
                Ok(()) => filled += 1,
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    self.pending = Some(error);
                    break;
                }
            }
        }
        Ok(filled)
    }
}

/// A source that copies the rows of two matrices, which may be larger than a device can hold.
#[derive(Clone, Debug)]
pub struct RowsSource<'a> {
    p: Rows<'a>,
    q: Rows<'a>,
    next: u64,
}

impl<'a> RowsSource<'a> {
    /// Row `i` of `p` with row `i` of `q`.
    ///
    /// # Errors
    /// [`ArgumentError`] if they differ in their number of rows or bins, or are ragged or sparse.
    pub fn new(p: Rows<'a>, q: Rows<'a>) -> Result<Self, ArgumentError> {
        if p.are_uneven() || q.are_uneven() {
            return Err(ArgumentError::UnevenSource);
        }
        check_shapes(&p, &q)?;
        Ok(RowsSource { p, q, next: 0 })
    }
}

/// Checks that rows can be scored one by one.
pub(crate) fn check_shapes(p: &Rows<'_>, q: &Rows<'_>) -> Result<(), ArgumentError> {
    if p.rows() == q.rows() {
        return check_bins(p, q);
    }
    Err(ArgumentError::Shapes {
        p_rows: p.rows(),
        p_k: p.k(),
        q_rows: q.rows(),
        q_k: q.k(),
    })
}

impl Source for RowsSource<'_> {
    fn k(&self) -> usize {
        self.p.k()
    }

    fn rows(&self) -> Option<u64> {
        Some(self.p.rows())
    }

    fn p_encoding(&self) -> Encoding {
        self.p.encoding()
    }

    fn q_encoding(&self) -> Encoding {
        self.q.encoding()
    }

    fn p_element(&self) -> ElementType {
        self.p.element_type()
    }

    fn q_element(&self) -> ElementType {
        self.q.element_type()
    }

    fn fill(&mut self, p: Room<'_>, q: Room<'_>) -> Result<usize, BoxError> {
        let rows = (p.len() / self.p.k()).min((self.p.rows() - self.next) as usize);
        copy_rows(&self.p, self.next as usize, rows, p)?;
        copy_rows(&self.q, self.next as usize, rows, q)?;
        self.next += rows as u64;
        Ok(rows)
    }
}

/// Copies some rows of a matrix, without their padding, to the front of `room`.
fn copy_rows(rows: &Rows<'_>, from: usize, count: usize, room: Room<'_>) -> Result<(), BoxError> {
    let wrong = WrongElement {
        wanted: rows.element_type(),
        stated: room.element_type(),
    };
    for (i, room) in room.rows(rows.k()).take(count).enumerate() {
        if !rows.row_values(from + i).copy_to(room) {
            return Err(wrong.into());
        }
    }
    Ok(())
}
