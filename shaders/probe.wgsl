// Start-up probe: does this device form exact differences, and do shuffles reach where they should?

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> probe_input: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> probe_output: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) index: u32, @builtin(subgroup_size) lanes: u32) {
    let pair = probe_input[index];
    let words = difference_two_words(pair.x, pair.y);
    var reached = index;
    for (var distance = 1u; distance < lanes; distance = distance * 2u) {
        if subgroupShuffleXor(index, distance) != (index ^ distance) {
            reached = 0xffffffffu;
        }
    }
    probe_output[index] = vec4<u32>(bitcast<vec2<u32>>(words), reached, lanes);
}
