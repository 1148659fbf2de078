// Scores are taken as they lie.

fn is_finished(i: u32) -> bool {
    return true;
}
