//! Looking at one's profile with a token that the server knows: what most requests are.

use std::time::Duration;

use tempfile::TempDir;

use crate::account::Account;
use crate::figures::{Aim, Row, Warmth, take_turns};
use crate::load::{Asked, CONNECTIONS, Wrk};
use crate::served::Served;

const TURN: Duration = Duration::from_secs(2);

pub(crate) fn measure(wrk: &Wrk) -> Vec<Row> {
    let (quiet, telling) = (Known::start(&[("ACCESS_LOG", "off")]), Known::start(&[("LOG_FORMAT", "json")]));
    let bare = Served::yardstick("json", &[&quiet.account.profile_bytes.to_string()]);
    let turns = take_turns(
        "cached",
        Warmth::FirstRound,
        &mut [
            &mut || wrk.run(bare.address(), Asked::Profile(&quiet.account.token), CONNECTIONS, TURN),
            &mut || quiet.turn(wrk),
            &mut || telling.turn(wrk),
            &mut || wrk.run(quiet.served.address(), Asked::Profile(&quiet.account.jwt), CONNECTIONS, TURN),
        ],
    );
    let [bare, quiet, telling, by_jwt] = &turns[..] else { unreachable!("four rivals") };
    let row = |what, here, aim| Row::compared(what, here, bare, "bare actix-web", Aim::AtLeast(aim));
    vec![
        row("`GET /api/auth/profile`, token known, `ACCESS_LOG=off`", quiet, 0.70),
        row("the same, a line of JSON a request", telling, 0.60),
        Row::compared("the first by a signed token", by_jwt, quiet, "by an opaque one", Aim::AtLeast(0.90)),
    ]
}

/// A server on SQLite, and somebody it knows.
pub(crate) struct Known {
    served: Served,
    account: Account,
    _folder: TempDir,
}

impl Known {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let served = Served::vestibule(folder.path(), &[settings, &[("SESSIONS_PER_USER", "2")]].concat());
        let account = Account::open(served.address());
        Self { served, account, _folder: folder }
    }

    pub(crate) fn turn(&self, wrk: &Wrk) -> f64 {
        wrk.run(self.served.address(), Asked::Profile(&self.account.token), CONNECTIONS, TURN)
    }
}
