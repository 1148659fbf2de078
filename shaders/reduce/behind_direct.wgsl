// For rows that were tried in a dispatch before.

const DIRECT: bool = true;
const direct_score: f32 = 0.0;

var<private> direct_done: bool;
