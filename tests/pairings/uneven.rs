//! Ragged and sparse rows: the bits of the same rows in matrices of their own, on a GPU filled up with zeros.

use std::collections::BTreeMap;

use kullback::{
    ArgumentError, CancelToken, ElementType, Encoding, IssueKind, Measure, Operand, Options,
    Request, Rows, RowsSource, ScoreError, Scores, Support, Verify, allowed_error, reference,
};

use crate::common::backends::Target;
use crate::common::batch::bits;
use crate::common::measures;
use crate::common::narrow::narrow;
use crate::common::pairs::{self, RECIPES};
use crate::common::random::Random;
use crate::common::settings;
use crate::common::stored::Stored;
use crate::support::{F32, Table, scored, small_scorer, some_measures};

/// Rows that lie where offsets say.
struct Uneven {
    values: Stored,
    encoding: Encoding,
    offsets: Vec<u64>,
    /// Of sparse rows, and the number of all bins.
    indices: Option<(Vec<u32>, usize)>,
}

impl Uneven {
    fn new(encoding: Encoding, element: ElementType, k: Option<usize>) -> Self {
        Uneven {
            values: Stored::rounded(element, &[]),
            encoding,
            offsets: vec![0],
            indices: k.map(|k| (Vec::new(), k)),
        }
    }

    fn push(&mut self, row: &[f32], indices: &[u32]) {
        let row = narrow(row, self.encoding, self.values.element());
        self.values.append(&row);
        self.offsets.push(self.values.len() as u64);
        if let Some((all, _)) = &mut self.indices {
            all.extend(indices);
        }
    }

    fn rows(&self) -> Rows<'_> {
        let (encoding, offsets) = (self.encoding, &self.offsets[..]);
        let rows = match (&self.values, &self.indices) {
            (Stored::F32(v), None) => Rows::ragged(encoding, v, offsets),
            (Stored::F16(v), None) => Rows::ragged(encoding, v, offsets),
            (Stored::Bf16(v), None) => Rows::ragged(encoding, v, offsets),
            (Stored::F64(v), None) => Rows::ragged(encoding, v, offsets),
            (Stored::F32(v), Some((i, k))) => Rows::sparse(encoding, v, i, offsets, *k),
            (Stored::F16(v), Some((i, k))) => Rows::sparse(encoding, v, i, offsets, *k),
            (Stored::Bf16(v), Some((i, k))) => Rows::sparse(encoding, v, i, offsets, *k),
            (Stored::F64(v), Some((i, k))) => Rows::sparse(encoding, v, i, offsets, *k),
        };
        rows.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Pairs of rows, and the same as rows of matrices by their bins.
struct Drawn {
    p: Uneven,
    q: Uneven,
    /// The numbers of pairs and their rows, by how many bins they are scored over.
    even: BTreeMap<usize, Vec<Numbered>>,
}

/// The number of a pair, and its rows.
type Numbered = (usize, [Vec<f32>; 2]);

/// What some bins are filled up to on a GPU.
fn filled(bins: usize) -> usize {
    let mut octave = 32;
    while octave < bins {
        octave *= 2;
    }
    bins.max(1).div_ceil(octave / 16).max(1) * (octave / 16)
}

impl Drawn {
    fn new(encodings: [Encoding; 2], elements: [ElementType; 2], k: Option<usize>) -> Self {
        Drawn {
            p: Uneven::new(encodings[0], elements[0], k),
            q: Uneven::new(encodings[1], elements[1], k),
            even: BTreeMap::new(),
        }
    }

    /// Takes down that a pair is of these rows, over these bins.
    fn expect(&mut self, [p, q]: [&[f32]; 2]) {
        let number = self.p.offsets.len() - 2;
        let of_length = self.even.entry(p.len()).or_default();
        of_length.push((number, [p.to_vec(), q.to_vec()]));
    }

    /// The same by the bins of matrices that they are in, filled up or not.
    fn as_matrices(&self, fill: bool) -> BTreeMap<usize, (Vec<usize>, [Table; 2])> {
        let mut even = BTreeMap::new();
        for (&bins, pairs) in &self.even {
            let k = match fill {
                true => filled(bins).next_multiple_of(4),
                false => bins.max(1),
            };
            let sides = [&self.p, &self.q];
            let tables = || sides.map(|s| Table::new(s.encoding, s.values.element(), k, 0));
            let (numbers, tables) = even.entry(k).or_insert_with(|| (Vec::new(), tables()));
            for (number, rows) in pairs {
                numbers.push(*number);
                for ((row, side), table) in rows.iter().zip(sides).zip(tables.iter_mut()) {
                    let mut row = row.clone();
                    row.resize(k, zero(side.encoding));
                    table.push(&narrow(&row, side.encoding, side.values.element()));
                }
            }
        }
        even
    }

    fn rows(&self) -> usize {
        self.p.offsets.len() - 1
    }

    /// Scores the rows and compares all that is found with what is of matrices, filled up or not.
    fn compare(&self, fill: bool, request: &Request<'_>, what: &str) {
        let found = scored(request.score(self.p.rows(), self.q.rows()), what);
        let mut issues = Vec::new();
        let mut bad = 0;
        for (k, (numbers, [p, q])) in &self.as_matrices(fill) {
            let expected = scored(request.score(p.rows(), q.rows()), what);
            for (&row, &score) in numbers.iter().zip(expected.values()) {
                let found = found.values()[row];
                assert!(
                    found.to_bits() == score.to_bits() || found.is_nan() && score.is_nan(),
                    "{what}, row {row} of {k} bins: {found:e}, not {score:e}"
                );
                bad += u64::from(score.is_nan());
            }
            let of_even = expected.issues().iter();
            issues.extend(of_even.map(|issue| {
                let row = numbers[issue.row as usize];
                (row, issue.operand, issue.kind)
            }));
        }
        issues.sort_by_key(|&(row, operand, _)| (row, operand));
        let told: Vec<_> = found.issues().iter().map(told).collect();
        // Sums that are told of may differ in their last digits.
        assert_eq!(told.len(), issues.len(), "{what}: {told:?}, not {issues:?}");
        for (told, issue) in told.iter().zip(&issues) {
            let kinds = [told.2, issue.2].map(|kind| std::mem::discriminant(&kind));
            assert!(
                (told.0, told.1, kinds[0]) == (issue.0, issue.1, kinds[1]),
                "{what}"
            );
        }
        assert_eq!(found.issues().bad_rows(), bad, "{what}");
        let verification = found.verification();
        assert!(
            verification.is_some_and(|found| found.failed.is_none() && found.rows > 0),
            "{what}: {verification:?}"
        );
    }
}

fn zero(encoding: Encoding) -> f32 {
    match encoding.is_logarithmic() {
        true => f32::NEG_INFINITY,
        false => 0.0,
    }
}

fn told(issue: &kullback::Issue) -> (usize, Operand, IssueKind) {
    (issue.row as usize, issue.operand, issue.kind)
}

/// Lengths at the ends of what is scored in one way, and some between.
const LENGTHS: [usize; 20] = [
    3, 0, 1, 256, 7, 300, 4, 5, 1023, 64, 16, 17, 2, 257, 1024, 33, 4099, 100, 0, 1025,
];

/// Ragged rows of these lengths and of others up to some more.
fn ragged(encodings: [Encoding; 2], elements: [ElementType; 2], others: usize) -> Drawn {
    let name = format!("ragged {encodings:?} {elements:?}");
    let mut random = Random::named(settings::seed(), &name);
    let mut drawn = Drawn::new(encodings, elements, None);
    for i in 0..LENGTHS.len() + others {
        // Few different ones, for each is a submission of its own where the same rows are those of a matrix.
        let k = match LENGTHS.get(i) {
            Some(&k) => k,
            None => random.pick(&[3, 4, 6, 7, 12, 30, 31, 64, 97]),
        };
        let pair = match k {
            0 => [Vec::new(), Vec::new()],
            _ => {
                let drawn = pairs::draw(RECIPES[i % RECIPES.len()], encodings, k, &mut random);
                [drawn.p, drawn.q]
            }
        };
        drawn.p.push(&pair[0], &[]);
        drawn.q.push(&pair[1], &[]);
        drawn.expect([&pair[0], &pair[1]]);
    }
    drawn
}

/// Sparse rows, of which each has values in some of so many bins.
fn sparse(encodings: [Encoding; 2], elements: [ElementType; 2], k: usize, rows: usize) -> Drawn {
    let name = format!("sparse {encodings:?} {elements:?} {k}");
    let mut random = Random::named(settings::seed(), &name);
    let mut drawn = Drawn::new(encodings, elements, Some(k));
    for i in 0..rows {
        let bins = random.pick(&[1, 2, 5, 8, 17, 40, 80, 300]).min(k);
        let recipe = RECIPES[i % RECIPES.len()];
        let pair = pairs::draw(recipe, encodings, bins, &mut random);
        let mut chosen: Vec<u32> = Vec::new();
        while chosen.len() < bins {
            chosen.push(random.below(k) as u32);
            chosen.sort_unstable();
            chosen.dedup();
        }
        // Zeros may be there or not; now and then a row has nothing.
        let [mut of_p, mut of_q] = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        let mut both = [Vec::new(), Vec::new()];
        let empty = i % 29;
        for (bin, (&p, &q)) in chosen.iter().zip(pair.p.iter().zip(&pair.q)) {
            let zeros = encodings.map(zero);
            let mut kept = |value: f32, zero: f32, empty: bool| {
                !empty && (value.to_bits() != zero.to_bits() || random.below(4) == 0)
            };
            let (p_kept, q_kept) = (kept(p, zeros[0], empty == 7), kept(q, zeros[1], empty > 25));
            if p_kept {
                of_p.0.push(p);
                of_p.1.push(*bin);
            }
            if q_kept {
                of_q.0.push(q);
                of_q.1.push(*bin);
            }
            if p_kept || q_kept {
                both[0].push(if p_kept { p } else { zeros[0] });
                both[1].push(if q_kept { q } else { zeros[1] });
            }
        }
        drawn.p.push(&of_p.0, &of_p.1);
        drawn.q.push(&of_q.0, &of_q.1);
        drawn.expect([&both[0], &both[1]]);
    }
    drawn
}

fn all_encodings() -> [[Encoding; 2]; 5] {
    [
        [Encoding::Probabilities; 2],
        [Encoding::Weights; 2],
        [Encoding::LOGITS; 2],
        [Encoding::LogProbabilities, Encoding::LOGITS],
        [Encoding::Weights, Encoding::LogProbabilities],
    ]
}

pub fn ragged_rows(target: &Target) {
    for encodings in all_encodings() {
        let drawn = ragged(encodings, F32, 200);
        for measure in some_measures() {
            let request = target.scorer().request(&measure).verify(Verify::Sample(40));
            drawn.compare(
                target.is_gpu(),
                &request,
                &format!("{measure} of ragged {encodings:?}"),
            );
        }
    }
}

pub fn sparse_rows(target: &Target) {
    for encodings in all_encodings() {
        for k in [300, 1 << 22] {
            let drawn = sparse(encodings, F32, k, 150);
            for measure in some_measures() {
                let request = target.scorer().request(&measure).verify(Verify::Sample(40));
                let what = format!("{measure} of sparse {encodings:?}, K = {k}");
                drawn.compare(target.is_gpu(), &request, &what);
            }
        }
    }
}

/// Sparse rows as the rows of a matrix, which the reference scores from end to end.
pub fn as_dense(target: &Target) {
    let k = 300;
    // On an adapter each kind of rows and measure takes pipelines of its own.
    let (encodings, measures) = match target.is_gpu() {
        true => (all_encodings()[3..].to_vec(), some_measures()),
        false => (all_encodings().to_vec(), measures::of_each_stem()),
    };
    for encodings in encodings {
        let drawn = sparse(encodings, F32, k, 60);
        let [p, q] = [&drawn.p, &drawn.q].map(|rows| dense(rows, k));
        for support in [Support::Exact, Support::Smoothed(1e-4)] {
            for &measure in &measures {
                let suits = encodings
                    .iter()
                    .all(|&e| measures::takes_encoding(&measure, e));
                if !suits || !measures::takes_support(&measure, support) {
                    continue;
                }
                let mut options = Options::new(measure);
                options.support = support;
                let request = target.scorer().request(&measure).support(support);
                let what = format!("{measure} of {encodings:?}, {support}");
                let scores = scored(request.score(drawn.p.rows(), drawn.q.rows()), &what);
                // Beside a matrix all bins are scored, and so they are where all count.
                let of_p = scored(
                    request.score(drawn.p.rows(), rows(&q, encodings[1], k)),
                    &what,
                );
                let of_q = scored(
                    request.score(rows(&p, encodings[0], k), drawn.q.rows()),
                    &what,
                );
                let whole = rows(&p, encodings[0], k);
                let whole = scored(request.score(whole, rows(&q, encodings[1], k)), &what);
                assert_eq!(bits(of_p.values()), bits(whole.values()), "{what}");
                assert_eq!(bits(of_q.values()), bits(whole.values()), "{what}");
                assert_eq!(of_p.issues(), whole.issues(), "{what}");
                if support != Support::Exact {
                    assert_eq!(bits(scores.values()), bits(whole.values()), "{what}");
                    continue;
                }
                for (i, &score) in scores.values().iter().enumerate() {
                    let p = rows(&p, encodings[0], k).row(i as u64);
                    let q = rows(&q, encodings[1], k).row(i as u64);
                    match reference::score(&options, &p, &q) {
                        Err(_) => assert!(score.is_nan(), "{what}, row {i}: {score}"),
                        Ok(exact) if exact > f32::MAX.into() => {
                            assert_eq!(score, f32::INFINITY, "{what}, row {i}");
                        }
                        Ok(exact) => {
                            let allowed = allowed_error(&options, &p, &q, exact);
                            let error = (f64::from(score) - exact).abs();
                            assert!(
                                error <= allowed,
                                "{what}, row {i}: {score:e}, not {exact:e}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// What a sparse row amounts to, of f32.
fn dense(sparse: &Uneven, k: usize) -> Vec<f32> {
    let zero = zero(sparse.encoding);
    let (Stored::F32(values), Some((indices, _))) = (&sparse.values, &sparse.indices) else {
        panic!("no sparse rows of f32");
    };
    let mut dense = Vec::new();
    for pair in sparse.offsets.windows(2) {
        let mut row = vec![zero; k];
        for i in pair[0] as usize..pair[1] as usize {
            row[indices[i] as usize] = values[i];
        }
        dense.extend(row);
    }
    dense
}

fn rows(values: &[f32], encoding: Encoding, k: usize) -> Rows<'_> {
    Rows::new(encoding, values, k).unwrap_or_else(|error| panic!("{error}"))
}

pub fn every_measure(target: &Target) {
    let of_reference = target.is_reference();
    let all = match target.is_gpu() || of_reference {
        true => measures::of_each_stem(),
        false => measures::all(),
    };
    let encodings = [Encoding::Weights; 2];
    let (ragged, sparse) = (ragged(encodings, F32, 60), sparse(encodings, F32, 1000, 60));
    for measure in all.into_iter().filter(Measure::uses_q) {
        let request = target.scorer().request(&measure).verify(Verify::Sample(40));
        if !target.is_gpu() {
            ragged.compare(false, &request, &format!("{measure} of ragged rows"));
        }
        sparse.compare(
            target.is_gpu(),
            &request,
            &format!("{measure} of sparse rows"),
        );
    }
}

pub fn halves(target: &Target) {
    let (f32, f16, bf16) = (ElementType::F32, ElementType::F16, ElementType::Bf16);
    let encodings = [Encoding::Weights, Encoding::LOGITS];
    for elements in [[f16, bf16], [f32, f16], [bf16; 2]] {
        for measure in [Measure::KullbackLeibler, Measure::TotalVariation] {
            let request = target.scorer().request(&measure).verify(Verify::Sample(40));
            let what = format!("{measure} of {elements:?}");
            ragged(encodings, elements, 40).compare(target.is_gpu(), &request, &what);
            ragged([Encoding::Weights; 2], elements, 40).compare(target.is_gpu(), &request, &what);
            sparse(encodings, elements, 500, 60).compare(target.is_gpu(), &request, &what);
        }
    }
}

/// A bin of neither row counts: of ragged rows there are none, of sparse ones all others.
pub fn smoothed_rows(target: &Target) {
    let measures = ["kl", "js", "renyi:0.5", "cross-entropy"].map(measures::named);
    for encodings in [[Encoding::Weights; 2], [Encoding::LOGITS; 2]] {
        let drawn = ragged(encodings, F32, 40);
        for measure in measures {
            let request = target.scorer().request(&measure).verify(Verify::Sample(40));
            let request = request.support(Support::Smoothed(1e-3));
            drawn.compare(
                false,
                &request,
                &format!("{measure} of smoothed {encodings:?}"),
            );
        }
    }
}

pub fn rows_of_f64(target: &Target) {
    let elements = [ElementType::F64, ElementType::F32];
    for measure in some_measures() {
        let request = target.scorer().request(&measure).verify(Verify::Sample(40));
        let encodings = [Encoding::Weights, Encoding::LOGITS];
        ragged(encodings, elements, 30).compare(target.is_gpu(), &request, "ragged rows of f64");
        sparse(encodings, elements, 400, 40).compare(
            target.is_gpu(),
            &request,
            "sparse rows of f64",
        );
    }
}

/// In as many submissions as there are lengths, and more; rows of all lengths that one workgroup or several score.
pub fn in_many_submissions(target: &Target) {
    let encodings = [Encoding::Weights; 2];
    let (ragged, sparse) = (
        ragged(encodings, F32, 1500),
        sparse(encodings, F32, 900, 700),
    );
    for execution in target.executions() {
        let scorer = small_scorer(target, execution);
        let kl = scorer
            .request(&Measure::KullbackLeibler)
            .verify(Verify::Sample(50));
        ragged.compare(target.is_gpu(), &kl, &execution.name());
        sparse.compare(target.is_gpu(), &kl, &execution.name());
    }
}

/// Rows by their numbers, one against many, all pairs and the nearest of sparse rows.
pub fn views(target: &Target) {
    let encodings = [Encoding::Weights; 2];
    let kl = Measure::JensenShannon(kullback::Weight::HALF);
    let drawn = sparse(encodings, F32, 60, 40);
    let (p, q) = (drawn.p.rows(), drawn.q.rows());
    let request = target.scorer().request(&kl).verify(Verify::Sample(40));
    let all = scored(request.matrix(p, q), "all pairs");
    assert!(
        all.verification()
            .is_some_and(|found| found.failed.is_none())
    );
    let one_by_one: Vec<(u64, u64)> = (0..40).flat_map(|i| (0..40).map(move |j| (i, j))).collect();
    let pairs = scored(request.score_pairs(p, q, &one_by_one), "pairs");
    assert_eq!(bits(all.values()), bits(pairs.values()));
    let paired = scored(request.score(p, q), "row by row");
    for i in 0..40 {
        let (found, expected) = (all.values()[41 * i], paired.values()[i]);
        assert!(found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan());
    }
    let third = [3];
    let one = p.selected(&third).unwrap_or_else(|error| panic!("{error}"));
    let many = scored(request.score_one_to_many(one, q), "one to many");
    assert_eq!(bits(many.values()), bits(&all.values()[120..160]));
    let many = scored(request.score_many_to_one(q, one), "many to one");
    for (j, score) in many.values().iter().enumerate() {
        let swapped = scored(request.score_pairs(q, p, &[(j as u64, 3)]), "a pair");
        assert_eq!(bits(&[*score]), bits(swapped.values()));
    }
    let nearest = request
        .nearest(p, q, 3)
        .unwrap_or_else(|error| panic!("{error}"));
    for i in 0..40 {
        let row = &all.values()[40 * i..40 * (i + 1)];
        let mut order: Vec<usize> = (0..40).filter(|&j| !row[j].is_nan()).collect();
        order.sort_by(|&a, &b| row[a].total_cmp(&row[b]).then(a.cmp(&b)));
        let found: Vec<(u64, f32)> = nearest.of(i).collect();
        let expected = order.iter().take(3).map(|&j| (j as u64, row[j]));
        assert_eq!(found, expected.collect::<Vec<_>>(), "row {i}");
    }
    // Ragged rows that do not begin where memory does, and one that is repeated.
    let (values, offsets) = ([9.0_f32, 1.0, 1.0, 1.0, 3.0, 2.0], [1, 3, 5]);
    let (narrow, halves) = (values, values.map(kullback::f16::from_f32));
    let some = Rows::ragged(Encoding::Weights, &narrow, &offsets);
    let some = some.unwrap_or_else(|error| panic!("{error}"));
    let same = Rows::ragged(Encoding::Weights, &halves, &offsets);
    let same = same.unwrap_or_else(|error| panic!("{error}"));
    let tv = target.scorer().request(&Measure::TotalVariation);
    assert_eq!(scored(tv.score(some, same), "halves").values(), [0.0; 2]);
    let first = [0];
    let one = same
        .selected(&first)
        .unwrap_or_else(|error| panic!("{error}"));
    let scores = scored(tv.score_one_to_many(one, some), "one to many");
    assert_eq!(scores.values(), [0.0, 0.25]);
    // All pairs of ragged rows that are of one length after all.
    let (values, offsets) = ([1.0_f32, 1.0, 1.0, 3.0, 9.0], [0, 2, 4]);
    let two = Rows::ragged(Encoding::Weights, &values, &offsets);
    let two = two.unwrap_or_else(|error| panic!("{error}"));
    let tv = target.scorer().matrix(&Measure::TotalVariation, two, two);
    assert_eq!(scored(tv, "two by two").values(), [0.0, 0.25, 0.25, 0.0]);
}

pub fn several_measures(target: &Target) {
    let measures = ["entropy", "kl", "js", "tv", "renyi:2"].map(measures::named);
    let encodings = [Encoding::Weights; 2];
    for drawn in [ragged(encodings, F32, 60), sparse(encodings, F32, 500, 60)] {
        let request = target
            .scorer()
            .request_many(&measures)
            .verify(Verify::Sample(40));
        let all = request.score(drawn.p.rows(), drawn.q.rows());
        let all = all.unwrap_or_else(|error| panic!("{error}"));
        for (measure, scores) in measures.iter().zip(&all) {
            let one = target.scorer().request(measure).verify(Verify::Sample(40));
            let alone = scored(one.score(drawn.p.rows(), drawn.q.rows()), "alone");
            // That of the entropy is over the bins of P.
            if measure.uses_q() {
                assert_eq!(bits(scores.values()), bits(alone.values()), "{measure}");
            }
            assert_eq!(scores.issues(), alone.issues(), "{measure}");
            assert!(
                scores
                    .verification()
                    .is_some_and(|found| found.failed.is_none())
            );
        }
        // Alone, the entropy is over the bins of P.
        let entropy = target.scorer().request(&Measure::Entropy);
        let scores = scored(entropy.score_p(drawn.p.rows()), "entropy");
        let options = Options::new(Measure::Entropy);
        for (i, &score) in scores.values().iter().enumerate() {
            let row = drawn.p.rows().row(i as u64);
            match reference::score(&options, &row, &row) {
                Err(_) => assert!(score.is_nan(), "row {i}"),
                Ok(exact) => {
                    let allowed = allowed_error(&options, &row, &row, exact);
                    assert!((f64::from(score) - exact).abs() <= allowed, "row {i}");
                }
            }
        }
    }
}

/// Short rows among a few that are very long, and many that are all alike.
pub fn long_among_short(target: &Target) {
    let mut drawn = Drawn::new([Encoding::Weights; 2], F32, None);
    let mut random = Random::named(settings::seed(), "long among short");
    let long = if target.is_cpu() { 1 << 20 } else { 70_000 };
    for i in 0..5000 {
        let k = match i {
            777 | 2500 => long,
            _ => 9,
        };
        let mut row = || -> Vec<f32> { (0..k).map(|_| random.below(50) as f32 + 0.5).collect() };
        let (p, q) = (row(), row());
        drawn.p.push(&p, &[]);
        drawn.q.push(&q, &[]);
        drawn.expect([&p, &q]);
    }
    let kl = target.scorer().request(&Measure::KullbackLeibler);
    drawn.compare(
        target.is_gpu(),
        &kl.verify(Verify::Sample(20)),
        "long among short",
    );
}

/// More bad rows than a piece of work, and than are kept.
pub fn many_bad_rows(target: &Target) {
    let rows = 24_000_u64;
    let mut values = Vec::new();
    let mut offsets = vec![0_u64];
    for i in 0..rows {
        let k = 1 + (i * i) % 5;
        let bad = if i % 2 == 1 { -1.0_f32 } else { 1.0 };
        values.extend((0..k).map(|j| if j == 0 { bad } else { 1.0 }));
        offsets.push(values.len() as u64);
    }
    let rows_of = Rows::ragged(Encoding::Weights, &values, &offsets);
    let rows_of = rows_of.unwrap_or_else(|error| panic!("{error}"));
    let scores = target
        .scorer()
        .score(&Measure::TotalVariation, rows_of, rows_of);
    let scores = scored(scores, "many bad rows");
    let issues = scores.issues();
    assert_eq!((issues.bad_rows(), issues.total()), (rows / 2, rows));
    for (i, issue) in issues.iter().enumerate() {
        let operand = if i % 2 == 0 { Operand::P } else { Operand::Q };
        assert_eq!((issue.row, issue.operand), (i as u64 / 2 * 2 + 1, operand));
        assert_eq!(issue.kind, IssueKind::Negative);
    }
    for (i, score) in scores.values().iter().enumerate() {
        assert!(
            if i % 2 == 1 {
                score.is_nan()
            } else {
                *score == 0.0
            },
            "row {i}"
        );
    }
}

pub fn every_way(target: &Target) {
    let drawn = ragged([Encoding::Weights; 2], F32, 100);
    let (p, q) = (drawn.p.rows(), drawn.q.rows());
    let request = target.scorer().request(&Measure::KullbackLeibler);
    request
        .prepare(&p, &q)
        .unwrap_or_else(|error| panic!("{error}"));
    let scores = scored(request.score(p, q), "score");
    let mut out = vec![0.0; drawn.rows()];
    let report = request.score_into(p, q, &mut out);
    assert_eq!(
        report.unwrap_or_else(|error| panic!("{error}")).rows,
        drawn.rows() as u64
    );
    assert_eq!(bits(&out), bits(scores.values()));
    #[cfg(feature = "gpu")]
    {
        let later = scored(pollster::block_on(request.score_async(p, q)), "later");
        assert_eq!(bits(later.values()), bits(scores.values()));
    }
    let token = CancelToken::new();
    token.cancel();
    let cancelled = request.clone().cancel(&token).score(p, q);
    assert!(matches!(
        cancelled,
        Err(ScoreError::Cancelled { finished: 0, .. })
    ));
    let none = Rows::ragged::<f32>(Encoding::Weights, &[], &[0]);
    let none = none.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        scored(request.score(none, none), "none")
            .values()
            .is_empty()
    );
}

pub fn what_does_not_fit(target: &Target) {
    let values = [1.0_f32, 2.0, 3.0, 4.0];
    let text = |rows: Result<Rows<'_>, ArgumentError>| match rows {
        Err(error) => error.to_string(),
        Ok(rows) => panic!("{rows:?}"),
    };
    let ragged = |offsets| Rows::ragged(Encoding::Weights, &values, offsets);
    assert_eq!(
        text(ragged(&[])),
        "there are no offsets: give one more than there are rows"
    );
    assert_eq!(
        text(ragged(&[0, 3, 2])),
        "row 1 would begin at offset 3 and end at 2: offsets must not descend"
    );
    assert_eq!(
        text(ragged(&[0, 5])),
        "the last offset is 5, but there are 4 values: rows must end where these do, or before"
    );
    let sparse =
        |indices, offsets, k| Rows::sparse(Encoding::Weights, &values, indices, offsets, k);
    assert_eq!(
        text(sparse(&[0, 1, 2], &[0, 3], 5)),
        "3 indices for 4 values: give each value the index of its bin"
    );
    assert_eq!(
        text(sparse(&[0, 1, 1, 5], &[0, 2, 4], 5)),
        "row 1 has a value in bin 5, but there are 5: bins count from 0"
    );
    assert_eq!(
        text(sparse(&[0, 1, 4, 3], &[0, 2, 4], 5)),
        "row 1 has a value in bin 3 behind one in bin 4: sort the indices of each row, and add up values of one bin"
    );
    assert!(text(sparse(&[0, 1, 4, 4], &[0, 2, 4], 5)).starts_with("row 1 has a value in bin 4"));
    let most = (1_usize << 32) + 1;
    assert_eq!(
        text(sparse(&[0, 1, 2, 3], &[0, 4], most)),
        "K is 4294967297: sparse rows have at most 2^32 bins"
    );
    assert_eq!(
        text(sparse(&[0, 1, 2, 3], &[0, 4], 0)),
        "K is 0: a distribution needs at least one bin"
    );
    let kl = Measure::KullbackLeibler;
    let error = |scores: Result<Scores, ScoreError>| match scores {
        Err(ScoreError::Argument(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let rows = |rows: Result<Rows<'static>, ArgumentError>| rows.unwrap_or_else(|e| panic!("{e}"));
    const VALUES: &[f32] = &[1.0, 2.0, 3.0, 4.0];
    let one_three = rows(Rows::ragged(Encoding::Weights, VALUES, &[0, 1, 4]));
    let two_two = rows(Rows::weights(VALUES, 2));
    let of_four = rows(Rows::sparse(
        Encoding::Weights,
        VALUES,
        &[0, 3, 1, 2],
        &[0, 2, 4],
        4,
    ));
    let scorer = target.scorer();
    assert_eq!(
        error(scorer.score(&kl, one_three, two_two)),
        "row 0 has 1 bins in P and 2 in Q: rows that meet need the same number"
    );
    assert_eq!(
        error(scorer.matrix(&kl, one_three, one_three)),
        "row 1 of P has 3 bins and row 0 of P has 1: where all rows meet, all need the same number"
    );
    assert_eq!(
        error(scorer.matrix(&kl, of_four, two_two)),
        "rows of P have 4 bins and rows of Q have 2: both need the same number"
    );
    assert!(error(scorer.score(&kl, of_four, two_two)).starts_with("P is 2 x 4 and Q is 2 x 2"));
    let three = rows(Rows::ragged(Encoding::Weights, VALUES, &[0, 1, 2, 3]));
    assert!(error(scorer.score(&kl, one_three, three)).starts_with("P is 2 x 3 and Q is 3 x 1"));
    let source = RowsSource::new(of_four, of_four);
    assert!(matches!(source, Err(ArgumentError::UnevenSource)));
}
