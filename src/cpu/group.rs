//! Measures that share the work on a row: the same survey, and the same pairs of bins.

use super::dispatch::Simd;
use super::kernels::Entry;
use super::row::Task;
use crate::measure::{Measure, Space, Stem};

/// What a group scores by.
pub(crate) struct Asked {
    pub measure: Measure,
    pub task: Task,
    /// The number of its output.
    pub output: usize,
}

impl Asked {
    pub(crate) fn stem(&self) -> &'static Stem {
        let [p, q] = [self.task.p, self.task.q].map(|operand| operand.encoding);
        self.measure.stem_for(p, q)
    }

    /// True if both see the same pairs of bins of a row.
    fn shares_pairs_with(&self, other: &Asked) -> bool {
        let of = |asked: &Asked| {
            let Task {
                p, q, eps, uses_q, ..
            } = asked.task;
            (p, q, eps, uses_q, asked.stem().is_power())
        };
        let shares = [self, other].map(|asked| asked.stem().space == Space::Shares);
        shares == [true; 2] && of(self) == of(other)
    }
}

/// Puts those together that share pairs of bins.
///
/// Within a group, those that do not need the drift of the masses come before those that do.
pub(crate) fn groups(all: Vec<Asked>) -> Vec<Vec<Asked>> {
    let mut groups: Vec<Vec<Asked>> = Vec::new();
    for asked in all {
        let group = groups
            .iter_mut()
            .find(|group| group[0].shares_pairs_with(&asked));
        match group {
            Some(group) => group.push(asked),
            None => groups.push(vec![asked]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|asked| asked.stem().needs_drift);
    }
    groups
}

/// One of a group, compiled for an instruction set.
#[derive(Clone, Copy)]
pub(crate) struct Member<'a, S> {
    pub task: &'a Task,
    pub entry: Entry<S>,
}

impl<'a, S: Simd> Member<'a, S> {
    /// None of a measure that folds nothing.
    pub(crate) fn new(asked: &'a Asked) -> Option<Self> {
        let task = &asked.task;
        let entry = Entry::<S>::new(asked.measure, task.p.encoding, task.q.encoding)?;
        debug_assert_eq!(entry.stem, asked.stem());
        Some(Member { task, entry })
    }
}
