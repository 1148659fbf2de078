//! The uniform block of a kernel, in the order of `shaders/prelude.wgsl`.

use super::strategy::{Shape, WORKGROUP};
use crate::measure::Arithmetic;

/// Rows that were tried in a dispatch before, by the groups in which they were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tried {
    /// Groups that a workgroup looks at.
    pub groups: u32,
    /// Rows of a group.
    pub group_rows: u32,
    /// All groups.
    pub all_groups: u32,
}

impl Tried {
    /// Workgroups that fill a card.
    pub(crate) const FILLING: u64 = 4096;
    /// Groups that a workgroup can look at, one an invocation.
    const MOST: u64 = WORKGROUP as u64;

    /// After a first try at `rows` rows in workgroups of that shape: about `filling` workgroups look for what is left,
    /// few since mostly nothing is, but enough to fill a card where all is.
    pub(crate) fn new(first: &Shape, rows: u64, filling: u64) -> Self {
        let all_groups = first.workgroups(rows);
        Tried {
            groups: (all_groups / filling.max(1)).clamp(1, Self::MOST) as u32,
            group_rows: first.rows_per_workgroup() as u32,
            all_groups: all_groups as u32,
        }
    }

    /// Workgroups that look at all groups.
    pub(crate) fn workgroups(&self) -> u64 {
        u64::from(self.all_groups.div_ceil(self.groups.max(1)))
    }
}

/// Words of the uniform block, in whole vectors.
const WORDS: usize = 60;

/// One dispatch: which rows, where they lie, and how they are reduced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    pub rows: u32,
    pub k: u32,
    pub p_start: u32,
    pub q_start: u32,
    pub p_stride: u32,
    pub q_stride: u32,
    pub shape: Shape,
    pub grid_width: u32,
    pub epoch: u16,
    pub pass: u32,
    /// Every quad of both operands lies in one vector.
    pub aligned: bool,
    pub tried: Tried,
    /// Where all pairs meet, the rows of Q; else any.
    pub columns: u32,
    pub arithmetic: Arithmetic,
}

impl Parameters {
    /// Bytes of the uniform block.
    pub(crate) const SIZE: u64 = WORDS as u64 * 4;

    /// The block as little-endian words.
    pub(crate) fn words(&self) -> [u32; WORDS] {
        let (width, teams, chunk_blocks, chunks) = match self.shape {
            Shape::Rows { width, teams } => (width, teams, 0, 0),
            Shape::Spread {
                chunk_blocks,
                chunks,
            } => (64, 4, chunk_blocks, chunks),
        };
        let a = &self.arithmetic;
        let flags = u32::from(a.p_normalised)
            | u32::from(a.q_normalised) << 1
            | u32::from(a.p_inverse_temperature == a.q_inverse_temperature) << 2
            | u32::from(a.is_root) << 3
            | u32::from(a.power.exchanged) << 4
            | u32::from(a.uses_q) << 5
            | u32::from(self.aligned) << 6;
        let f = f32::to_bits;
        let power = &a.power;
        let [
            series_0,
            series_1,
            series_2,
            series_3,
            series_4,
            series_5,
            series_6,
            series_7,
            series_8,
            series_9,
            series_10,
            series_11,
            series_12,
        ] = power.coefficients.map(f);
        [
            self.rows,
            self.k,
            self.p_start,
            self.q_start,
            self.p_stride,
            self.q_stride,
            width,
            teams,
            self.grid_width,
            u32::from(self.epoch),
            0,
            flags,
            f(a.p_inverse_temperature[0]),
            f(a.p_inverse_temperature[1]),
            f(a.q_inverse_temperature[0]),
            f(a.q_inverse_temperature[1]),
            f(a.p_tolerance),
            f(a.q_tolerance),
            f(a.weight),
            f(a.weight_q),
            f(a.eps),
            f(a.unit),
            self.pass,
            chunk_blocks,
            chunks,
            a.least_exponent as u32,
            power.infinite_on,
            f(power.order),
            f(power.order_less_one),
            f(power.a),
            f(power.inverse_a),
            f(power.c),
            f(power.c_words[0]),
            f(power.c_words[1]),
            f(power.inverse_c),
            f(power.stretch),
            f(power.factor),
            f(power.far_factor),
            f(power.far_exponent),
            series_0,
            series_1,
            series_2,
            series_3,
            series_4,
            series_5,
            series_6,
            series_7,
            series_8,
            series_9,
            series_10,
            series_11,
            series_12,
            self.tried.groups,
            self.tried.group_rows,
            self.tried.all_groups,
            self.tried.workgroups() as u32,
            self.columns,
            0,
            0,
            0,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_looked_at_once() {
        let first = Shape::Rows {
            width: 32,
            teams: 1,
        };
        let rows = [1, 8, 9, 2048, 2049, 20_000, 1_000_000];
        for (rows, filling) in rows
            .iter()
            .flat_map(|&r| [1, 2, Tried::FILLING].map(|f| (r, f)))
        {
            let tried = Tried::new(&first, rows, filling);
            assert_eq!(u64::from(tried.all_groups), rows.div_ceil(8));
            assert!(u64::from(tried.groups) <= Tried::MOST);
            let workgroups = tried.workgroups();
            let mut seen = vec![0; tried.all_groups as usize];
            for workgroup in 0..workgroups {
                for i in 0..u64::from(tried.groups) {
                    if let Some(group) = seen.get_mut((workgroup + i * workgroups) as usize) {
                        *group += 1;
                    }
                }
            }
            assert!(seen.iter().all(|&n| n == 1), "{rows} rows");
        }
    }
}
