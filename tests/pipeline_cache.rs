//! Compiled pipelines kept in a folder: taken up by the next scorer where the adapter's API can, never
//! trusted where a byte is not as it was written, and never a reason for a score to fail or to differ.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use kullback::gpu::{Fault, Strategy};
use kullback::{Measure, Rows};

use common::backends::{self, Execution, Target};
use common::batch::bits;
use common::harness::{self, Test};
use common::random::Random;

fn main() -> ExitCode {
    let targets = backends::judged();
    let gpus: Vec<Target> = targets.iter().filter(|t| t.is_gpu()).cloned().collect();
    let mut trials = harness::on_each(&gpus, TESTS);
    trials.extend(
        backends::expected(&targets)
            .into_iter()
            .map(|(name, answers)| {
                harness::trial(&format!("[{name}] answers"), move || {
                    answers.then_some(()).ok_or("it does not".to_owned())
                })
            }),
    );
    harness::main(trials)
}

const TESTS: &[Test] = &[
    ("a second scorer takes up what a first kept", taken_up),
    ("a damaged file is ignored, then replaced", damaged),
    ("a folder that cannot be written is no failure", unwritable),
    #[cfg(unix)]
    (
        "where everyone may write nothing is read or written",
        open_to_everyone,
    ),
    ("scorers at once on one folder", at_once),
];

/// A folder of a test, gone behind it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("kullback-pipelines-{process}-{number}"));
        Folder(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The one file where the adapter's API keeps pipelines; none elsewhere.
    fn file(&self, target: &Target) -> Option<PathBuf> {
        let files = self.files();
        assert_eq!(files.len(), usize::from(keeps(target)), "{files:?}");
        files.into_iter().next()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn keeps(target: &Target) -> bool {
    target.name().starts_with("gpu vulkan")
}

/// The bits of some scores of a new scorer, and how often it took up what was kept.
fn score(target: &Target, folder: &Path) -> (Vec<u32>, u32) {
    score_by(target, folder, Strategy::Auto)
}

fn score_by(target: &Target, folder: &Path, strategy: Strategy) -> (Vec<u32>, u32) {
    let watch = Fault::new("take up pipelines", 0, 0);
    let builder = target.builder(Execution::Forced(strategy, true));
    let builder = builder.pipeline_cache(folder).fault(watch.clone());
    let mut random = Random::named(1, "pipelines");
    let mut values = || -> Vec<f32> { (0..90 * 33).map(|_| random.below(1000) as f32).collect() };
    let (p, q) = (values(), values());
    let scorer = builder.build().unwrap();
    let (p, q) = (
        Rows::weights(&p, 33).unwrap(),
        Rows::weights(&q, 33).unwrap(),
    );
    let scores = scorer.score(&Measure::TotalVariation, p, q).unwrap();
    (bits(scores.values()), watch.seen())
}

/// What a scorer without a folder scores.
fn expected(target: &Target) -> Vec<u32> {
    let nowhere = Folder::new();
    let (bits, taken) = score(target, &nowhere.0);
    assert_eq!(taken, 0);
    bits
}

fn taken_up(target: &Target) {
    let folder = Folder::new();
    // Its parent is missing too.
    let inner = Folder(folder.0.join("inner"));
    let expected = expected(target);
    assert_eq!(score(target, &inner.0), (expected.clone(), 0));
    inner.file(target);
    let taken = u32::from(keeps(target));
    for _ in 0..2 {
        assert_eq!(score(target, &inner.0), (expected.clone(), taken));
    }
    // Other kernels join those that were kept.
    let spread = score_by(target, &inner.0, Strategy::RowOverWorkgroups);
    assert_eq!(spread, (expected.clone(), taken));
    assert_eq!(score(target, &inner.0), (expected, taken));
    inner.file(target);
}

fn damaged(target: &Target) {
    let folder = Folder::new();
    let expected = expected(target);
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    let Some(file) = folder.file(target) else {
        return;
    };
    let good = fs::read(&file).unwrap();
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let foreign = {
        // Another adapter, in a file that is sound by itself but for the checksum.
        let mut bytes = good.clone();
        let at = bytes.windows(6).position(|word| word == b"vulkan").unwrap();
        bytes[at..at + 6].copy_from_slice(b"Vulkan");
        bytes
    };
    for bytes in [
        Vec::new(),
        b"kullback".to_vec(),
        good[..good.len() / 2].to_vec(),
        good[..good.len() - 1].to_vec(),
        [&good[..], b"\0"].concat(),
        vec![0x5a; good.len()],
        changed(9),
        changed(20),
        changed(good.len() - 1),
        foreign,
    ] {
        fs::write(&file, &bytes).unwrap();
        assert_eq!(score(target, &folder.0), (expected.clone(), 0));
        // It was replaced.
        assert_eq!(folder.file(target), Some(file.clone()));
        assert_eq!(score(target, &folder.0), (expected.clone(), 1));
    }
}

fn unwritable(target: &Target) {
    let expected = expected(target);
    // No folder can be made in a file.
    let folder = Folder::new();
    fs::write(&folder.0, b"a file").unwrap();
    assert_eq!(
        score(target, &folder.0.join("inner")),
        (expected.clone(), 0)
    );
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    fs::remove_file(&folder.0).unwrap();
    // No file can take the place of a folder.
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    let Some(file) = folder.file(target) else {
        return;
    };
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    fs::write(file.join("in the way"), b"").unwrap();
    assert_eq!(score(target, &folder.0), (expected, 0));
    // Nothing half done is left beside it.
    assert_eq!(folder.files(), [file]);
}

#[cfg(unix)]
fn open_to_everyone(target: &Target) {
    use std::os::unix::fs::PermissionsExt;
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new();
    let expected = expected(target);
    fs::create_dir(&folder.0).unwrap();
    allow(&folder.0, 0o777);
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    assert!(folder.files().is_empty());
    fs::remove_dir(&folder.0).unwrap();

    // One that the library makes is the user's alone.
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    let Some(file) = folder.file(target) else {
        return;
    };
    assert_eq!((mode(&folder.0), mode(&file)), (0o700, 0o600));
    allow(&folder.0, 0o777);
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    allow(&folder.0, 0o755);
    assert_eq!(score(target, &folder.0), (expected.clone(), 1));
    // A file that everyone could write to is replaced by one that they cannot.
    allow(&file, 0o666);
    assert_eq!(score(target, &folder.0), (expected.clone(), 0));
    assert_eq!(mode(&file), 0o600);
    assert_eq!(score(target, &folder.0), (expected, 1));
}

fn at_once(target: &Target) {
    let folder = Folder::new();
    let expected = expected(target);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2 {
                    assert_eq!(score(target, &folder.0).0, expected);
                }
            });
        }
    });
    folder.file(target);
    let taken = u32::from(keeps(target));
    assert_eq!(score(target, &folder.0), (expected, taken));
}
