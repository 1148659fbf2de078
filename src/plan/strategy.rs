//! How a row is spread over invocations.

/// Invocations of every workgroup.
pub(crate) const WORKGROUP: u32 = 256;
/// Slots of the canonical tree, each of four elements side by side.
const SLOTS: u32 = 64;
/// Elements of a block of the canonical tree.
const BLOCK: u64 = 1024;
/// From this K on a single row is worth several workgroups, if there are few rows.
const LONG: u64 = 1 << 16;
/// Rows below which a card is not filled by one workgroup a row.
const FEW: u64 = 512;
/// Elements of a fold of the canonical tree.
const FOLD: u64 = 256;
/// Blocks of one chunk of a row that is spread over workgroups.
const CHUNK_BLOCKS: u64 = 16;

/// A reduce strategy. Every one realises the canonical tree, so scores do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// By K and the number of rows.
    #[default]
    Auto,
    /// Up to 64 invocations a row, several rows a workgroup.
    RowsPerWorkgroup,
    /// 256 invocations a row.
    WorkgroupPerRow,
    /// One row over several workgroups, merged by a second dispatch.
    RowOverWorkgroups,
}

/// A strategy with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `width` slots in each of `teams` teams for every row.
    Rows { width: u32, teams: u32 },
    /// `chunks` chunks of `chunk_blocks` blocks for every row, one chunk to each team of 64.
    Spread { chunk_blocks: u32, chunks: u32 },
}

impl Shape {
    /// The shape of a strategy for rows of `k` bins.
    pub(crate) fn new(strategy: Strategy, k: u64, rows: u64) -> Shape {
        let blocks = k.div_ceil(BLOCK).max(1);
        match strategy {
            Strategy::Auto if k >= LONG && rows < FEW => {
                Shape::new(Strategy::RowOverWorkgroups, k, rows)
            }
            Strategy::Auto if blocks >= 4 => Shape::new(Strategy::WorkgroupPerRow, k, rows),
            Strategy::Auto | Strategy::RowsPerWorkgroup => Shape::Rows {
                width: (k.div_ceil(4).next_power_of_two()).min(u64::from(SLOTS)) as u32,
                teams: 1,
            },
            Strategy::WorkgroupPerRow => Shape::Rows {
                width: SLOTS,
                teams: 4,
            },
            Strategy::RowOverWorkgroups => {
                // Short rows still have more than one chunk, so that forcing the strategy means something.
                let chunk_blocks = CHUNK_BLOCKS.min(blocks.next_power_of_two() / 2).max(1);
                Shape::Spread {
                    chunk_blocks: chunk_blocks as u32,
                    chunks: blocks.div_ceil(chunk_blocks) as u32,
                }
            }
        }
    }

    /// How rows of `k` bins are tried first, see `shaders/reduce/direct_rows.wgsl`: an invocation takes
    /// four slots of rows that have one fold, two of rows that it shares with few others, else one.
    pub(crate) fn direct(&self, k: u64) -> Shape {
        let slots = k.div_ceil(4).next_power_of_two().min(u64::from(SLOTS)) as u32;
        match *self {
            _ if k <= FOLD => Shape::Rows {
                width: (slots / 4).max(1),
                teams: 1,
            },
            Shape::Rows { teams, .. } if teams > 1 && k > BLOCK => Shape::Rows {
                width: SLOTS,
                teams,
            },
            Shape::Rows { .. } | Shape::Spread { .. } => Shape::Rows {
                width: SLOTS / 2,
                teams: 1,
            },
        }
    }

    /// Blocks that an invocation merges at most.
    pub(crate) fn blocks(&self, k: u64) -> u64 {
        let blocks = k.div_ceil(BLOCK).next_power_of_two();
        match *self {
            Shape::Rows { teams, .. } => blocks / u64::from(teams),
            Shape::Spread { chunk_blocks, .. } => chunk_blocks.into(),
        }
    }

    /// Rows that share a workgroup.
    pub(crate) fn rows_per_workgroup(&self) -> u64 {
        match *self {
            Shape::Rows { width, teams } => u64::from(WORKGROUP / (width * teams)),
            Shape::Spread { .. } => 1,
        }
    }

    /// The strategy that it realises, for reports.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Shape::Rows { teams: 1, .. } => "rows-per-workgroup",
            Shape::Rows { .. } => "workgroup-per-row",
            Shape::Spread { .. } => "row-over-workgroups",
        }
    }

    /// Workgroups for `rows` rows.
    pub(crate) fn workgroups(&self, rows: u64) -> u64 {
        match *self {
            Shape::Rows { .. } => rows.div_ceil(self.rows_per_workgroup()),
            Shape::Spread { chunks, .. } => rows * u64::from(chunks.div_ceil(4)),
        }
    }

    /// Bytes of scratch memory a row: partial trees, and what each pass found.
    pub(crate) fn scratch_per_row(&self) -> u64 {
        match *self {
            Shape::Rows { .. } => 0,
            Shape::Spread { chunks, .. } => u64::from(chunks) * u64::from(SLOTS) * 16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_rows_share_a_workgroup() {
        let shape = Shape::new(Strategy::Auto, 16, 1000);
        assert_eq!(shape, Shape::Rows { width: 4, teams: 1 });
        assert_eq!(shape.workgroups(1000), 16);
        assert_eq!(
            Shape::new(Strategy::Auto, 1, 5),
            Shape::Rows { width: 1, teams: 1 }
        );
    }

    #[test]
    fn long_rows_take_one_or_more_workgroups() {
        assert_eq!(
            Shape::new(Strategy::Auto, 50_257, 10_000),
            Shape::Rows {
                width: 64,
                teams: 4
            }
        );
        assert_eq!(
            Shape::new(Strategy::Auto, 1 << 20, 2),
            Shape::Spread {
                chunk_blocks: 16,
                chunks: 64
            }
        );
        assert_eq!(Shape::new(Strategy::Auto, 1 << 20, 2).workgroups(2), 32);
    }

    #[test]
    fn a_forced_spread_has_chunks_even_for_short_rows() {
        assert_eq!(
            Shape::new(Strategy::RowOverWorkgroups, 3, 2),
            Shape::Spread {
                chunk_blocks: 1,
                chunks: 1
            }
        );
        assert_eq!(
            Shape::new(Strategy::RowOverWorkgroups, 4099, 2),
            Shape::Spread {
                chunk_blocks: 4,
                chunks: 2
            }
        );
    }

    #[test]
    fn groups_of_a_first_try_are_whole_batches_of_the_long_way() {
        let of_rows = [
            Strategy::Auto,
            Strategy::RowsPerWorkgroup,
            Strategy::WorkgroupPerRow,
        ];
        for strategy in of_rows {
            for k in (1..=300).chain([
                1000,
                1023,
                1024,
                1025,
                3072,
                3073,
                4096,
                4099,
                50_257,
                1 << 20,
            ]) {
                let shape = Shape::new(strategy, k, 1 << 20);
                let Shape::Rows { .. } = shape else {
                    panic!("{strategy:?} of K = {k} is no shape of rows");
                };
                let direct = shape.direct(k);
                let (group, batch) = (direct.rows_per_workgroup(), shape.rows_per_workgroup());
                assert_eq!(group % batch, 0, "{strategy:?}, K = {k}");
            }
        }
    }

    #[test]
    fn an_invocation_takes_one_to_four_slots_of_a_first_try() {
        let direct = |k| Shape::new(Strategy::Auto, k, 1 << 20).direct(k);
        let rows = |width, teams| Shape::Rows { width, teams };
        assert_eq!(direct(3), rows(1, 1));
        assert_eq!(direct(16), rows(1, 1));
        assert_eq!(direct(64), rows(4, 1));
        assert_eq!(direct(256), rows(16, 1));
        assert_eq!(direct(257), rows(32, 1));
        assert_eq!(direct(1024), rows(32, 1));
        assert_eq!(direct(4096), rows(64, 4));
    }
}
