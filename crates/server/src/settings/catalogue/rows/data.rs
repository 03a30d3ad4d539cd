//! Where the data lies, and its secrets.

use crate::settings::catalogue::Fallback::Value;
use crate::settings::catalogue::Setting;

const GROUP: &str = "Data and secrets";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "DATA_DIR",
        "FOLDER",
        Value("./data"),
        "Where files lie: the SQLite database and the secret key made for it, pictures and unsent mails; made with mode 0700 where it is missing",
    ),
    Setting::secret(
        GROUP,
        "DATABASE_URL",
        "a SQLite file in DATA_DIR",
        "postgres://user:password@host/name, or sqlite:///path for a file",
    ),
    Setting::plain(
        GROUP,
        "DATABASE_POOL_SIZE",
        "NUMBER",
        Value("4"),
        "Connections to the database, 1 to 1000",
    ),
    Setting::secret(
        GROUP,
        "SECRET_KEY",
        "made for the SQLite file in DATA_DIR; needed elsewhere",
        "The key behind all that is signed, any text of 32 bytes or more; every node needs the same, and it never changes",
    ),
    Setting::secret(
        GROUP,
        "REDIS_URL",
        "none: limits are counted by each node, mailed tokens lie in the database",
        "redis://:password@host:port/number, or rediss:// for TLS: a Redis that the limits of all nodes and mailed tokens share",
    ),
];
