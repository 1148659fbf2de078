//! What several tests share.

// Each test uses a part of this.
#![allow(dead_code)]

pub mod exact;
