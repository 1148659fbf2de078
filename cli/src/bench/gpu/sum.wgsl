// Reads both operands once and adds up their words; each workgroup writes one sum.

@group(0) @binding(0) var<storage, read> p: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<u32>;

var<workgroup> lanes: array<u32, 256>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) grid: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let group = workgroup.y * grid.x + workgroup.x;
    let first = group * (256u * VECTORS) + index;
    let length = arrayLength(&p);
    var sum = vec4<u32>(0u);
    for (var i = 0u; i < VECTORS; i += 4u) {
        let at = first + i * 256u;
        if at + 768u < length {
            let a = p[at] + q[at];
            let b = p[at + 256u] + q[at + 256u];
            let c = p[at + 512u] + q[at + 512u];
            let d = p[at + 768u] + q[at + 768u];
            sum += (a + b) + (c + d);
        } else {
            for (var j = at; j < min(at + 1024u, length); j += 256u) {
                sum += p[j] + q[j];
            }
        }
    }
    lanes[index] = (sum.x + sum.y) + (sum.z + sum.w);
    workgroupBarrier();
    for (var half = 128u; half > 0u; half >>= 1u) {
        if index < half {
            lanes[index] += lanes[index + half];
        }
        workgroupBarrier();
    }
    if index == 0u && group < arrayLength(&sums) {
        sums[group] = lanes[0];
    }
}
