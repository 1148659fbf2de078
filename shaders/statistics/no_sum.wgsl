// No sum is wanted.

fn sum_clear(lane: u32) {}

fn sum_add(lane: u32, bits: u32) {}

fn sum_gather(lane: u32) {}

fn sum_store() {}
