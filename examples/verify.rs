//! The CPU and every GPU adapter against the 64-bit reference, and against one another, on real data:
//! `cargo run --release --example verify`.
//!
//! The data are handwritten digits against their blurred reconstruction, see `examples/data`.

use kullback::{Backend, Measure, Rows, Scorer, Support, Verify};

const P: &[u8] = include_bytes!("data/digits_p.npy");
const Q: &[u8] = include_bytes!("data/digits_q.npy");

/// Pixels of an image.
const K: usize = 64;

/// The values of a `.npy` file of little-endian float32, behind a header of format 1.0.
fn values(file: &[u8]) -> Vec<f32> {
    let header = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    let (words, _) = file[header..].as_chunks::<4>();
    words.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

/// Scores everything with every measure and says how far it is from the reference, and how often its
/// bits are not those of the CPU: those of a CPU that fuses multiplication and addition may differ.
fn verify(name: &str, scorer: &Scorer, cpu: &Scorer) -> Result<bool, Box<dyn std::error::Error>> {
    let (p_values, q_values) = (values(P), values(Q));
    let p = Rows::probabilities(&p_values, K)?;
    let q = Rows::probabilities(&q_values, K)?;
    let mut right = true;
    for support in [Support::Exact, Support::Smoothed(1e-6)] {
        for measure in ["kl", "reverse-kl", "js", "tv", "cross-entropy"] {
            let measure: Measure = measure.parse()?;
            let request = scorer.request(&measure).support(support);
            let scores = request.verify(Verify::All).score(p, q)?;
            let of_cpu = cpu.request(&measure).support(support).score(p, q)?;
            let pairs = scores.values().iter().zip(of_cpu.values());
            let differ = pairs.filter(|(a, b)| a.to_bits() != b.to_bits()).count();
            let verification = scores.verification().ok_or("nothing was verified")?;
            println!(
                "{name} {measure}, support {support}: {} rows, {} infinite, relative error at most \
                 {:.1e}, {:.2} of what is allowed, {differ} with other bits than the CPU's",
                verification.rows,
                scores.infinities(),
                verification.worst_error,
                verification.worst_ratio,
            );
            if let Some(failure) = verification.failed {
                println!("{name}: FAILED {failure:?}");
                right = false;
            }
        }
    }
    Ok(right)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cpu = Scorer::builder().backend(Backend::Cpu).build()?;
    #[cfg_attr(not(feature = "gpu"), allow(unused_mut))]
    let mut right = verify("cpu", &cpu, &cpu)?;
    #[cfg(feature = "gpu")]
    for adapter in kullback::gpu::adapters() {
        let name = format!(
            "gpu {}, {} on {}",
            adapter.index, adapter.name, adapter.backend
        );
        // By its index, since several may share a name; and no row is left to the CPU.
        let opened = Scorer::builder()
            .backend(Backend::Gpu)
            .adapter(adapter.index.to_string())
            .fallback(kullback::Fallback::None)
            .build();
        match opened {
            Ok(scorer) => right &= verify(&name, &scorer, &cpu)?,
            Err(error) => println!("{name}: not used: {error}"),
        }
    }
    if right {
        println!("every score is as promised");
        Ok(())
    } else {
        Err("some scores are not as promised".into())
    }
}
