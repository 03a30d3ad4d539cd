//! The figures as text, in either of the forms Prometheus reads.

use std::collections::HashSet;
use std::fmt::{Error, Write};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Registry;
use vestibule_auth::caller_cache::CacheFigures;
use vestibule_domain::time::Timestamp;
use vestibule_http::{BOUNDS, QueueFigures, RouteFigures};

use super::database::Kept;

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The one Prometheus asks for first.
    OpenMetrics,
    /// The one everything understands.
    Classic,
}

impl Form {
    /// What whoever sends `accept` gets.
    pub(super) fn wanted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Classic }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// All figures at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) started_at: Timestamp,
    pub(super) resident_bytes: Option<u64>,
    pub(super) panics: u64,
    pub(super) under_way: usize,
    pub(super) routes: Vec<RouteFigures>,
    pub(super) queues: Vec<(&'static str, QueueFigures)>,
    /// Open ones, and how many of these are idle.
    pub(super) connections: (u32, u32),
    pub(super) pool_size: u32,
    pub(super) callers: CacheFigures,
    pub(super) failures: Vec<(&'static str, u64)>,
    /// Nothing while the database is away.
    pub(super) kept: Option<Kept>,
}

impl Sheet {
    /// The text in that form. To write into memory does not fail.
    pub(super) fn write(self, form: Form) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut written = String::with_capacity(32 * 1024);
        let _never = text::encode(&mut written, &registry);
        match form {
            Form::OpenMetrics => written,
            Form::Classic => classic(&written),
        }
    }
}

/// The older form: there a counter is called in its head as it is in its lines, and nothing marks the end.
fn classic(written: &str) -> String {
    let name = |line: &'static str| move |text: &str| text.strip_prefix(line).map(str::to_owned);
    let of_counter =
        |line: &str| name("# TYPE ")(line).and_then(|rest| rest.strip_suffix(" counter").map(str::to_owned));
    let counters: HashSet<_> = written.lines().filter_map(of_counter).collect();
    let mut text = String::with_capacity(written.len());
    for line in written.lines().filter(|line| *line != "# EOF") {
        let head = ["# HELP ", "# TYPE "].into_iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?)));
        let _never = match head.and_then(|(mark, rest)| Some((mark, rest.split_once(' ')?))) {
            Some((mark, (name, rest))) if counters.contains(name) => {
                writeln!(text, "{mark}{name}_total {rest}")
            }
            _ => writeln!(text, "{line}"),
        };
    }
    text
}

type Label<'a> = (&'static str, &'a str);

/// One family after the other.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> Result<(), Error> {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> Result<(), Error> {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter(&value, None::<&Exemplar<NoLabelSet, u64>>)
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> Result<(), Error> {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(labels, value)| metric.encode_family(&labels)?.encode_gauge(&value))
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> Result<(), Error> {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        values.into_iter().try_for_each(|(labels, value)| {
            metric.encode_family(&labels)?.encode_counter(&value, None::<&Exemplar<NoLabelSet, u64>>)
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures beyond 2^53 are told a little less exactly")]
fn number(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or_default() as f64
}

fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

impl Collector for Sheet {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut out = Writer(encoder);
        self.write_process(&mut out)?;
        self.write_requests(&mut out)?;
        self.write_queues(&mut out)?;
        self.write_kept(&mut out)
    }
}

impl Sheet {
    fn write_process(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let version: [Label<'_>; 1] = [("version", env!("CARGO_PKG_VERSION"))];
        out.gauges("vestibule_build_info", "The version that runs.", [(version, 1.0)])?;
        let started_at = number(self.started_at.unix_millis()) / 1000.0;
        out.gauge(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
            started_at,
        )?;
        if let Some(bytes) = self.resident_bytes {
            out.gauge("process_resident_memory_bytes", "Memory the process holds, in bytes.", number(bytes))?;
        }
        out.counter("vestibule_panics", "Panics that were survived.", self.panics)
    }

    fn write_requests(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        out.gauge(
            "vestibule_http_requests_in_flight",
            "Requests that are not answered yet.",
            number(self.under_way as u64),
        )?;
        let counts = self.routes.iter().flat_map(|of| {
            let one = |(status, count): &(Option<u16>, u64)| {
                let status = status.map_or_else(|| "other".to_owned(), |status| status.to_string());
                ([("route", of.route.clone()), ("method", of.method.to_owned()), ("status", status)], *count)
            };
            of.statuses.iter().map(one)
        });
        out.counters("vestibule_http_requests", "Requests that were answered.", counts)?;
        let help = "How long requests took until their answer began, in seconds.";
        let name = "vestibule_http_request_duration_seconds";
        let mut metric = out.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for of in &self.routes {
            let labels: [Label<'_>; 2] = [("route", &of.route), ("method", of.method)];
            let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
            let spans: Vec<_> = bounds.zip(of.spans).collect();
            let count = of.spans.iter().sum();
            metric.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
                seconds(of.spent),
                count,
                &spans,
                None,
            )?;
        }
        Ok(())
    }

    fn write_queues(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let each = |figure: fn(&QueueFigures) -> u64| {
            self.queues.iter().map(move |(name, queue)| ([("queue", *name)], figure(queue)))
        };
        let waiting = each(|queue| queue.waiting as u64).map(|(name, count)| (name, number(count)));
        out.gauges("vestibule_queue_waiting", "Jobs that wait for a thread.", waiting)?;
        let running = each(|queue| queue.running as u64).map(|(name, count)| (name, number(count)));
        out.gauges("vestibule_queue_running", "Jobs that run.", running)?;
        let help = "Jobs that were refused: the queue was full, or no thread came free in time.";
        out.counters("vestibule_queue_refused", help, each(|queue| queue.refused))?;
        let (open, idle) = self.connections;
        let states =
            [([("state", "in_use")], number(open.saturating_sub(idle))), ([("state", "idle")], number(idle))];
        out.gauges("vestibule_database_connections", "Connections to the database that are open.", states)?;
        let help = "Connections to the database there may be.";
        out.gauge("vestibule_database_connections_max", help, number(self.pool_size))?;
        let callers = &self.callers;
        out.gauge("vestibule_caller_cache_entries", "Callers in the cache.", number(callers.entries as u64))?;
        out.counter("vestibule_caller_cache_hits", "Token checks the cache answered.", callers.hits)?;
        out.counter("vestibule_caller_cache_misses", "Token checks the database answered.", callers.misses)?;
        let failures = self.failures.iter().map(|(job, count)| ([("job", *job)], *count));
        out.counters("vestibule_job_failures", "Turns of background work that failed on this node.", failures)
    }

    /// What is the same on all nodes, since they share it.
    fn write_kept(&self, out: &mut Writer<'_>) -> Result<(), Error> {
        let is_up = if self.kept.is_some() { 1.0 } else { 0.0 };
        out.gauge("vestibule_database_up", "Whether the database told the figures that follow.", is_up)?;
        let Some(kept) = &self.kept else { return Ok(()) };
        let help = "Mails that wait to leave, counted up to 10000.";
        out.gauge("vestibule_outbox_waiting", help, number(kept.mails_waiting))?;
        let help = "How long the oldest of them has waited, in seconds.";
        out.gauge("vestibule_outbox_oldest_age_seconds", help, seconds(kept.oldest_mail))?;
        let help = "Mails that were given up, counted up to 10000.";
        out.gauge("vestibule_outbox_given_up", help, number(kept.mails_given_up))?;
        let jobs = kept.jobs.iter().map(|(job, age)| ([("job", job.clone())], seconds(*age)));
        out.gauges(
            "vestibule_job_last_success_age_seconds",
            "How long ago a job last succeeded on any node.",
            jobs,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_form_names_counters_as_their_lines_do() {
        let newer = "# HELP a_b Of a.\n# TYPE a_b counter\na_b_total{x=\"# TYPE y counter\"} 1\n# HELP c Of c.\n# TYPE c gauge\nc 2\n# EOF\n";
        let older = "# HELP a_b_total Of a.\n# TYPE a_b_total counter\na_b_total{x=\"# TYPE y counter\"} 1\n# HELP c Of c.\n# TYPE c gauge\nc 2\n";
        assert_eq!(classic(newer), older);
    }

    #[test]
    fn who_asks_for_the_newer_form_gets_it() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        assert_eq!(Form::wanted(prometheus), Form::OpenMetrics);
        assert_eq!((Form::wanted("*/*"), Form::wanted("")), (Form::Classic, Form::Classic));
    }
}
