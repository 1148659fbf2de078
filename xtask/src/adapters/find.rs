//! Looking for loaders, drivers and manifests.

use super::{Found, manifest};
use crate::workspace;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Mesa's packages, unpacked.
pub fn mesa() -> PathBuf {
    workspace::adapters().join("mesa")
}

/// SwiftShader alone, unpacked.
pub fn swiftshader() -> PathBuf {
    workspace::adapters().join("swiftshader")
}

/// Where packages put the manifests of Vulkan drivers.
const VULKAN_DRIVERS: &str = "usr/share/vulkan/icd.d";

/// Where the manifests of EGL vendors are.
const EGL_VENDORS: [&str; 2] = ["etc/glvnd/egl_vendor.d", "usr/share/glvnd/egl_vendor.d"];

/// Where browsers keep SwiftShader.
const BROWSERS: [&str; 5] = [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/opt/chromium.org/chromium",
];

/// Everything that tests can reach. SwiftShader only where wanted: it costs time on every test.
pub fn all(with_swiftshader: bool) -> Found {
    if !cfg!(target_os = "linux") {
        return Found::default();
    }
    // What was unpacked serves only a machine that lacks it still: mixed with packages
    // installed later, its libraries would stand before theirs.
    let mut found = with_mesa(None);
    if found.lavapipe().is_none() || found.gl.is_none() {
        found = with_mesa(Some(&mesa()));
    }
    if with_swiftshader {
        add_driver(&mut found, swiftshader_manifest());
    }
    found
}

/// What the machine has, joined by what was unpacked into a folder.
fn with_mesa(unpacked: Option<&Path>) -> Found {
    let libraries = unpacked.map(library_folders).unwrap_or_default();
    let unpacked_manifests = |folder: &str| {
        let root = unpacked.map(|root| root.join(folder));
        root.map(|folder| manifests(&folder)).unwrap_or_default()
    };
    let system = library_folders(Path::new("/"));
    let folders: Vec<_> = libraries.iter().chain(&system).cloned().collect();

    let mut found = Found {
        loader: first_file(&folders, "libvulkan.so.1"),
        drivers: system_drivers(),
        ..Found::default()
    };
    add_driver(&mut found, unpacked_manifests(VULKAN_DRIVERS));

    let system_vendors = EGL_VENDORS.map(|folder| manifests(&Path::new("/").join(folder)));
    let vendors = EGL_VENDORS.map(unpacked_manifests).concat();
    let mut every_vendor = system_vendors.concat();
    every_vendor.extend(vendors.iter().cloned());
    if !every_vendor.is_empty()
        && first_file(&folders, "libEGL.so.1").is_some()
        && first_file(&folders, "libEGL_mesa.so.0").is_some()
    {
        found.gl = gl_driver(&folders);
    }
    if !vendors.is_empty() {
        found.egl_vendors = every_vendor;
    }
    found.gl_drivers = libraries
        .iter()
        .map(|folder| folder.join("dri"))
        .filter(|folder| folder.is_dir())
        .collect();
    found.libraries = libraries;
    found
}

/// Adds manifests that the loader must be told of, unless it has those drivers already.
fn add_driver(found: &mut Found, manifests: impl IntoIterator<Item = PathBuf>) {
    for driver in manifests {
        let name = file_name(&driver);
        if !found.drivers.iter().any(|known| file_name(known) == name) {
            found.drivers.push(driver);
            found.drivers_named = true;
        }
    }
}

/// llvmpipe: the software OpenGL driver, or the library that holds all of Mesa's since 24.2.
fn gl_driver(folders: &[PathBuf]) -> Option<PathBuf> {
    let gallium = folders.iter().flat_map(|folder| files(folder));
    first_file(folders, "dri/swrast_dri.so").or_else(|| {
        gallium
            .into_iter()
            .find(|file| file_name(file).starts_with("libgallium-"))
    })
}

/// The manifest of SwiftShader, on the machine or unpacked.
fn swiftshader_manifest() -> Option<PathBuf> {
    BROWSERS
        .iter()
        .map(PathBuf::from)
        .chain([swiftshader()])
        .map(|folder| folder.join("vk_swiftshader_icd.json"))
        .find(|manifest| {
            manifest.with_file_name("libvk_swiftshader.so").is_file() && manifest.is_file()
        })
}

/// The manifests that the Vulkan loader reads by itself: those that its variables name, or
/// those in its folders.
fn system_drivers() -> Vec<PathBuf> {
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        if let Some(list) = env::var_os(variable).filter(|list| !list.is_empty()) {
            return env::split_paths(&list).collect();
        }
    }
    let list = |variable: &str, default: &str| {
        let list = env::var_os(variable).filter(|list| !list.is_empty());
        env::split_paths(&list.unwrap_or_else(|| default.into())).collect::<Vec<_>>()
    };
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let home = |variable: &str, folder: &str| {
        env::var_os(variable).map_or_else(|| home.join(folder), PathBuf::from)
    };
    let folders = [
        vec![home("XDG_CONFIG_HOME", ".config")],
        list("XDG_CONFIG_DIRS", "/etc/xdg"),
        vec!["/etc".into()],
        vec![home("XDG_DATA_HOME", ".local/share")],
        list("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
    ];
    let mut drivers: Vec<PathBuf> = Vec::new();
    for folder in folders.concat() {
        for driver in manifests(&folder.join("vulkan/icd.d")) {
            if !drivers.contains(&driver) {
                drivers.push(driver);
            }
        }
    }
    drivers
}

/// Makes the unpacked manifests name the unpacked libraries. Done anew each time, since the
/// paths are absolute and the repository may have moved.
pub fn repair_manifests() -> Result<(), String> {
    let mut folders = library_folders(&mesa());
    folders.push(swiftshader());
    let mut places = vec![mesa().join(VULKAN_DRIVERS), swiftshader()];
    places.extend(EGL_VENDORS.map(|folder| mesa().join(folder)));
    for file in places.iter().flat_map(|place| manifests(place)) {
        let complain = |error| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(complain)?;
        let library = manifest::library(&text).map(|path| file_name(Path::new(path)));
        let library = library.and_then(|name| first_file(&folders, &name));
        let Some(library) = library else { continue };
        match manifest::with_library(&text, &library) {
            Some(new) if new != text => fs::write(&file, new).map_err(complain)?,
            _ => {}
        }
    }
    Ok(())
}

/// Folders of libraries below a root, as the distributions lay them out.
fn library_folders(root: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for parent in ["usr/local/lib", "usr/lib", "lib", "usr/lib64", "lib64"] {
        let parent = root.join(parent);
        for folder in files(&parent) {
            // Debian: one folder for each architecture.
            if file_name(&folder).contains("-linux-gnu") && folder.is_dir() {
                folders.push(folder);
            }
        }
        if files(&parent)
            .iter()
            .any(|file| file_name(file).contains(".so"))
        {
            folders.push(parent);
        }
    }
    folders
}

/// The manifests in a folder, in order of name.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect()
}

/// What a folder holds, in order of name; nothing if it is no folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The first of these folders that holds this file.
fn first_file(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
