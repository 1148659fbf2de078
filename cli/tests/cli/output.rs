//! `-o`: the file of scores, and nothing left behind.

use std::fs;

use crate::support::{Folder, read_scores, score};

#[test]
fn an_older_file_is_replaced_and_nothing_else_is_left() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0]; 1000]);
    let q = folder.matrix("q.npy", &[[0.5, 0.5]; 1000]);
    let output = folder.write("scores.npy", b"old");
    let flags = ["--unit", "bits", "-o", output.to_str().expect("UTF-8")];
    let run = score(&p, &q, &flags);
    assert!(run.line("scores").ends_with("scores.npy"), "{run:?}");
    run.ended(0);
    assert_eq!(read_scores(&output), [1.0; 1000]);
    assert_eq!(folder.names(), ["p.npy", "q.npy", "scores.npy"]);
}

#[test]
fn an_input_may_be_the_output() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0]; 2]);
    score(&p, &p, &["-o", p.to_str().expect("UTF-8")]).ended(0);
    assert_eq!(read_scores(&p), [0.0; 2]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0]; 2]);
    let run = |output: &str| {
        let output = folder.path(output);
        score(&p, &p, &["-o", output.to_str().expect("UTF-8")])
    };
    run("missing/scores.npy").refused(&["missing", "cannot be written"]);
    fs::create_dir(folder.path("folder")).expect("a folder");
    run("folder").refused(&["folder", "not a regular file"]);
    assert_eq!(folder.names(), ["folder", "p.npy"]);
}

#[cfg(unix)]
#[test]
fn devices_and_links_are_left_alone() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0]; 2]);
    score(&p, &p, &["-o", "/dev/null"]).refused(&["/dev/null", "not a regular file"]);
    let null = fs::metadata("/dev/null").expect("a device");
    assert!(null.file_type().is_char_device());

    let target = folder.write("target.npy", b"old");
    let link = folder.path("link.npy");
    symlink(&target, &link).expect("a link");
    score(&p, &p, &["-o", link.to_str().expect("UTF-8")]).ended(0);
    assert_eq!(read_scores(&target), [0.0; 2]);
    assert!(fs::symlink_metadata(&link).expect("the link").is_symlink());
}

#[test]
fn a_run_that_fails_leaves_the_older_file() {
    let folder = Folder::new();
    let p = folder.matrix("p.npy", &[[1.0, 0.0]; 2]);
    let q = folder.matrix("q.npy", &[[1.0, 0.0]; 3]);
    let output = folder.write("scores.npy", b"old");
    score(&p, &q, &["-o", output.to_str().expect("UTF-8")]).refused(&["2 x 2", "3 x 2"]);
    assert_eq!(fs::read(&output).expect("the older file"), b"old");
}
