//! How often something may happen.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// `burst` times at once, and as many again spread evenly over each `period`. Written `10/5m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: u32,
    period: Duration,
}

/// Not a rate.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("must be a number and a span such as 10/5m: 1 to 1000000 times, 1s to 30d")]
pub struct RateError;

impl Rate {
    /// The greatest burst.
    pub const MAX_BURST: u32 = 1_000_000;
    /// The longest period: 30 days.
    pub const MAX_PERIOD: Duration = Duration::from_hours(30 * 24);

    /// `burst` times each `period`.
    pub fn new(burst: u32, period: Duration) -> Result<Self, RateError> {
        let fits = (1..=Self::MAX_BURST).contains(&burst)
            && (Duration::from_secs(1)..=Self::MAX_PERIOD).contains(&period);
        if fits { Ok(Self { burst, period }) } else { Err(RateError) }
    }

    /// The rate nearest to `burst` times each `period`, for rates that are written in the program.
    #[must_use]
    pub const fn nearest(burst: u32, period: Duration) -> Self {
        let burst = if burst < Self::MAX_BURST { burst } else { Self::MAX_BURST };
        let seconds = period.as_secs();
        let period = if seconds < 1 {
            Duration::from_secs(1)
        } else if seconds < Self::MAX_PERIOD.as_secs() {
            period
        } else {
            Self::MAX_PERIOD
        };
        Self { burst: if burst > 1 { burst } else { 1 }, period }
    }

    /// How often at once.
    #[must_use]
    pub fn burst(self) -> u32 {
        self.burst
    }

    /// How long until a spent burst is whole again.
    #[must_use]
    pub fn period(self) -> Duration {
        self.period
    }

    /// How long until one more is allowed.
    #[must_use]
    pub fn interval(self) -> Duration {
        self.period / self.burst
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (burst, period) = text.trim().split_once('/').ok_or(RateError)?;
        let digits = period.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = period.split_at(digits);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => return Err(RateError),
        };
        let is_plain = burst.bytes().all(|byte| byte.is_ascii_digit());
        let burst = burst.parse().ok().filter(|_| is_plain).ok_or(RateError)?;
        let seconds =
            number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or(RateError)?;
        Self::new(burst, Duration::from_secs(seconds))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.period.as_secs();
        let (number, unit) = match seconds {
            _ if seconds.is_multiple_of(86400) => (seconds / 86400, 'd'),
            _ if seconds.is_multiple_of(3600) => (seconds / 3600, 'h'),
            _ if seconds.is_multiple_of(60) => (seconds / 60, 'm'),
            _ => (seconds, 's'),
        };
        write!(f, "{}/{number}{unit}", self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_and_written_alike() {
        for text in ["10/5m", "1/1s", "1000000/30d", "60/1h", "3/90s"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("10/5m".parse::<Rate>().map(Rate::interval), Ok(Duration::from_secs(30)));
    }

    #[test]
    fn a_rate_is_brought_to_the_nearest_there_is() {
        let nearest = |burst, seconds| Rate::nearest(burst, Duration::from_secs(seconds)).to_string();
        assert_eq!(nearest(10, 300), "10/5m");
        assert_eq!(nearest(0, 0), "1/1s");
        assert_eq!(nearest(u32::MAX, u64::MAX), "1000000/30d");
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "10",
            "10/",
            "/5m",
            "0/5m",
            "10/0s",
            "10/5",
            "-1/5m",
            "+1/5m",
            "1/31d",
            "1000001/1s",
            "1/5m/2",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text:?}");
        }
    }
}
