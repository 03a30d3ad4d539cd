//! What goes through the front door, counted.
//!
//! A worker finds the counters of a route in a table of its own ([`Tally`]), so to count a request is one look into it and
//! a few additions that wait for nobody. The tables of all workers lead to the same counters; only where a worker meets a
//! route for the first time is a lock taken.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};

/// The counters of a server. Cheap to clone; all clones count together.
#[derive(Clone, Default)]
pub struct Traffic(Arc<Counters>);

/// By pattern and number of the method.
type Routes = BTreeMap<(Box<str>, usize), Arc<Route>>;

/// By pattern, one for each method that came.
type Known = HashMap<Box<str>, [Option<Arc<Route>>; METHODS.len()]>;

#[derive(Default)]
struct Counters {
    under_way: AtomicUsize,
    routes: Mutex<Routes>,
}

/// What paths nobody serves have for a route: there are as many of them as strangers like to try.
pub const NO_ROUTE: &str = "none";

/// Methods by name; any other is the last.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];

/// Statuses that are answered here. One that is not among them counts as the last, as `None`.
const STATUSES: [u16; 34] = [
    101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 411,
    412, 413, 414, 415, 416, 417, 422, 429, 431, 500, 501, 503, 504,
];

/// Upper bounds of the spans requests are sorted into, in seconds: a token check takes less than the first, and nobody
/// waits much longer than the last.
pub const BOUNDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// One route by one method.
struct Route {
    statuses: [AtomicU64; STATUSES.len() + 1],
    spans: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Default for Route {
    fn default() -> Self {
        let statuses = std::array::from_fn(|_| AtomicU64::new(0));
        Self { statuses, spans: std::array::from_fn(|_| AtomicU64::new(0)), micros: AtomicU64::new(0) }
    }
}

impl Route {
    fn count(&self, status: StatusCode, spent: Duration) {
        let status = STATUSES.binary_search(&status.as_u16()).unwrap_or(STATUSES.len());
        let span = BOUNDS.partition_point(|bound| *bound < spent.as_secs_f64());
        self.statuses[status].fetch_add(1, Ordering::Relaxed);
        self.spans[span].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(spent.as_micros()).unwrap_or(0), Ordering::Relaxed);
    }
}

/// What was counted of one route by one method since the start.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteFigures {
    /// The pattern of its path, as it was registered, or [`NO_ROUTE`].
    pub route: String,
    /// The method, or `other`.
    pub method: &'static str,
    /// How many had which status, those that occurred; `None` is any that is answered nowhere here.
    pub statuses: Vec<(Option<u16>, u64)>,
    /// How many took how long: up to each of [`BOUNDS`] and more than the one before, and last those beyond.
    pub spans: [u64; BOUNDS.len() + 1],
    /// How long all took together.
    pub spent: Duration,
}

impl Traffic {
    /// How many requests have come and are not answered yet.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.0.under_way.load(Ordering::Relaxed)
    }

    /// What was counted, by route and method.
    #[must_use]
    pub fn figures(&self) -> Vec<RouteFigures> {
        let routes = self.0.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.iter().map(|((route, method), counted)| figures(route, METHODS[*method], counted)).collect()
    }

    /// Notes a request until the answer is dropped.
    pub(crate) fn enter(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.0))
    }

    fn route(&self, pattern: &str, method: usize) -> Arc<Route> {
        let mut routes = self.0.routes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(routes.entry((pattern.into(), method)).or_default())
    }
}

fn figures(route: &str, method: &'static str, counted: &Route) -> RouteFigures {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let names = STATUSES.iter().copied().map(Some).chain([None]);
    RouteFigures {
        route: route.to_owned(),
        method,
        statuses: names.zip(counted.statuses.iter().map(read)).filter(|(_, count)| *count > 0).collect(),
        spans: std::array::from_fn(|span| read(&counted.spans[span])),
        spent: Duration::from_micros(read(&counted.micros)),
    }
}

/// A request on its way through.
pub(crate) struct UnderWay(Arc<Counters>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One worker's table of the counters.
pub(crate) struct Tally {
    traffic: Traffic,
    known: RefCell<Known>,
}

impl Tally {
    pub(crate) fn new(traffic: Traffic) -> Self {
        Self { traffic, known: RefCell::default() }
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Counts an answered request. `pattern` is the program's own: what a stranger wrote must not become one.
    pub(crate) fn count(&self, pattern: Option<&str>, method: &Method, status: StatusCode, spent: Duration) {
        let pattern = match pattern {
            None => NO_ROUTE,
            Some("") => "/",
            Some(pattern) => pattern,
        };
        let method = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1);
        let mut known = self.known.borrow_mut();
        if let Some(Some(route)) = known.get(pattern).map(|methods| &methods[method]) {
            return route.count(status, spent);
        }
        let route = self.traffic.route(pattern, method);
        route.count(status, spent);
        known.entry(pattern.into()).or_default()[method] = Some(route);
    }
}
