//! Packages of Debian and Ubuntu, without root where none is asked for.
//!
//! apt resolves, fetches and verifies packages for anyone if its lists and its cache lie in
//! folders that one may write: those are kept under `target/`.

use super::find::{self, file_name, files};
use crate::run::{output, status};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Packages that hold SwiftShader, in the order to try.
const BROWSERS: [&str; 2] = ["chromium-common", "chromium"];
/// The C library in use must not be mixed with parts of another.
const NEVER_UNPACKED: [&str; 2] = ["libc6", "libc-bin"];
/// Tries of whatever needs the network.
const TRIES: u64 = 3;

/// Whether this machine has apt and dpkg.
pub fn present() -> bool {
    ["apt-get", "dpkg"]
        .iter()
        .all(|program| output(Command::new(program).arg("--version")).is_ok())
}

/// Installs packages, as root, asking nothing.
pub fn install(packages: &[&str]) -> Result<(), String> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-qq", "-o", "Acquire::Retries=3"])
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        command
    };
    persistently("apt-get update", || status(&mut apt(&["update"])))?;
    persistently(&format!("apt-get install {}", packages.join(" ")), || {
        let mut command = apt(&["install", "-y", "--no-install-recommends"]);
        // dpkg describes every package: of use only in a failure, which it tells on stderr.
        status(command.args(packages).stdout(Stdio::null()))
    })
}

/// Unpacks packages, and what they need that this machine lacks, under `target/`.
pub fn unpack(packages: &[&str]) -> Result<(), String> {
    let apt = Apt::new()?;
    let list = output(
        apt.command()
            .args(["install", "--print-uris", "-y", "--no-install-recommends"])
            .args(packages),
    )?;
    let needed = needed(&list);
    if needed.is_empty() {
        return Err(format!(
            "{} are installed, yet their files are not where they should be",
            packages.join(", ")
        ));
    }
    println!("{}", needed.join(" "));
    let staging = apt.unpacked(&needed)?;
    replace(&staging, &find::mesa())
}

/// Unpacks SwiftShader alone.
pub fn unpack_swiftshader() -> Result<(), String> {
    let apt = Apt::new()?;
    let mut outcome = Ok(());
    for package in BROWSERS {
        outcome = swiftshader_from(&apt, package);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Takes SwiftShader's library and manifest out of a package.
fn swiftshader_from(apt: &Apt, package: &str) -> Result<(), String> {
    let staging = apt.unpacked(&[package.to_owned()])?;
    let library = below(&staging, "libvk_swiftshader.so");
    let library = library.ok_or(format!("{package} holds no SwiftShader"))?;
    let kept = apt.folder.join("swiftshader");
    folder(&kept)?;
    for name in ["libvk_swiftshader.so", "vk_swiftshader_icd.json"] {
        let from = library.with_file_name(name);
        fs::copy(&from, kept.join(name)).map_err(|error| complaint(&from, &error))?;
    }
    replace(&kept, &find::swiftshader())
}

/// Removes lists and packages: only what was unpacked is of use later.
pub fn clean_up() {
    // Leftovers cost space and nothing else.
    let _ = fs::remove_dir_all(private());
}

/// Where apt's lists and cache are kept while they are of use.
fn private() -> PathBuf {
    workspace::adapters().join("apt")
}

/// apt with lists and a cache of its own.
struct Apt {
    /// Holds everything of it.
    folder: PathBuf,
}

impl Apt {
    /// Ready to resolve and fetch: its lists are read once.
    fn new() -> Result<Self, String> {
        let apt = Self { folder: private() };
        let lists = apt.folder.join("state/lists");
        if lists.is_dir() {
            return Ok(apt);
        }
        folder(&apt.folder.join("cache/archives/partial"))?;
        // The clearing keeps a distribution's hooks, which expect root, from running.
        let settings = format!(
            "Dir::State \"{0}/state\";\nDir::Cache \"{0}/cache\";\n\
             APT::Sandbox::User \"root\";\nAcquire::Retries \"3\";\nAcquire::Languages \"none\";\n\
             #clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n\
             #clear APT::Update::Post-Invoke-Success;\n",
            apt.folder.display()
        );
        fs::write(apt.settings(), settings).map_err(|error| complaint(&apt.settings(), &error))?;
        folder(&lists.join("partial"))?;
        // One source that does not answer need not be the one with the packages.
        if let Err(message) = persistently("apt-get update", || status(apt.command().arg("update")))
        {
            println!("{message}");
        }
        Ok(apt)
    }

    /// The file of settings.
    fn settings(&self) -> PathBuf {
        self.folder.join("apt.conf")
    }

    /// `apt-get` with these settings.
    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        command
            .arg("-qq")
            .arg("-c")
            .arg(self.settings())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    /// Fetches packages and unpacks them into one folder.
    fn unpacked(&self, packages: &[String]) -> Result<PathBuf, String> {
        let fetched = self.folder.join("fetched");
        let staging = self.folder.join("staging");
        for place in [&fetched, &staging] {
            // From an attempt that was cut short.
            let _ = fs::remove_dir_all(place);
            folder(place)?;
        }
        persistently("apt-get download", || {
            let mut command = self.command();
            status(command.arg("download").args(packages).current_dir(&fetched))
        })?;
        for package in files(&fetched) {
            output(Command::new("dpkg").arg("-x").args([&package, &staging]))?;
        }
        Ok(staging)
    }
}

/// The packages in what `apt-get --print-uris` prints: one a line, `'URI' FILE SIZE HASH`.
fn needed(list: &str) -> Vec<String> {
    list.lines()
        .filter_map(|line| {
            let file = line.split_whitespace().nth(1)?.strip_suffix(".deb")?;
            let mut parts = file.split('_');
            let (name, architecture) = (parts.next()?, parts.next_back()?);
            match architecture {
                _ if NEVER_UNPACKED.contains(&name) => None,
                "all" => Some(name.to_owned()),
                _ => Some(format!("{name}:{architecture}")),
            }
        })
        .collect()
}

/// Tries work a few times, with a pause in between.
fn persistently(name: &str, mut work: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    for attempt in 1..=TRIES {
        if work()? {
            return Ok(());
        }
        if attempt < TRIES {
            sleep(Duration::from_secs(5 * attempt));
        }
    }
    Err(format!("{name} failed {TRIES} times"))
}

/// Puts a finished folder in its place at once, so that half a folder is never taken for one.
fn replace(staging: &Path, place: &Path) -> Result<(), String> {
    if place.is_dir() {
        fs::remove_dir_all(place).map_err(|error| complaint(place, &error))?;
    }
    fs::rename(staging, place).map_err(|error| complaint(place, &error))
}

/// Makes a folder and those above it.
fn folder(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| complaint(path, &error))
}

/// The file of that name anywhere below a folder.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    files(folder).into_iter().find_map(|path| {
        if path.is_dir() && !path.is_symlink() {
            below(&path, name)
        } else {
            (file_name(&path) == name).then_some(path)
        }
    })
}

/// A line about a path.
fn complaint(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_from_apts_list() {
        let list = "'http://a/libllvm15_15.0.6-4%2bb1_amd64.deb' libllvm15_1%3a15.0.6-4+b1_amd64.deb 23 MD5Sum:0\n\
                    'http://a/libx11-data_2_all.deb' libx11-data_2_all.deb 1 MD5Sum:0\n\
                    'http://a/libc6_2.36_amd64.deb' libc6_2.36_amd64.deb 1 MD5Sum:0\n\
                    The following NEW packages will be installed:\n";
        assert_eq!(needed(list), ["libllvm15:amd64", "libx11-data"]);
    }
}
