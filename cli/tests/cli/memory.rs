//! Files are scored in bounded memory: beside the scores themselves, what the process takes does not grow
//! with them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::Folder;

const K: usize = 1024;
const MIB: u64 = 1 << 20;

/// Bytes of each of the two files: more in the tier that has hours.
fn size() -> u64 {
    match std::env::var("KULLBACK_TIER").as_deref() {
        Ok("exhaustive") => 4096 * MIB,
        _ => 512 * MIB,
    }
}

#[test]
fn files_larger_than_the_limit_on_memory() {
    let folder = Folder::new();
    let (p, q) = (folder.path("p.npy"), folder.path("q.npy"));
    write_rows(&p, 0.1);
    write_rows(&q, 0.2);
    let child = Command::new(env!("CARGO_BIN_EXE_kullback"))
        .args(["score", "--backend", "cpu", "--json"])
        .args([&p, &q])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while let Ok(text) = std::fs::read_to_string(&status) {
        // A process that has ended has a status, but no memory.
        match peak_kib(&text) {
            Some(kib) => peak = kib,
            None if text.contains("State:\tZ") => break,
            None => panic!("no peak in {text}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().expect("the command ends");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.status.success(), "{told}");
    assert_eq!(told["rows"], size() / (4 * K as u64), "{told}");
    assert_eq!(told["bad_rows"], 0, "{told}");
    println!(
        "two files of {} MiB: {} MiB at most",
        size() / MIB,
        peak / 1024
    );
    // As much for files of 512 MiB as for those of 4 GiB.
    assert!(peak > 0 && peak < 256 * 1024, "{peak} KiB");
}

/// Distributions that rise slowly along the row, by `slope` from end to end.
fn write_rows(path: &Path, slope: f64) {
    let rows = size() / (4 * K as u64);
    let row: Vec<u8> = (0..K)
        .map(|i| (1.0 + slope * ((i as f64 + 0.5) / K as f64 - 0.5)) / K as f64)
        .flat_map(|x| (x as f32).to_le_bytes())
        .collect();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).expect("a file"));
    let header = super::support::npy("<f4", &format!("({rows}, {K})"), &[]);
    file.write_all(&header).expect("space on the disk");
    for _ in 0..rows {
        file.write_all(&row).expect("space on the disk");
    }
    file.flush().expect("space on the disk");
}

/// The most memory that a process has had resident, as Linux tells it.
fn peak_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
