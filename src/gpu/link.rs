//! The linker: prints the fragments of a kernel behind one another, with the glue that joins them.
//!
//! Fragments are plain WGSL under `shaders/`, pure and free of bindings. What is printed here is what
//! differs between kernels: bindings, and which fragment serves which operand.

use crate::element::ElementType;
use crate::measure::{Merging, Space, Stem};
use crate::plan::product::{Finishing, ProductKey};
use crate::plan::statistics::StatisticsKey;
use crate::plan::{Blocks, Entry, Exchange, Key, Meeting, Scratch, Side};

/// Prints the shader of a kernel.
pub(crate) fn link(key: &Key) -> String {
    match key.entry {
        Entry::Direct { whole } => link_direct(key, whole),
        Entry::Weights { whole } => link_once(key, whole, None),
        Entry::Logarithms { whole, at_one } => link_once(key, whole, Some(at_one)),
        Entry::Rows | Entry::Spread | Entry::Gather => link_passes(key),
    }
}

/// Prints a kernel that knows all passes.
fn link_passes(key: &Key) -> String {
    let mut wgsl = bindings(key);
    let mut stems = vec![
        "prelude",
        index_fragment(key.meeting),
        "math/ratio",
        "math/exp",
        "math/difference",
        "encoding/common",
    ];
    if !(key.p.logarithmic && key.q.logarithmic) {
        stems.push("encoding/linear");
    }
    let any_logarithmic = key.p.logarithmic || key.q.logarithmic;
    if any_logarithmic {
        stems.push("encoding/logarithmic");
    }
    stems.push(match key.measure.space {
        Space::Peaks => "domain/peaks",
        _ if any_logarithmic => "domain/logarithmic",
        Space::Shares | Space::Raw | Space::Stored => "domain/linear",
        Space::Quotients => "domain/quotient",
    });
    let folds_direct = key.is_direct() && key.entry != Entry::Rows;
    if folds_direct {
        stems.extend(["domain/direct", "reduce/direct", "reduce/direct_pass"]);
    } else {
        stems.extend(["reduce/no_direct", "reduce/no_direct_pass"]);
    }
    if key.smoothed {
        stems.push("domain/smoothed");
    }
    stems.extend(powers_fragments(key, folds_direct));
    stems.extend(element_fragments(key));
    let levels: Vec<&Stem> = key.measure.levels().collect();
    let of_measure = measure_fragments(&levels);
    stems.extend(of_measure.iter().map(String::as_str));
    stems.extend([
        "reduce/outcome",
        "reduce/passes",
        "reduce/slots",
        "reduce/team",
        "reduce/tree",
        "reduce/root",
        "reduce/exchange",
    ]);
    stems.extend(blocks_fragments(key.blocks));
    stems.push(exchange_fragment(key.exchange));
    stems.extend(match key.entry {
        Entry::Spread => &["reduce/spread"][..],
        Entry::Gather => &["reduce/spread", "reduce/gather"],
        _ if key.is_direct() || key.is_of_weights() => &["reduce/rows", "reduce/rows_left"],
        _ => &["reduce/rows", "reduce/rows_all"],
    });
    push_fragments(&mut wgsl, &stems, key);
    if any_logarithmic {
        wgsl.push_str("\nconst AT_ONE: bool = false;\n");
    }
    for (x, side) in [("p", key.p), ("q", key.q)] {
        wgsl.push_str(&quads(x, side));
        wgsl.push_str(&operand(x, side, key.measure.space));
    }
    wgsl.push_str(&domain(key));
    wgsl.push_str(&powers(key));
    wgsl.push_str(&support(key));
    wgsl.push_str(&measure(&levels));
    wgsl.push_str(&measure_terms(&levels));
    if folds_direct {
        wgsl.push_str(&direct_measure(key));
    }
    wgsl.push_str(&entry(key));
    wgsl
}

/// Prints the kernel that tries rows first.
fn link_direct(key: &Key, whole: bool) -> String {
    let mut wgsl = bindings(key);
    let mut stems = vec!["prelude", index_fragment(key.meeting), "math/ratio"];
    if key.measure.is_power() {
        stems.extend([
            "math/exp",
            "math/difference",
            "math/power",
            "domain/powers",
            "domain/direct_powers",
        ]);
    }
    stems.push("domain/direct");
    stems.extend(element_fragments(key));
    let levels = [key.measure];
    let of_measure = measure_fragments(&levels);
    stems.extend(of_measure.iter().map(String::as_str));
    stems.extend([
        "reduce/direct",
        "reduce/slots",
        "reduce/team",
        "reduce/direct_rows",
        if key.measure.is_power() {
            "reduce/direct_twos"
        } else {
            "reduce/direct_fours"
        },
        "reduce/exchange",
    ]);
    stems.extend(blocks_fragments(key.blocks));
    stems.push(exchange_fragment(key.exchange));
    push_fragments(&mut wgsl, &stems, key);
    wgsl.push_str(&format!("\nconst WHOLE_QUADS: bool = {whole};\n"));
    for (x, side) in [("p", key.p), ("q", key.q)] {
        if whole {
            wgsl.push_str(&quads(x, side));
        }
        wgsl.push_str(&words(x, side, whole));
    }
    wgsl.push_str(&measure(&levels));
    wgsl.push_str(&direct_measure(key));
    wgsl.push_str(&entry(key));
    wgsl
}

/// Prints a kernel of rows that are folded once: of logarithms, all at temperature 1 or not, or of weights.
fn link_once(key: &Key, whole: bool, at_one: Option<bool>) -> String {
    let mut wgsl = bindings(key);
    let mut stems = vec![
        "prelude",
        index_fragment(key.meeting),
        "math/ratio",
        "encoding/common",
    ];
    stems.extend(match at_one {
        Some(_) => &[
            "math/exp",
            "math/difference",
            "encoding/logarithmic",
            "domain/logarithmic",
        ][..],
        None => &["encoding/linear", "domain/linear"],
    });
    stems.extend(element_fragments(key));
    let levels = [key.measure];
    let of_measure = measure_fragments(&levels);
    stems.extend(of_measure.iter().map(String::as_str));
    stems.extend([
        "reduce/outcome",
        "reduce/slots",
        "reduce/quads",
        "reduce/root",
        "reduce/exchange",
        exchange_fragment(key.exchange),
    ]);
    let keeps = at_one.is_some() && key.blocks == Blocks::One;
    if keeps {
        stems.extend(["reduce/logarithms", "reduce/exponentials_kept"]);
    } else {
        stems.extend(match at_one {
            Some(_) => &["reduce/logarithms", "reduce/exponentials_again"][..],
            None => &["reduce/weights"],
        });
        stems.push("reduce/team");
        stems.extend(blocks_fragments(key.blocks));
    }
    push_fragments(&mut wgsl, &stems, key);
    wgsl.push_str(&format!("\nconst WHOLE_QUADS: bool = {whole};\n"));
    if let Some(at_one) = at_one {
        wgsl.push_str(&format!("const AT_ONE: bool = {at_one};\n"));
    }
    for (x, side) in [("p", key.p), ("q", key.q)] {
        if whole {
            wgsl.push_str(&quads(x, side));
        }
        wgsl.push_str(&words(x, side, whole));
        wgsl.push_str(&operand(x, side, key.measure.space));
        if side.logarithmic {
            wgsl.push_str(&format!(
                "fn {x}_exponential(word: u32) -> f32 {{
    return logarithmic_exponential(word, {x}_survey.maximum, {x}_inverse_temperature());
}}
"
            ));
        }
    }
    if at_one.is_some() {
        wgsl.push_str(&domain(key));
    }
    wgsl.push_str(&measure(&levels));
    let terms = "fn measure_terms(level: u32, pair: Pair, known: Masses) -> vec2<f32>";
    wgsl.push_str(&by_level(&levels, terms, |stem| {
        format!("return {}_terms(pair, known);", stem.name)
    }));
    wgsl.push_str(&entry(key));
    wgsl
}

/// Those of files, and one that may have been made for the measure.
fn push_fragments(wgsl: &mut String, stems: &[&str], key: &Key) {
    for stem in stems {
        let made = key.measure.made.filter(|_| *stem == "measure/generated");
        wgsl.push_str(made.unwrap_or_else(|| fragment(stem)));
        wgsl.push('\n');
    }
}

/// The fragments of these stems, and what they call.
fn measure_fragments(levels: &[&Stem]) -> Vec<String> {
    let mut all = vec!["measure/common".to_owned()];
    let own = |stem: &&Stem| format!("measure/{}", stem.name);
    let called = levels.iter().flat_map(|stem| stem.calls);
    for name in called
        .map(|name| (*name).to_owned())
        .chain(levels.iter().map(own))
    {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn blocks_fragments(blocks: Blocks) -> &'static [&'static str] {
    match blocks {
        Blocks::One => &["reduce/blocks_one"],
        Blocks::Few => &["reduce/blocks_few"],
        Blocks::Many => &["reduce/blocks_few", "reduce/blocks_many"],
    }
}

fn index_fragment(meeting: Meeting) -> &'static str {
    match meeting {
        Meeting::Rows => "index/rows",
        Meeting::Grid => "index/grid",
    }
}

fn exchange_fragment(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::Shared => "reduce/shared",
        Exchange::Subgroup => "reduce/subgroup",
    }
}

/// Prints the start-up probe, with or without shuffles.
pub(crate) fn link_probe(exchange: Exchange) -> String {
    let probe = fragment("probe");
    let probe = match exchange {
        Exchange::Subgroup => probe.to_owned(),
        Exchange::Shared => probe
            .replace(", @builtin(subgroup_size) lanes: u32", "")
            .replace("    var reached", "    let lanes = 1u;\n    var reached")
            .replace("subgroupShuffleXor(index, distance)", "index"),
    };
    [fragment("prelude"), fragment("math/difference"), &probe].join("\n")
}

/// Prints the kernel of a product.
pub(super) fn link_product(key: &ProductKey) -> String {
    let of_finish: &[&str] = match key.finishing {
        Finishing::Bare => &["product/finish_bare"],
        Finishing::Sum => &["product/finish_sum"],
        Finishing::RootOfSum => &["product/finish_root_of_sum"],
        Finishing::Difference => &["product/powers", "product/finish_difference"],
        Finishing::Root => &["product/powers", "product/finish_root"],
        Finishing::Logarithm => &["math/ratio", "product/powers", "product/finish_logarithm"],
    };
    let marks = match key.marked {
        true => "product/marks",
        false => "product/no_marks",
    };
    let terms = match key.mixes {
        true => "product/mixtures",
        false => "product/products",
    };
    let stems = [&["prelude", "product/tiles", terms, marks], of_finish].concat();
    let fragments: Vec<&str> = stems.into_iter().map(fragment).collect();
    fragments.join("\n")
}

/// Prints a kernel of statistics.
pub(super) fn link_statistics(key: StatisticsKey) -> String {
    let stems: &[&str] = match key {
        StatisticsKey::Moments { sum, judged } => &[
            "statistics/moments",
            if sum {
                "statistics/sum"
            } else {
                "statistics/no_sum"
            },
            if judged {
                "statistics/judged"
            } else {
                "statistics/not_judged"
            },
        ],
        StatisticsKey::Histogram => &["statistics/histogram"],
        StatisticsKey::Digits => &["statistics/digits"],
        StatisticsKey::Pick => &["statistics/pick"],
        StatisticsKey::Ranks => &["statistics/ranks"],
        StatisticsKey::Finish => &["statistics/finish"],
    };
    let stems = std::iter::once("statistics/common").chain(stems.iter().copied());
    stems.map(fragment).collect::<Vec<&str>>().join("\n")
}

fn bindings(key: &Key) -> String {
    let stored = match key.entry {
        Entry::Direct { whole: false }
        | Entry::Weights { whole: false }
        | Entry::Logarithms { whole: false, .. } => "u32",
        _ => "vec4<u32>",
    };
    let mut wgsl = format!(
        "@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> p_data: array<{stored}>;
@group(0) @binding(2) var<storage, read> q_data: array<{stored}>;
@group(0) @binding(3) var<storage, read_write> scores: array<u32>;
@group(0) @binding(4) var<storage, read_write> statuses: array<u32>;
",
    );
    for (binding, scratch) in (5..).zip(key.scratch()) {
        let scratch = match scratch {
            Scratch::Partials => "partials: array<vec4<u32>>",
            Scratch::Results => "results: array<vec4<u32>>",
            Scratch::Unsettled => "unsettled: array<atomic<u32>>",
        };
        wgsl.push_str(&format!(
            "@group(0) @binding({binding}) var<storage, read_write> {scratch};\n"
        ));
    }
    wgsl
}

fn element_fragment(element: ElementType) -> &'static str {
    match element {
        ElementType::F32 => "element/f32",
        ElementType::F16 => "element/f16",
        ElementType::Bf16 => "element/bf16",
        // Never asked for, since `Scorer` and `GpuScorer` refuse such rows; there is no such fragment, and
        // without it no kernel is valid.
        ElementType::F64 => "element/f64",
    }
}

/// The fragments of both element types.
fn element_fragments(key: &Key) -> Vec<&'static str> {
    let mut stems = Vec::new();
    if [key.p.element, key.q.element] != [ElementType::F32; 2] {
        stems.push("element/half");
    }
    for element in [key.p.element, key.q.element] {
        let stem = element_fragment(element);
        if !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

/// How the first try loads the four elements from one on: by vectors, or where rows start anywhere, by words.
fn words(x: &str, side: Side, whole: bool) -> String {
    let stem = side.element.name();
    let body = match (whole, side.element) {
        (true, _) => format!(
            "if (parameters.flags & FLAG_ALIGNED) == 0u {{
        return {x}_quad(element);
    }}
    let a = {x}_data[element >> {}_PER_VECTOR_LOG2];
    return {stem}_aligned(a, element);",
            stem.to_uppercase()
        ),
        (false, ElementType::F32) => format!(
            "return vec4<u32>({x}_data[element], {x}_data[element + 1u], {x}_data[element + 2u], {x}_data[element + 3u]);"
        ),
        (false, ElementType::F16 | ElementType::Bf16) => format!(
            "let first = element >> 1u;
    let words = vec3<u32>({x}_data[first], {x}_data[first + 1u], {x}_data[first + 2u]);
    return {stem}_widen(half_apart(half_shifted(words, element)));"
        ),
        // As above: a function that returns nothing is not valid.
        (false, ElementType::F64) => String::new(),
    };
    format!(
        "
// The four elements of {x} from `element` on, as bits of f32.
fn {x}_words(element: u32) -> vec4<u32> {{
    {body}
}}
"
    )
}

/// How the four elements of an operand from one on are loaded.
fn quads(x: &str, side: Side) -> String {
    let stem = side.element.name();
    let upper = stem.to_uppercase();
    format!(
        "
// The four elements of {x} from `element` on, as bits of f32.
fn {x}_quad(element: u32) -> vec4<u32> {{
    let vector = element >> {upper}_PER_VECTOR_LOG2;
    let within = element & ((1u << {upper}_PER_VECTOR_LOG2) - 1u);
    let a = {x}_data[vector];
    if within + 4u <= (1u << {upper}_PER_VECTOR_LOG2) {{
        return {stem}_quad(a, a, within);
    }}
    return {stem}_quad(a, {x}_data[vector + 1u], within);
}}
"
    )
}

/// How one operand is surveyed.
fn operand(x: &str, side: Side, space: Space) -> String {
    let (upper_x, bit) = (x.to_uppercase(), if x == "p" { "P" } else { "Q" });
    // Where the largest stands is known without the mass, which then is only judged.
    let judged = format!("(parameters.flags & FLAG_{bit}_NORMALISED) != 0u");
    let scaled = format!("{x}_survey.shift != 0");
    let needs_mass = match (space == Space::Peaks, side.logarithmic) {
        (true, true) => judged,
        (true, false) => format!("{scaled} && {judged}"),
        (false, true) => "true".to_owned(),
        (false, false) => scaled,
    };
    if side.logarithmic {
        format!(
            "
const {upper_x}_PADDING: u32 = 0xff800000u;
var<private> {x}_look: vec4<u32>;
fn {x}_inverse_temperature() -> vec2<f32> {{
    return vec2<f32>(parameters.{x}_inverse_temperature_high, parameters.{x}_inverse_temperature_low);
}}
fn {x}_look_zero() -> vec4<u32> {{ return logarithmic_zero(); }}
fn {x}_look_fold(acc: vec4<u32>, word: u32) -> vec4<u32> {{ return logarithmic_fold(acc, word); }}
fn {x}_look_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{ return logarithmic_merge(a, b); }}
fn {x}_mass_fold(acc: vec4<u32>, word: u32) -> vec4<u32> {{
    return logarithmic_mass_fold(acc, word, {x}_survey.maximum, {x}_inverse_temperature());
}}
fn {x}_mass_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{ return logarithmic_mass_merge(a, b); }}
fn {x}_settle_look(words: vec4<u32>) {{
    {x}_look = words;
    {x}_survey.maximum = bitcast<f32>(words.y);
}}
fn {x}_needs_mass() -> bool {{ return {needs_mass}; }}
fn {x}_settle_mass(words: vec4<u32>) {{
    let must = (parameters.flags & FLAG_{bit}_NORMALISED) != 0u;
    {x}_survey = logarithmic_survey({x}_look, words, must, parameters.{x}_tolerance);
}}
fn {x}_at_one() -> bool {{
    return all({x}_inverse_temperature() == vec2<f32>(1.0, 0.0));
}}
fn {x}_is_zero(word: u32) -> bool {{ return logarithmic_is_zero(word); }}
fn {x}_is_peak(word: u32) -> bool {{
    return !logarithmic_is_zero(word) && logarithmic_value(word) == {x}_survey.maximum;
}}
fn {x}_logarithm(word: u32) -> f32 {{
    let value = logarithmic_value(word);
    return select(logarithmic_below(value, {x}_survey.maximum, {x}_inverse_temperature()), value, {x}_at_one());
}}
fn {x}_logarithm_maximum() -> f32 {{ return select(0.0, {x}_survey.maximum, {x}_at_one()); }}
fn {x}_logarithm_rest() -> f32 {{ return {x}_survey.rest; }}
"
        )
    } else {
        format!(
            "
const {upper_x}_PADDING: u32 = 0u;
fn {x}_look_zero() -> vec4<u32> {{ return linear_zero(); }}
fn {x}_look_fold(acc: vec4<u32>, word: u32) -> vec4<u32> {{ return linear_fold(acc, word, 0); }}
fn {x}_look_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{ return linear_merge(a, b); }}
fn {x}_mass_fold(acc: vec4<u32>, word: u32) -> vec4<u32> {{ return linear_fold(acc, word, {x}_survey.shift); }}
fn {x}_mass_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {{ return linear_merge(a, b); }}
fn {x}_settle_look(words: vec4<u32>) {{ {x}_survey.shift = linear_comfortable_shift(words.x); }}
fn {x}_needs_mass() -> bool {{ return {needs_mass}; }}
fn {x}_settle_mass(words: vec4<u32>) {{
    let must = (parameters.flags & FLAG_{bit}_NORMALISED) != 0u;
    {x}_survey = linear_survey(words, {x}_survey.shift, must, parameters.{x}_tolerance);
}}
fn {x}_is_zero(word: u32) -> bool {{ return (word & ABS) < MIN_NORMAL; }}
fn {x}_is_peak(word: u32) -> bool {{ return (word & ABS) == {x}_survey.max_bits; }}
fn {x}_logarithm(word: u32) -> f32 {{
    let safe = select(word & ABS, {x}_survey.max_bits, {x}_is_zero(word));
    return -ratio_ln(safe, {x}_survey.max_bits);
}}
fn {x}_logarithm_maximum() -> f32 {{ return 0.0; }}
fn {x}_logarithm_rest() -> f32 {{ return {x}_survey.rest / {x}_survey.maximum; }}
"
        )
    }
}

/// How the two surveys become a domain, and two words a pair.
fn domain(key: &Key) -> String {
    if key.measure.space == Space::Peaks {
        return "
fn domain_of_surveys() -> Domain { return Domain(0u); }
fn domain_of_words(p: u32, q: u32, bin: u32) -> Pair {
    return peaks_pair(p_is_peak(p), q_is_peak(q), bin);
}
"
        .to_owned();
    }
    match (key.p.logarithmic, key.q.logarithmic) {
        (false, false) => "
fn domain_of_surveys() -> Domain { return @new@; }
fn domain_of_words(p: u32, q: u32, bin: u32) -> Pair { return domain_pair(domain, p, q); }
"
        .replace(
            "@new@",
            match key.measure.space {
                Space::Raw => "domain_raw(-32)",
                Space::Stored => "domain_raw(0)",
                // Peaks have returned above.
                Space::Shares | Space::Quotients | Space::Peaks => "domain_new(p_survey, q_survey)",
            },
        ),
        // Two rows of logarithms at one temperature are read as they are.
        (true, true) => "
fn domain_at_one_temperature() -> bool { return (parameters.flags & 4u) != 0u; }
fn domain_of_surveys() -> Domain {
    if domain_at_one_temperature() {
        return domain_from_logarithms(p_survey.maximum, p_survey.rest, q_survey.maximum, q_survey.rest, p_inverse_temperature());
    }
    return domain_from_logarithms(p_logarithm_maximum(), p_survey.rest, q_logarithm_maximum(), q_survey.rest, vec2<f32>(1.0, 0.0));
}
fn domain_of_words(p: u32, q: u32, bin: u32) -> Pair {
    if domain_at_one_temperature() {
        return domain_from_parts(domain, logarithmic_value(p), logarithmic_value(q), p_is_zero(p), q_is_zero(q));
    }
    return domain_from_parts(domain, p_logarithm(p), q_logarithm(q), p_is_zero(p), q_is_zero(q));
}
"
        .to_owned(),
        _ => "
fn domain_of_surveys() -> Domain {
    return domain_from_logarithms(p_logarithm_maximum(), p_logarithm_rest(), q_logarithm_maximum(), q_logarithm_rest(), vec2<f32>(1.0, 0.0));
}
fn domain_of_words(p: u32, q: u32, bin: u32) -> Pair {
    return domain_from_parts(domain, p_logarithm(p), q_logarithm(q), p_is_zero(p), q_is_zero(q));
}
"
        .to_owned(),
    }
}

fn support(key: &Key) -> String {
    let drift = key.needs_drift();
    if key.smoothed {
        format!(
            "
const NEEDS_DRIFT: bool = {drift};
var<private> smoothing: Smoothing;
fn support_settle() {{
    smoothing = smoothed_new(masses, masses.drift);
    masses = smoothing.masses;
}}
fn support_pair(pair: Pair) -> Pair {{ return smoothed_pair(pair, smoothing); }}
"
        )
    } else {
        format!(
            "
const NEEDS_DRIFT: bool = {drift};
fn support_settle() {{}}
fn support_pair(pair: Pair) -> Pair {{ return pair; }}
"
        )
    }
}

/// True if the measure, or what stands in for it, folds powers.
fn has_powers(key: &Key) -> bool {
    key.measure.levels().any(Stem::is_power)
}

/// How pairs come to have what powers take.
fn powers_fragments(key: &Key, folds_direct: bool) -> Vec<&'static str> {
    if !has_powers(key) {
        return vec!["domain/no_powers"];
    }
    let mut stems = vec!["math/power", "domain/powers"];
    if key.p.logarithmic || key.q.logarithmic {
        stems.push("domain/shared_powers");
        if has_logarithmic_powers(key) {
            stems.push("domain/logarithmic_powers");
        }
        if has_mixed_powers(key) {
            stems.push("domain/mixed_powers");
        }
    } else {
        stems.push("domain/linear_powers");
    }
    if key.smoothed {
        stems.push("domain/smoothed_powers");
    }
    if folds_direct && key.measure.is_power() {
        stems.push("domain/direct_powers");
    }
    stems
}

/// Logarithms of two words each, where a high order may multiply what one word rounds.
fn has_mixed_powers(key: &Key) -> bool {
    key.measure.is_power()
}

/// Rows at one temperature, and what stands in for a measure that sees logarithms of one word.
fn has_logarithmic_powers(key: &Key) -> bool {
    !key.measure.is_power() || (key.p.logarithmic && key.q.logarithmic)
}

/// How two words become a pair for powers.
fn powers(key: &Key) -> String {
    if !has_powers(key) {
        return String::new();
    }
    let mut wgsl = String::new();
    if key.p.logarithmic || key.q.logarithmic {
        let drift = "
fn powers_drift(p: u32, q: u32) -> vec2<f32> { return powers_parts(powers_of_words(p, q, 0.0).d); }
";
        wgsl.push_str(drift);
        wgsl.push_str(&settle_powers(key));
        wgsl.push_str(&logarithmic_powers(key));
    } else {
        wgsl.push_str(
            "
fn powers_of_words(p: u32, q: u32, drift: f32) -> PowerPair { return linear_power_pair(p, q, drift); }
",
        );
    }
    wgsl.push_str(if key.smoothed {
        "
fn support_powers(p: u32, q: u32) -> PowerPair {
    return smoothed_power_pair(powers_of_words(p, q, 0.0), smoothing, centre);
}
"
    } else {
        "
fn support_powers(p: u32, q: u32) -> PowerPair { return powers_of_words(p, q, centre); }
"
    });
    wgsl
}

fn settle_powers(key: &Key) -> String {
    let mut wgsl = "fn powers_settle() {\n".to_owned();
    if has_logarithmic_powers(key) {
        wgsl.push_str("    logarithmic_powers_settle();\n");
    }
    if has_mixed_powers(key) {
        wgsl.push_str("    mixed_powers_settle();\n");
    }
    wgsl.push_str("}\n");
    wgsl
}

fn logarithmic_powers(key: &Key) -> String {
    let as_read = "return logarithmic_power_pair(logarithmic_value(p), logarithmic_value(q), p_is_zero(p), q_is_zero(q), drift);";
    let otherwise = if has_mixed_powers(key) {
        "return mixed_power_pair(p_log2(p), q_log2(q), p_is_zero(p), q_is_zero(q), drift);"
    } else {
        "return logarithmic_power_pair(p_logarithm(p), q_logarithm(q), p_is_zero(p), q_is_zero(q), drift);"
    };
    let at_one_temperature = if key.p.logarithmic && key.q.logarithmic {
        format!("    if domain_at_one_temperature() {{ {as_read} }}\n")
    } else {
        String::new()
    };
    let log2 = |x: &str, side: Side| {
        let body = if side.logarithmic {
            format!(
                "let z = select(logarithmic_value(word), {x}_survey.maximum, {x}_is_zero(word));
    return shared_below(z, {x}_survey.maximum, {x}_inverse_temperature());"
            )
        } else {
            format!(
                "let safe = select(word & ABS, {x}_survey.max_bits, {x}_is_zero(word));
    return power_log2_ratio({x}_survey.max_bits, safe, 0, vec2<f32>(0.0)).log2;"
            )
        };
        format!("fn {x}_log2(word: u32) -> vec2<f32> {{\n    {body}\n}}\n")
    };
    let logarithms = if has_mixed_powers(key) {
        log2("p", key.p) + &log2("q", key.q)
    } else {
        String::new()
    };
    format!(
        "{logarithms}fn powers_of_words(p: u32, q: u32, drift: f32) -> PowerPair {{
{at_one_temperature}    {otherwise}
}}
"
    )
}

/// A function of what is folded by, with a body for each level.
fn by_level(levels: &[&Stem], signature: &str, body: impl Fn(&Stem) -> String) -> String {
    // A function of one level must not look at its number: compilers need not see that it is 0.
    let mut wgsl = format!("{signature} {{\n");
    for (level, stem) in levels.iter().enumerate().skip(1) {
        let body = body(stem);
        wgsl.push_str(&format!("    if level == {level}u {{ {body} }}\n"));
    }
    wgsl.push_str(&format!("    {}\n}}\n", body(levels[0])));
    wgsl
}

/// How the sums of the measure, and of what stands in for it, are merged and finished.
fn measure(levels: &[&Stem]) -> String {
    [
        "\n".to_owned(),
        by_level(
            levels,
            "fn measure_infinite_on(level: u32) -> u32",
            |stem| format!("return {}_infinite_on();", stem.name),
        ),
        by_level(
            levels,
            "fn measure_zero(level: u32) -> vec2<f32>",
            |stem| match stem.merging {
                Merging::Add => "return vec2<f32>(0.0);".to_owned(),
                Merging::Max => "return vec2<f32>(-MAXIMUM);".to_owned(),
                Merging::ScaledSum => "return vec2<f32>(POWER_NO_EXPONENT, 0.0);".to_owned(),
            },
        ),
        by_level(
            levels,
            "fn measure_merge(level: u32, a: vec2<f32>, b: vec2<f32>) -> vec2<f32>",
            |stem| match stem.merging {
                Merging::Add => "return a + b;".to_owned(),
                Merging::Max => "return select(b, a, a > b);".to_owned(),
                Merging::ScaledSum => "return power_merge(a, b);".to_owned(),
            },
        ),
        by_level(
            levels,
            "fn measure_finish(level: u32, sums: vec2<f32>, known: Masses) -> f32",
            |stem| format!("return {}_finish(sums, known);", stem.name),
        ),
    ]
    .concat()
}

/// How pairs are folded by the measure, and by what stands in for it.
fn measure_terms(levels: &[&Stem]) -> String {
    let terms = |powers: bool| {
        move |stem: &Stem| {
            if stem.is_power() == powers {
                format!("return {}_terms(pair, known);", stem.name)
            } else {
                "return vec2<f32>(0.0);".to_owned()
            }
        }
    };
    [
        format!("\nconst MEASURE_LEVELS: u32 = {}u;\n", levels.len()),
        format!("const CENTRES: bool = {};\n", levels[0].is_power()),
        by_level(levels, "fn measure_is_power(level: u32) -> bool", |stem| {
            format!("return {};", stem.is_power())
        }),
        by_level(
            levels,
            "fn measure_terms(level: u32, pair: Pair, known: Masses) -> vec2<f32>",
            terms(false),
        ),
        by_level(
            levels,
            "fn measure_power_terms(level: u32, pair: PowerPair, known: Masses) -> vec2<f32>",
            terms(true),
        ),
        by_level(
            levels,
            "fn measure_settles(level: u32, sums: vec2<f32>, known: Masses) -> bool",
            |stem| match stem.instead {
                Some(_) => format!("return {}_settles(sums, known);", stem.name),
                None => "return true;".to_owned(),
            },
        ),
    ]
    .concat()
}

/// What the first try needs of the measure.
fn direct_measure(key: &Key) -> String {
    let stem = key.measure.name;
    let pair = if key.measure.is_power() {
        "direct_power_pair"
    } else {
        "direct_pair"
    };
    format!(
        "
const DIRECT_MASSES: Masses = Masses(1.0, 0.0, 1.0, 0.0);
fn measure_accepts(known: Masses, sums: vec2<f32>, score: f32) -> bool {{
    return {stem}_accepts(known, sums, score);
}}
fn direct_terms(p: u32, q: u32) -> vec3<f32> {{
    let pair = {pair}(p, q);
    return vec3<f32>({stem}_terms(pair, DIRECT_MASSES), pair.d);
}}
"
    )
}

fn entry(key: &Key) -> String {
    let blocks = match key.blocks {
        Blocks::Few => {
            "
fn tree_blocks(pass_index: u32, first: u32, count: u32) -> vec4<u32> {
    return blocks_few(pass_index, first, min(first + count, tree_all_blocks()));
}
"
        }
        Blocks::One | Blocks::Many => "",
    };
    let body = match key.entry {
        Entry::Rows => "rows_main",
        Entry::Spread => "spread_main",
        Entry::Gather => "gather_main",
        Entry::Direct { .. } => "direct_main",
        Entry::Weights { .. } => "weights_main",
        Entry::Logarithms { .. } => "logarithms_main",
    };
    let (builtin, lanes) = match key.exchange {
        Exchange::Shared => ("", ""),
        Exchange::Subgroup => (
            ", @builtin(subgroup_size) subgroup_size: u32",
            "    lanes = subgroup_size;\n",
        ),
    };
    format!(
        "{blocks}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) index: u32{builtin}) {{
    invocation = index;
{lanes}    {body}(workgroup);
}}
"
    )
}

macro_rules! fragments {
    ($($stem:literal),* $(,)?) => {
        const FRAGMENTS: &[(&str, &str)] = &[
            $(($stem, include_str!(concat!("../../shaders/", $stem, ".wgsl")))),*
        ];
    };
}

fragments![
    "prelude",
    "probe",
    "index/grid",
    "index/rows",
    "math/difference",
    "math/exp",
    "math/power",
    "math/ratio",
    "math/wide",
    "element/bf16",
    "element/f16",
    "element/f32",
    "element/half",
    "encoding/common",
    "encoding/linear",
    "encoding/logarithmic",
    "domain/direct",
    "domain/direct_powers",
    "domain/linear",
    "domain/linear_powers",
    "domain/logarithmic",
    "domain/logarithmic_powers",
    "domain/mixed_powers",
    "domain/no_powers",
    "domain/peaks",
    "domain/powers",
    "domain/quotient",
    "domain/shared_powers",
    "domain/smoothed",
    "domain/smoothed_powers",
    "measure/alpha",
    "measure/alpha_far",
    "measure/bhattacharyya",
    "measure/bregman",
    "measure/chi_squared",
    "measure/common",
    "measure/cross_entropy",
    "measure/f_divergence",
    "measure/generalized_kullback_leibler",
    "measure/hellinger",
    "measure/itakura_saito",
    "measure/jeffreys",
    "measure/jensen_shannon",
    "measure/jensen_shannon_half",
    "measure/kullback_leibler",
    "measure/neyman",
    "measure/power",
    "measure/renyi",
    "measure/renyi_far",
    "measure/renyi_infinity",
    "measure/renyi_zero",
    "measure/reverse_kullback_leibler",
    "measure/squared_euclidean",
    "measure/top1_agreement",
    "measure/total_variation",
    "measure/triangular",
    "measure/tsallis_zero",
    "product/finish_bare",
    "product/finish_difference",
    "product/finish_logarithm",
    "product/finish_root",
    "product/finish_root_of_sum",
    "product/finish_sum",
    "product/marks",
    "product/mixtures",
    "product/no_marks",
    "product/powers",
    "product/products",
    "product/tiles",
    "reduce/blocks_few",
    "reduce/blocks_many",
    "reduce/blocks_one",
    "reduce/direct",
    "reduce/direct_fours",
    "reduce/direct_pass",
    "reduce/direct_rows",
    "reduce/direct_twos",
    "reduce/exchange",
    "reduce/exponentials_again",
    "reduce/exponentials_kept",
    "reduce/gather",
    "reduce/logarithms",
    "reduce/no_direct",
    "reduce/no_direct_pass",
    "reduce/outcome",
    "reduce/passes",
    "reduce/quads",
    "reduce/root",
    "reduce/slots",
    "reduce/tree",
    "reduce/shared",
    "reduce/subgroup",
    "reduce/team",
    "reduce/weights",
    "reduce/rows",
    "reduce/rows_all",
    "reduce/rows_left",
    "reduce/spread",
    "statistics/common",
    "statistics/digits",
    "statistics/finish",
    "statistics/histogram",
    "statistics/judged",
    "statistics/moments",
    "statistics/no_sum",
    "statistics/not_judged",
    "statistics/pick",
    "statistics/ranks",
    "statistics/sum",
];

/// The text of a fragment; of one that is not listed, what no compiler takes.
fn fragment(stem: &str) -> &'static str {
    let found = FRAGMENTS.iter().find(|(name, _)| *name == stem);
    found.map_or(
        "this fragment is not listed in src/gpu/link.rs",
        |(_, text)| text,
    )
}
