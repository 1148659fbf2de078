//! Variables that lead the loaders, and the tests, to the adapters.

use super::Found;
use crate::workspace;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// The variables for test binaries. What the loaders find by themselves is left to them.
pub fn variables(found: &Found) -> Result<Vec<(&'static str, OsString)>, String> {
    let mut variables = Vec::new();
    if !cfg!(target_os = "linux") {
        return Ok(variables);
    }
    if found.drivers_named {
        let drivers = joined(found.drivers.clone())?;
        // The second is what loaders before 1.3.207 read.
        variables.push(("VK_DRIVER_FILES", drivers.clone()));
        variables.push(("VK_ICD_FILENAMES", drivers));
    }
    let mut lead = |name, mut paths: Vec<PathBuf>| {
        if paths.is_empty() {
            return Ok(());
        }
        if let Some(own) = env::var_os(name).filter(|own| !own.is_empty()) {
            paths.extend(env::split_paths(&own));
        }
        variables.push((name, joined(paths)?));
        Ok::<_, String>(())
    };
    lead("LD_LIBRARY_PATH", found.libraries.clone())?;
    lead("LIBGL_DRIVERS_PATH", found.gl_drivers.clone())?;
    lead("__EGL_VENDOR_LIBRARY_FILENAMES", found.egl_vendors.clone())?;
    if env::var_os("XDG_RUNTIME_DIR").is_none() {
        variables.push(("XDG_RUNTIME_DIR", runtime_folder()?.into()));
    }
    // So that a test can tell an adapter that should be there and is not.
    variables.push(("KULLBACK_EXPECT_ADAPTERS", found.names().join(",").into()));
    Ok(variables)
}

/// Paths in one variable.
fn joined(paths: Vec<PathBuf>) -> Result<OsString, String> {
    env::join_paths(paths).map_err(|error| error.to_string())
}

/// A folder for EGL's sockets, closed to others as its specification asks.
fn runtime_folder() -> Result<PathBuf, String> {
    let folder = workspace::adapters().join("runtime");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
