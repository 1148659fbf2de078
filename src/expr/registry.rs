//! Generators of the process, each kept once and for good.
//!
//! Measures are copied freely, and kernels are kept by what they compute. So a generator is a reference that
//! never ends, and equal ones are the same; how many a process may make is limited.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::error::{GeneratorError, MOST_GENERATORS};
use super::generator::Generator;

static KNOWN: Mutex<Option<HashMap<String, &'static Generator>>> = Mutex::new(None);

/// The generator of a name, if it has been made before.
pub(crate) fn known(name: &str) -> Option<&'static Generator> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref()?.get(name).copied()
}

/// Keeps a generator, or gives the one that is there already.
pub(crate) fn keep(generator: Generator) -> Result<&'static Generator, GeneratorError> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(kept) = known.get(&generator.name) {
        return Ok(kept);
    }
    if known.len() >= MOST_GENERATORS {
        return Err(GeneratorError::TooMany);
    }
    #[cfg(feature = "gpu")]
    let generator = generator.printed();
    let kept: &'static Generator = Box::leak(Box::new(generator));
    known.insert(kept.name.clone(), kept);
    Ok(kept)
}
