//! Matrices of distributions, one a row.

use crate::element::{Element, ElementType, Values};
use crate::encoding::{Encoding, Temperature};
use crate::error::ArgumentError;

/// A borrowed row-major matrix whose rows are distributions over `k` bins.
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
    stride: usize,
    rows: usize,
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
        })
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

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows as u64
    }

    /// The number of bins of each row.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// Elements from the start of one row to the start of the next.
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
        Row {
            values: self.row_values(i as usize),
            encoding: self.encoding,
        }
    }

    /// The values of row `i`.
    pub(crate) fn row_values(&self, i: usize) -> Values<'a> {
        self.values.slice(i * self.stride..i * self.stride + self.k)
    }

    /// All values, padding included but for that of the last row.
    pub(crate) fn values(&self) -> Values<'a> {
        let end = match self.rows {
            0 => 0,
            rows => (rows - 1) * self.stride + self.k,
        };
        self.values.slice(0..end)
    }

    /// The rows `from..to` as a view of their own.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Rows<'a> {
        let start = from * self.stride;
        let end = (to * self.stride).min(self.values.len());
        Rows {
            values: self.values.slice(start.min(end)..end),
            rows: to - from,
            ..*self
        }
    }
}

/// One row of a matrix, for the reference.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    values: Values<'a>,
    encoding: Encoding,
}

impl Row<'_> {
    /// The number of bins.
    #[must_use]
    pub fn k(&self) -> usize {
        self.values.len()
    }

    /// What the row stands for.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bin `i` as it counts: -0 and subnormals are zero, but for those of f16, which no other type flushes.
    #[must_use]
    pub fn value(&self, i: usize) -> f64 {
        self.values.value(i)
    }

    /// The sum of the probabilities that the row claims to hold.
    pub(crate) fn mass(&self) -> f64 {
        let terms = (0..self.k()).map(|i| self.value(i));
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
