//! How many connections one client may hold open.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;

use crate::client_address::{TrustedProxies, limit_key};

/// Counts open connections by address (IPv6 by /64), those of trusted proxies apart.
///
/// Give [`on_connect`](Self::on_connect) to `HttpServer::on_connect`, before binding. A connection over the cap is
/// not cut: its first request is answered 503 and then it is closed, and one that asks nothing falls to the deadline
/// for heads. So this bounds what a client can hold, not how often it can knock.
#[derive(Clone)]
pub struct Connections(Arc<Count>);

struct Count {
    cap: u32,
    exempt: TrustedProxies,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// One open connection, kept among its extensions until it closes.
pub(crate) struct Seat {
    count: Arc<Count>,
    key: IpAddr,
    /// Whether it is one too many.
    pub(crate) over: bool,
}

impl Connections {
    /// At most `cap` connections an address; 0 means no cap.
    #[must_use]
    pub fn new(cap: u32, exempt: TrustedProxies) -> Self {
        Self(Arc::new(Count { cap, exempt, open: Mutex::default() }))
    }

    /// Counts a new connection in.
    pub fn on_connect(&self, connection: &dyn Any, extensions: &mut Extensions) {
        let tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
        let stream = connection.downcast_ref::<TcpStream>().or_else(tls);
        let address = stream.and_then(|stream| stream.peer_addr().ok()).map(|peer| peer.ip());
        if let Some(seat) = address.and_then(|address| self.seat(address)) {
            extensions.insert(seat);
        }
    }

    fn seat(&self, address: IpAddr) -> Option<Seat> {
        if self.0.cap == 0 || self.0.exempt.contains(address) {
            return None;
        }
        let key = limit_key(address);
        let mut open = self.0.open();
        let seats = open.entry(key).or_insert(0);
        *seats += 1;
        Some(Seat { count: Arc::clone(&self.0), key, over: *seats > self.0.cap })
    }
}

impl Count {
    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Entry::Occupied(mut seats) = self.count.open().entry(self.key) {
            *seats.get_mut() -= 1;
            if *seats.get() == 0 {
                seats.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(connections: &Connections, address: &str) -> Option<Seat> {
        connections.seat(address.parse().unwrap())
    }

    #[test]
    fn one_more_than_the_cap_is_over_until_another_leaves() {
        let connections = Connections::new(2, TrustedProxies::default());
        let first = seat(&connections, "2001:db8::1").unwrap();
        let second = seat(&connections, "2001:db8::2").unwrap();
        assert!(!first.over && !second.over);
        assert!(seat(&connections, "2001:db8::3").unwrap().over);
        assert!(!seat(&connections, "203.0.113.9").unwrap().over);
        drop(first);
        assert!(!seat(&connections, "2001:db8::3").unwrap().over);
        drop(second);
        assert!(connections.0.open().is_empty());
    }

    #[test]
    fn proxies_and_a_cap_of_nothing_are_not_counted() {
        let connections = Connections::new(1, "10.0.0.0/8".parse().unwrap());
        assert!(seat(&connections, "::ffff:10.1.2.3").is_none());
        assert!(seat(&Connections::new(0, TrustedProxies::default()), "203.0.113.9").is_none());
    }
}
