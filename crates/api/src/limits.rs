//! What is told to who asks too often.

use std::time::Duration;

use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use vestibule_auth::limits::TooMany;

use crate::problem::{Code, Problem};

/// The fields of draft-ietf-httpapi-ratelimit-headers.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The same for everybody: nothing in it depends on whether there is an account.
impl From<TooMany> for Problem {
    fn from(hit: TooMany) -> Self {
        let seconds = whole_seconds(hit.retry_after);
        let (policy, rate) = (hit.policy, hit.rate);
        let problem = Self::from(Code::TooManyRequests).with(RETRY_AFTER, HeaderValue::from(seconds));
        let told = [
            (
                RATE_LIMIT_POLICY,
                format!(r#""{policy}";q={};w={}"#, rate.burst(), whole_seconds(rate.period())),
            ),
            (RATE_LIMIT, format!(r#""{policy}";r=0;t={seconds}"#)),
        ];
        told.into_iter().fold(problem, |problem, (name, text)| match HeaderValue::try_from(text) {
            Ok(value) => problem.with(name, value),
            Err(_) => problem,
        })
    }
}

/// As many seconds as `span` at least, and never zero: that would invite the next attempt at once.
fn whole_seconds(span: Duration) -> u64 {
    (span.as_secs() + u64::from(span.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use vestibule_domain::rate::Rate;

    use super::*;

    /// S99: whole seconds, rounded up, in all three headers.
    #[test]
    fn the_answer_says_when_to_come_back() {
        let rate = Rate::new(30, Duration::from_mins(5)).unwrap();
        for (millis, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (11_500, "12")] {
            let hit = TooMany { policy: "sign-in", rate, retry_after: Duration::from_millis(millis) };
            let response = Problem::from(hit).error_response();
            let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(response.status().as_u16(), 429);
            assert_eq!(header("retry-after"), seconds);
            assert_eq!(header("ratelimit-policy"), r#""sign-in";q=30;w=300"#);
            assert_eq!(header("ratelimit"), format!(r#""sign-in";r=0;t={seconds}"#));
        }
    }
}
