//! Kernels that are wrong on purpose: each must be caught by what the suite compares.
//!
//! A mutant is a change of the text of every kernel of a scorer. The table names the change and the
//! comparison that must notice it, which the unchanged kernel must pass on the same adapter. A mutant
//! that survives is a failure. Where an adapter is known to compute the same in spite of the change, the
//! table says why, and the bits must then be equal in all rows.

mod common;

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock};

use kullback::gpu::Strategy;
use kullback::{
    ElementType, Encoding, Measure, Options, Rows, Scorer, ScorerBuilder, Support, allowed_error,
};
use libtest_mimic::Trial;

use common::backends::{self, Execution, Target};
use common::batch::{Batch, Shape, bits};
use common::check::judge_exact;
use common::exact::{self, Case};
use common::harness::{self, trial};
use common::pairs::{RECIPES, Recipe};
use common::random::Random;
use common::settings::{self, Tier};

fn main() -> ExitCode {
    let targets = backends::judged();
    let mut trials: Vec<Trial> = backends::expected(&targets)
        .into_iter()
        .map(|(name, answers)| {
            trial(&format!("[{name}] answers"), move || {
                answers.then_some(()).ok_or("it does not".to_owned())
            })
        })
        .collect();
    let targets: Vec<Adapter> = targets
        .into_iter()
        .filter(Target::is_gpu)
        .map(|target| Adapter {
            is_drawn_among: is_software(&target) && !harness::is_slow(target.name()),
            target,
            controls: Arc::default(),
        })
        .collect();
    trials.extend(
        MUTANTS
            .iter()
            .flat_map(|mutant| of_mutant(mutant, &targets)),
    );
    harness::main(trials)
}

/// The tests of a mutant. Of software adapters, which compile it for a second, the small tiers take one, drawn by its name
/// among those that it is caught on, if there are any.
fn of_mutant(mutant: &'static Mutant, adapters: &[Adapter]) -> Vec<Trial> {
    let (mut alike, mut kept): (Vec<&Adapter>, Vec<&Adapter>) = adapters
        .iter()
        .filter(|adapter| mutant.kernel.reduce.builder(&adapter.target).is_some())
        .partition(|adapter| adapter.is_drawn_among);
    if settings::tier() != Tier::Exhaustive && !alike.is_empty() {
        let catches = |adapter: &&Adapter| {
            let expected = mutant.expected(&adapter.target);
            matches!(expected, Expected::Caught)
        };
        if alike.iter().any(catches) {
            alike.retain(catches);
        }
        let Kernel { measure, p, q, .. } = mutant.kernel;
        let name = format!("{} in {measure} of {p} against {q}", mutant.name);
        let mut random = Random::named(settings::seed(), &name);
        alike = vec![random.pick(&alike)];
    }
    kept.extend(alike);
    let trial = |adapter: &Adapter| mutant.trial(&adapter.target, &adapter.controls);
    kept.into_iter().filter_map(trial).collect()
}

/// What mutants run on.
struct Adapter {
    target: Target,
    controls: Arc<Controls>,
    /// True if one is enough of those of which this is so.
    is_drawn_among: bool,
}

/// A wrong kernel.
struct Mutant {
    name: &'static str,
    /// The text in the kernel, and what stands there instead.
    from: &'static str,
    to: &'static str,
    kernel: Kernel,
    proof: Proof,
    /// Adapters, by a part of their names, where it computes the same, and why.
    equal_on: &'static [(&'static str, &'static str)],
}

/// Which kernel is changed.
#[derive(Clone, Copy, Debug)]
struct Kernel {
    measure: &'static str,
    p: &'static str,
    q: &'static str,
    smoothed: bool,
    elements: [ElementType; 2],
    reduce: Reduce,
}

/// How rows are reduced, and between which limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Reduce {
    Rows,
    RowsOfSubgroups,
    Workgroup,
    Spread,
    /// Several rows a workgroup, and that many workgroups that look for what a first try left.
    Looking(u64),
    /// Several rows a workgroup on a device with seven workgroups a dimension.
    Tiny,
}

/// What notices a mutant.
#[derive(Clone, Copy, Debug)]
enum Proof {
    /// The committed cases from arbitrary precision.
    Exact,
    /// A batch of these kinds of pairs with this K, against the reference.
    Reference(usize, &'static [Recipe]),
    /// The epoch of some rows of a batch of these kinds of pairs is not that of the dispatch.
    Unfinished(usize, &'static [Recipe]),
    /// Bits that another strategy gives to the same batch of these kinds of pairs.
    Bits(usize, &'static [Recipe]),
    /// Of all pairs of rows of these kinds, the bits that the unchanged kernel of pairs gives to a list of them.
    Pairs(usize, &'static [Recipe]),
    /// Nothing: the kernel bears what the change stands for, against the reference.
    Borne(usize, &'static [Recipe]),
}

const LINEAR: Kernel = Kernel {
    measure: "kl",
    p: "probabilities",
    q: "weights",
    smoothed: false,
    elements: [ElementType::F32; 2],
    reduce: Reduce::Rows,
};

const DIRECT: Kernel = Kernel {
    q: "probabilities",
    ..LINEAR
};

const DIRECT_POWERS: Kernel = Kernel {
    measure: "renyi:1.5",
    ..DIRECT
};

// Alone in its workgroup, so that no neighbour sends it the long way.
const ONE_DIRECT: Kernel = Kernel {
    reduce: Reduce::Workgroup,
    ..DIRECT
};

const WEIGHTS: Kernel = Kernel {
    p: "weights",
    ..LINEAR
};

const LOGARITHMIC: Kernel = Kernel {
    p: "logits",
    q: "logits",
    ..LINEAR
};

const MIXED: Kernel = Kernel {
    p: "probabilities",
    q: "logits",
    ..LINEAR
};

const F16_LOGITS: Kernel = Kernel {
    elements: [ElementType::F16; 2],
    ..LOGARITHMIC
};

const F16_WEIGHTS: Kernel = Kernel {
    elements: [ElementType::F16; 2],
    ..WEIGHTS
};

const BF16_LOGITS: Kernel = Kernel {
    elements: [ElementType::Bf16; 2],
    ..LOGARITHMIC
};

const SMOOTHED: Kernel = Kernel {
    smoothed: true,
    q: "probabilities",
    ..LINEAR
};

const REVERSE: Kernel = Kernel {
    measure: "reverse-kl",
    ..LINEAR
};

const JENSEN_SHANNON: Kernel = Kernel {
    measure: "js",
    ..LINEAR
};

const TOTAL_VARIATION: Kernel = Kernel {
    measure: "tv",
    ..LINEAR
};

const GENERATOR: Kernel = Kernel {
    measure: "f:t*ln(t)",
    ..WEIGHTS
};

const BREGMAN: Kernel = Kernel {
    measure: "bregman:t*ln(t)",
    ..WEIGHTS
};

const CROSS_ENTROPY: Kernel = Kernel {
    measure: "cross-entropy",
    ..LINEAR
};

const AGREEMENT: Kernel = Kernel {
    measure: "top1-agreement",
    ..WEIGHTS
};

const RENYI: Kernel = Kernel {
    measure: "renyi:10000",
    ..WEIGHTS
};

const RENYI_INFINITY: Kernel = Kernel {
    measure: "renyi:inf",
    ..WEIGHTS
};

const TSALLIS: Kernel = Kernel {
    measure: "tsallis:10000",
    ..WEIGHTS
};

const CHI_SQUARED: Kernel = Kernel {
    measure: "chi2",
    ..WEIGHTS
};

const NEAR: &[Recipe] = &[Recipe::Near];
const APART: &[Recipe] = &[Recipe::Random];
const BAD: &[Recipe] = &[Recipe::Bad];
const SOME_BAD: &[Recipe] = &[Recipe::Random, Recipe::Bad];
const ORDINARY: &[Recipe] = &[Recipe::Random, Recipe::Near, Recipe::OneBin];

/// What keeps compilers from folding `(a + b) - a`.
const GUARD: &str = "return bitcast<f32>(bitcast<u32>(x) ^ parameters.zero);";

/// What keeps writing and reading apart in `shaders/reduce/exchange.wgsl`.
const BEHIND_WRITING: &str = "exchange[exchange_at + invocation] = words;\n    workgroupBarrier();";
const BEFORE_ASKING: &str = "workgroupBarrier();\n    if invocation == 0u {";
/// What makes products exact on hardware that does not fuse them.
const SPLIT: &str = "(bitcast<u32>(x) + 0x800u) & 0xfffff000u";
const IN_TURN: &str = "exchange_at = exchange_at ^ EXCHANGE_HALF;";

const MUTANTS: &[Mutant] = &[
    // Measures
    Mutant {
        name: "a flipped sign in the excess",
        from: "(-2.0 * p) * w + d",
        to: "(2.0 * p) * w + d",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the excess of logarithmic rows",
        from: "excess = d - p_up * t;",
        to: "excess = d + p_up * t;",
        kernel: LOGARITHMIC,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the reverse excess",
        from: "(2.0 * q) * w + d",
        to: "(-2.0 * q) * w + d",
        kernel: REVERSE,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign far from equality",
        from: "select(q_t - d, ",
        to: "select(q_t + d, ",
        kernel: REVERSE,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "swapped weights",
        from: "parameters.weight * pair.p + parameters.weight_q * pair.q",
        to: "parameters.weight_q * pair.p + parameters.weight * pair.q",
        kernel: JENSEN_SHANNON,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped absolute value",
        from: "abs((-masses.drift) * pair.p + pair.d)",
        to: "((-masses.drift) * pair.p + pair.d)",
        kernel: TOTAL_VARIATION,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped rest beside the maximum",
        from: "ratio_ln_1p(masses.q_rest / masses.q_max)",
        to: "0.0",
        kernel: CROSS_ENTROPY,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the larger of two maxima counted among the rest",
        from: "(a.y + b.y) + select(a.x, b.x, a_larger)",
        to: "(a.y + b.y) + select(b.x, a.x, a_larger)",
        kernel: Kernel {
            p: "logits",
            q: "logits",
            ..CROSS_ENTROPY
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    // Peaks
    Mutant {
        name: "the last of equal peaks in place of the first",
        from: "return bitcast<f32>(0x7f7ffffeu - bin);",
        to: "return bitcast<f32>(0x00800000u + bin);",
        kernel: AGREEMENT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the peak of P in place of that of Q",
        from: "select(-MAXIMUM, place, q_at_peak)",
        to: "select(-MAXIMUM, place, p_at_peak)",
        kernel: AGREEMENT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the last peak that was merged in place of the first",
        from: "return select(b, a, a > b);",
        to: "return b;",
        kernel: AGREEMENT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the place in its quad left out",
        from: "q.y, element + 1u, present.y",
        to: "q.y, element, present.y",
        kernel: AGREEMENT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "masses of log-probabilities that are not judged",
        from: "return (parameters.flags & FLAG_P_NORMALISED) != 0u;",
        to: "return false;",
        kernel: Kernel {
            p: "log-probabilities",
            q: "log-probabilities",
            ..AGREEMENT
        },
        proof: Proof::Reference(33, BAD),
        equal_on: &[],
    },
    // Powers
    Mutant {
        name: "the last of two ratios in place of the larger",
        from: "return select(b, a, a > b);",
        to: "return b;",
        kernel: RENYI_INFINITY,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped exponent in a sum of any size",
        from: "let of_a = a.y * power_scale((a.x - most) * POWER_SPAN);",
        to: "let of_a = a.y;",
        kernel: RENYI,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a sum of any size that is never asked for",
        from: "score_level = level + 1u;",
        to: "",
        kernel: RENYI,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "powers that never stand in",
        from: "score_level = level + 1u;",
        to: "",
        kernel: CHI_SQUARED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a drift that powers do not take off",
        from: "centre = masses.drift;\n            support_settle();",
        to: "support_settle();",
        kernel: TSALLIS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a drift in one part",
        from: "drift = bitcast<f32>(words.x) + bitcast<f32>(words.y);",
        to: "drift = bitcast<f32>(words.x);",
        kernel: TSALLIS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "rows that no order exchanges",
        from: "return (parameters.flags & 16u) != 0u;",
        to: "return false;",
        kernel: Kernel {
            measure: "tsallis:0.1",
            ..WEIGHTS
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "an order in one word",
        from: "low * parameters.power_c_high + (high + low) * parameters.power_c_low",
        to: "low * parameters.power_c_high",
        kernel: TSALLIS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a logarithm in one word",
        from: "let rest = low * parameters.power_c_high + ",
        to: "let rest = ",
        kernel: TSALLIS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped unit",
        from: "let score = select(positive, sqrt(positive), root) * parameters.unit;",
        to: "let score = select(positive, sqrt(positive), root);",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    // Element types
    Mutant {
        name: "f32 that starts within a vector and ends in itself",
        from: "case 1u: { return vec4<u32>(a.yzw, b.x); }",
        to: "case 1u: { return a.yzwx; }",
        kernel: MIXED,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "f16 with another bias",
        from: "moved + vec4<u32>(0x38000000u)",
        to: "moved + vec4<u32>(0x38800000u)",
        kernel: F16_LOGITS,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "f16 whose subnormals are zero",
        from: "vec4<f32>(magnitude) * 5.960464477539063e-8",
        to: "vec4<f32>(magnitude) * 0.0",
        kernel: F16_WEIGHTS,
        proof: Proof::Reference(67, &[Recipe::Random, Recipe::Extreme]),
        equal_on: &[],
    },
    Mutant {
        name: "bf16 shifted by a bit less",
        from: "return h << vec4<u32>(16u);",
        to: "return h << vec4<u32>(15u);",
        kernel: BF16_LOGITS,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "halves at odd places taken from even ones",
        from: "select(words.xy, odd, (s & 1u) == 1u)",
        to: "words.xy",
        kernel: BF16_LOGITS,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    // Linear rows
    Mutant {
        name: "swapped operands",
        from: "domain_pair(domain, words.p.x, words.q.x)",
        to: "domain_pair(domain, words.q.x, words.p.x)",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "swapped operands in several passes",
        from: "domain_pair(domain, p, q)",
        to: "domain_pair(domain, q, p)",
        kernel: Kernel {
            measure: "chi2",
            ..LINEAR
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the builtin log in place of the polynomial",
        from: "s * ((-2.0 * p) * w + d)",
        to: "p * log(p / select(p + d, 1.0, p + d == 0.0)) + d",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped mass correction",
        from: "let ratio = select(bitcast<i32>(q_sum / p_sum), 0x3f800000 + apart, (apart & 0x007fffff) == 0);",
        to: "let ratio = 0x3f800000;",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped mass correction of probabilities",
        from: "let ratio = select(bitcast<i32>(q_sum / p_sum), 0x3f800000 + apart, (apart & 0x007fffff) == 0);",
        to: "let ratio = 0x3f800000;",
        kernel: Kernel {
            q: "probabilities",
            ..LINEAR
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a division that is off by a digit",
        from: "bitcast<i32>(q_sum / p_sum)",
        to: "bitcast<i32>(q_sum / p_sum) + 1",
        kernel: LINEAR,
        proof: Proof::Borne(100, &RECIPES),
        equal_on: &[],
    },
    Mutant {
        name: "a dropped drift",
        from: "sums.x / masses.mass - ratio_excess_small(masses.drift)",
        to: "sums.x / masses.mass",
        kernel: LINEAR,
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "a dropped drift of first order",
        from: "abs((-masses.drift) * pair.p + pair.d)",
        to: "abs(pair.d)",
        kernel: TOTAL_VARIATION,
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "a dropped drift of the mixture",
        from: "let e = masses.drift / (1.0 + masses.drift);",
        to: "let e = 0.0;",
        kernel: JENSEN_SHANNON,
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "a product that is not exact",
        from: SPLIT,
        to: "bitcast<u32>(x)",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped scale of huge and tiny rows",
        from: "select((64 - exponent) << 23u, 0, comfortable)",
        to: "0",
        kernel: WEIGHTS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    // Rows of probabilities, taken as they are
    Mutant {
        name: "swapped operands of direct rows",
        from: "direct_pair(p, q)",
        to: "direct_pair(q, p)",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the excess of direct rows",
        from: "(-p) * w + near_d",
        to: "p * w + near_d",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the reverse excess of direct rows",
        from: "q * w + near_minus_d",
        to: "(-q) * w + near_minus_d",
        kernel: Kernel {
            measure: "reverse-kl",
            ..DIRECT
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped exponent of direct rows",
        from: "k_ln_2 = f32(k) * LN_2_OF_EXPONENT;",
        to: "k_ln_2 = 0.0;",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the builtin log in direct rows",
        from: "let excess = s * of_near_q + p_far;",
        to: "let excess = p * log(p / q) + d;",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "direct rows accepted whatever their masses do",
        from: "abs(drift) <= limit && 2.0 * drift * drift <= excess",
        to: "true",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "direct rows accepted whatever their sums are",
        from: "abs(p_mass - 1.0) < min(parameters.p_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN\n        && abs(q_mass - 1.0) < min(parameters.q_tolerance, DIRECT_FARTHEST) - DIRECT_MARGIN",
        to: "p_mass < 10.0",
        kernel: ONE_DIRECT,
        proof: Proof::Reference(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "bad words overlooked in direct rows",
        from: "var bits = p | q;",
        to: "var bits = 0u;",
        kernel: ONE_DIRECT,
        proof: Proof::Reference(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "the support overlooked in direct rows",
        from: "bits |= q_less & ~p_less;",
        to: "",
        kernel: DIRECT,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped drift of total variation of direct rows",
        from: "return drift <= 2e-7 * score || (moves_none && drift <= 0.125 * score);",
        to: "return true;",
        kernel: Kernel {
            measure: "tv",
            ..DIRECT
        },
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "a drift of total variation of direct rows that is not taken off",
        from: "select(0.0, masses.drift * sums.y, sums.y < TOTAL_VARIATION_MOST)",
        to: "0.0",
        kernel: Kernel {
            measure: "tv",
            ..DIRECT
        },
        proof: Proof::Reference(16, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "cross-entropy of direct rows close to one-hot",
        from: "return score > 0.5;",
        to: "return true;",
        kernel: Kernel {
            measure: "cross-entropy",
            ..DIRECT
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "near and far mistaken for one another",
        from: "if z >= 1.44 {",
        to: "if z < 1.44 {",
        kernel: Kernel {
            measure: "js",
            ..DIRECT
        },
        proof: Proof::Reference(33, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the logarithm of the mixture",
        from: "let ln = (-f_2) * h + f;",
        to: "let ln = f_2 * h + f;",
        kernel: Kernel {
            measure: "js",
            ..DIRECT
        },
        proof: Proof::Reference(33, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a slot of direct rows folded twice",
        from: "direct_blocks(of_slot)",
        to: "direct_blocks(first)",
        kernel: DIRECT,
        proof: Proof::Reference(1000, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a quad of direct powers folded twice",
        from: "direct_fold_quad(sums, b, second)",
        to: "direct_fold_quad(sums, a, second)",
        kernel: DIRECT_POWERS,
        proof: Proof::Reference(1000, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "bins behind direct rows folded",
        from: "WHOLE_QUADS || quad * 4u + component < parameters.k",
        to: "true",
        kernel: DIRECT,
        proof: Proof::Reference(33, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows that are left to no dispatch",
        from: "return atomicLoad(&unsettled[group]) == parameters.epoch;",
        to: "return false;",
        kernel: DIRECT,
        proof: Proof::Unfinished(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "rows that were found and are forgotten",
        from: "waiting -= taken;",
        to: "waiting = 0u;",
        kernel: DIRECT,
        proof: Proof::Unfinished(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "rows that are found over one another",
        from: "rows_found[atomicAdd(&rows_counted, 1u)] = of_row;",
        to: "rows_found[atomicAdd(&rows_counted, 1u) & 7u] = of_row;",
        kernel: DIRECT,
        proof: Proof::Unfinished(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "rows of the first 32 groups alone",
        from: "(word + 1u) * 32u < parameters.groups",
        to: "false",
        kernel: Kernel {
            reduce: Reduce::Looking(1),
            ..DIRECT
        },
        proof: Proof::Unfinished(260, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "marks of one group taken for those of its neighbour",
        from: "firstTrailingBit(bits)) * parameters.group_step",
        to: "firstTrailingBit(bits))",
        kernel: Kernel {
            reduce: Reduce::Looking(2),
            ..DIRECT
        },
        proof: Proof::Unfinished(260, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "waiting rows that are counted as none",
        from: "atomicStore(&rows_counted, waiting);",
        to: "atomicStore(&rows_counted, 0u);",
        kernel: Kernel {
            reduce: Reduce::Looking(1),
            ..DIRECT
        },
        proof: Proof::Unfinished(100, SOME_BAD),
        equal_on: &[],
    },
    Mutant {
        name: "the mass of Q taken for that of P",
        from: "q_settle_mass(found.zzzw);",
        to: "q_settle_mass(found.xxxy);",
        kernel: WEIGHTS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "weights that are not shifted and should be",
        from: "let is_comfortable = p_survey.shift == 0 && q_survey.shift == 0;",
        to: "let is_comfortable = true;",
        kernel: WEIGHTS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the smaller of two maxima lost among the rest",
        from: "bitcast<u32>(rests + bitcast<f32>(min(a.x, b.x)))",
        to: "bitcast<u32>(rests)",
        kernel: WEIGHTS,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "settled rows that are scored anew",
        from: "return (statuses[of_row] >> 16u) == parameters.epoch;",
        to: "return false;",
        kernel: DIRECT,
        proof: Proof::Bits(100, SOME_BAD),
        equal_on: &[],
    },
    Mutant {
        name: "a word of direct rows read twice",
        from: "q_data[element + 3u]",
        to: "q_data[element + 2u]",
        kernel: DIRECT,
        proof: Proof::Reference(33, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows that are told to the wrong group",
        from: "atomicStore(&unsettled[group], parameters.epoch);",
        to: "atomicStore(&unsettled[0], parameters.epoch);",
        kernel: DIRECT,
        proof: Proof::Unfinished(33, BAD),
        equal_on: &[],
    },
    Mutant {
        name: "slots of short direct rows in another order",
        from: "let even = direct_add(direct_single(a, quads.x), direct_single(c, quads.z));\n    let odd = direct_add(direct_single(b, quads.y), direct_single(d, quads.w));",
        to: "let even = direct_add(direct_single(a, quads.x), direct_single(b, quads.y));\n    let odd = direct_add(direct_single(c, quads.z), direct_single(d, quads.w));",
        kernel: DIRECT,
        proof: Proof::Bits(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "the other support overlooked in direct rows",
        from: "bits |= p_less & ~q_less;",
        to: "",
        kernel: Kernel {
            measure: "reverse-kl",
            ..DIRECT
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a missing barrier before asking whether any row goes on",
        from: BEFORE_ASKING,
        to: "if invocation == 0u {",
        kernel: DIRECT,
        proof: Proof::Unfinished(33, SOME_BAD),
        equal_on: &[],
    },
    Mutant {
        name: "later passes recalled behind a direct one",
        from: "if direct_done {\n            break;\n        }",
        to: "",
        kernel: Kernel {
            reduce: Reduce::Spread,
            ..DIRECT
        },
        proof: Proof::Reference(4099, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "an idle pass that forgets what the one before it found",
        from: "root = results[row * PASSES + parameters.pass_index - 1u];",
        to: "root = vec4<u32>(0u);",
        kernel: Kernel {
            reduce: Reduce::Spread,
            ..WEIGHTS
        },
        proof: Proof::Reference(4099, ORDINARY),
        equal_on: &[],
    },
    // Logarithmic rows
    Mutant {
        name: "swapped operands of logarithmic rows",
        from: "domain, logarithmic_value(p), logarithmic_value(q), of_p, of_q, p_is_zero(p), q_is_zero(q),",
        to: "domain, logarithmic_value(q), logarithmic_value(p), of_q, of_p, q_is_zero(q), p_is_zero(p),",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "an unguarded difference of two words",
        from: GUARD,
        to: "return x;",
        kernel: LOGARITHMIC,
        proof: Proof::Exact,
        equal_on: &[(
            "SwiftShader",
            "its compiler does not fold (a + b) - a, so that the guard guards nothing",
        )],
    },
    Mutant {
        name: "a dropped low word",
        from: "var tempered = high + low;",
        to: "var tempered = high;",
        kernel: LOGARITHMIC,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped ratio of normalisers",
        from: "domain_clamp(tempered - domain.ln_normalisers)",
        to: "domain_clamp(tempered)",
        kernel: LOGARITHMIC,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the builtin exp in place of the polynomial",
        from: "var excess = p * (square * exp_m1_tail(inside));",
        to: "var excess = p * (exp(inside) - 1.0 - inside);",
        kernel: LOGARITHMIC,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "exponentials of another fold",
        from: "sums = score_quad(sums, quad_words(first + FOLD_QUADS), kept_1);",
        to: "sums = score_quad(sums, quad_words(first + FOLD_QUADS), kept_0);",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(1000, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a fold of the masses left out",
        from: "sums = mass_quad(sums, kept_3);",
        to: "",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(1000, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "maxima exchanged",
        from: "q_settle_look(found.zwxy);",
        to: "q_settle_look(found);",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "maxima of a part of the row",
        from: "let end = min((team + 1u) * share, tree_all_blocks());",
        to: "let end = min(team * share + 1u, tree_all_blocks());",
        kernel: Kernel {
            reduce: Reduce::Workgroup,
            ..LOGARITHMIC
        },
        proof: Proof::Bits(8200, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "the excess of P in place of that of Q",
        from: "var reverse_excess = q * (square * exp_m1_tail(-inside));",
        to: "var reverse_excess = q * (square * exp_m1_tail(inside));",
        kernel: Kernel {
            measure: "reverse-kl",
            ..LOGARITHMIC
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "exponentials of the first fold for those of all",
        from: "sums = score_quad(sums, words, quad_exponentials(words));",
        to: "sums = score_quad(sums, words, quad_exponentials(quad_words(first)));",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(2000, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a missing mask of the tail of logarithms",
        from: "return Words(select(vec4<u32>(P_PADDING), p, present),",
        to: "return Words(p,",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(1001, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "swapped operands of logarithms in several passes",
        from: "domain_from_parts(domain, logarithmic_value(p), logarithmic_value(q), p_is_zero(p), q_is_zero(q))",
        to: "domain_from_parts(domain, logarithmic_value(q), logarithmic_value(p), q_is_zero(q), p_is_zero(p))",
        kernel: Kernel {
            measure: "chi2",
            ..LOGARITHMIC
        },
        proof: Proof::Reference(67, ORDINARY),
        equal_on: &[],
    },
    // Mixed rows
    Mutant {
        name: "a flipped sign of the logarithm of a linear row",
        from: "return -ratio_ln(safe, p_survey.max_bits);",
        to: "return ratio_ln(safe, p_survey.max_bits);",
        kernel: MIXED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a rest that is not relative to its maximum",
        from: "return p_survey.rest / p_survey.maximum;",
        to: "return p_survey.rest;",
        kernel: MIXED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a flipped sign in the excess of mixed rows",
        from: "excess = d - p_up * t;",
        to: "excess = d + p_up * t;",
        kernel: MIXED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    // Smoothed support
    Mutant {
        name: "smoothing before the difference",
        from: "let d = exact.d * smoothing.down + smoothing.add_d;",
        to: "let d = q - p;",
        kernel: SMOOTHED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "smoothed rows that keep their scale",
        from: "return bitcast<f32>((127u - above) << 23u);",
        to: "return 1.0;",
        kernel: Kernel {
            measure: "tsallis:2",
            smoothed: true,
            ..WEIGHTS
        },
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "smoothing left out of the mass",
        from: "mass + bins * add_q,",
        to: "mass,",
        kernel: SMOOTHED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "padding counted as bins",
        from: "select(measure_zero(level), measure_terms(level, pair, masses), present)",
        to: "measure_terms(level, pair, masses)",
        kernel: Kernel {
            measure: "cross-entropy",
            ..SMOOTHED
        },
        proof: Proof::Exact,
        equal_on: &[],
    },
    // Support and bad rows
    Mutant {
        name: "a dropped flag of the support",
        from: "return (words.w & measure_infinite_on(0u)) != 0u;",
        to: "return false;",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped flag of the support in several passes",
        from: "violated = (score_words.w & measure_infinite_on(score_level)) != 0u;",
        to: "violated = false;",
        kernel: MIXED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "the flag of the other support",
        from: "return Q_ABOVE_ZERO_P;",
        to: "return P_ABOVE_ZERO_Q;",
        kernel: REVERSE,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "flags lost in merging",
        from: "bitcast<u32>(drift), a.w | b.w);",
        to: "bitcast<u32>(drift), a.w);",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a dropped fault of Q",
        from: "let fault = p_survey.fault | (q_fault << 4u);",
        to: "let fault = p_survey.fault;",
        kernel: LINEAR,
        proof: Proof::Reference(33, &RECIPES),
        equal_on: &[],
    },
    // The tree
    Mutant {
        name: "quads off by one",
        from: "let first = block * BLOCK_QUADS + slot;",
        to: "let first = block * BLOCK_QUADS + slot + 1u;",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a last quad left out",
        from: "return (parameters.k + 3u) >> 2u;",
        to: "return parameters.k >> 2u;",
        kernel: LINEAR,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a last quad left out in several passes",
        from: "let quads = (parameters.k + 3u) >> 2u;",
        to: "let quads = parameters.k >> 2u;",
        kernel: MIXED,
        proof: Proof::Exact,
        equal_on: &[],
    },
    Mutant {
        name: "a missing mask of the tail",
        from: "let present = element + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);",
        to: "let present = vec4<bool>(true);",
        kernel: LINEAR,
        proof: Proof::Reference(5, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a missing mask of the tail of logarithmic rows",
        from: "let present = element + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(parameters.k);",
        to: "let present = vec4<bool>(true);",
        kernel: LOGARITHMIC,
        proof: Proof::Reference(1001, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a missing barrier behind writing",
        from: BEHIND_WRITING,
        to: "exchange[exchange_at + invocation] = words;",
        kernel: LINEAR,
        proof: Proof::Reference(1024, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "one half of the memory for all that is exchanged",
        from: IN_TURN,
        to: "",
        kernel: LINEAR,
        proof: Proof::Reference(1024, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a missing barrier between teams",
        from: BEHIND_WRITING,
        to: "exchange[exchange_at + invocation] = words;",
        kernel: Kernel {
            reduce: Reduce::Workgroup,
            ..LINEAR
        },
        proof: Proof::Reference(4099, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a shuffle that always reaches the neighbour",
        from: "subgroupShuffleXor(words, distance)",
        to: "subgroupShuffleXor(words, 1u)",
        kernel: Kernel {
            reduce: Reduce::RowsOfSubgroups,
            ..LINEAR
        },
        proof: Proof::Reference(1024, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "slots merged in another order",
        from: "for (var half = width / 2u; half > 0u; half = half / 2u) {",
        to: "for (var half = 1u; half < width; half = half * 2u) {",
        kernel: LINEAR,
        proof: Proof::Bits(1024, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "blocks that every team takes",
        from: "tree_blocks(pass_index, team * share, share)",
        to: "tree_blocks(pass_index, 0u, share)",
        kernel: Kernel {
            reduce: Reduce::Workgroup,
            ..LINEAR
        },
        proof: Proof::Reference(4099, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "chunks written over one another",
        from: "partials[(row * parameters.chunks + chunk) * 64u + slot] = words;",
        to: "partials[row * parameters.chunks * 64u + slot] = words;",
        kernel: Kernel {
            reduce: Reduce::Spread,
            ..LINEAR
        },
        proof: Proof::Reference(4099, ORDINARY),
        equal_on: &[],
    },
    // Which rows meet
    Mutant {
        name: "rows of Q of another pair",
        from: "pair % parameters.columns * parameters.q_stride",
        to: "pair / parameters.columns * parameters.q_stride",
        kernel: MIXED,
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows of P of another pair",
        from: "pair / parameters.columns * parameters.p_stride",
        to: "pair % parameters.columns * parameters.p_stride",
        kernel: MIXED,
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows of Q of another pair, tried first",
        from: "q_row = q_first(row);",
        to: "q_row = q_first(row + 1u);",
        kernel: DIRECT,
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows of P of another pair, folded once",
        from: "p_row = p_first(row);",
        to: "p_row = p_first(row + 1u);",
        kernel: LOGARITHMIC,
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows of Q of another pair, of weights",
        from: "q_row = q_first(row);",
        to: "q_row = q_first(row + 1u);",
        kernel: WEIGHTS,
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "rows of P of another pair, over workgroups",
        from: "let p_begin = p_first(row);",
        to: "let p_begin = p_first(row + 1u);",
        kernel: Kernel {
            reduce: Reduce::Spread,
            ..LINEAR
        },
        proof: Proof::Pairs(100, ORDINARY),
        equal_on: &[],
    },
    // What marks a row as finished
    Mutant {
        name: "a stale epoch",
        from: "(parameters.epoch << 16u) | fault",
        to: "((parameters.epoch - 1u) << 16u) | fault",
        kernel: LINEAR,
        proof: Proof::Unfinished(16, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a row left out at the end",
        from: "return wanted_row < parameters.rows && team",
        to: "return wanted_row + 1u < parameters.rows && team",
        kernel: LINEAR,
        proof: Proof::Unfinished(16, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a row left out at the end where none is tried first",
        from: "of_row < parameters.rows);",
        to: "of_row + 1u < parameters.rows);",
        kernel: MIXED,
        proof: Proof::Unfinished(16, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a grid taken for a line",
        from: "let group = workgroup.y * parameters.grid_width + workgroup.x;",
        to: "let group = workgroup.x;",
        kernel: Kernel {
            reduce: Reduce::Tiny,
            ..LINEAR
        },
        proof: Proof::Unfinished(256, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "a grid of direct rows taken for a line",
        from: "let group = workgroup.y * parameters.grid_width + workgroup.x;",
        to: "let group = workgroup.x;",
        kernel: Kernel {
            reduce: Reduce::Tiny,
            ..DIRECT
        },
        proof: Proof::Unfinished(257, ORDINARY),
        equal_on: &[],
    },
    Mutant {
        name: "the tangent of a generator on the wrong side",
        from: "wide_sub(wide_sub(generated_value(t), tangent)",
        to: "wide_sub(wide_add(generated_value(t), tangent)",
        kernel: GENERATOR,
        proof: Proof::Reference(100, APART),
        equal_on: &[],
    },
    Mutant {
        name: "a generator without its series",
        from: "abs(s) < generated_radius()",
        to: "s == 0.0",
        kernel: GENERATOR,
        proof: Proof::Reference(100, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "a drift that is left in a generator",
        from: "(-masses.drift) * pair.p + pair.d",
        to: "pair.d",
        kernel: GENERATOR,
        proof: Proof::Reference(1000, NEAR),
        equal_on: &[],
    },
    Mutant {
        name: "the derivative of a generator with the wrong sign",
        from: "wide_sub(above, wide_mul(generated_slope(q), d))",
        to: "wide_add(above, wide_mul(generated_slope(q), d))",
        kernel: BREGMAN,
        proof: Proof::Reference(100, APART),
        equal_on: &[],
    },
    Mutant {
        name: "close bins of a Bregman generator from the expression",
        from: "bregman_is_even(generated_bend(p), generated_bend(q))",
        to: "false",
        kernel: BREGMAN,
        proof: Proof::Reference(100, NEAR),
        equal_on: &[],
    },
];

impl Reduce {
    /// A builder of a scorer that reduces so; `None` where the adapter cannot.
    fn builder(self, target: &Target) -> Option<ScorerBuilder> {
        let (strategy, subgroups) = match self {
            Reduce::Rows | Reduce::Looking(_) | Reduce::Tiny => (Strategy::RowsPerWorkgroup, false),
            Reduce::RowsOfSubgroups => (Strategy::RowsPerWorkgroup, true),
            Reduce::Workgroup => (Strategy::WorkgroupPerRow, false),
            Reduce::Spread => (Strategy::RowOverWorkgroups, false),
        };
        let execution = Execution::Forced(strategy, subgroups);
        let possible = target.executions().contains(&execution);
        let builder = target.builder(execution);
        possible.then(|| match self {
            Reduce::Looking(workgroups) => builder.looking_for_rows_left(workgroups),
            Reduce::Tiny => builder.tiny_limits(),
            _ => builder,
        })
    }
}

/// Scorers of unchanged kernels, and what was seen of them.
#[derive(Default)]
struct Controls {
    scorers: Mutex<HashMap<Reduce, Scorer>>,
    bits: Mutex<HashMap<String, Vec<u32>>>,
}

impl Controls {
    fn scorer(&self, target: &Target, reduce: Reduce) -> Result<Scorer, String> {
        let mut scorers = self.scorers.lock().map_err(|error| error.to_string())?;
        if let Some(scorer) = scorers.get(&reduce) {
            return Ok(scorer.clone());
        }
        let builder = reduce.builder(target).ok_or("not on this adapter")?;
        let scorer = builder.build().map_err(|error| error.to_string())?;
        scorers.insert(reduce, scorer.clone());
        Ok(scorer)
    }
}

impl Mutant {
    /// The test on an adapter, with what is expected of it in its name; `None` where the adapter cannot
    /// run the kernel, or undoes the change.
    fn trial(&'static self, target: &Target, controls: &Arc<Controls>) -> Option<Trial> {
        let _ = self.kernel.reduce.builder(target)?;
        if self.from == SPLIT && !is_software(target) {
            // Compilers for hardware fuse the product with the difference, which makes it exact again.
            return None;
        }
        let Kernel {
            measure,
            p,
            q,
            smoothed,
            elements: [p_in, q_in],
            reduce,
        } = self.kernel;
        let support = if smoothed { " smoothed" } else { "" };
        let expected = self.expected(target);
        let outcome = match expected {
            Expected::Caught => format!("caught by {}", self.proof.name()),
            Expected::Equal(why) => format!("not observable, {why}: equal bits"),
            Expected::Either(why) => format!("caught by {}, or {why}", self.proof.name()),
            Expected::Borne => "borne".to_owned(),
        };
        let name = format!(
            "[{}] {} in {measure}{support} of {p} in {p_in} against {q} in {q_in} by {reduce:?}: {outcome}",
            target.name(),
            self.name
        );
        let (target, controls) = (target.clone(), Arc::clone(controls));
        Some(trial(&name, move || self.run(&target, &controls, expected)))
    }

    fn expected(&self, target: &Target) -> Expected {
        let on = |(name, _): &&(&str, _)| target.name().contains(name);
        if let Some((_, why)) = self.equal_on.iter().find(on) {
            return Expected::Equal(why);
        }
        if matches!(self.proof, Proof::Borne(..)) {
            return Expected::Borne;
        }
        // Who wins a race, and what a compiler folds, is known of adapters that the table was tried on.
        let depends = [GUARD, BEHIND_WRITING, BEFORE_ASKING, IN_TURN].contains(&self.from);
        if depends && !is_software(target) {
            return Expected::Either("without effect on this hardware: equal bits");
        }
        Expected::Caught
    }

    fn run(&self, target: &Target, controls: &Controls, expected: Expected) -> Result<(), String> {
        let before = self.control_bits(target, controls)?;
        let builder = self.kernel.reduce.builder(target);
        let mutated = builder
            .ok_or("not on this adapter")?
            .mutation(self.from, self.to)
            .build()
            .map_err(|error| error.to_string())?;
        let after = self.findings(target, controls, &mutated)?;
        match (after.wrong, expected) {
            (Some(_), Expected::Caught | Expected::Either(_)) | (None, Expected::Borne) => Ok(()),
            (Some(wrong), Expected::Borne) => Err(format!("it is not borne: {wrong}")),
            (Some(wrong), Expected::Equal(_)) => Err(format!(
                "observable after all, strike the exception: {wrong}"
            )),
            (None, Expected::Caught) => Err("it survived".to_owned()),
            (None, Expected::Equal(_) | Expected::Either(_)) => {
                if before == after.bits {
                    Ok(())
                } else {
                    Err("it survived with other bits".to_owned())
                }
            }
        }
    }

    /// The bits of the unchanged kernel, which passes the proof.
    fn control_bits(&self, target: &Target, controls: &Controls) -> Result<Vec<u32>, String> {
        let name = format!("{:?} {:?}", self.kernel, self.proof);
        let known = controls.bits.lock().map_err(|error| error.to_string())?;
        if let Some(bits) = known.get(&name) {
            return Ok(bits.clone());
        }
        drop(known);
        let control = controls.scorer(target, self.kernel.reduce)?;
        let Findings { wrong, bits } = self.findings(target, controls, &control)?;
        if let Some(wrong) = wrong {
            return Err(format!("the unchanged kernel is wrong: {wrong}"));
        }
        let mut all = controls.bits.lock().map_err(|error| error.to_string())?;
        all.insert(name, bits.clone());
        Ok(bits)
    }

    /// Runs the proof on a scorer, which may be the unchanged one.
    fn findings(
        &self,
        target: &Target,
        controls: &Controls,
        scorer: &Scorer,
    ) -> Result<Findings, String> {
        match self.proof {
            Proof::Exact => of_exact_cases(self.kernel, scorer),
            Proof::Reference(k, recipes) | Proof::Borne(k, recipes) => {
                let batch = self.kernel.batch(k, 131, recipes)?;
                let bits = batch.bits(scorer)?;
                let wrong = batch.compare(target, scorer).err();
                Ok(Findings { wrong, bits })
            }
            Proof::Unfinished(k, recipes) => {
                let batch = self.kernel.batch(k, 300, recipes)?;
                unfinished(target, &batch, scorer)
            }
            Proof::Bits(k, recipes) => {
                let batch = self.kernel.batch(k, 131, recipes)?;
                let other = controls.scorer(target, Reduce::Workgroup)?;
                let (bits, expected) = (batch.bits(scorer)?, batch.bits(&other)?);
                let differ = bits.iter().zip(&expected).filter(|(a, b)| a != b).count();
                let wrong = (differ > 0).then(|| format!("{differ} rows differ in bits"));
                Ok(Findings { wrong, bits })
            }
            Proof::Pairs(k, recipes) => {
                let batch = self.kernel.batch(k, 26, recipes)?;
                let listed = controls.scorer(target, self.kernel.reduce)?;
                let bits = batch.bits_of_all_pairs(scorer, false)?;
                let expected = batch.bits_of_all_pairs(&listed, true)?;
                let differ = bits.iter().zip(&expected).filter(|(a, b)| a != b).count();
                let wrong = (differ > 0).then(|| format!("{differ} pairs differ in bits"));
                Ok(Findings { wrong, bits })
            }
        }
    }
}

/// What is expected of a mutant on an adapter.
#[derive(Clone, Copy)]
enum Expected {
    Caught,
    /// It computes the same, for a reason.
    Equal(&'static str),
    /// Caught, or the same.
    Either(&'static str),
    /// It must not matter, whatever the bits.
    Borne,
}

impl Proof {
    fn name(self) -> String {
        match self {
            Proof::Exact => "exact cases".to_owned(),
            Proof::Reference(k, _) | Proof::Borne(k, _) => format!("the reference at K = {k}"),
            Proof::Unfinished(k, _) => format!("the epoch at K = {k}"),
            Proof::Bits(k, _) => format!("the bits of another strategy at K = {k}"),
            Proof::Pairs(k, _) => format!("the bits of a list of all pairs at K = {k}"),
        }
    }
}

/// What a proof saw.
struct Findings {
    /// What is wrong, if anything.
    wrong: Option<String>,
    bits: Vec<u32>,
}

fn is_software(target: &Target) -> bool {
    kullback::gpu::adapters()
        .iter()
        .any(|info| info.software && target.name().ends_with(&info.name))
}

impl Kernel {
    fn encodings(self) -> Result<[Encoding; 2], String> {
        let read = |name: &str| name.parse().map_err(|error| format!("{name}: {error}"));
        Ok([read(self.p)?, read(self.q)?])
    }

    fn options(self) -> Result<Options, String> {
        let measure: Measure = self
            .measure
            .parse()
            .map_err(|error| format!("{}: {error}", self.measure))?;
        let support = if self.smoothed {
            Support::Smoothed(1e6)
        } else {
            Support::Exact
        };
        Ok(Options {
            support,
            ..Options::new(measure)
        })
    }

    fn batch(self, k: usize, rows: usize, recipes: &[Recipe]) -> Result<Batch, String> {
        let shape = Shape {
            encodings: self.encodings()?,
            k,
            rows,
            distinct: rows.min(52),
        };
        let mut random = Random::named(settings::seed(), &format!("mutants {k}"));
        let options = self.options()?;
        let batch = Batch::of_recipes(options, shape, recipes, &mut random);
        Ok(batch.rounded(self.elements))
    }
}

fn unfinished(target: &Target, batch: &Batch, scorer: &Scorer) -> Result<Findings, String> {
    match batch.bits(scorer) {
        Err(error) if error.ends_with(" rows unfinished") => Ok(Findings {
            wrong: Some(error),
            bits: Vec::new(),
        }),
        Err(error) => Err(error),
        Ok(bits) => {
            batch.compare(target, scorer)?;
            Ok(Findings { wrong: None, bits })
        }
    }
}

/// Cases that are scored in one batch.
type Group = Vec<Case>;

/// The committed cases of a kernel with rows that are short enough to be many.
fn groups(kernel: Kernel) -> Vec<Group> {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for case in CASES.get_or_init(exact::cases) {
        let Case { options, p, .. } = case;
        let smoothed = matches!(options.support, Support::Smoothed(_));
        let encodings = (case.p_encoding.name(), case.q_encoding.name());
        // With an order where one is named: kernels of other orders may be others.
        let named = options.measure.to_string();
        if [options.measure.name(), &named].contains(&kernel.measure)
            && encodings == (kernel.p, kernel.q)
            && smoothed == kernel.smoothed
            && p.len() <= 1100
        {
            let (p_as, q_as) = (case.p_encoding, case.q_encoding);
            let key = format!("{options:?} {p_as:?} {q_as:?} {}", p.len());
            groups.entry(key).or_default().push(case.clone());
        }
    }
    groups.into_values().collect()
}

fn of_exact_cases(kernel: Kernel, scorer: &Scorer) -> Result<Findings, String> {
    let groups = groups(kernel);
    let cases: usize = groups.iter().map(Vec::len).sum();
    if cases < 15 {
        return Err(format!("only {cases} exact cases"));
    }
    let mut findings = Findings {
        wrong: None,
        bits: Vec::new(),
    };
    let mut missed = 0;
    for group in groups {
        let (options, k) = (group[0].options, group[0].p.len());
        let values = |row: fn(&Case) -> &[f32]| -> Vec<f32> {
            group.iter().flat_map(&row).copied().collect()
        };
        let (p, q) = (values(|case| &case.p), values(|case| &case.q));
        let rows = |encoding, values| Rows::new(encoding, values, k).map_err(|e| e.to_string());
        let scores = scorer
            .request(&options.measure)
            .unit(options.unit)
            .support(options.support)
            .score(
                rows(group[0].p_encoding, &p)?,
                rows(group[0].q_encoding, &q)?,
            )
            .map_err(|error| format!("not scored: {error}"))?;
        findings.bits.extend(bits(scores.values()));
        for (case, &score) in group.iter().zip(scores.values()) {
            let (p, q) = case.pair();
            let allowed = allowed_error(&case.options, &p, &q, case.exact);
            if let Err(wrong) = judge_exact(score, case.exact, allowed) {
                missed += 1;
                let title = case.title();
                findings.wrong = Some(format!("{missed} of {cases}, {title}: {wrong}"));
            }
        }
    }
    Ok(findings)
}
