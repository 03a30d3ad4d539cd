//! How people move in and out.
//!
//! A [`source::Source`] hands over rows of another system, in the order of their keys; [`run`] takes them through the domain's
//! doors and keeps them, batch after batch, each in one transaction with the note of how far it came. So a run that was killed
//! goes on where it was, and one that is repeated takes the difference.
//!
//! The room knows no HTTP and no command line. It reads other databases through [`vestibule_persistence::foreign`] alone.
//!
//! To take over from another system: one file that implements [`source::Source`], a subcommand in server, a chapter in
//! `docs/moving-in.md`.

mod bytes;
pub mod columns;
mod convert;
pub mod copy;
pub mod csv;
mod digest;
pub mod django;
pub mod export;
pub mod fastapi;
mod field;
mod file_row;
pub mod file_source;
pub mod jsonl;
pub mod report;
pub mod run;
pub mod source;
mod user_table;
