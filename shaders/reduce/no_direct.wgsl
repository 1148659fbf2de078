// For rows that cannot be taken as they are.

const DIRECT: bool = false;
const direct_done: bool = false;
const direct_score: f32 = 0.0;
