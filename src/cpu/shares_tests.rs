//! Loops in which all is fused give the bits of those that meet in the cache.

use super::direct::{FusedRows, fused_rows};
use super::dispatch::{Batch, Isa, Portable, Simd, fused_rows_for};
use super::group::Member;
use super::kernels::Entry;
use super::logarithms::rows_of_logarithms;
use super::matrix::Widened;
use super::row::{Scratch, score_row, try_row};
use super::task;
use super::weights::rows_of_weights;
use crate::element::ElementType;
use crate::encoding::{Encoding, Temperature};
use crate::math::LANES;
use crate::measure::{KullbackLeibler, Measure};
use crate::options::Options;
use crate::rows::Rows;

const MEASURES: [&str; 9] = [
    "kl",
    "reverse-kl",
    "js",
    "js-distance",
    "tv",
    "cross-entropy",
    "entropy",
    "hellinger",
    "chi2",
];

/// Numbers in `(0, 1)` from a linear congruence.
fn drawn(count: usize, mut seed: u64) -> Vec<f32> {
    (0..count)
        .map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((seed >> 40) as f32 + 0.5) / 16_777_216.0
        })
        .collect()
}

/// A row near another, of an encoding.
fn pair(encoding: Encoding, k: usize, seed: u64) -> [Vec<f32>; 2] {
    let p = drawn(k, seed);
    let reach = [1e-6, 1e-3, 1.0][seed as usize % 3];
    let q: Vec<f32> = p
        .iter()
        .zip(drawn(k, seed + 7))
        .map(|(p, shake)| p * (1.0 + reach * shake))
        .collect();
    [p, q].map(|row| match encoding {
        Encoding::Probabilities => {
            let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
            row.iter().map(|&x| (f64::from(x) / sum) as f32).collect()
        }
        Encoding::LogProbabilities => {
            let sum: f64 = row.iter().map(|&x| f64::from(x)).sum();
            row.iter()
                .map(|&x| (f64::from(x) / sum).ln() as f32)
                .collect()
        }
        _ => row,
    })
}

/// Rows of each pair: more than one vector side by side, and a rest.
const ROWS: u64 = 37;

/// Rows near others, `stride` values apart with NaN between them. Some are no distributions, or need a second look.
fn pairs(encoding: Encoding, k: usize, stride: usize) -> [Vec<f32>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    for i in 0..ROWS {
        let mut rows = pair(encoding, k, 40 + i);
        let odd = (encoding == Encoding::Probabilities).then_some(i % 9);
        match odd {
            Some(3) => rows[0][k / 2] = -0.0,
            Some(4) => rows[1][k - 1] = 0.0,
            Some(5) => rows[1][0] *= 1.0 + 3e-5,
            Some(6) => rows[0].iter_mut().for_each(|x| *x *= 1.5),
            Some(7) => rows[1][k / 3] = f32::NAN,
            Some(8) => rows.iter_mut().for_each(|row| row[0] = 1e-40),
            _ => {}
        }
        // The first rows, as many as a vector has, are plain: odd ones send all beside them another way.
        let odd = (encoding == Encoding::Weights && i >= LANES as u64).then_some(i % 14);
        match odd {
            Some(3) => rows[0][k / 2] = 0.0,
            Some(4) => rows[1][k - 1] = -0.0,
            Some(5) => rows[0][k / 3] = f32::NAN,
            Some(6) => rows[1].fill(0.0),
            Some(7) => rows[1][0] = -1.0,
            Some(8) => rows[0][k - 1] = 1e-40,
            Some(9) => rows[1][k / 2] = f32::INFINITY,
            // Scaled up, and scaled down so far that small ones vanish.
            Some(10) => rows[0].iter_mut().for_each(|w| *w *= 1e-37),
            Some(11) => rows[1].iter_mut().for_each(|w| *w *= 1e30),
            Some(12) => rows[0][0] = 3e38,
            Some(13) => rows[1][k - 1] = f32::MIN_POSITIVE,
            _ => {}
        }
        let odd = (encoding.is_logarithmic() && i >= LANES as u64).then_some(i % 14);
        match odd {
            Some(3) => rows[0][k / 2] = f32::NEG_INFINITY,
            Some(4) => rows[1][k - 1] = f32::NEG_INFINITY,
            Some(5) => rows[1].iter_mut().for_each(|z| *z = z.ln() * 1e3),
            Some(6) => rows[0].fill(f32::NEG_INFINITY),
            Some(7) => rows[1][k / 3] = f32::NAN,
            Some(8) => rows.iter_mut().for_each(|row| row[0] = -3e38),
            Some(9) => rows[0][k / 3] = 1e-40,
            Some(10) => rows[0][k / 2] = f32::INFINITY,
            Some(11) => rows.iter_mut().for_each(|row| row.fill(-f32::MAX)),
            // The least that is not plain, and the largest that is.
            Some(12) => rows[0][0] = 1_099_511_627_776.0,
            Some(13) => rows[1][k - 1] = 1_099_511_600_000.0,
            _ => {}
        }
        // Plain rows whose exponentials vanish, and zeros of either sign.
        let plain = matches!(encoding, Encoding::Logits { .. }) && i < LANES as u64;
        match plain.then_some(i % 4) {
            Some(1) => rows.iter_mut().flatten().for_each(|z| *z *= 200.0),
            Some(2) => {
                rows[0][k / 2] = -0.0;
                rows[1][k - 1] = 0.0;
            }
            _ => {}
        }
        for (all, row) in all.iter_mut().zip(rows) {
            all.resize(i as usize * stride, f32::NAN);
            all.extend(row);
        }
    }
    all
}

fn logits(temperature: f64) -> Encoding {
    match Temperature::new(temperature) {
        Ok(temperature) => Encoding::Logits { temperature },
        Err(error) => panic!("{error}"),
    }
}

/// Compares all measures; gives the number of scores from loops of their own.
fn compare<S: Simd>(simd: S) -> usize {
    let mut fused_scores = 0;
    for encodings in [
        [Encoding::Probabilities; 2],
        [Encoding::Weights; 2],
        [Encoding::Weights, Encoding::Probabilities],
        [logits(1.0); 2],
        [logits(0.7); 2],
        [logits(1e-6); 2],
        [logits(1e6); 2],
        [Encoding::LogProbabilities, logits(1.0)],
    ] {
        for k in [
            1_usize, 2, 3, 5, 8, 16, 23, 64, 65, 255, 256, 257, 509, 640, 641, 800, 1024, 1030,
            4099,
        ] {
            for stride in [k, k + 1, k.next_multiple_of(16), 3 * k] {
                let [p, _] = pairs(encodings[0], k, stride);
                let [_, q] = pairs(encodings[1], k, stride);
                let p = Rows::strided(encodings[0], &p, k, stride);
                let q = Rows::strided(encodings[1], &q, k, stride);
                let (Ok(p), Ok(q)) = (p, q) else {
                    panic!("no rows of {k} bins");
                };
                assert_eq!(p.kind().1, ElementType::F32);
                for name in MEASURES {
                    let Ok(measure) = name.parse::<Measure>() else {
                        panic!("no measure {name}");
                    };
                    let what = format!("{name} of {encodings:?}, K = {k}, stride {stride}");
                    fused_scores += compare_rows(simd, measure, &p, &q, &what);
                }
            }
        }
    }
    fused_scores
}

fn compare_rows<S: Simd>(
    simd: S,
    measure: Measure,
    p: &Rows<'_>,
    q: &Rows<'_>,
    what: &str,
) -> usize {
    let options = Options::new(measure);
    // Where Q is not read, P stands in its place.
    let q = options.second(p, q);
    let task = task(&options, p, q);
    let scratch = &mut Scratch::default();
    let Some(entry) = Entry::<S>::new(measure, p.encoding(), q.encoding()) else {
        panic!("{what}: nothing is folded");
    };
    let plain = Entry {
        fused: None,
        linear: None,
        logarithmic: None,
        ..entry
    };
    let member = |entry| Member { task: &task, entry };
    let (mut of_p, mut of_q) = (Widened::default(), Widened::default());
    let batch = Batch {
        task: &task,
        p: of_p.matrix(p),
        q: of_q.matrix(q),
    };
    let rows = |i: usize| [batch.p.row(i), batch.q.row(i)];
    for i in [0, 9, 14] {
        let mut score = |entry: Entry<S>| {
            let mut out = [f32::NAN];
            let found = score_row(simd, &[member(entry)], scratch, 0, rows(i), &mut out);
            found.map(|()| out.map(f32::to_bits))
        };
        assert_eq!(score(entry), score(plain), "{what}, row {i}");
    }
    let Some(fused) = fused_rows_for(&member(entry)) else {
        return 0;
    };
    let mut out = vec![f32::NAN; ROWS as usize];
    let mut settle = |out: &mut [f32]| {
        scratch.left.clear();
        fused(simd, &batch, out, scratch);
        scratch.left.clone()
    };
    let left = settle(&mut out);
    assert!(left.is_sorted_by(|a, b| a < b), "{what}: {left:?}");
    let is_try = p.encoding() == Encoding::Probabilities;
    // Fewer rows than a vector has lanes, as many, one more, and so on: a score depends on its row alone.
    for count in [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32] {
        let mut fewer = vec![f32::NAN; count];
        let left_of_fewer = settle(&mut fewer);
        let left_of_these: Vec<_> = left.iter().copied().filter(|&i| i < count).collect();
        assert_eq!(left_of_fewer, left_of_these, "{what}, {count} rows");
        for i in (0..count).filter(|i| !left.contains(i)) {
            let same = fewer[i].to_bits() == out[i].to_bits();
            assert!(same, "{what}, row {i} of {count}");
        }
    }
    for (i, &score) in out.iter().enumerate() {
        let tried = !left.contains(&i);
        let mut meeting = None;
        if is_try {
            try_row(simd, &[member(plain)], scratch, rows(i), |_, score| {
                meeting = score
            });
        } else {
            let mut score = [f32::NAN];
            let found = score_row(simd, &[member(plain)], scratch, 0, rows(i), &mut score);
            meeting = found.is_ok().then_some(score[0]);
        }
        assert_eq!(
            tried.then_some(score.to_bits()),
            meeting.map(f32::to_bits),
            "{what}, row {i}"
        );
    }
    out.len() - left.len()
}

#[test]
fn fused_loops_have_the_bits_of_all_others() {
    for isa in Isa::available() {
        let found = match isa {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx512(simd) => compare(simd),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Isa::Avx2(simd) => compare(simd),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon(simd) => compare(simd),
            // Has no such loops; what it shares with others is tried below.
            Isa::Portable => continue,
        };
        assert!(found > 20_000, "{}: {found}", isa.name());
    }
}

/// Vectors of four, as ARM has them, side by side.
#[test]
fn vectors_of_four_score_rows_side_by_side() {
    let of_probabilities = fused_rows::<3, KullbackLeibler, Portable>;
    let of_logarithms = rows_of_logarithms::<2, KullbackLeibler, Portable>;
    let of_weights = rows_of_weights::<2, KullbackLeibler, Portable>;
    let all: [(Encoding, FusedRows<Portable>); 4] = [
        (Encoding::Probabilities, of_probabilities),
        (Encoding::Weights, of_weights),
        (logits(1.0), of_logarithms),
        (logits(0.7), of_logarithms),
    ];
    for (encoding, fused) in all {
        let mut settled = 0;
        for k in [1_usize, 3, 6, 64, 255, 257, 603] {
            let [p, q] = pairs(encoding, k, k);
            let (Ok(p), Ok(q)) = (Rows::new(encoding, &p, k), Rows::new(encoding, &q, k)) else {
                panic!("no rows of {k} bins");
            };
            let task = task(&Options::new(Measure::KullbackLeibler), &p, &q);
            let Some(entry) = Entry::<Portable>::new(Measure::KullbackLeibler, encoding, encoding)
            else {
                panic!("nothing is folded");
            };
            let member = Member { task: &task, entry };
            let (mut of_p, mut of_q) = (Widened::default(), Widened::default());
            let batch = Batch {
                task: &task,
                p: of_p.matrix(&p),
                q: of_q.matrix(&q),
            };
            let (mut out, scratch) = (vec![f32::NAN; ROWS as usize], &mut Scratch::default());
            fused(Portable, &batch, &mut out, scratch);
            let left = std::mem::take(&mut scratch.left);
            for (i, score) in out.iter().enumerate() {
                let meeting = alone(member, [batch.p.row(i), batch.q.row(i)], scratch);
                let tried = !left.contains(&i);
                let tried = tried.then_some(score.to_bits());
                let what = format!("{encoding:?}, K = {k}, row {i}");
                assert_eq!(tried, meeting.map(f32::to_bits), "{what}");
            }
            settled += out.len() - left.len();
        }
        assert!(settled > 50, "{encoding:?}: {settled}");
    }
}

/// A score from loops that meet in the cache, if the rows have one there.
fn alone(member: Member<'_, Portable>, rows: [&[f32]; 2], scratch: &mut Scratch) -> Option<f32> {
    let mut meeting = None;
    if member.task.p.encoding == Encoding::Probabilities {
        try_row(Portable, &[member], scratch, rows, |_, score| {
            meeting = score
        });
        return meeting;
    }
    let mut score = [f32::NAN];
    let found = score_row(Portable, &[member], scratch, 0, rows, &mut score);
    found.is_ok().then_some(score[0])
}
