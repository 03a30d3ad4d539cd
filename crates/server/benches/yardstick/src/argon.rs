//! Argon2id alone, on all cores at once.

use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// What one hash costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes, computed one after another.
    pub lanes: u32,
}

/// Hashes on `threads` threads for `span`, each in memory of its own that it takes once. Answers how many a second all
/// of them did together; fails where Argon2 refuses the cost.
pub fn hashes_per_second(threads: usize, span: Duration, cost: Cost) -> Result<f64, argon2::Error> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| rate(&argon2, span))).collect();
        let rates = workers.into_iter().map(|worker| worker.join().unwrap_or(Ok(0.0)));
        rates.sum()
    })
}

fn rate(argon2: &Argon2<'_>, span: Duration) -> Result<f64, argon2::Error> {
    let mut blocks = vec![Block::new(); argon2.params().block_count()];
    let mut output = [0; 32];
    let (begun, mut done) = (Instant::now(), 0.0);
    while begun.elapsed() < span {
        argon2.hash_password_into_with_memory(
            b"a quiet green harbour",
            b"sixteen bytes it",
            &mut output,
            &mut blocks,
        )?;
        done += 1.0;
    }
    Ok(done / begun.elapsed().as_secs_f64())
}
