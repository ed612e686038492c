//! A token: what the answer to a login says of it, and how long it is good.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde_json::{Map, Value};

/// The clocks at the portal: WIB.
const WIB: i8 = 7;
/// A larger number counts milliseconds.
const MILLISECONDS: i64 = 100_000_000_000;
/// How much of a short life the margin before its end may be.
const MARGIN_PART: u32 = 4;

/// What requests are sent with.
#[derive(Clone)]
pub struct Token {
    pub bearer: HeaderValue,
    /// From when on it is renewed before it is used; unknown where the portal does not say, or says
    /// something impossible: then a 401 tells.
    pub renew: Option<Instant>,
    /// The how many-th it is.
    pub number: u64,
    /// Whether a request with it was answered.
    pub has_served: Arc<AtomicBool>,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("renew", &self.renew)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The token in an answer, as it is.
pub fn read(answer: &Map<String, Value>) -> Option<SecretString> {
    let inner = answer.get("data").and_then(Value::as_object);
    let texts = [Some(answer), inner].into_iter().flatten();
    let token = texts.flat_map(|fields| [fields.get("access_token"), fields.get("token")]);
    let token = token.flatten().filter_map(Value::as_str).map(str::trim);
    let mut token = token.filter(|token| !token.is_empty());
    token.next().map(SecretString::from)
}

/// How long the token of an answer lives, by the portal's own clock.
pub fn life(answer: &Map<String, Value>, now: Timestamp) -> Option<Duration> {
    let inner = answer.get("data").and_then(Value::as_object);
    let mut fields = [Some(answer), inner].into_iter().flatten();
    fields.find_map(|fields| life_in(fields, now))
}

fn life_in(fields: &Map<String, Value>, now: Timestamp) -> Option<Duration> {
    if let Some(seconds) = fields.get("expires_in").and_then(seconds) {
        return u64::try_from(seconds).ok().map(Duration::from_secs);
    }
    let end = fields.get("expired_date")?;
    let ends = match end {
        Value::String(text) => ends(text.trim()),
        Value::Number(_) => seconds(end).and_then(epoch).into_iter().collect(),
        _ => Vec::new(),
    };
    // A time without a zone may be meant in another one: the first that is still to come.
    let lives = ends.into_iter().map(|end| end.duration_since(now));
    let mut lives = lives.filter(|life| *life > SignedDuration::ZERO);
    lives.next().and_then(|life| Duration::try_from(life).ok())
}

/// When a token that lives so long is renewed.
pub fn renewal(life: Duration, margin: Duration, now: Instant) -> Option<Instant> {
    now.checked_add(life.saturating_sub(margin.min(life / MARGIN_PART)))
}

fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn epoch(number: i64) -> Option<Timestamp> {
    if number > MILLISECONDS {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

/// The moments that a text may mean, the likeliest first.
fn ends(text: &str) -> Vec<Timestamp> {
    if let Ok(number) = text.parse() {
        return epoch(number).into_iter().collect();
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return vec![moment];
    }
    if let Ok(moment) = jiff::fmt::rfc2822::parse(text) {
        return vec![moment.timestamp()];
    }
    let Ok(local) = text.parse::<DateTime>() else {
        return Vec::new();
    };
    let zones = [TimeZone::fixed(Offset::constant(WIB)), TimeZone::UTC];
    let moments = zones
        .into_iter()
        .filter_map(|zone| local.to_zoned(zone).ok());
    moments.map(|moment| moment.timestamp()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_end_of_a_token_is_read_in_every_form() {
        let now: Timestamp = "2026-02-27T01:00:00Z".parse().unwrap();
        let hour = Some(Duration::from_hours(1));
        let table = [
            (json!({"expired_date": "2026-02-27T02:00:00Z"}), hour),
            (json!({"expired_date": "2026-02-27T02:00:00.000Z"}), hour),
            (json!({"expired_date": "2026-02-27T09:00:00+07:00"}), hour),
            (json!({"expired_date": "2026-02-27 09:00:00"}), hour),
            (json!({"expired_date": " 2026-02-27T09:00:00 "}), hour),
            // Nine o'clock of Yogyakarta is over: two o'clock was meant in UTC.
            (json!({"expired_date": "2026-02-27 02:00:00"}), hour),
            (json!({"expired_date": 1_772_157_600}), hour),
            (json!({"expired_date": "1772157600"}), hour),
            (json!({"expired_date": 1_772_157_600_000_i64}), hour),
            (json!({"data": {"expired_date": 1_772_157_600}}), hour),
            (json!({"expires_in": 3_600}), hour),
            (json!({"expired_date": "2026-02-26 09:00:00"}), None),
            (json!({"expired_date": "tomorrow"}), None),
            (json!({"expired_date": null}), None),
            (json!({}), None),
        ];
        for (answer, wanted) in table {
            assert_eq!(life(&fields(&answer), now), wanted, "{answer}");
        }
    }

    #[test]
    fn a_token_is_renewed_before_its_end_and_never_at_once() {
        let now = Instant::now();
        let margin = Duration::from_mins(1);
        let table = [(3_600, 3_540), (60, 45), (4, 3), (0, 0)];
        for (life, wanted) in table {
            let renewed = renewal(Duration::from_secs(life), margin, now);
            assert_eq!(renewed, Some(now + Duration::from_secs(wanted)), "{life} s");
        }
    }
}
