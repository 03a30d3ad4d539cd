//! The migrations are carried in the binary, and cargo does not see by itself that one of them changed.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
