//! For each row of P the rows of Q with the smallest scores.

use kullback::{
    ArgumentError, CancelToken, Encoding, Measure, Neighbours, Operand, Precision, Rows,
    StreamError, Verify,
};

use crate::common::backends::Target;
use crate::common::batch::bits;
use crate::common::measures;
use crate::common::stored::Stored;
use crate::support::{F32, cells, scored, some_measures, tables, weights};

type Found = Result<Neighbours, StreamError<Neighbours>>;

fn search(found: Found) -> Neighbours {
    found.unwrap_or_else(|error| panic!("{error}"))
}

/// The smallest of each line of all scores, by sorting them.
fn expected(scores: &[f32], columns: usize, k: usize) -> (Vec<u64>, Vec<f32>) {
    let (mut indices, mut smallest) = (Vec::new(), Vec::new());
    for line in scores.chunks_exact(columns) {
        let mut order: Vec<usize> = (0..columns).collect();
        // Stable, so that the smaller number comes first.
        order.sort_by(|&a, &b| line[a].total_cmp(&line[b]));
        for &at in order.iter().take(k) {
            let none = line[at].is_nan();
            indices.push(if none { u64::MAX } else { at as u64 });
            smallest.push(line[at]);
        }
    }
    (indices, smallest)
}

pub fn nearest(target: &Target) {
    for (k, encodings) in cells() {
        let [p, q] = tables(encodings, F32, k, [7, 23]);
        for measure in some_measures().into_iter().take(2) {
            let what = format!("{measure} of {encodings:?}, K = {k}");
            let request = target.scorer().request(&measure).verify(Verify::Sample(20));
            let all = scored(request.matrix(p.rows(), q.rows()), &what);
            for count in [1, 5, 23, 40] {
                let found = search(request.nearest(p.rows(), q.rows(), count));
                let (indices, scores) = expected(all.values(), 23, count);
                assert_eq!(found.indices(), indices, "{count} of {what}");
                assert_eq!(bits(found.scores()), bits(&scores), "{count} of {what}");
                assert_eq!(found.k(), count.min(23));
                let (report, wanted) = (found.report(), all.report());
                assert_eq!(format!("{report:?}"), format!("{wanted:?}"), "{what}");
            }
        }
    }
}

/// Of so many rows that a product finds whom to score as pairs.
pub fn among_many(target: &Target) {
    // Software adapters take long over long rows, and have the other measures pair by pair in any case.
    let is_product = |measure: &Measure| {
        ["kl", "js", "js-distance", "hellinger", "renyi"].contains(&measure.name())
    };
    let longest = if target.is_gpu() { 300 } else { 2000 };
    for (k, encodings) in cells()
        .into_iter()
        .filter(|(k, _)| (16..longest).contains(k))
    {
        let [p, q] = tables(encodings, F32, k, [33, 150]);
        let measures = some_measures().into_iter();
        let measures = measures.chain([measures::named("js-distance:0.3")]);
        for measure in measures.filter(|measure| !target.is_gpu() || is_product(measure)) {
            let what = format!("{measure} of {encodings:?}, K = {k}");
            let request = target.scorer().request(&measure);
            let paired = request.clone().precision(Precision::Paired);
            let all = scored(paired.matrix(p.rows(), q.rows()), &what);
            // A GPU has one product alone, and no other way of its own from there on.
            let (counts, precisions) = match target.is_gpu() {
                true => (&[10][..], &[Precision::Fast][..]),
                false => (
                    &[1, 10, 140, 150][..],
                    &[Precision::Promised, Precision::Fast][..],
                ),
            };
            for &count in counts {
                let (indices, scores) = expected(all.values(), 150, count);
                for &precision in precisions {
                    let request = request.clone().precision(precision);
                    let found = search(request.nearest(p.rows(), q.rows(), count));
                    let what = format!("{count} of {what}, {precision:?}");
                    assert_eq!(found.indices(), indices, "{what}");
                    assert_eq!(bits(found.scores()), bits(&scores), "{what}");
                    assert_eq!(found.report().error_bound, None, "{what}");
                }
            }
        }
    }
}

/// Scores that a product does not tell apart: rows that differ in one bin by one part in ten million.
pub fn almost_equal(target: &Target) {
    let k = 20;
    let p: Vec<f32> = (0..16 * k).map(|i| 1.0 + (i * i % 97) as f32).collect();
    let mut q: Vec<f32> = (0..64 * k).map(|i| 1.0 + (i % k * 7 % 11) as f32).collect();
    for j in 0..64 {
        let steps = (j * 29 % 64) as u32;
        q[j * k + 3] = f32::from_bits(q[j * k + 3].to_bits() + steps);
    }
    let rows_of = |values| {
        let rows: Result<Rows<'_>, _> = Rows::weights(values, k);
        rows.unwrap_or_else(|error| panic!("{error}"))
    };
    for measure in some_measures() {
        let request = target.scorer().request(&measure);
        let paired = request.clone().precision(Precision::Paired);
        let all = scored(paired.matrix(rows_of(&p), rows_of(&q)), "all");
        let (indices, scores) = expected(all.values(), 64, 5);
        for precision in [Precision::Promised, Precision::Fast] {
            let request = request.clone().precision(precision);
            let found = search(request.nearest(rows_of(&p), rows_of(&q), 5));
            assert_eq!(found.indices(), indices, "{measure}, {precision:?}");
            let found = bits(found.scores());
            assert_eq!(found, bits(&scores), "{measure}, {precision:?}");
        }
    }
}

pub fn in_little_memory(target: &Target) {
    let [p, q] = tables([Encoding::Weights; 2], F32, 9, [11, 90]);
    let kl = Measure::KullbackLeibler;
    let all = scored(target.scorer().matrix(&kl, p.rows(), q.rows()), "all");
    for memory in [4 * 90 * 4, 4 * 90, 4 * 17] {
        let builder = target.builder(target.executions()[0]);
        let scorer = builder
            .host_memory(memory)
            .build()
            .unwrap_or_else(|error| panic!("{error}"));
        let found = search(scorer.nearest(&kl, p.rows(), q.rows(), 10));
        let (indices, scores) = expected(all.values(), 90, 10);
        assert_eq!(found.indices(), indices, "{memory} bytes");
        assert_eq!(bits(found.scores()), bits(&scores), "{memory} bytes");
    }
}

pub fn bad_rows(target: &Target) {
    let p = [1.0, 1.0, -1.0, 1.0, 1.0, 3.0];
    let q = [0.0, 0.0, 1.0, 3.0, f32::NAN, 1.0, 1.0, 1.0];
    let tv = Measure::TotalVariation;
    let found = target.scorer().nearest(&tv, weights(&p), weights(&q), 3);
    let found = search(found);
    let none = Neighbours::NONE;
    assert_eq!(found.indices(), [3, 1, none, none, none, none, 1, 3, none]);
    let scores: Vec<Option<f32>> = found
        .scores()
        .iter()
        .map(|&score| (!score.is_nan()).then_some(score))
        .collect();
    let wanted = [Some(0.0), Some(0.25), None];
    assert_eq!([&scores[..3], &scores[6..]], [&wanted; 2]);
    assert_eq!(scores[3..6], [None; 3]);
    assert_eq!(found.of(1).count(), 0);
    assert_eq!(found.of(2).collect::<Vec<_>>(), [(1, 0.0), (3, 0.25)]);
    assert_eq!(found.of(3).count(), 0);
    let issues = found.report().issues.iter();
    let issues: Vec<(u64, Operand)> = issues.map(|i| (i.row, i.operand)).collect();
    assert_eq!(issues, [(0, Operand::Q), (1, Operand::P), (2, Operand::Q)]);
}

pub fn duplicates(target: &Target) {
    // Every third row of Q is the row of P, and the others are all the same.
    let p = [1.0, 3.0];
    let q: Vec<f32> = (0..60)
        .flat_map(|j| if j % 3 == 1 { [2.0, 6.0] } else { [1.0, 1.0] })
        .collect();
    let kl = Measure::KullbackLeibler;
    let found = target.scorer().nearest(&kl, weights(&p), weights(&q), 23);
    let found = search(found);
    let equal = (0..20).map(|i| 3 * i + 1);
    let wanted: Vec<u64> = equal.chain([0, 2, 3]).collect();
    assert_eq!(found.indices(), wanted);
    assert_eq!(found.scores()[..20], [0.0; 20]);
    assert!(found.scores()[20] > 0.0);
    assert_eq!(bits(&found.scores()[20..]), bits(&[found.scores()[20]; 3]));
}

pub fn others(target: &Target) {
    // Enough rows, and bins, for a product to look for them.
    const ROWS: usize = 71;
    let [p, _] = tables([Encoding::Weights; 2], F32, 24, [ROWS, ROWS]);
    // Some of them equal, more of them than neighbours are asked for, and one bad.
    let equal = (0..ROWS as u64 - 1).map(|i| if i % 4 == 1 { 1 } else { i });
    let mut table = p.copied(equal);
    let mut bad = vec![1.0; 24];
    bad[7] = -1.0;
    table.push(&Stored::F32(bad));
    let rows = table.rows();
    for measure in some_measures().into_iter().take(2) {
        let request = target.scorer().request(&measure);
        let paired = request.clone().precision(Precision::Paired);
        let all = scored(paired.matrix(rows, rows), "all pairs");
        let mut scores = all.values().to_vec();
        for row in 0..ROWS {
            scores[row * (ROWS + 1)] = f32::NAN;
        }
        for precision in [Precision::Promised, Precision::Fast] {
            let request = request.clone().precision(precision);
            for count in [1, 3, ROWS - 2, ROWS - 1, 100] {
                let found = search(request.nearest_others(rows, count));
                let (indices, smallest) = expected(&scores, ROWS, count.min(ROWS - 1));
                assert_eq!(found.k(), count.min(ROWS - 1));
                assert_eq!(found.indices(), indices, "{count} by {measure}");
                assert_eq!(
                    bits(found.scores()),
                    bits(&smallest),
                    "{count} by {measure}"
                );
            }
        }
    }
    let kl = target.scorer().request(&Measure::KullbackLeibler);
    let one = rows.range(3..4).unwrap_or_else(|error| panic!("{error}"));
    let found = search(kl.nearest_others(one, 2));
    assert_eq!(
        (found.k(), found.indices().len(), found.of(0).count()),
        (0, 0, 0)
    );
    let none = kl.nearest_others(rows, 0).map(drop);
    assert!(matches!(
        none,
        Err(StreamError::Argument(ArgumentError::NoNeighbours))
    ));
}

/// Some rows of a table are those rows, and count from 0.
pub fn ranges(target: &Target) {
    let [p, q] = tables([Encoding::Weights; 2], F32, 5, [12, 40]);
    let (p, q) = (p.rows(), q.rows());
    let kl = target.scorer().request(&Measure::KullbackLeibler);
    let kl = kl.precision(Precision::Paired);
    let all = scored(kl.matrix(p, q), "all pairs");
    let (Ok(some), Ok(others)) = (p.range(2..9), q.range(13..40)) else {
        panic!("these are ranges of rows");
    };
    let found = scored(kl.matrix(some, others), "some pairs");
    for (i, line) in found.values().chunks_exact(27).enumerate() {
        let wanted = &all.values()[(i + 2) * 40 + 13..(i + 3) * 40];
        assert_eq!(bits(line), bits(wanted));
    }
    let list = [3, 3, 0, 7];
    let listed = p.selected(&list).and_then(|listed| listed.range(1..3));
    let (Ok(listed), Ok(both)) = (listed, q.range(0..2)) else {
        panic!("these are ranges of rows");
    };
    let found = scored(kl.score(listed, both), "listed rows");
    let wanted = kl.score_pairs(p, q, &[(3, 0), (0, 1)]);
    assert_eq!(bits(found.values()), bits(scored(wanted, "pairs").values()));
    assert!(p.range(12..12).is_ok_and(|none| none.rows() == 0));
    // Rows that are none of a matrix.
    let values: Vec<f32> = (1..40).map(|i| (i * i % 17) as f32 + 0.5).collect();
    let (offsets, indices) = ([0, 2, 9, 10, 24, 39], (0..39).collect::<Vec<u32>>());
    let uneven = [
        Rows::ragged(Encoding::Weights, &values, &offsets),
        Rows::sparse(Encoding::Weights, &values, &indices, &offsets, 39),
        Rows::weights(&values[..3], 3).and_then(|one| one.repeated(5)),
        Rows::weights(&values, 4).or_else(|_| Rows::weights(&values[..35], 7)),
    ];
    for rows in uneven {
        let rows = rows.unwrap_or_else(|error| panic!("{error}"));
        let entropy = target.scorer().request(&Measure::Entropy);
        let all = scored(entropy.score_p(rows), "all rows");
        for (from, to) in [(0, 5), (1, 4), (3, 3), (4, 5)] {
            let some = rows
                .range(from..to)
                .unwrap_or_else(|error| panic!("{error}"));
            let found = scored(entropy.score_p(some), "some rows");
            let wanted = &all.values()[from as usize..to as usize];
            assert_eq!(bits(found.values()), bits(wanted), "{from} to {to}");
        }
    }
    for (from, to) in [(0, 13), (5, 4)] {
        let error = p.range(from..to).map(drop);
        let wanted = ArgumentError::RowRange { from, to, rows: 12 };
        assert_eq!(error, Err(wanted));
    }
}

pub fn nothing_to_do(target: &Target) {
    let (scorer, kl) = (target.scorer(), Measure::KullbackLeibler);
    let (one, none) = ([1.0, 2.0], []);
    let found = search(scorer.nearest(&kl, weights(&one), weights(&none), 3));
    assert_eq!((found.k(), found.indices().len()), (0, 0));
    assert_eq!(found.of(0).count(), 0);
    let found = search(scorer.nearest(&kl, weights(&none), weights(&one), 3));
    assert_eq!((found.k(), found.indices().len()), (1, 0));
    let none = scorer.nearest(&kl, weights(&one), weights(&one), 0);
    let Err(StreamError::Argument(error)) = none else {
        panic!("{none:?}");
    };
    assert_eq!(error.to_string(), "k is 0: ask for at least one neighbour");
    let entropy = scorer.nearest(&Measure::Entropy, weights(&one), weights(&one), 1);
    assert!(matches!(
        entropy,
        Err(StreamError::Argument(ArgumentError::QUnread { .. }))
    ));
}

/// What was finished before is kept.
pub fn cancelled(target: &Target) {
    let [p, q] = tables([Encoding::Weights; 2], F32, 4, [40, 10]);
    let kl = Measure::KullbackLeibler;
    let all = scored(target.scorer().matrix(&kl, p.rows(), q.rows()), "all");
    let builder = target.builder(target.executions()[0]);
    let scorer = builder
        .host_memory(4 * 10 * 5)
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let token = CancelToken::new();
    let stop = |progress: kullback::Progress| {
        if progress.rows_done >= 150 {
            token.cancel();
        }
    };
    let request = scorer.request(&kl).cancel(&token).progress(stop);
    let found = request.nearest(p.rows(), q.rows(), 2);
    let Err(StreamError::Cancelled { row, report }) = found else {
        panic!("{found:?}");
    };
    assert_eq!(row, 150);
    let (indices, scores) = expected(&all.values()[..150], 10, 2);
    assert_eq!(report.indices(), indices);
    assert_eq!(bits(report.scores()), bits(&scores));
    assert_eq!(report.report().rows, 150);
    let found = request.nearest_others(q.rows(), 2);
    let Err(StreamError::Cancelled { row, report }) = found else {
        panic!("{found:?}");
    };
    // The token is cancelled from the start.
    assert_eq!((row, report.k(), report.indices().len()), (0, 2, 0));
}
