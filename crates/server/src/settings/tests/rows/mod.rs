//! A row for each setting.

mod accounts;
mod media;
mod serving;

use std::fmt::Debug;

use crate::settings::Settings;

pub(super) const KEY: &str = "c0ffee00c0ffee11c0ffee22c0ffee33";

/// One row a setting: a value that can be used, what becomes of it, values that cannot, and what is said then.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) good: &'static str,
    pub(super) read: fn(&Settings) -> String,
    pub(super) becomes: &'static str,
    pub(super) bad: &'static [&'static str],
    pub(super) said: &'static str,
}

fn show(value: impl Debug) -> String {
    format!("{value:?}")
}

const SPAN: &str = "must be a number with its unit, such as 30s, 15m, 12h or 7d";
const YES_NO: &str = "must be true or false (or on, off, yes, no, 1, 0)";
const ADDRESS: &str = "must be an address such as https://accounts.example.org, without a path";

const fn row(
    name: &'static str,
    good: &'static str,
    read: fn(&Settings) -> String,
    becomes: &'static str,
    bad: &'static [&'static str],
    said: &'static str,
) -> Row {
    Row { name, good, read, becomes, bad, said }
}

/// All of them.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [serving::ROWS, media::ROWS, accounts::ROWS].into_iter().flatten()
}
