//! Command line of kullback.
fn main() {}
