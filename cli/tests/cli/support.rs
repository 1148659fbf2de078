//! Files to score, and runs of the command.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test, removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a file of the test");
        path
    }

    /// A 2-D file of float32.
    pub fn matrix<const K: usize>(&self, name: &str, rows: &[[f32; K]]) -> PathBuf {
        let data: Vec<u8> = rows
            .iter()
            .flatten()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        self.write(name, &npy("<f4", &format!("({}, {K})", rows.len()), &data))
    }

    /// The names of all files.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder of the test");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A `.npy` file in C order.
pub fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    npy_with(
        &format!("'descr': '{descr}', 'fortran_order': False, 'shape': {shape}"),
        data,
    )
}

/// A `.npy` file with these entries in its header.
pub fn npy_with(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut text = format!("{{{entries}, }}");
    while (10 + text.len() + 1) % 64 != 0 {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

/// What a run of the command gave.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn kullback<S: AsRef<OsStr>>(arguments: &[S]) -> Run {
    run(command(arguments))
}

/// Runs where no adapter is to be found: through an API that this platform does not have.
pub fn without_adapters<S: AsRef<OsStr>>(arguments: &[S]) -> Run {
    let mut command = command(arguments);
    command.env("WGPU_BACKEND", "webgpu");
    run(command)
}

fn command<S: AsRef<OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kullback"));
    command.args(arguments);
    // Without it some GL drivers have a line of their own for standard error.
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", env!("CARGO_TARGET_TMPDIR"));
    }
    command
}

fn run(mut command: Command) -> Run {
    let output = command.output().expect("the command starts");
    Run {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Scores two files on the CPU.
pub fn score(p: &Path, q: &Path, flags: &[&str]) -> Run {
    score_on("cpu", &[p, q], flags)
}

/// Scores two files, or one.
pub fn score_on(backend: &str, files: &[&Path], flags: &[&str]) -> Run {
    let mut arguments = vec![OsStr::new("score")];
    arguments.extend(files.iter().map(|file| file.as_os_str()));
    arguments.extend(["--backend", backend].map(OsStr::new));
    arguments.extend(flags.iter().map(OsStr::new));
    kullback(&arguments)
}

impl Run {
    /// Asserts exit code 2, nothing on standard output, and one line that holds all of `parts`.
    pub fn refused(&self, parts: &[&str]) {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        assert!(self.err.starts_with("error: "), "{self:?}");
        assert_eq!(self.err.matches('\n').count(), 1, "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "`{part}` is not in {self:?}");
        }
    }

    /// Asserts the exit code and returns standard output.
    pub fn ended(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:?}");
        &self.out
    }

    /// The line of the summary behind this name.
    pub fn line(&self, name: &str) -> &str {
        self.out
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(name))
            .unwrap_or_else(|| panic!("no `{name}` in {self:?}"))
            .trim()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// The scores of a 1-D `.npy` file of float32, as its bytes must be.
pub fn read_scores(path: &Path) -> Vec<f32> {
    let (shape, scores) = read_array(path, "<f4", f32::from_le_bytes);
    assert_eq!(shape, format!("({},)", scores.len()));
    scores
}

/// The shape and the numbers of a `.npy` file of this type, as its bytes must be.
pub fn read_array<T, const N: usize>(
    path: &Path,
    descr: &str,
    number: impl Fn([u8; N]) -> T,
) -> (String, Vec<T>) {
    let bytes = fs::read(path).expect("the file");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    assert!((10 + length).is_multiple_of(64));
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("ASCII");
    assert!(header.ends_with('\n'));
    let before = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ");
    let shape = header
        .trim_end_matches([' ', '\n'])
        .strip_prefix(&before)
        .and_then(|rest| rest.strip_suffix(", }"))
        .unwrap_or_else(|| panic!("{header}"));
    let (items, rest) = bytes[10 + length..].as_chunks::<N>();
    assert!(rest.is_empty());
    (
        shape.to_owned(),
        items.iter().map(|&item| number(item)).collect(),
    )
}
