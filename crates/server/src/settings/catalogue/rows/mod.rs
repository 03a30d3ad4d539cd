//! The rows, a file a group.

mod accounts;
mod data;
mod limits;
mod listening;
mod logs;
mod mail;
mod media;
mod metrics;
mod passwords;
mod sessions;

use super::Setting;

/// The groups, in the order people read them.
const GROUPS: [&[Setting]; 10] = [
    listening::ROWS,
    data::ROWS,
    media::ROWS,
    accounts::ROWS,
    sessions::ROWS,
    passwords::ROWS,
    mail::ROWS,
    limits::ROWS,
    logs::ROWS,
    metrics::ROWS,
];

/// All settings, in the order people read them.
pub const CATALOGUE: &[Setting] = &ALL;

const ALL: [Setting; count()] = gather();

const fn count() -> usize {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
}

const fn gather() -> [Setting; count()] {
    let mut all = [GROUPS[0][0]; count()];
    let (mut next, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            all[next] = GROUPS[group][row];
            (next, row) = (next + 1, row + 1);
        }
        group += 1;
    }
    all
}
