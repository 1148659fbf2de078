//! The reader on damaged files: an error or rows, never a panic, never more memory than the file.

// A test that cannot go on fails.
#![allow(clippy::expect_used)]

use half::{bf16, f16};
use kullback::{ElementType, Room};
use kullback_cli::npy::NpyReader;

fn valid() -> Vec<u8> {
    let mut text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }".to_owned();
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    for i in 0..6 {
        bytes.extend(f64::from(i).to_le_bytes());
    }
    bytes
}

/// Reads a file to its end, two rows at a time, and says how many rows it gave.
fn read(bytes: &[u8]) -> Option<usize> {
    let mut reader = NpyReader::new(bytes, bytes.len() as u64).ok()?;
    let k = reader.header().k;
    // Admitted, so K is no larger than the file, or there are no rows.
    let room = 2 * k.min(bytes.len());
    let (mut rows, mut doubles, mut halves, mut bf16s) = (
        vec![0.0; room],
        vec![0.0; room],
        vec![f16::ZERO; room],
        vec![bf16::ZERO; room],
    );
    let mut total = 0;
    loop {
        let room = match reader.header().stored.element() {
            ElementType::F16 => Room::F16(&mut halves),
            ElementType::Bf16 => Room::Bf16(&mut bf16s),
            ElementType::F64 => Room::F64(&mut doubles),
            _ => Room::F32(&mut rows),
        };
        match reader.read_rows(room).ok()? {
            0 => return Some(total),
            read => total += read,
        }
    }
}

#[test]
fn whole_files_are_read() {
    assert_eq!(read(&valid()), Some(3));
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = valid();
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes[..end]), None, "cut at {end}");
    }
}

#[test]
fn no_damaged_byte_panics() {
    let bytes = valid();
    for i in 0..bytes.len() {
        for value in 0..=255 {
            let mut damaged = bytes.clone();
            damaged[i] = value;
            let _ = read(&damaged);
        }
    }
}

#[test]
fn no_exchanged_pair_panics() {
    let bytes = valid();
    let alphabet = b"{}[]()'\",:0189<>fiO -TF\\\n";
    for i in 10..72 {
        for &a in alphabet {
            for &b in alphabet {
                let mut damaged = bytes.clone();
                (damaged[i], damaged[i + 1]) = (a, b);
                let _ = read(&damaged);
            }
        }
    }
}

#[test]
fn rows_come_in_any_portions() {
    let bytes = valid();
    for room in 2..8 {
        let reader = NpyReader::new(bytes.as_slice(), bytes.len() as u64);
        let mut reader = reader.expect("a valid file");
        let (mut rows, mut all) = (vec![0.0; room], Vec::new());
        loop {
            match reader
                .read_rows(Room::F64(&mut rows))
                .expect("a valid file")
            {
                0 => break,
                read => all.extend_from_slice(&rows[..2 * read]),
            }
        }
        assert_eq!(all, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }
}
