//! Every kernel that can be requested is valid, translates to SPIR-V, MSL and HLSL, and is no larger than it must be.

use super::link::{link, link_probe, link_product, link_statistics};
use crate::element::ElementType;
use crate::encoding::Encoding;
use crate::measure::{Measure, Space, Stem, stem};
use crate::plan::product::{Finishing, ProductKey};
use crate::plan::statistics::StatisticsKey;
use crate::plan::{Blocks, Entry, Exchange, Key, Meeting, Side, Temperatures};

fn keys(elements: &[(ElementType, ElementType)]) -> Vec<Key> {
    keys_of(&stem::ALL, elements)
}

fn keys_of(stems: &[&'static Stem], elements: &[(ElementType, ElementType)]) -> Vec<Key> {
    let mut keys = Vec::new();
    for &(p_element, q_element) in elements {
        for bits in 0..8 {
            for (number, &measure) in stems.iter().enumerate() {
                let (logarithmic, smoothed) = (bits & 3 != 0, bits & 4 != 0);
                let asked_for = match measure.space {
                    Space::Shares => true,
                    Space::Peaks => !smoothed,
                    Space::Raw | Space::Stored | Space::Quotients => !(logarithmic || smoothed),
                };
                if !asked_for {
                    continue;
                }
                for exchange in [Exchange::Shared, Exchange::Subgroup] {
                    for (i, (entry, normalised)) in [
                        (Entry::Rows, false),
                        (Entry::Rows, true),
                        (Entry::Spread, false),
                        (Entry::Spread, true),
                        (Entry::Gather, false),
                        (Entry::Gather, true),
                        (Entry::Direct { whole: true }, true),
                        (Entry::Direct { whole: false }, true),
                        (Entry::Weights { whole: true }, false),
                        (Entry::Weights { whole: false }, false),
                        (logarithms(true, true), false),
                        (logarithms(true, false), false),
                        (logarithms(false, true), false),
                        (logarithms(false, false), false),
                    ]
                    .into_iter()
                    .enumerate()
                    {
                        // In turn, since measures know nothing of blocks: each entry meets all.
                        let blocks = [Blocks::One, Blocks::Few, Blocks::Many];
                        let blocks = blocks[(number + i) % 3];
                        let meetings = [Meeting::Rows, Meeting::Grid];
                        let meeting =
                            meetings[(number + usize::from(exchange == Exchange::Shared)) % 2];
                        let side = |element, bit: u32| Side {
                            element,
                            logarithmic: bits & bit != 0,
                        };
                        let key = Key {
                            blocks,
                            p: side(p_element, 1),
                            q: side(q_element, 2),
                            measure,
                            smoothed,
                            normalised,
                            temperatures: Temperatures::Any,
                            meeting,
                            exchange,
                            entry,
                        };
                        if !is_asked_for(&key) {
                            continue;
                        }
                        // The others differ in their names alone.
                        if key.is_direct() || !normalised {
                            keys.push(key);
                        }
                    }
                }
            }
        }
    }
    keys
}

fn logarithms(whole: bool, at_one: bool) -> Entry {
    Entry::Logarithms { whole, at_one }
}

/// False for kernels of rows that are folded once where they are not.
fn is_asked_for(key: &Key) -> bool {
    match key.entry {
        Entry::Weights { .. } => key.is_of_weights(),
        Entry::Logarithms { .. } => {
            let temperatures = Temperatures::One;
            let key = Key {
                temperatures,
                ..*key
            };
            key.p.logarithmic && key.q.logarithmic && key.logarithms(4).is_some()
        }
        _ => true,
    }
}

/// Validates a shader and translates it for Vulkan, Metal and DX12.
fn check(title: &str, wgsl: &str) {
    let module = match naga::front::wgsl::parse_str(wgsl) {
        Ok(module) => module,
        Err(error) => panic!("{title}: {}", error.emit_to_string(wgsl)),
    };
    let info = naga::valid::Validator::new(
        naga::valid::ValidationFlags::all(),
        naga::valid::Capabilities::SUBGROUP,
    )
    .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
    .subgroup_operations(naga::valid::SubgroupOperationSet::all())
    .validate(&module);
    let info = match info {
        Ok(info) => info,
        Err(error) => panic!("{title}: {error:?}"),
    };
    if let Err(error) = spir_v(&module, &info) {
        panic!("{title} in SPIR-V: {error}");
    }
    if let Err(error) = msl(&module, &info) {
        panic!("{title} in MSL: {error}");
    }
    if let Err(error) = hlsl(&module, &info) {
        panic!("{title} in HLSL: {error}");
    }
}

fn spir_v(module: &naga::Module, info: &naga::valid::ModuleInfo) -> Result<(), String> {
    use naga::back::spv;
    // Subgroup operations are part of SPIR-V from 1.3 on.
    let options = spv::Options {
        lang_version: (1, 3),
        ..spv::Options::default()
    };
    let words = spv::write_vec(module, info, &options, None).map_err(|e| e.to_string())?;
    (words.len() > 100)
        .then_some(())
        .ok_or("it is empty".to_owned())
}

fn msl(module: &naga::Module, info: &naga::valid::ModuleInfo) -> Result<(), String> {
    use naga::back::msl;
    let options = msl::Options {
        lang_version: (2, 4),
        fake_missing_bindings: true,
        ..msl::Options::default()
    };
    let pipeline = msl::PipelineOptions::default();
    let (text, told) =
        msl::write_string(module, info, &options, &pipeline).map_err(|e| e.to_string())?;
    for entry in told.entry_point_names {
        entry.map_err(|error| error.to_string())?;
    }
    text.contains("kernel void")
        .then_some(())
        .ok_or("it has no kernel".to_owned())
}

fn hlsl(module: &naga::Module, info: &naga::valid::ModuleInfo) -> Result<(), String> {
    use naga::back::hlsl;
    let options = hlsl::Options {
        shader_model: hlsl::ShaderModel::V6_0,
        fake_missing_bindings: true,
        ..hlsl::Options::default()
    };
    let pipeline = hlsl::PipelineOptions::default();
    let mut text = String::new();
    let told = hlsl::Writer::new(&mut text, &options, &pipeline)
        .write(module, info, None)
        .map_err(|error| error.to_string())?;
    for entry in told.entry_point_names {
        entry.map_err(|error| error.to_string())?;
    }
    text.contains("numthreads")
        .then_some(())
        .ok_or("it has no kernel".to_owned())
}

/// How often a function is called in a shader whose every call is written out, as compilers of drivers do.
fn calls(module: &naga::Module, name: &str) -> usize {
    // Functions come behind those that they call.
    let mut counts = Vec::new();
    for (_, function) in module.functions.iter() {
        let own = usize::from(function.name.as_deref() == Some(name));
        counts.push(own + calls_in(&function.body, &counts));
    }
    let entries = module.entry_points.iter();
    let counts = entries.map(|entry| calls_in(&entry.function.body, &counts));
    counts.sum()
}

fn calls_in(block: &naga::Block, counts: &[usize]) -> usize {
    use naga::Statement;
    let of = |block: &naga::Block| calls_in(block, counts);
    let inside = |statement: &Statement| match statement {
        Statement::Block(block) => of(block),
        Statement::If { accept, reject, .. } => of(accept) + of(reject),
        Statement::Switch { cases, .. } => cases.iter().map(|case| of(&case.body)).sum(),
        Statement::Loop {
            body, continuing, ..
        } => of(body) + of(continuing),
        Statement::Call { function, .. } => counts[function.index()],
        _ => 0,
    };
    block.iter().map(inside).sum()
}

/// A second call of what calls most of a kernel doubles its code and more than doubles the time of its compilation.
#[test]
fn what_calls_most_of_a_kernel_is_called_once() {
    for key in keys(&[(ElementType::F32, ElementType::F32)]) {
        let blocks = Blocks::Many;
        let key = Key { blocks, ..key };
        let module = match naga::front::wgsl::parse_str(&link(&key)) {
            Ok(module) => module,
            Err(error) => panic!("{key}: {error}"),
        };
        let names = [
            "rows_batch",
            "tree_block",
            "pass_fold",
            "direct_fold_quad",
            "score_quad",
        ];
        let found = names.map(|name| calls(&module, name));
        let expected = match key.entry {
            Entry::Rows => [1, 1, 4, 0, 0],
            Entry::Spread => [0, 1, 4, 0, 0],
            Entry::Gather => [0, 0, 0, 0, 0],
            // Of rows of up to 256 bins, each of an invocation's four quads.
            Entry::Direct { .. } if key.measure.is_power() => [0, 1, 0, 4 + 2, 0],
            Entry::Direct { .. } => [0, 1, 0, 4 + 4 + 1, 0],
            // The masses and the fold, each of which knows of the other.
            Entry::Weights { .. } | Entry::Logarithms { .. } => [0, 2, 0, 0, 2],
        };
        assert_eq!(found, expected, "{key}");
    }
}

#[test]
fn every_kernel_is_valid() {
    let keys = keys(&[(ElementType::F32, ElementType::F32)]);
    let direct = keys
        .iter()
        .filter(|key| matches!(key.entry, Entry::Direct { .. }));
    let direct = direct.count();
    let of_direct = stem::ALL.iter().filter(|stem| stem.direct).count();
    assert_eq!(direct, 2 * 2 * of_direct);
    let count = |of: fn(&Entry) -> bool| keys.iter().filter(|key| of(&key.entry)).count();
    let of_logarithms = count(|entry| matches!(entry, Entry::Logarithms { .. }));
    let of_weights = count(|entry| matches!(entry, Entry::Weights { .. }));
    assert_eq!((of_logarithms, of_weights), (2 * 4 * 8, 2 * 2 * 8));
    let others = keys.len() - direct - of_logarithms - of_weights;
    assert_eq!(others, 6 * (17 * 8 + 4 + 3) + 6 * of_direct);
    for key in keys {
        check(&key.to_string(), &link(&key));
    }
    check("probe", &link_probe(Exchange::Shared));
    check("probe", &link_probe(Exchange::Subgroup));
}

/// Generators of users with every operation, and what their text must not bring into a shader.
#[test]
fn every_generator_prints_a_valid_kernel() {
    let texts = [
        "f:t*ln(t)",
        "f:exp(t - 1) - t + sqrt(t) - t^0.5 + abs(t - 1)/2 + max(t - 2, 0) - min(t, 3)*0",
        "f:-t^0.3 + t^(-1.7) + t^5/120 - 1/120 + t^(-3) - 1 + 2^t - 2",
        "f:max(abs(t - 1) - 0.1, 0) + 1e30*(t - 1)^2 + 0*t^0",
        "bregman:t*ln(t)",
        "bregman:exp(t) + t^2.5 - sqrt(t) + t^(-2)",
        "bregman:t^4/4",
    ];
    for text in texts {
        let measure: Measure = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let stem = measure.stem();
        assert_eq!(measure.stem_for(Encoding::Weights, Encoding::Weights), stem);
        let f32s = [(ElementType::F32, ElementType::F32)];
        for key in keys_of(&[stem], &f32s) {
            assert!(key.to_string().starts_with("generated_"), "{key}");
            let wgsl = link(&key);
            let code: Vec<&str> = wgsl.lines().filter_map(|l| l.split("//").next()).collect();
            let code = code.join("\n");
            for builtin in ["log(", "exp(", "pow(", "log2(", "exp2("] {
                let called = code.match_indices(builtin).filter(|(at, _)| {
                    let before = code[..*at].chars().next_back();
                    !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
                });
                assert_eq!(called.count(), 0, "{key} calls {builtin}");
            }
            check(&key.to_string(), &wgsl);
        }
    }
    // Told apart by their text.
    let of = |measure: &Measure| measure.stem();
    let [c, d] = ["f:t*ln(t)", "f:-ln(t)"].map(|text| text.parse::<Measure>());
    assert_ne!(c.as_ref().map(of).ok(), d.as_ref().map(of).ok());
}

#[test]
fn every_element_type_fits_the_slot() {
    use ElementType::{Bf16, F16, F32};
    for key in keys(&[
        (F16, F16),
        (Bf16, Bf16),
        (F32, F16),
        (Bf16, F32),
        (F16, Bf16),
    ]) {
        let wgsl = link(&key);
        for side in [key.p, key.q] {
            let quad = format!("fn {}_quad(", side.element);
            assert_eq!(wgsl.matches(&quad).count(), 1, "{key}");
        }
        check(&key.to_string(), &wgsl);
    }
}

#[test]
fn every_product_is_valid_everywhere() {
    for finishing in [
        Finishing::Bare,
        Finishing::Sum,
        Finishing::RootOfSum,
        Finishing::Difference,
        Finishing::Root,
        Finishing::Logarithm,
    ] {
        for [mixes, marked] in [[false, false], [false, true], [true, false]] {
            let key = ProductKey {
                finishing,
                mixes,
                marked,
            };
            check(&key.to_string(), &link_product(&key));
        }
    }
}

#[test]
fn every_kernel_of_statistics_is_valid_and_translates() {
    for key in StatisticsKey::ALL {
        check(&key.to_string(), &link_statistics(key));
    }
}
