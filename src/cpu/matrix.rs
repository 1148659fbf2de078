//! Rows of any element type as rows of f32, widened a piece at a time where they are none.

use pulp::NullaryFnOnce;

use super::dispatch::Simd;
use super::fold::{Of, Truth};
use super::prefetch::{Asking, Behind};
use super::side_by_side::NARROW;
use crate::element::Values;
use crate::math::{Bits, LANES, Starts, Vector};
use crate::rows::{Listed, Rows};

/// Rows so many numbers apart, or a multiple, lie in the same places of the cache: as wide rows side by side too many.
const COMPETING: usize = 1024;

/// Rows of f32, not copied if that is what was given; a stride of 0 repeats one.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    k: usize,
    stride: usize,
    /// Which rows of the values these are, if not all in their order.
    list: Option<Listed<'a>>,
    /// Where rows lie that have lengths of their own.
    spans: Option<&'a [Span]>,
    /// Of those, the end of the last.
    end: usize,
}

/// Where a row begins, and how many bins it has.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    bins: usize,
}

impl<'a> Matrix<'a> {
    /// The values of row `i`.
    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &'a [f32] {
        match self.spans {
            None => {
                let i = self.list.map_or(i, |list| list.row(i));
                &self.values[i * self.stride..i * self.stride + self.k]
            }
            Some(spans) => {
                let Span { start, bins } = spans[i];
                &self.values[start..start + bins]
            }
        }
    }

    /// True if all rows are the same one.
    #[inline(always)]
    pub(crate) fn are_one(&self) -> bool {
        self.stride == 0
    }

    /// What loops ask for that read rows of so many bins one by one, more than once.
    #[inline(always)]
    pub(crate) fn asking(&self, bins: usize) -> Asking {
        if self.are_one() || self.list.is_some() {
            Asking::within_row(bins)
        } else if self.spans.is_some() {
            Asking::for_next_row(bins, bins)
        } else {
            Asking::for_next_row(bins, self.stride)
        }
    }

    /// True if rows have at most so many bins, and lie so near one another that read side by side they do not compete for
    /// the same few places of the cache.
    #[inline(always)]
    pub(crate) fn is_narrow(&self, most: usize) -> bool {
        if self.spans.is_some() {
            // Longer ones lie in no order of their lengths: a vector of rows would take the time of its longest.
            return self.k <= most.min(NARROW);
        }
        let near = self.list.is_none() && self.stride <= 2 * self.k.next_multiple_of(4);
        let competes = self.k > NARROW && self.stride > 0 && self.stride.is_multiple_of(COMPETING);
        self.k <= most && near && !competes
    }

    /// The number of bins of a row, of rows with lengths of their own of the longest.
    pub(crate) fn k(&self) -> usize {
        self.k
    }

    /// Where as many rows from one on end as are read side by side.
    #[inline(always)]
    pub(crate) fn ends(&self, from: usize, rows: usize) -> Ends {
        let Some(spans) = self.spans else {
            return Ends {
                lengths: [self.k as u32; LANES],
                shortest: self.k,
                longest: self.k,
            };
        };
        let mut lengths = [0; LANES];
        let (mut shortest, mut longest) = (u32::MAX, 0);
        for (length, span) in lengths.iter_mut().zip(&spans[from..from + rows]) {
            *length = span.bins as u32;
            shortest = shortest.min(*length);
            longest = longest.max(*length);
        }
        Ends {
            lengths,
            shortest: shortest as usize,
            longest: longest as usize,
        }
    }

    /// `rows` rows from one on, to be read side by side.
    ///
    /// Four elements are read at a time. Rows behind which memory ends are copied into the margin.
    #[inline(always)]
    pub(crate) fn side<'m>(
        &self,
        from: usize,
        rows: usize,
        ends: &Ends,
        margin: &'m mut Margin,
    ) -> Side<'m>
    where
        'a: 'm,
    {
        let padded = ends.longest.next_multiple_of(4);
        let Margin {
            rows: margin,
            starts,
            asked,
        } = margin;
        if let Some(spans) = self.spans {
            let spans = &spans[from..from + rows];
            // There may be fewer rows than lanes.
            *starts = Starts::new(std::array::from_fn(|i| spans[i % rows].start));
            let behind = Behind::element(self.values, self.end + *asked);
            *asked += rows * padded;
            if starts.last() + padded <= self.values.len() {
                return Side {
                    values: self.values,
                    stride: 0,
                    starts: Some(starts),
                    behind,
                };
            }
            margin.resize(rows * padded, 0.0);
            for (i, copy) in margin.chunks_exact_mut(padded.max(1)).enumerate() {
                let row = self.row(from + i);
                copy[..row.len()].copy_from_slice(row);
            }
            return Side {
                values: margin,
                stride: padded,
                starts: None,
                behind: Behind::NOTHING,
            };
        }
        let start = from * self.stride;
        let end = start + (rows - 1) * self.stride + padded;
        if let Some(values) = self.values.get(start..end) {
            let stride = self.stride;
            let behind = match stride {
                0 => Behind::NOTHING,
                _ => Behind::rows(values),
            };
            return Side {
                values,
                stride,
                starts: None,
                behind,
            };
        }
        margin.resize(rows * padded, 0.0);
        for (i, copy) in margin.chunks_exact_mut(padded).enumerate() {
            copy[..self.k].copy_from_slice(self.row(from + i));
        }
        Side {
            values: margin,
            stride: padded,
            starts: None,
            behind: Behind::NOTHING,
        }
    }
}

/// Where rows end that are read side by side.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    /// The bins of each of them.
    lengths: [u32; LANES],
    pub(crate) shortest: usize,
    pub(crate) longest: usize,
}

impl Ends {
    /// Whether each of the rows has element `at`.
    #[inline(always)]
    pub(crate) fn present<S: Simd>(
        &self,
        token: <S::Vector as Vector>::Token,
        at: usize,
    ) -> Truth<Of<S>> {
        let lengths = S::Vector::load_bits(token, &self.lengths, 0);
        lengths.splat(at as u32).less_signed(lengths)
    }

    /// Of what four elements from `at` on have come to, makes something else of those that not all rows have, of which
    /// it is said which rows do, if any.
    #[inline(always)]
    pub(crate) fn leave<S: Simd, T: Copy>(
        &self,
        token: <S::Vector as Vector>::Token,
        at: usize,
        quad: &mut [T],
        leave: impl Fn(Option<Truth<Of<S>>>, T) -> T,
    ) {
        if at + 4 <= self.shortest {
            return;
        }
        for (c, it) in quad.iter_mut().enumerate() {
            if at + c >= self.longest {
                *it = leave(None, *it);
            } else if at + c >= self.shortest {
                *it = leave(Some(self.present::<S>(token, at + c)), *it);
            }
        }
    }
}

/// Rows to be read side by side, one in each lane.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    values: &'a [f32],
    stride: usize,
    /// Where rows begin if not a stride apart.
    starts: Option<&'a Starts>,
    /// What comes next: behind rows of an order of their own what lies behind all of them, where the next piece of work has
    /// as many.
    behind: Behind,
}

impl Side<'_> {
    /// Elements `at` to `at + 3` of each row; those behind its end may be any.
    #[inline(always)]
    pub(crate) fn quads<S: Simd>(self, simd: S, at: usize) -> [S::Vector; 4] {
        match self.starts {
            None => S::Vector::load_quads(simd.token(), &self.values[at..], self.stride),
            Some(starts) => simd.run(Scattered::<S> {
                simd,
                values: self.values,
                starts,
                at,
            }),
        }
    }

    /// What to ask for while these are read; nothing behind one that is repeated.
    #[inline(always)]
    pub(crate) fn behind(self) -> Behind {
        self.behind
    }
}

/// The read of rows that lie apart as a value, so that it is compiled once for each instruction set.
struct Scattered<'a, S> {
    simd: S,
    values: &'a [f32],
    starts: &'a Starts,
    at: usize,
}

impl<S: Simd> NullaryFnOnce for Scattered<'_, S> {
    type Output = [S::Vector; 4];

    #[inline(always)]
    fn call(self) -> [S::Vector; 4] {
        S::Vector::load_quads_behind(self.simd.token(), self.values, self.starts, self.at)
    }
}

/// Room for rows that end where the memory does, and for where others begin.
pub(crate) struct Margin {
    rows: Vec<f32>,
    starts: Starts,
    /// How much has been asked for of what lies behind all of these.
    asked: usize,
}

impl Margin {
    pub(crate) const EMPTY: Margin = Margin {
        rows: Vec::new(),
        starts: Starts::ZERO,
        asked: 0,
    };
}

/// Memory for widened rows, to be used again, and for where ragged rows lie.
#[derive(Default)]
pub(crate) struct Widened(Vec<f32>, Vec<Span>);

impl Widened {
    /// The rows as f32, one behind the other if they are not at hand as such. None are sparse.
    pub(crate) fn matrix<'a>(&'a mut self, rows: &Rows<'a>) -> Matrix<'a> {
        let k = rows.k();
        let whole = |values, stride, list| Matrix {
            values,
            k,
            stride,
            list,
            spans: None,
            end: 0,
        };
        if let Some(offsets) = rows.offsets() {
            return self.ragged(rows, offsets);
        }
        let strided = rows.strided_values();
        match (strided, rows.table()) {
            // Short rows are read in whole quads, behind which one alone ends, and listed ones side by side.
            _ if k <= NARROW && (rows.are_one() || strided.is_none()) => {}
            (Some((Values::F32(values), stride)), _) => return whole(values, stride, None),
            (None, Values::F32(values)) => return whole(values, rows.stride(), rows.list()),
            _ => {}
        }
        if rows.are_one() && rows.rows() > 0 {
            self.0.clear();
            self.0.resize(k.next_multiple_of(4), 0.0);
            rows.row_values(0).widen(&mut self.0[..k]);
            return whole(&self.0, 0, None);
        }
        self.0.resize(rows.rows() as usize * k, 0.0);
        match strided {
            Some((values, stride)) if stride == k => values.widen(&mut self.0),
            _ => {
                for (i, out) in self.0.chunks_exact_mut(k).enumerate() {
                    rows.row_values(i).widen(out);
                }
            }
        }
        whole(&self.0, k, None)
    }

    /// The same of rows with lengths of their own.
    fn ragged<'a>(&'a mut self, rows: &Rows<'a>, offsets: &'a [u64]) -> Matrix<'a> {
        let Widened(widened, spans) = self;
        let (from, to) = match offsets {
            [from, .., to] => (*from as usize, *to as usize),
            _ => (0, 0),
        };
        let (values, origin) = match rows.table() {
            Values::F32(values) => (values, 0),
            values => {
                widened.resize(to - from, 0.0);
                values.slice(from..to).widen(widened);
                (&widened[..], from)
            }
        };
        let span = |row: usize| Span {
            start: offsets[row] as usize - origin,
            bins: (offsets[row + 1] - offsets[row]) as usize,
        };
        spans.clear();
        match rows.list() {
            Some(Listed::Rows(list)) => spans.extend(list.iter().map(|&row| span(row as usize))),
            _ => spans.extend((0..rows.rows() as usize).map(|i| span(rows.number(i)))),
        }
        Matrix {
            values,
            k: rows.k(),
            // Only that it is not 0 counts.
            stride: 1,
            list: None,
            spans: Some(spans),
            end: to - origin,
        }
    }
}
