//! The migrations are carried in the binary, and cargo does not see by itself that one of them changed.
#![expect(clippy::print_stdout, reason = "this is how a build script speaks with cargo")]

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
