// The exact sum of finite scores: each is an integer times a power of two, added to a number of 336 bits.
//
// Words have 16 bits of it, so that a workgroup can add 65,536 scores before any of them overflows. Each of 32
// neighbours has words of its own, an odd number, so that they meet neither in one word nor in one bank.

const COPIES: u32 = 32u;

var<workgroup> limbs: array<atomic<u32>, 672>;
// The lower and the upper halves of the words of all copies.
var<workgroup> gathered: array<u32, 42>;

fn sum_clear(lane: u32) {
    for (var i = lane; i < COPIES * LIMBS; i += INVOCATIONS) {
        atomicStore(&limbs[i], 0u);
    }
}

fn sum_add(lane: u32, bits: u32) {
    let exponent = bits >> 23u;
    let place = max(exponent, 1u) - 1u;
    let multiple = (bits & 0x7fffffu) | select(0u, 0x800000u, exponent > 0u);
    let shift = place & 15u;
    let low = multiple << shift;
    let high = (multiple >> 1u) >> (31u - shift);
    let at = (lane % COPIES) * LIMBS + (place >> 4u);
    atomicAdd(&limbs[at], low & 0xffffu);
    atomicAdd(&limbs[at + 1u], low >> 16u);
    atomicAdd(&limbs[at + 2u], high);
}

fn sum_gather(lane: u32) {
    if (lane < LIMBS) {
        var low = 0u;
        var high = 0u;
        for (var copy = 0u; copy < COPIES; copy += 1u) {
            let limb = atomicLoad(&limbs[copy * LIMBS + lane]);
            low += limb & 0xffffu;
            high += limb >> 16u;
        }
        gathered[lane] = low;
        gathered[LIMBS + lane] = high;
    }
}

fn sum_store() {
    var carry = 0u;
    for (var limb = 0u; limb < LIMBS; limb += 1u) {
        let sum = carry + gathered[limb];
        atomicAdd(&state[SUM + limb], sum & 0xffffu);
        carry = (sum >> 16u) + gathered[LIMBS + limb];
    }
}
