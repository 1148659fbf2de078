// What several measures share.

const P_ABOVE_ZERO_Q: u32 = 1u;
const Q_ABOVE_ZERO_P: u32 = 2u;

// Whether a score of second order keeps the promise although the masses were not brought together, see
// `Kernel::accepts` in src/measure/kernel.rs.
fn accepts_second_order(masses: Masses, sums: vec2<f32>) -> bool {
    return abs(masses.drift) <= 4e-6 && 2.0 * masses.drift * masses.drift <= sums.x;
}
