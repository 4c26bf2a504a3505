//! States of an outgoing message: what may follow what, and what an operator should do about a bad one.

use std::time::Duration;

use lotline_common::api::message::DeliveryState;

/// The database came out of a backup, so nobody knows what was done since.
pub const RESTORED: &str = "restored";

/// What a carrier reports of a message it has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    Accepted,
    Sent,
    Delivered,
    Undelivered,
    Failed,
}

impl Report {
    /// The carrier's own word. `None` for words that do not concern an outgoing SMS.
    pub fn from_twilio(status: &str) -> Option<Self> {
        Some(match status {
            "accepted" | "scheduled" | "queued" | "sending" => Self::Accepted,
            "sent" => Self::Sent,
            "delivered" | "read" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "failed" | "canceled" => Self::Failed,
            _ => return None,
        })
    }

    const fn state(self) -> DeliveryState {
        match self {
            Self::Accepted => DeliveryState::Accepted,
            Self::Sent => DeliveryState::Sent,
            Self::Delivered => DeliveryState::Delivered,
            Self::Undelivered => DeliveryState::Undelivered,
            Self::Failed => DeliveryState::Failed,
        }
    }
}

/// Callbacks come late and in any order; a state of lower rank never replaces one of higher rank.
const fn rank(state: DeliveryState) -> u8 {
    match state {
        DeliveryState::Held | DeliveryState::Queued | DeliveryState::Attempting | DeliveryState::Unknown => 0,
        DeliveryState::Accepted => 1,
        DeliveryState::Sent => 2,
        DeliveryState::Delivered
        | DeliveryState::Undelivered
        | DeliveryState::Failed
        | DeliveryState::Recalled
        | DeliveryState::Refused => 3,
    }
}

/// The state after a report, `None` when the report tells nothing new.
pub fn after_report(current: DeliveryState, report: Report) -> Option<DeliveryState> {
    let next = report.state();
    (rank(next) > rank(current)).then_some(next)
}

/// Is the carrier's list to be read for a message that it took so long ago? A young one is looked for at every look, an
/// old one, which may never be confirmed, about every quarter of an hour.
pub fn is_look_due(age: Duration, every: Duration) -> bool {
    const QUARTER: Duration = Duration::from_mins(15);
    age <= QUARTER || age.as_millis() % QUARTER.as_millis() < 2 * every.as_millis()
}

/// May the customer still get it, or have they got it? Such a message answers a waiting customer.
pub const fn counts_as_said(state: DeliveryState) -> bool {
    !matches!(
        state,
        DeliveryState::Failed | DeliveryState::Undelivered | DeliveryState::Recalled | DeliveryState::Refused
    )
}

/// What an answer of the carrier to a send means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Not taken, safe to try again later.
    Later,
    /// Not taken and never will be.
    Never,
    /// The account cannot send at all until somebody mends it.
    Account,
    /// The customer opted out at the carrier: that is an opt-out here too.
    OptedOut,
}

/// Reads a carrier's error code (Twilio's numbers). An unknown code is final and shown.
pub const fn remedy(code: i64) -> Remedy {
    match code {
        20429 | 21611 | 30001 | 30022 | 30023 | 63038 => Remedy::Later,
        20003 | 20005 | 30002 => Remedy::Account,
        21610 => Remedy::OptedOut,
        _ => Remedy::Never,
    }
}

/// One sentence for the operator: what to do about this code or reason.
pub fn advice(error_code: Option<i64>, reason: Option<&str>) -> Option<&'static str> {
    error_code.and_then(code_advice).or_else(|| reason.and_then(reason_advice))
}

const fn code_advice(code: i64) -> Option<&'static str> {
    Some(match code {
        20003 => "The carrier refused our credentials: an admin must enter the current auth token.",
        20429 | 21611 | 30001 => "The carrier is busy; it is tried again by itself.",
        21211 => "The number is not valid: check it with the customer.",
        21408 => "Texting this country is not enabled at the carrier.",
        21606 | 21612 => "Our number cannot text this one: try another own number or call.",
        21608 => "The carrier account is a trial: it only texts verified numbers.",
        21610 => "The customer opted out at the carrier: do not text; only their START undoes it.",
        21614 | 30006 => "This is a landline: call instead.",
        21617 => "The text is too long: shorten it below 1,600 characters.",
        30002 => "The carrier suspended the account: an admin must contact the carrier.",
        30003 => "The phone was off or out of reach: try again in an hour.",
        30004 => "The customer's phone or carrier blocks us: call instead.",
        30005 => "The number is not in service: check it with the customer.",
        30007 => "The carrier filtered it as spam: reword it, no links, and send again.",
        30008 => "The carrier does not say why: try once more or call.",
        30022 | 30023 | 63038 => "Our daily or per-second allowance is used up: it is tried again by itself.",
        30034 => "Our number is not registered for business texting (10DLC): an admin must register it.",
        30036 => "It stayed too long in the carrier's queue: send it again if it still matters.",
        30450 | 30640 => "The carrier blocks this number: do not text it.",
        30610 => "It is quiet time where the customer lives: send it in the morning.",
        _ => return None,
    })
}

fn reason_advice(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "opted_out" => {
            "The customer opted out: do not text; only their START or a recorded consent undoes it."
        }
        "unknown_outcome" => {
            "The carrier may or may not have sent it: ask the customer or look at the carrier, then settle it."
        }
        RESTORED => {
            "The database was restored from a backup and it may have been sent since: look at the carrier or ask the customer, then settle it."
        }
        "stale" => "It waited too long to be sent by itself: send it again if it still matters.",
        "floor_changed" => "Somebody took over before it left.",
        "thread_changed" => "The customer wrote again before it left.",
        "number_moved" => "The number it would have left from is not ours any more: send it again.",
        "no_number" => "The organization has no number to text from: an admin must add one.",
        "no_carrier" => "No carrier account is set: an admin must enter it.",
        "carrier_credentials" => {
            "The carrier refused our credentials: an admin must enter the current auth token."
        }
        "given_up" => "It was let go after it could not be sent: send it again if it still matters.",
        "retries_used_up" => "The carrier could not be reached: send it again.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use DeliveryState::*;

    use super::*;

    #[test]
    fn a_late_callback_never_takes_a_state_back() {
        let cases = [
            (Attempting, Report::Accepted, Some(Accepted)),
            (Unknown, Report::Delivered, Some(Delivered)),
            (Accepted, Report::Accepted, None),
            (Sent, Report::Accepted, None),
            (Sent, Report::Delivered, Some(Delivered)),
            (Delivered, Report::Sent, None),
            (Delivered, Report::Failed, None),
            (Failed, Report::Delivered, None),
        ];
        for (current, report, expected) in cases {
            assert_eq!(after_report(current, report), expected, "{current} + {report:?}");
        }
    }

    #[test]
    fn whatever_the_order_of_reports_the_end_is_the_same_rank() {
        let reports = [Report::Sent, Report::Delivered, Report::Accepted];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
            let end =
                order.iter().fold(Attempting, |state, &i| after_report(state, reports[i]).unwrap_or(state));
            assert_eq!(end, Delivered, "{order:?}");
        }
    }

    #[test]
    fn old_messages_are_looked_for_seldom() {
        let looks = |minutes: std::ops::Range<u64>, every: Duration| {
            let ages = (minutes.start * 60..minutes.end * 60).step_by(10).map(Duration::from_secs);
            ages.filter(|age| is_look_due(*age, every)).count()
        };
        let every = Duration::from_secs(10);
        assert_eq!(looks(0..15, every), 90, "each of the first");
        assert_eq!(looks(30..24 * 60, every), 2 * 94, "and then two in a quarter of an hour");
        let seldom = Duration::from_mins(5);
        assert!(
            (0..24 * 60).step_by(5).filter(|m| is_look_due(Duration::from_mins(*m), seldom)).count() > 96
        );
    }

    #[test]
    fn unknown_codes_are_final_and_shown() {
        assert_eq!(remedy(99_999), Remedy::Never);
        assert_eq!(advice(Some(99_999), Some("failed")), None);
        assert!(advice(Some(30007), None).is_some_and(|text| text.contains("spam")));
    }
}
