// In place of direct_pass.wgsl, for kernels that have no such pass.

fn direct_fold(acc: vec4<u32>, p: u32, q: u32, present: bool) -> vec4<u32> {
    return acc;
}

fn direct_merge(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return a;
}

fn direct_settle(words: vec4<u32>) {}
