//! NAME refuses callers outside the hours of its settings: {"from": "06:00", "to": "22:00"}, in UTC.

#[path = "postern/postern.rs"]
mod postern;
use postern::*;

/// A time of day of the settings, in minutes.
fn time_of_day(key: &str) -> Option<u32> {
    let minute = config(key).and_then(|text| clock(&text));
    if minute.is_none() {
        log(Level::Error, &format!("{}: a time of day is expected, as 06:00", key));
    }
    minute
}

/// Asked when a caller has said who it is. From is inside, to is outside.
fn identify(facts: &IdentifyFacts) -> Verdict<IdentifyChanges> {
    match (time_of_day("from"), time_of_day("to")) {
        (Some(from), Some(to)) if between(minute_of_day(facts.time), from, to) => Verdict::pass(), // the exits behind this one decide
        (Some(_), Some(_)) => Verdict::refuse("partner.hours", "come back later", format!("{} called outside the hours", facts.claim.name)),
        _ => Verdict::fail(),
    }
}

postern::exit! { name: "NAME", version: "0.1.0", identify: identify }
