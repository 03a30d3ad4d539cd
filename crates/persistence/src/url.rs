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
    /// A PostgreSQL URL that goes on with nothing.
    #[error("must name a server, as in postgres://user@host/name")]
    NoServer,
    /// A PostgreSQL URL that libpq would read otherwise than it was meant, and quote in its complaint, password and all.
    #[error(
        "must be a URL as in postgres://user:password@host:5432/name; what is special in a password is percent-encoded (% is %25, @ is %40, / is %2F, ? is %3F, # is %23, a space is %20)"
    )]
    Malformed,
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
            "postgres" | "postgresql" if rest.is_empty() => Err(DatabaseUrlError::NoServer),
            "postgres" | "postgresql" if !is_well_formed(rest) => Err(DatabaseUrlError::Malformed),
            "postgres" | "postgresql" => {
                Ok(Self::Postgres(format!("postgresql://{}", rest.trim_end_matches('?'))))
            }
            "sqlite" => sqlite_path(rest).map(Self::Sqlite),
            _ => Err(DatabaseUrlError::Scheme),
        }
    }
}

/// Whether `rest` is `[user[:password]@][host[:port],...][/name][?key=value&...]` with everything else encoded.
fn is_well_formed(rest: &str) -> bool {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, name) = place.split_once('/').unwrap_or((place, ""));
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or_default();
        !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            && !value.contains(['@', '?'])
    };
    rest.chars().all(|c| !c.is_control() && !c.is_whitespace() && c != '#')
        && is_percent_encoded(rest)
        && !user.contains('@')
        && !name.contains(['@', '/'])
        && hosts.split(',').all(is_host)
        && (query.is_empty() || query.split('&').all(is_pair))
}

/// A name, an IPv4 address or an IPv6 address in brackets, and a port if any; none at all is this machine's socket.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or(("?", "")),
        None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
    };
    let is_port = |port: &str| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    };
    !host.contains(['[', ']', '?']) && is_port(port)
}

fn is_percent_encoded(text: &str) -> bool {
    let is_code = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    text.split('%').skip(1).all(is_code)
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
                let place = rest.split('?').next().unwrap_or_default();
                let shown = place.rsplit_once('@').map_or(place, |(_, shown)| shown);
                write!(f, "postgresql://{shown}")
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

    /// S57, S103: libpq quotes what it cannot read, so what it could misread never gets there.
    #[test]
    fn a_password_that_is_not_encoded_is_refused() {
        for rest in [
            "me:hun%zzter2@h/db",
            "me:hun ter2@h/db",
            "u:hunter/x@h",
            "me:hunter2@[::1/db",
            "me:hunter@2@h/db",
            "me:ab?cd@h/db",
            "me:a#b@h/db",
            "h:port/db",
            "me@h/d?password=hunter@2secret",
            "me@h/d?sslmode",
            "me@h/d?Ssl=x",
            "me:x%2",
            "me:\u{7}x@h/d",
        ] {
            let parsed = format!("postgres://{rest}").parse::<DatabaseUrl>();
            assert_eq!(parsed, Err(DatabaseUrlError::Malformed), "{rest}");
        }
        for rest in [
            "h",
            "/db",
            "me@/db?host=%2Fvar%2Frun%2Fpostgresql",
            "me:p%40ss%2F%25@h:5432/db?sslmode=require&connect_timeout=3",
            "me@[::1]:5432/db",
            "me@a:1,b:2,c/db",
            "me@h/db?",
            "me@h/db?options=-c%20search_path%3Dx",
        ] {
            assert!(format!("postgres://{rest}").parse::<DatabaseUrl>().is_ok(), "{rest}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let url: DatabaseUrl = "postgres://me:hunter2@h:5/d?password=hunter2".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgresql://h:5/d DatabaseUrl(postgresql://h:5/d)");
    }
}
