//! Covering arrays: few cells in which every two, or every three, choices meet.

use crate::common::random::Random;

/// Lists of choices, one of each factor, such that any `strength` choices of different factors that
/// `fit` pairwise stand together in one of them.
///
/// Grown greedily: each list starts with choices that have not met and takes what covers most.
/// Choices of two factors must leave something that fits for every other factor.
pub fn covering<const N: usize>(
    sizes: [usize; N],
    strength: usize,
    fit: impl Fn((usize, usize), (usize, usize)) -> bool,
    random: &mut Random,
) -> Vec<[usize; N]> {
    let mut open = Open::new(sizes, strength, &fit);
    let mut lists = Vec::new();
    while let Some(start) = open.first(random) {
        let candidates = (0..CANDIDATES).map(|_| open.grow(&start, &fit, random));
        let best = candidates.max_by_key(|&(_, gain)| gain);
        let Some((list, gain)) = best else { break };
        assert!(gain > 0, "choices that cannot be covered: {start:?}");
        open.close(&list);
        lists.push(list);
    }
    lists
}

const CANDIDATES: usize = 12;

/// The choices that have not met.
struct Open<const N: usize> {
    sizes: [usize; N],
    /// Sets of factors, each with a flag for every combination of their choices.
    sets: Vec<(Vec<usize>, Vec<bool>)>,
    left: usize,
}

impl<const N: usize> Open<N> {
    fn new(
        sizes: [usize; N],
        strength: usize,
        fit: impl Fn((usize, usize), (usize, usize)) -> bool,
    ) -> Self {
        let mut open = Open {
            sizes,
            sets: Vec::new(),
            left: 0,
        };
        for factors in subsets(N, strength) {
            let combinations: usize = factors.iter().map(|&f| sizes[f]).product();
            let flags: Vec<bool> = (0..combinations)
                .map(|index| {
                    let choices = open.choices(&factors, index);
                    choices
                        .iter()
                        .enumerate()
                        .all(|(i, &a)| choices[..i].iter().all(|&b| fit(a, b)))
                })
                .collect();
            open.left += flags.iter().filter(|flag| **flag).count();
            open.sets.push((factors, flags));
        }
        open
    }

    /// The choices of a combination.
    fn choices(&self, factors: &[usize], mut index: usize) -> Vec<(usize, usize)> {
        let choice = |&factor: &usize| {
            let level = index % self.sizes[factor];
            index /= self.sizes[factor];
            (factor, level)
        };
        factors.iter().map(choice).collect()
    }

    /// The number of the combination that a list has for these factors, if it has all of them.
    fn index(&self, factors: &[usize], list: &[Option<usize>; N]) -> Option<usize> {
        factors.iter().rev().try_fold(0, |index, &factor| {
            list[factor].map(|level| index * self.sizes[factor] + level)
        })
    }

    /// Choices that have not met, near a random place.
    fn first(&self, random: &mut Random) -> Option<Vec<(usize, usize)>> {
        if self.left == 0 {
            return None;
        }
        let from = random.below(self.sets.len());
        let (before, after) = self.sets.split_at(from);
        after.iter().chain(before).find_map(|(factors, flags)| {
            let at = random.below(flags.len());
            let index = (at..flags.len()).chain(0..at).find(|&i| flags[i])?;
            Some(self.choices(factors, index))
        })
    }

    /// A list that starts so, and what it covers.
    fn grow(
        &self,
        start: &[(usize, usize)],
        fit: impl Fn((usize, usize), (usize, usize)) -> bool,
        random: &mut Random,
    ) -> ([usize; N], usize) {
        let mut list = [None; N];
        for &(factor, level) in start {
            list[factor] = Some(level);
        }
        let mut rest: Vec<usize> = (0..N).filter(|&f| list[f].is_none()).collect();
        random.shuffle(&mut rest);
        for factor in rest {
            let fits = |&level: &usize| {
                (0..N).all(|other| list[other].is_none_or(|o| fit((factor, level), (other, o))))
            };
            let mut levels: Vec<usize> = (0..self.sizes[factor]).filter(fits).collect();
            random.shuffle(&mut levels);
            let best = levels.into_iter().max_by_key(|&level| {
                let mut longer = list;
                longer[factor] = Some(level);
                self.gain(&longer, Some(factor))
            });
            list[factor] = best;
        }
        (list.map(Option::unwrap_or_default), self.gain(&list, None))
    }

    /// How many combinations a list covers that are open, of all or of those with one factor.
    fn gain(&self, list: &[Option<usize>; N], with: Option<usize>) -> usize {
        let sets = self.sets.iter();
        sets.filter(|(factors, _)| with.is_none_or(|factor| factors.contains(&factor)))
            .filter(|(factors, flags)| self.index(factors, list).is_some_and(|i| flags[i]))
            .count()
    }

    fn close(&mut self, list: &[usize; N]) {
        let list = list.map(Some);
        for set in 0..self.sets.len() {
            if let Some(index) = self.index(&self.sets[set].0, &list) {
                let flag = &mut self.sets[set].1[index];
                self.left -= usize::from(*flag);
                *flag = false;
            }
        }
    }
}

/// All sets of `size` of the numbers below `n`.
pub fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    (size - 1..n)
        .flat_map(|last| {
            subsets(last, size - 1).into_iter().map(move |mut set| {
                set.push(last);
                set
            })
        })
        .collect()
}
