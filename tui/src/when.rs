//! Moments as operators read them. No clock is read here: `now` always comes in.

use jiff::tz::TimeZone;
use lotline_common::At;

/// `now`, `2m`, `3h`, `5d`.
pub fn age(now: At, at: At) -> String {
    match now.since(at).as_secs() {
        0..60 => "now".to_owned(),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds @ 3600..86400 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86400),
    }
}

/// `0:42`, `12:07`.
pub fn lapse(now: At, at: At) -> String {
    let seconds = now.since(at).as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `9:41 PM`
pub fn clock(at: At, zone: &TimeZone) -> String {
    at.in_zone(zone).strftime("%-I:%M %p").to_string()
}

/// `Today`, `Yesterday`, `Mon, Nov 23` or `Nov 23, 2025`.
pub fn day(now: At, at: At, zone: &TimeZone) -> String {
    let (today, that) = (now.in_zone(zone), at.in_zone(zone));
    if today.date() == that.date() {
        "Today".to_owned()
    } else if today.yesterday().is_ok_and(|yesterday| yesterday.date() == that.date()) {
        "Yesterday".to_owned()
    } else if today.year() == that.year() {
        that.strftime("%a, %b %-d").to_string()
    } else {
        that.strftime("%b %-d, %Y").to_string()
    }
}

/// True when both fall on one day where the store is.
pub fn same_day(one: At, other: At, zone: &TimeZone) -> bool {
    one.in_zone(zone).date() == other.in_zone(zone).date()
}
