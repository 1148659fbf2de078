// Which bins are as large as any of their row, and where they stand. Twin: src/cpu/agreement.rs.

struct Domain {
    nothing: u32,
}

// What stands for a place: numbers as large as they come, since compilers may flush small ones, and the largest
// for the first bin. Of 2^31 - 2^24 bins all have one, more than a binding holds.
fn peaks_place(bin: u32) -> f32 {
    return bitcast<f32>(0x7f7ffffeu - bin);
}

// A pair of places, or of what is below all places where a bin is no peak.
fn peaks_pair(p_at_peak: bool, q_at_peak: bool, bin: u32) -> Pair {
    let place = peaks_place(bin);
    let p = select(-MAXIMUM, place, p_at_peak);
    let q = select(-MAXIMUM, place, q_at_peak);
    return Pair(p, q, 0.0, 0.0, 0.0, 0.0, 0.0, false, false);
}

fn domain_masses(domain: Domain) -> Masses {
    return Masses(1.0, 0.0, 1.0, 0.0);
}
