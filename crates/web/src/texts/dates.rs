//! Days and moments, as people write them.

/// The words, and in which order they stand.
pub(crate) struct DateTexts {
    months: [&'static str; 12],
    day: fn(day: &str, month: &str, year: &str) -> String,
    moment: fn(day: &str, time: &str) -> String,
}

pub(super) const ENGLISH: DateTexts = DateTexts {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    day: |day, month, year| format!("{day} {month} {year}"),
    moment: |day, time| format!("{day}, {time} UTC"),
};

impl DateTexts {
    /// The day of an ISO 8601 date or moment; what is none stays as it is.
    pub(crate) fn day(&self, iso: &impl ToString) -> String {
        let iso = iso.to_string();
        self.in_words(&iso).unwrap_or(iso)
    }

    /// The same with hours and minutes, which a moment has.
    pub(crate) fn moment(&self, iso: &impl ToString) -> String {
        let iso = iso.to_string();
        let in_words = || Some((self.moment)(&self.in_words(&iso)?, iso.get(11..16)?));
        in_words().unwrap_or_else(|| iso.clone())
    }

    fn in_words(&self, iso: &str) -> Option<String> {
        let (year, month, day) = (iso.get(..4)?, iso.get(5..7)?, iso.get(8..10)?);
        let month = self.months.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some((self.day)(day.trim_start_matches('0'), month, year))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_stand_in_words() {
        assert_eq!(ENGLISH.day(&"1956-11-01"), "1 November 1956");
        assert_eq!(ENGLISH.day(&"2026-01-21T12:00:00Z"), "21 January 2026");
        assert_eq!(ENGLISH.moment(&"2026-12-01T09:05:59.000001Z"), "1 December 2026, 09:05 UTC");
        assert_eq!(ENGLISH.day(&"2026-13-01"), "2026-13-01");
        assert_eq!(ENGLISH.moment(&"2026-12-01"), "2026-12-01");
    }
}
