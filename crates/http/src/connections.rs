//! How many connections one client may hold open.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use vestibule_domain::caller::limit_key;

use crate::client_address::TrustedProxies;
use crate::pulse::Pulses;

/// Counts open connections by address (IPv6 by /64), those of trusted proxies apart.
///
/// Optionally it also cuts connections on which nothing has been asked for too long.
///
/// Give [`on_connect`](Self::on_connect) to `HttpServer::on_connect`, before binding. A connection over the cap is
/// not cut: its first request is answered 503 and then it is closed, and one that asks nothing falls to the deadline
/// for heads. So this bounds what a client can hold, not how often it can knock.
#[derive(Clone)]
pub struct Connections {
    count: Arc<Count>,
    pulses: Option<Pulses>,
}

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
        Self { count: Arc::new(Count { cap, exempt, open: Mutex::default() }), pulses: None }
    }

    /// Cuts any connection on which, for `limit` after an answer, no further request came whole.
    ///
    /// actix gives the first head of a connection a deadline, and idle connections one, but none to a later head
    /// that has begun (measured with actix-http 3.20: held for as long as the client likes). So `limit` is the
    /// keep-alive time and the head's time together. It costs a second file descriptor a connection, and a thread;
    /// it fails where the system gives none.
    pub fn cutting_idle_after(mut self, limit: Duration) -> io::Result<Self> {
        self.pulses = Some(Pulses::watch(limit)?);
        Ok(self)
    }

    /// Counts a new connection in.
    pub fn on_connect(&self, connection: &dyn Any, extensions: &mut Extensions) {
        let tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
        let stream = connection.downcast_ref::<TcpStream>().or_else(tls);
        let Some(stream) = stream else { return };
        if let Some(seat) = stream.peer_addr().ok().and_then(|peer| self.seat(peer.ip())) {
            extensions.insert(seat);
        }
        if let Some(pulse) = self.pulses.as_ref().and_then(|pulses| pulses.take(stream)) {
            extensions.insert(pulse);
        }
    }

    fn seat(&self, address: IpAddr) -> Option<Seat> {
        if self.count.cap == 0 || self.count.exempt.contains(address) {
            return None;
        }
        let key = limit_key(address);
        let mut open = self.count.open();
        let seats = open.entry(key).or_insert(0);
        *seats += 1;
        Some(Seat { count: Arc::clone(&self.count), key, over: *seats > self.count.cap })
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
        assert!(connections.count.open().is_empty());
    }

    #[test]
    fn proxies_and_a_cap_of_nothing_are_not_counted() {
        let connections = Connections::new(1, "10.0.0.0/8".parse().unwrap());
        assert!(seat(&connections, "::ffff:10.1.2.3").is_none());
        assert!(seat(&Connections::new(0, TrustedProxies::default()), "203.0.113.9").is_none());
    }
}
