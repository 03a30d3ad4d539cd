//! Measures what `docs/performance.md` promises, in one run of four to five minutes, and prints its table.
//!
//! The server is the real binary in a process of its own; so is what it is compared with (`../yardstick`), built with
//! the same profile. Rivals take turns in short rounds, so that a busy moment of the machine meets both, and what
//! counts is the median of the ratios. The run never fails on a figure, but on an answer that is none: a server
//! that refuses is quick.
//!
//! Parts of it can be named: `cargo bench -p vestibule -- cached standing`. To measure one more thing: a file with a
//! `measure` that answers rows, and its line in `run`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark talks to a terminal and ends where it meets the unexpected"
)]

mod account;
mod cached;
mod figures;
mod imports;
mod load;
#[path = "../../../../tests/harness/postgres.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod postgres;
mod probe;
mod refreshes;
mod served;
mod sign_ins;
mod standing;
mod uncached;

use std::net::SocketAddr;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Instant;

use vestibule_yardstick::{Query, serve_json, serve_query};

use crate::figures::{Row, print_table};
use crate::load::Wrk;
use crate::postgres::Postgres;

/// The first word of a command line that makes this program a rival of the server.
const YARDSTICK: &str = "yardstick";

/// The part that takes minutes by itself, and is measured where it is named.
const MILLION: &str = "million";

fn main() {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [YARDSTICK, "json", address, bytes] => {
            serve_json(address.parse().unwrap(), cores(), bytes.parse().unwrap()).unwrap();
        }
        [YARDSTICK, "query", address, bytes, url, pool_size, digest] => {
            let query = Query {
                url: url.to_owned(),
                pool_size: pool_size.parse().unwrap(),
                digest: bytes_of(digest),
                bytes: bytes.parse().unwrap(),
            };
            serve_query(address.parse::<SocketAddr>().unwrap(), cores(), query).unwrap();
        }
        ref wanted => run(wanted),
    }
}

/// Measures what is named, or everything.
fn run(wanted: &[&str]) {
    let begun = Instant::now();
    let (wrk, postgres) = (Wrk::find(), Postgres::durable());
    let parts: [(&str, &dyn Fn() -> Vec<Row>); 7] = [
        ("cached", &|| cached::measure(&wrk)),
        ("uncached", &|| uncached::measure(&wrk, &postgres)),
        ("sign-ins", &|| sign_ins::measure(&wrk, &postgres)),
        ("refreshes", &|| refreshes::measure(&postgres)),
        ("standing", &standing::measure),
        ("imports", &|| imports::measure(&postgres, imports::SOME)),
        (MILLION, &|| imports::measure(&postgres, imports::MILLION)),
    ];
    let is_wanted = |name: &&str| (wanted.is_empty() && *name != MILLION) || wanted.contains(name);
    let rows = parts.iter().filter(|(name, _)| is_wanted(name)).flat_map(|(_, measure)| measure());
    print_table(&rows.collect::<Vec<_>>());
    println!("{} cores, load generator included; {:.0} s", cores(), begun.elapsed().as_secs_f64());
}

/// How many cores there are: as many workers as the server has by itself.
fn cores() -> usize {
    available_parallelism().map_or(2, NonZero::get)
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
