//! The socket the server listens on.

use std::net::{SocketAddr, TcpListener};

use crate::start_error::StartError;

/// How many connections may wait to be accepted, unless the system allows fewer (`net.core.somaxconn`): a crowd that
/// comes at once, after a restart say, waits here for some milliseconds.
const BACKLOG: i32 = 2048;

/// Listens on `address`, which `setting` named. The server is put together afterwards, for its links need to know where it listens; who connects
/// in between waits.
pub(crate) fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |error| StartError::Bind { setting, address, error };
    // With SO_REUSEADDR, as the standard library does: a restart need not wait for the connections of the last run.
    let listener = TcpListener::bind(address).map_err(failed)?;
    // Listening once more only makes the queue longer than the 128 of the standard library.
    rustix::net::listen(&listener, BACKLOG).map_err(|refused| failed(refused.into()))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    /// More than the standard library would let wait: those beyond the queue would be turned away or wait for ever.
    #[test]
    fn a_crowd_may_wait_to_be_accepted() {
        let listener = bind("BIND", "127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let patience = std::time::Duration::from_secs(5);
        let crowd: Vec<_> =
            (0..400).map(|_| TcpStream::connect_timeout(&address, patience).unwrap()).collect();
        assert_eq!(crowd.len(), 400);
    }

    #[test]
    fn a_taken_address_is_refused_and_one_left_a_moment_ago_is_not() {
        let first = bind("BIND", "127.0.0.1:0".parse().unwrap()).unwrap();
        let address = first.local_addr().unwrap();
        let said = bind("METRICS_BIND", address).unwrap_err().to_string();
        assert!(said.starts_with(&format!("METRICS_BIND: cannot listen on {address}: ")), "{said}");
        let _client = TcpStream::connect(address).unwrap();
        drop(first.accept().unwrap());
        drop(first);
        assert!(bind("METRICS_BIND", address).is_ok());
    }
}
