//! Software adapters: Mesa's lavapipe and llvmpipe, and Chromium's SwiftShader.
//!
//! What the machine has is used; what it lacks is unpacked from the distribution's packages.

mod apt;
pub mod environment;
mod find;
mod manifest;
pub mod setup;

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// The adapters that tests can reach, on the machine and under `target/`.
#[derive(Debug, Default)]
pub struct Found {
    /// The Vulkan loader, `libvulkan.so.1`.
    pub loader: Option<PathBuf>,
    /// Driver manifests that the Vulkan loader should read.
    pub drivers: Vec<PathBuf>,
    /// Whether some of `drivers` lie where the loader would not look by itself.
    pub drivers_named: bool,
    /// Mesa's OpenGL drivers, one of which is llvmpipe.
    pub gl: Option<PathBuf>,
    /// EGL vendor manifests, where the loader must be told.
    pub egl_vendors: Vec<PathBuf>,
    /// Folders of unpacked libraries.
    pub libraries: Vec<PathBuf>,
    /// Folders of unpacked OpenGL drivers.
    pub gl_drivers: Vec<PathBuf>,
}

impl Found {
    /// The manifest of lavapipe.
    pub fn lavapipe(&self) -> Option<&PathBuf> {
        self.driver("lvp_icd")
    }

    /// The manifest of SwiftShader.
    pub fn swiftshader(&self) -> Option<&PathBuf> {
        self.driver("vk_swiftshader_icd")
    }

    /// The manifest whose name starts so.
    fn driver(&self, stem: &str) -> Option<&PathBuf> {
        // A driver is of no use without the loader.
        self.loader.as_ref()?;
        self.drivers
            .iter()
            .find(|manifest| find::file_name(manifest).starts_with(stem))
    }

    /// Names of the software adapters, in the words of `KULLBACK_EXPECT_ADAPTERS`.
    pub fn names(&self) -> Vec<&'static str> {
        [
            ("lavapipe", self.lavapipe().is_some()),
            ("swiftshader", self.swiftshader().is_some()),
            ("gl", self.gl.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, present)| present.then_some(name))
        .collect()
    }
}

impl Display for Found {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, path: Option<&PathBuf>| match path {
            Some(path) => writeln!(out, "{name:14} {}", path.display()),
            None => writeln!(out, "{name:14} not found"),
        };
        if !cfg!(target_os = "linux") {
            return writeln!(out, "adapters: those of the operating system");
        }
        line("Vulkan loader", self.loader.as_ref())?;
        line("lavapipe", self.lavapipe())?;
        // Not every tier looks for it.
        if let Some(manifest) = self.swiftshader() {
            line("SwiftShader", Some(manifest))?;
        }
        line("llvmpipe GL", self.gl.as_ref())?;
        let software = [self.lavapipe(), self.swiftshader()];
        for driver in &self.drivers {
            if !software.contains(&Some(driver)) {
                line("other driver", Some(driver))?;
            }
        }
        Ok(())
    }
}
