//! Events as JSON, each one flat object in a line.

use std::fmt::{self, Debug, Write};

use chrono::SecondsFormat;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;
use vestibule_domain::time::Clock;

use super::escape::{EscapingJson, json_line};
use crate::system::SystemClock;

/// Writes `timestamp` and `level`, the event's own fields, `target`, and `span` where there is one.
///
/// The formatter of tracing-subscriber says the same through three layers of writers that each look at every byte, which
/// made a line cost a quarter of the request it tells of; and its lines had to be searched again for unsafe
/// characters.
pub(super) struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let now = SystemClock.now().datetime().to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(writer, r#"{{"timestamp":"{now}","level":"{}""#, metadata.level())?;
        let mut visitor = Visitor { writer: writer.by_ref(), outcome: Ok(()) };
        event.record(&mut visitor);
        visitor.outcome?;
        writer.write_str(r#","target":"#)?;
        write_text(&mut writer, metadata.target())?;
        if let Some(span) = context.lookup_current() {
            writer.write_str(r#","span":{"name":"#)?;
            write_text(&mut writer, span.name())?;
            // They were written when the span began, as an object of JSON.
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                write!(writer, r#","fields":{}"#, json_line(&fields.fields))?;
            }
            writer.write_char('}')?;
        }
        writer.write_str("}\n")
    }
}

struct Visitor<'writer> {
    writer: Writer<'writer>,
    outcome: fmt::Result,
}

impl Visitor<'_> {
    fn add(&mut self, field: &Field, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome =
                write!(self.writer, r#","{}":"#, field.name()).and_then(|()| write(&mut self.writer));
        }
    }
}

impl Visit for Visitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON knows no infinity.
        let value = value.is_finite().then_some(value);
        self.add(field, |writer| match value {
            Some(value) => write!(writer, "{value}"),
            None => writer.write_str("null"),
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |writer| write_text(writer, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, |writer| {
            writer.write_char('"')?;
            write!(EscapingJson(&mut *writer), "{value:?}")?;
            writer.write_char('"')
        });
    }
}

fn write_text(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    EscapingJson(&mut *writer).write_str(text)?;
    writer.write_char('"')
}
