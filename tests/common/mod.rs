//! What several tests share.

// Each test uses a part of this.
#![allow(dead_code)]

pub mod backends;
pub mod batch;
pub mod check;
pub mod elements;
pub mod exact;
pub mod harness;
pub mod measures;
pub mod narrow;
pub mod pairs;
pub mod random;
pub mod settings;
pub mod statistics;
pub mod stored;
