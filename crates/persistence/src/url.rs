//! Where the data lies.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// A database, chosen by the scheme of its URL and by nothing else.
///
/// `postgres://` and `postgresql://` name a PostgreSQL server, `sqlite:///path` a file. A `+driver` behind the scheme,
/// as Python's SQLAlchemy writes it, is dropped. Printing shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A connection URI as libpq reads it.
    Postgres(String),
    /// The path of a SQLite file.
    Sqlite(PathBuf),
}

/// Why a text names no database.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DatabaseUrlError {
    /// There is no `scheme://`, or one that is not ours.
    #[error("must begin with postgres://, postgresql:// or sqlite:///")]
    Scheme,
    /// A SQLite URL without the path of a file; `:memory:` is refused, for each connection would see a database of its own.
    #[error("must name a file, as in sqlite:///var/lib/vestibule/vestibule.db")]
    NoFile,
    /// A PostgreSQL URL that goes on with nothing, or holds a control character.
    #[error("must name a server, as in postgres://user@host/name")]
    NoServer,
}

impl DatabaseUrl {
    /// The SQLite file at `path`.
    #[must_use]
    pub fn sqlite_file(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }

    /// What people call it: `PostgreSQL` or `SQLite`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "PostgreSQL",
            Self::Sqlite(_) => "SQLite",
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(DatabaseUrlError::Scheme)?;
        let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _driver)| scheme);
        match scheme {
            "postgres" | "postgresql" if rest.is_empty() || rest.chars().any(char::is_control) => {
                Err(DatabaseUrlError::NoServer)
            }
            "postgres" | "postgresql" => Ok(Self::Postgres(format!("postgresql://{rest}"))),
            "sqlite" => sqlite_path(rest).map(Self::Sqlite),
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

/// `/relative` and `//absolute` in SQLAlchemy's way; `/absolute` where that is what the path means to everyone else.
fn sqlite_path(rest: &str) -> Result<PathBuf, DatabaseUrlError> {
    let path = rest.strip_prefix('/').ok_or(DatabaseUrlError::NoFile)?;
    let is_no_file =
        path.is_empty() || path.ends_with('/') || path.contains(":memory:") || path.contains(['?', '\0']);
    if is_no_file {
        return Err(DatabaseUrlError::NoFile);
    }
    let relative = path.starts_with("./") || path.starts_with("../");
    Ok(if relative { PathBuf::from(path) } else { Path::new("/").join(path.trim_start_matches('/')) })
}

/// Without user name and password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgresql://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_alone_chooses() {
        for url in ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"] {
            assert_eq!(url.parse(), Ok(DatabaseUrl::Postgres("postgresql://u:p@h/d".into())), "{url}");
        }
        assert_eq!("sqlite:///var/x.db".parse(), Ok(DatabaseUrl::Sqlite("/var/x.db".into())));
        assert_eq!("sqlite:////var/x.db".parse(), Ok(DatabaseUrl::Sqlite("/var/x.db".into())));
        assert_eq!("sqlite:///./x.db".parse(), Ok(DatabaseUrl::Sqlite("./x.db".into())));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for url in ["", "x.db", "mysql://h/d", "file:///x", "POSTGRES", "postgres:/h"] {
            assert_eq!(url.parse::<DatabaseUrl>(), Err(DatabaseUrlError::Scheme), "{url}");
        }
        for url in ["sqlite://", "sqlite:///", "sqlite://x.db", "sqlite:///:memory:", "sqlite:///a/"] {
            assert_eq!(url.parse::<DatabaseUrl>(), Err(DatabaseUrlError::NoFile), "{url}");
        }
        assert_eq!("postgres://".parse::<DatabaseUrl>(), Err(DatabaseUrlError::NoServer));
    }

    #[test]
    fn a_password_is_not_printed() {
        let url: DatabaseUrl = "postgres://me:hunter2@h:5/d?password=hunter2".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgresql://h:5/d DatabaseUrl(postgresql://h:5/d)");
    }
}
