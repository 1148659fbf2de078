//! Making the adapters of a tier available.

use super::{Found, apt, find};
use crate::run::{output, step};
use crate::tier::Tier;
use std::process::Command;

/// What Debian and Ubuntu call lavapipe and the Vulkan loader.
const VULKAN: [&str; 2] = ["mesa-vulkan-drivers", "libvulkan1"];
/// What they call llvmpipe behind EGL.
const GL: [&str; 3] = ["libegl1", "libgles2", "libgl1-mesa-dri"];
/// The browser around SwiftShader.
const BROWSER: &str = "chromium";

/// `cargo xtask setup`: whether the adapters of the tier are there.
pub fn run(tier: Tier, system: bool) -> Result<bool, String> {
    if system && cfg!(target_os = "linux") && !root() {
        return Err(
            "--system needs root; without it the adapters are unpacked under target/".into(),
        );
    }
    let found = ensure(tier, system);
    print!("{found}");
    Ok(!cfg!(target_os = "linux") || missing(&found, tier).is_empty())
}

/// Brings what the tier lacks, as far as it can be had, and says what cannot.
pub fn ensure(tier: Tier, system: bool) -> Found {
    let mut found = look(tier);
    if !cfg!(target_os = "linux") || missing(&found, tier).is_empty() {
        return found;
    }
    if !apt::present() {
        println!("{}", advice());
        return found;
    }
    if system {
        step("install adapters", || install(&found, tier).map(|()| true));
        found = look(tier);
    }
    // What could not be installed, for want of root or of a package, is unpacked.
    if !packages(&found).is_empty() {
        // All of them: apt leaves out what is installed, and the folder is made anew.
        let names = [&VULKAN[..], &GL].concat();
        step("unpack Mesa", || apt::unpack(&names).map(|()| true));
        found = look(tier);
    }
    if tier.wants_swiftshader() && found.swiftshader().is_none() {
        step("unpack SwiftShader", || {
            apt::unpack_swiftshader().map(|()| true)
        });
        found = look(tier);
    }
    apt::clean_up();
    let missing = missing(&found, tier);
    if !missing.is_empty() {
        println!("not to be had here: {}", missing.join(", "));
    }
    found
}

/// What there is for a tier.
fn look(tier: Tier) -> Found {
    if let Err(message) = find::repair_manifests() {
        println!("{message}");
    }
    find::all(tier.wants_swiftshader())
}

/// The packages of Mesa that would bring what is lacking.
fn packages(found: &Found) -> Vec<&'static str> {
    let mut names = Vec::new();
    if found.lavapipe().is_none() {
        names.extend(VULKAN);
    }
    if found.gl.is_none() {
        names.extend(GL);
    }
    names
}

/// The adapters of a tier that are lacking.
fn missing(found: &Found, tier: Tier) -> Vec<&'static str> {
    let mut names = Vec::new();
    if found.lavapipe().is_none() {
        names.push("lavapipe");
    }
    if found.gl.is_none() {
        names.push("llvmpipe GL");
    }
    if tier.wants_swiftshader() && found.swiftshader().is_none() {
        names.push("SwiftShader");
    }
    names
}

/// Installs with the package manager, as root. The browser on its own, since some
/// distributions have no package of it.
fn install(found: &Found, tier: Tier) -> Result<(), String> {
    let names = packages(found);
    if !names.is_empty() {
        apt::install(&names)?;
    }
    if tier.wants_swiftshader() && found.swiftshader().is_none() {
        apt::install(&[BROWSER])?;
    }
    Ok(())
}

/// Whether this runs as root.
fn root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// What to install on a Linux that has no apt.
fn advice() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let like = |name: &str| {
        release
            .lines()
            .any(|line| line.starts_with("ID") && line.contains(name))
    };
    let line = if like("fedora") {
        "dnf install vulkan-loader mesa-vulkan-drivers mesa-libEGL mesa-dri-drivers"
    } else if like("arch") {
        "pacman -S vulkan-icd-loader vulkan-swrast mesa"
    } else if like("suse") {
        "zypper install libvulkan1 libvulkan_lvp Mesa-libEGL1 Mesa-dri"
    } else if like("alpine") {
        "apk add vulkan-loader mesa-vulkan-swrast mesa-egl mesa-dri-gallium"
    } else {
        "your distribution's Vulkan loader, lavapipe (Mesa's software Vulkan) and Mesa's EGL"
    };
    format!("adapters are missing; install them as root: {line}")
}
