//! Distributions, one a row: matrices, ragged rows and sparse ones, and views of them.

use crate::element::{Element, ElementType, Values};
use crate::encoding::{Encoding, Temperature};
use crate::error::ArgumentError;

mod gather;
mod listed;
mod uneven;

pub(crate) use gather::Gathered;
use listed::Within;
pub(crate) use listed::{Grid, Listed, grid, paired, pairs_of, tile};
use uneven::Uneven;
pub(crate) use uneven::{UnevenPairs, check_bins, check_bins_of_all, check_filled};

/// Borrowed rows of numbers, each of which is a distribution: those of a row-major matrix, over `k` bins, or
/// [`ragged`](Rows::ragged) ones, or [`sparse`](Rows::sparse) ones.
///
/// The numbers are f32, or [`f16`](crate::f16) or [`bf16`](crate::bf16), which are read as they are
/// stored, or f64, for which everything is computed in f64, on the CPU; two matrices that are scored
/// against each other may differ in that. Scores are f32 whatever the rows are.
///
/// Nothing is read or checked here but the shape: bad rows are found while scoring.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    values: Values<'a>,
    encoding: Encoding,
    k: usize,
    /// Elements from one row to the next; 0 where all are the same one.
    stride: usize,
    rows: usize,
    listed: Option<Listed<'a>>,
    /// Where the rows lie if not at every stride.
    uneven: Option<Uneven<'a>>,
}

impl<'a> Rows<'a> {
    /// Rows of `k` values in the given encoding, one behind the other.
    ///
    /// # Errors
    /// [`ArgumentError`] if `k` is 0 or the length is no multiple of `k`.
    pub fn new<E: Element>(
        encoding: Encoding,
        values: &'a [E],
        k: usize,
    ) -> Result<Self, ArgumentError> {
        Self::of(encoding, E::values(values), k)
    }

    /// As [`Rows::new`], of a type that is known only at run time.
    pub(crate) fn of(
        encoding: Encoding,
        values: Values<'a>,
        k: usize,
    ) -> Result<Self, ArgumentError> {
        if k == 0 {
            return Err(ArgumentError::NoBins);
        }
        if !values.len().is_multiple_of(k) {
            return Err(ArgumentError::Length {
                length: values.len(),
                k,
            });
        }
        Ok(Rows {
            values,
            encoding,
            k,
            stride: k,
            rows: values.len() / k,
            listed: None,
            uneven: None,
        })
    }

    /// Padded rows: row `i` is `values[i * stride .. i * stride + k]`. The padding plays no part.
    ///
    /// The last row may lack its padding.
    ///
    /// # Errors
    /// [`ArgumentError`] if `k` is 0, the stride is below `k`, or the values end within a row.
    pub fn strided<E: Element>(
        encoding: Encoding,
        values: &'a [E],
        k: usize,
        stride: usize,
    ) -> Result<Self, ArgumentError> {
        if k == 0 {
            return Err(ArgumentError::NoBins);
        }
        if stride < k {
            return Err(ArgumentError::Stride { stride, k });
        }
        let (whole, rest) = (values.len() / stride, values.len() % stride);
        if rest != 0 && rest < k {
            return Err(ArgumentError::LastRow {
                length: values.len(),
                k,
                stride,
            });
        }
        Ok(Rows {
            values: E::values(values),
            encoding,
            k,
            stride,
            rows: whole + usize::from(rest != 0),
            listed: None,
            uneven: None,
        })
    }

    /// Rows of different lengths, one behind the other: row `i` is `values[offsets[i]..offsets[i + 1]]`, a
    /// distribution over as many bins.
    ///
    /// There is one offset more than there are rows; values before the first and behind the last play no part. Rows
    /// that meet need the same number of bins, and a row of none is a bad row (zero mass). Long rows do not hold up
    /// short ones: rows of about the same length are scored together, for which a GPU gets them filled up with zeros
    /// to one of eight lengths from a power of two to the next, a multiple of four. So a score is that of the two rows
    /// in matrices of their own, in the same bits: as they are on the CPU, filled up on a GPU. Under
    /// [`Support::Smoothed`](crate::Support::Smoothed), where zeros count, nothing is filled up, and a GPU gets a
    /// submission for each length, so that the CPU is sooner where lengths are many. On a GPU rows are finished some
    /// tens of millions of bins at a time, which is what a cancelled request may lose of what was scored.
    ///
    /// ```
    /// use kullback::{Encoding, Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let offsets = [0, 2, 5]; // two bins, then three
    /// let p = [1.0_f32, 1.0, 2.0, 1.0, 1.0];
    /// let q = [3.0_f32, 1.0, 1.0, 1.0, 2.0];
    /// let p = Rows::ragged(Encoding::Weights, &p, &offsets)?;
    /// let q = Rows::ragged(Encoding::Weights, &q, &offsets)?;
    /// let scores = Scorer::new().score(&Measure::TotalVariation, p, q)?;
    /// assert_eq!(scores.values(), [0.25, 0.25]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ArgumentError`] if there is no offset, one is less than the one before, or the last is beyond the values.
    pub fn ragged<E: Element>(
        encoding: Encoding,
        values: &'a [E],
        offsets: &'a [u64],
    ) -> Result<Self, ArgumentError> {
        let uneven = Uneven::new(offsets, None, values.len())?;
        Ok(Self::uneven(
            encoding,
            E::values(values),
            uneven.longest(),
            uneven,
        ))
    }

    /// Sparse rows over `k` bins, as in a CSR matrix: row `i` has `values[offsets[i]..offsets[i + 1]]` in the bins
    /// `indices[offsets[i]..offsets[i + 1]]`. All other bins are zero: 0, or negative infinity where the values are
    /// logarithms.
    ///
    /// Offsets are as of [`Rows::ragged`]; the indices of a row ascend. Sparse rows meet sparse rows, or those of a
    /// matrix, over as many bins. Two sparse rows are scored over the bins in which either has a value, be that zero:
    /// where zeros are exact a bin that is zero in both does not exist, so that the bins of neither cost anything.
    /// Under [`Support::Smoothed`](crate::Support::Smoothed), and beside a matrix, rows are filled up to `k` bins
    /// while they are scored, which takes as long as rows of a matrix do. A score is that of two [`ragged`](Rows::ragged) rows that hold these bins in their order.
    ///
    /// ```
    /// use kullback::{Encoding, Measure, Rows, Scorer, Unit};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // How often words of a million occur in two texts: 3 and 1 times words 7 and 900000, 1 and 1 time.
    /// let counts = [3.0_f32, 1.0, 1.0, 1.0];
    /// let words = [7, 900_000, 7, 900_000];
    /// let p = Rows::sparse(Encoding::Weights, &counts[..2], &words[..2], &[0, 2], 1_000_000)?;
    /// let q = Rows::sparse(Encoding::Weights, &counts[2..], &words[2..], &[0, 2], 1_000_000)?;
    /// let scores = Scorer::new().score(&Measure::TotalVariation, p, q)?;
    /// assert_eq!(scores.values(), [0.25]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ArgumentError`] as [`Rows::ragged`]; also if `k` is 0 or more than 2^32, there is not one index for each value, an index is
    /// none of a bin, or the indices of a row do not ascend.
    pub fn sparse<E: Element>(
        encoding: Encoding,
        values: &'a [E],
        indices: &'a [u32],
        offsets: &'a [u64],
        k: usize,
    ) -> Result<Self, ArgumentError> {
        if k == 0 {
            return Err(ArgumentError::NoBins);
        }
        if k as u64 > 1 << 32 {
            return Err(ArgumentError::TooManyBins { k });
        }
        if indices.len() != values.len() {
            return Err(ArgumentError::Indices {
                indices: indices.len(),
                values: values.len(),
            });
        }
        let uneven = Uneven::new(offsets, Some(indices), values.len())?;
        uneven.check_indices(k)?;
        Ok(Self::uneven(encoding, E::values(values), k, uneven))
    }

    fn uneven(encoding: Encoding, values: Values<'a>, k: usize, uneven: Uneven<'a>) -> Self {
        Rows {
            values,
            encoding,
            k,
            // Only that it is not 0 counts.
            stride: k.max(1),
            rows: uneven.rows(),
            listed: None,
            uneven: Some(uneven),
        }
    }

    /// Rows of probabilities. See [`Encoding::Probabilities`] and [`Rows::new`].
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn probabilities<E: Element>(values: &'a [E], k: usize) -> Result<Self, ArgumentError> {
        Self::new(Encoding::Probabilities, values, k)
    }

    /// Rows of counts or other unnormalised weights. See [`Encoding::Weights`] and [`Rows::new`].
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn weights<E: Element>(values: &'a [E], k: usize) -> Result<Self, ArgumentError> {
        Self::new(Encoding::Weights, values, k)
    }

    /// Rows of natural logarithms of probabilities. See [`Encoding::LogProbabilities`] and [`Rows::new`].
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn log_probabilities<E: Element>(values: &'a [E], k: usize) -> Result<Self, ArgumentError> {
        Self::new(Encoding::LogProbabilities, values, k)
    }

    /// Rows of logits at temperature 1. See [`Encoding::Logits`] and [`Rows::new`].
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn logits<E: Element>(values: &'a [E], k: usize) -> Result<Self, ArgumentError> {
        Self::new(Encoding::LOGITS, values, k)
    }

    /// The same logits at another temperature: the distribution is `softmax(z / T)`.
    ///
    /// # Errors
    /// [`ArgumentError`] if the temperature is out of range or the rows are not logits.
    pub fn with_temperature(mut self, temperature: f64) -> Result<Self, ArgumentError> {
        let temperature = Temperature::new(temperature)?;
        if !matches!(self.encoding, Encoding::Logits { .. }) {
            return Err(ArgumentError::TemperatureUnused {
                encoding: self.encoding.name(),
            });
        }
        self.encoding = Encoding::Logits { temperature };
        Ok(self)
    }

    /// The only row, `times` times: what is one against many for [`Scorer::score`](crate::Scorer::score) and all else
    /// that scores row by row. It stays in the cache of the CPU, and a GPU gets it once a submission of up to 32 MiB;
    /// a ragged or sparse row is put together with each of the others.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (one, many) = ([0.5_f32, 0.5], [0.5_f32, 0.5, 1.0, 0.0]);
    /// let many = Rows::probabilities(&many, 2)?;
    /// let one = Rows::probabilities(&one, 2)?.repeated(many.rows())?;
    /// let scores = Scorer::new().score(&Measure::TotalVariation, one, many)?;
    /// assert_eq!(scores.values(), [0.0, 0.5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ArgumentError`] if there is not exactly one row, or there would be more than memory has addresses for.
    pub fn repeated(self, times: u64) -> Result<Self, ArgumentError> {
        if self.rows != 1 {
            return Err(ArgumentError::OneRow { rows: self.rows() });
        }
        let rows =
            usize::try_from(times).map_err(|_| ArgumentError::TooManyRows { rows: times })?;
        let stored = self.number(0);
        Ok(Rows {
            rows,
            listed: None,
            ..self.one_of_table(stored)
        })
    }

    /// A row of the table as one that is repeated.
    fn one_of_table(&self, row: usize) -> Self {
        let values = match self.uneven {
            Some(_) => self.values,
            None => self.values_of_table(row),
        };
        Rows {
            values,
            stride: 0,
            uneven: self.uneven.map(|uneven| uneven.slice(row, row + 1)),
            ..*self
        }
    }

    /// Some of the rows, one behind the other, as rows of their own: they count from 0 again.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let table = [0.5_f32, 0.5, 0.25, 0.75, 1.0, 0.0];
    /// let table = Rows::probabilities(&table, 2)?;
    /// let [first, others] = [table.range(0..1)?, table.range(1..3)?];
    /// let scores = Scorer::new().matrix(&Measure::TotalVariation, first, others)?;
    /// assert_eq!(scores.values(), [0.25, 0.5]);
    /// assert!(table.range(1..4).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ArgumentError::RowRange`] if the range ends behind the rows, or before it begins.
    pub fn range(&self, rows: std::ops::Range<u64>) -> Result<Self, ArgumentError> {
        if rows.start > rows.end || rows.end > self.rows() {
            return Err(ArgumentError::RowRange {
                from: rows.start,
                to: rows.end,
                rows: self.rows(),
            });
        }
        Ok(self.slice(rows.start as usize, rows.end as usize))
    }

    /// The rows with these numbers, in this order, each as often as it is listed.
    ///
    /// Nothing is copied here: a row is read where it lies, when it is scored, and sent to a GPU as often as it is
    /// listed. Issues and failures count the rows of the list.
    ///
    /// ```
    /// use kullback::{Measure, Rows, Scorer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let table = [0.5_f32, 0.5, 0.25, 0.75, 1.0, 0.0];
    /// let table = Rows::probabilities(&table, 2)?;
    /// let scores = Scorer::new().score(
    ///     &Measure::TotalVariation,
    ///     table.selected(&[2, 0])?,
    ///     table.selected(&[0, 0])?,
    /// )?;
    /// assert_eq!(scores.values(), [0.5, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ArgumentError::NoSuchRow`] that names the first number that is none of a row; also [`ArgumentError`] if these
    /// rows have been selected themselves.
    pub fn selected(&self, rows: &'a [u64]) -> Result<Self, ArgumentError> {
        let wrong = rows.iter().position(|&row| row >= self.rows());
        if let Some(at) = wrong {
            return Err(ArgumentError::NoSuchRow {
                at: at as u64,
                row: rows[at],
                rows: self.rows(),
            });
        }
        if self.listed.is_some() {
            return Err(ArgumentError::SelectedTwice);
        }
        Ok(self.of_list(Listed::Rows(rows)))
    }

    /// The rows of a list, all of whose numbers are those of rows, where these are of none.
    fn of_list(&self, list: Listed<'a>) -> Self {
        Rows {
            rows: list.len(),
            // Whatever their numbers are, the rows of one that is repeated are that one.
            listed: Some(list).filter(|_| !self.are_one()),
            ..*self
        }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows as u64
    }

    /// The number of bins of each row; of [`ragged`](Rows::ragged) rows, of the longest of their table.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// Elements from the start of one row to the start of the next; 0 where they are one row
    /// [`repeated`](Rows::repeated). Of rows that were [`selected`](Rows::selected), that of the table. Ragged and
    /// sparse rows lie where their offsets say, whatever this is.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// What the rows stand for.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The type of the stored numbers.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.values.element_type()
    }

    /// What decides how a stored word is read.
    pub(crate) fn kind(&self) -> (Encoding, ElementType) {
        (self.encoding, self.element_type())
    }

    /// Row `i`, counted from 0.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, i: u64) -> Row<'a> {
        let i = i as usize;
        Row {
            values: self.row_values(i),
            encoding: self.encoding,
            sparse: self.indices(i).map(|indices| (indices, self.k)),
        }
    }

    /// The values of row `i`, as they are stored.
    pub(crate) fn row_values(&self, i: usize) -> Values<'a> {
        self.values_of_table(self.number(i))
    }

    fn values_of_table(&self, row: usize) -> Values<'a> {
        self.values.slice(match self.uneven {
            Some(uneven) => uneven.range(row),
            None => row * self.stride..row * self.stride + self.k,
        })
    }

    /// The number of row `i` in the table that rows are taken from.
    #[inline]
    pub(crate) fn number(&self, i: usize) -> usize {
        match &self.listed {
            Some(list) => list.row(i),
            None if self.are_one() => 0,
            None => i,
        }
    }

    /// The bins of the values of row `i`, if it is sparse.
    pub(crate) fn indices(&self, i: usize) -> Option<&'a [u32]> {
        self.uneven
            .and_then(|uneven| uneven.indices(self.number(i)))
    }

    /// The number of bins of row `i`.
    pub(crate) fn bins(&self, i: usize) -> usize {
        match self.uneven {
            Some(uneven) if !uneven.is_sparse() => uneven.range(self.number(i)).len(),
            _ => self.k,
        }
    }

    /// How many values rows have before row `i`, counted from some row on, if they lie one behind the other.
    pub(crate) fn values_before(&self, i: usize) -> Option<usize> {
        match self.uneven {
            _ if self.listed.is_some() || self.are_one() => None,
            Some(uneven) => Some(uneven.offsets()[i] as usize),
            None => Some(i * self.k),
        }
    }

    /// True if rows lie where offsets say, and so cannot be read as those of a matrix.
    pub(crate) fn are_uneven(&self) -> bool {
        self.uneven.is_some()
    }

    /// True of rows that hold some bins of all.
    pub(crate) fn are_sparse(&self) -> bool {
        self.uneven.is_some_and(|uneven| uneven.is_sparse())
    }

    /// The offsets of ragged and sparse rows.
    pub(crate) fn offsets(&self) -> Option<&'a [u64]> {
        self.uneven.map(|uneven| uneven.offsets())
    }

    /// True of rows that each have bins of their own number.
    pub(crate) fn are_ragged(&self) -> bool {
        self.are_uneven() && !self.are_sparse()
    }

    /// Ragged rows of the table by their numbers in it, which are those of rows, none longer than `longest`.
    pub(crate) fn of_table<'n>(&self, rows: &'n [u64], longest: usize) -> Rows<'n>
    where
        'a: 'n,
    {
        Rows {
            k: longest,
            ..self.of_list(Listed::Rows(rows))
        }
    }

    /// The list of which rows are taken, if there is one.
    pub(crate) fn list(&self) -> Option<Listed<'a>> {
        self.listed
    }

    /// The values of the table that a list takes rows from.
    pub(crate) fn table(&self) -> Values<'a> {
        self.values
    }

    /// True if all are one row.
    pub(crate) fn are_one(&self) -> bool {
        self.stride == 0
    }

    /// Where these are the rows of one operand of all pairs, the pairs.
    pub(crate) fn grid(&self) -> Option<Grid> {
        self.listed.and_then(|list| list.grid())
    }

    /// The rows that are taken in all pairs, or else these.
    pub(crate) fn without_grid(&self) -> Rows<'a> {
        match self.grid() {
            Some(grid) => Rows {
                rows: grid.stored(),
                listed: None,
                ..*self
            },
            None => *self,
        }
    }

    /// How many rows are stored of which these are made, where they lie one behind the other: one that is repeated
    /// once.
    #[cfg(feature = "gpu")]
    pub(crate) fn stored(&self) -> u64 {
        if self.are_one() {
            self.rows().min(1)
        } else {
            self.rows()
        }
    }

    /// All values, padding included but for that of the last row, and their stride, unless rows are taken from a list.
    pub(crate) fn strided_values(&self) -> Option<(Values<'a>, usize)> {
        if self.listed.is_some() || self.are_uneven() {
            return None;
        }
        let end = match self.rows {
            0 => 0,
            rows => (rows - 1) * self.stride + self.k,
        };
        Some((self.values.slice(0..end), self.stride))
    }

    /// The rows `from..to` as a view of their own.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Rows<'a> {
        let rows = to - from;
        if let Some(rows) = self.grid().and_then(|grid| grid.within_line(from, to)) {
            let table = self.without_grid();
            return match rows {
                Within::Row(row) => Rows {
                    rows: to - from,
                    ..table.one_of_table(row)
                },
                Within::Rows(from, to) => table.slice(from, to),
            };
        }
        if let Some(list) = &self.listed {
            return Rows {
                rows,
                listed: Some(list.slice(from, to)),
                ..*self
            };
        }
        if self.are_one() {
            return Rows { rows, ..*self };
        }
        if let Some(uneven) = self.uneven {
            return Rows {
                rows,
                uneven: Some(uneven.slice(from, to)),
                ..*self
            };
        }
        let start = from * self.stride;
        let end = (to * self.stride).min(self.values.len());
        Rows {
            values: self.values.slice(start.min(end)..end),
            rows,
            ..*self
        }
    }
}

/// One row, for the reference.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    values: Values<'a>,
    encoding: Encoding,
    /// Of a sparse row, the bins of the values, and how many there are in all.
    sparse: Option<(&'a [u32], usize)>,
}

impl Row<'_> {
    /// The number of bins.
    #[must_use]
    pub fn k(&self) -> usize {
        self.sparse.map_or(self.values.len(), |(_, k)| k)
    }

    /// The bins that a sparse row has values for, in ascending order.
    pub(crate) fn stored(&self) -> Option<&[u32]> {
        self.sparse.map(|(indices, _)| indices)
    }

    /// What the row stands for.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bin `i` as it counts: -0 and subnormals are zero, but for those of f16, which no other type flushes.
    #[must_use]
    pub fn value(&self, i: usize) -> f64 {
        let Some((indices, _)) = self.sparse else {
            return self.values.value(i);
        };
        let found = indices.binary_search_by(|&index| (index as usize).cmp(&i));
        found.map_or(self.encoding.zero(), |at| self.values.value(at))
    }

    /// The sum of the probabilities that the row claims to hold.
    pub(crate) fn mass(&self) -> f64 {
        // Bins without a value add nothing.
        let terms = (0..self.values.len()).map(|i| self.values.value(i));
        if self.encoding.is_logarithmic() {
            terms.map(f64::exp).sum()
        } else {
            terms.sum()
        }
    }

    /// How far the sum of probabilities may be from 1 unless a request says otherwise.
    #[must_use]
    pub fn default_tolerance(&self) -> f64 {
        self.values.element_type().default_tolerance()
    }
}
