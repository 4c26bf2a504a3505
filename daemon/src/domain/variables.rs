//! The dynamic variables of an agent session: the documented set, typed, always complete, with safe defaults.

use jiff::{civil::Weekday, tz::TimeZone};
use lotline_common::{At, LeadId, OrganizationId, PhoneNumber, api::lead::LeadStatus};
use serde::Serialize;

/// Everything the variables are made from.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    pub organization: &'a str,
    pub organization_id: OrganizationId,
    pub zone: &'a TimeZone,
    pub lead_id: LeadId,
    pub lead_status: LeadStatus,
    pub name: Option<&'a str>,
    pub phone: &'a PhoneNumber,
    pub vehicle: Option<&'a str>,
    pub context: String,
    pub summary: String,
    /// Messages before this one, by channel.
    pub sms_messages: i64,
    pub voice_messages: i64,
    pub conversations: i64,
    pub last_contact: Option<At>,
    pub now: At,
}

/// Sent as `dynamic_variables` of `conversation_initiation_client_data`. A missing one ends the session at the vendor.
#[derive(Debug, Clone, Serialize)]
pub struct Variables {
    pub customer_name: String,
    pub organization_name: String,
    pub organization_id: String,
    pub lead_id: String,
    pub lead_status: &'static str,
    pub previous_summary: String,
    pub conversation_context: String,
    pub time_greeting: &'static str,
    pub day_context: String,
    pub customer_greeting: String,
    pub first_message_dynamic: String,
    pub is_outbound: bool,
    pub call_type: &'static str,
    pub customer_phone: String,
    pub has_customer_name: bool,
    pub interaction_count: i64,
    pub last_contact: String,
    pub vehicle_interest: String,
    pub funding_readiness: &'static str,
    pub credit_profile: &'static str,
    pub current_time: String,
    pub current_day: String,
    pub current_datetime: String,
    pub call_reason: &'static str,
    pub conversation_medium: &'static str,
    pub has_previous_conversations: bool,
    pub conversation_count: i64,
    pub voice_messages: i64,
    pub sms_messages: i64,
}

/// The variables of a text conversation.
pub fn for_sms(known: Known<'_>) -> Variables {
    let local = known.now.in_zone(known.zone);
    let greeting = match local.hour() {
        5..=11 => "Good morning",
        12..=16 => "Good afternoon",
        _ => "Good evening",
    };
    let name = known.name.unwrap_or_default();
    let weekend = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
    let earlier = known.sms_messages + known.voice_messages;
    Variables {
        customer_name: name.to_owned(),
        organization_name: known.organization.to_owned(),
        organization_id: known.organization_id.to_string(),
        lead_id: known.lead_id.to_string(),
        lead_status: heard_status(known.lead_status, earlier),
        previous_summary: known.summary,
        conversation_context: known.context,
        time_greeting: greeting,
        day_context: if weekend { "weekend".into() } else { "weekday".into() },
        customer_greeting: if name.is_empty() { greeting.into() } else { format!("{greeting}, {name}") },
        // Texts have no greeting: the first thing said is the answer.
        first_message_dynamic: String::new(),
        is_outbound: false,
        call_type: "sms",
        customer_phone: known.phone.to_string(),
        has_customer_name: !name.is_empty(),
        interaction_count: earlier,
        last_contact: known.last_contact.map_or_else(
            || "never".into(),
            |at| at.in_zone(known.zone).strftime("%A, %B %-d, %H:%M").to_string(),
        ),
        vehicle_interest: known.vehicle.unwrap_or("a vehicle").to_owned(),
        funding_readiness: "Not Ready",
        credit_profile: "unknown",
        current_time: local.strftime("%-I:%M %p").to_string(),
        current_day: local.strftime("%A").to_string(),
        current_datetime: local.strftime("%A, %B %-d, %Y, %-I:%M %p").to_string(),
        call_reason: "answer_to_text",
        conversation_medium: "sms",
        has_previous_conversations: earlier > 0,
        conversation_count: known.conversations,
        voice_messages: known.voice_messages,
        sms_messages: known.sms_messages,
    }
}

/// What the agent hears as lead_status: three words, derived.
fn heard_status(status: LeadStatus, earlier: i64) -> &'static str {
    match status {
        LeadStatus::Delivered | LeadStatus::SoldPending => "Returning Customer",
        LeadStatus::New if earlier == 0 => "New Inquiry",
        _ => "Active Lead",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documented names; a session with one missing is refused by the vendor and nobody answers the customer.
    const NAMES: &[&str] = &[
        "customer_name",
        "organization_name",
        "organization_id",
        "lead_id",
        "lead_status",
        "previous_summary",
        "conversation_context",
        "time_greeting",
        "day_context",
        "customer_greeting",
        "first_message_dynamic",
        "is_outbound",
        "call_type",
        "customer_phone",
        "has_customer_name",
        "interaction_count",
        "last_contact",
        "vehicle_interest",
        "funding_readiness",
        "credit_profile",
        "current_time",
        "current_day",
        "current_datetime",
        "call_reason",
        "conversation_medium",
        "has_previous_conversations",
        "conversation_count",
        "voice_messages",
        "sms_messages",
    ];

    fn known<'a>(phone: &'a PhoneNumber, zone: &'a TimeZone) -> Known<'a> {
        Known {
            organization: "Example Motors",
            organization_id: OrganizationId::new(),
            zone,
            lead_id: LeadId::new(),
            lead_status: LeadStatus::New,
            name: None,
            phone,
            vehicle: None,
            context: String::new(),
            summary: String::new(),
            sms_messages: 0,
            voice_messages: 0,
            conversations: 0,
            last_contact: None,
            now: At::from_unix_seconds(1_800_000_000),
        }
    }

    #[test]
    fn a_stranger_gets_the_whole_set_and_nothing_is_null() {
        let phone = "+13035550101".parse().unwrap();
        let zone = TimeZone::get("America/Denver").unwrap();
        let json = serde_json::to_value(for_sms(known(&phone, &zone))).unwrap();
        let object = json.as_object().unwrap();
        for name in NAMES {
            assert!(object.get(*name).is_some_and(|value| !value.is_null()), "{name}");
        }
        assert_eq!(object.len(), NAMES.len());
        assert_eq!(json["lead_status"], "New Inquiry");
    }

    #[test]
    fn the_greeting_is_by_the_clock_of_the_store() {
        let phone = "+13035550101".parse().unwrap();
        // 2027-01-15 08:00 UTC is one o'clock at night in Denver.
        for (zone, greeting) in
            [("UTC", "Good morning"), ("America/Denver", "Good evening"), ("Asia/Tokyo", "Good evening")]
        {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(for_sms(known(&phone, &zone)).time_greeting, greeting);
        }
    }
    /// An AI that is an hour off says good evening at noon, and promises a call for an hour that has passed.
    #[test]
    fn the_hour_is_the_stores_on_days_when_clocks_change() {
        let phone = "+13035550101".parse().unwrap();
        for (zone, now, told) in [
            // Forward: 02:00 to 03:00.
            ("America/New_York", "2027-03-14T06:59:59Z", "Sunday, March 14, 2027, 1:59 AM"),
            ("America/New_York", "2027-03-14T07:00:00Z", "Sunday, March 14, 2027, 3:00 AM"),
            ("America/Los_Angeles", "2028-03-12T10:00:00Z", "Sunday, March 12, 2028, 3:00 AM"),
            ("America/Phoenix", "2028-03-12T10:00:00Z", "Sunday, March 12, 2028, 3:00 AM"),
            // Back: the hour from 01:00 comes twice.
            ("America/New_York", "2026-11-01T05:30:00Z", "Sunday, November 1, 2026, 1:30 AM"),
            ("America/New_York", "2026-11-01T06:30:00Z", "Sunday, November 1, 2026, 1:30 AM"),
            ("America/New_York", "2026-11-01T07:00:00Z", "Sunday, November 1, 2026, 2:00 AM"),
            ("America/Los_Angeles", "2027-11-07T10:00:00Z", "Sunday, November 7, 2027, 2:00 AM"),
            ("America/Phoenix", "2026-11-01T09:00:00Z", "Sunday, November 1, 2026, 2:00 AM"),
            // A day that most years lack.
            ("America/Los_Angeles", "2028-03-01T07:59:00Z", "Tuesday, February 29, 2028, 11:59 PM"),
        ] {
            let (time_zone, now) = (TimeZone::get(zone).unwrap(), now.parse().unwrap());
            let variables = for_sms(Known { now, ..known(&phone, &time_zone) });
            assert_eq!(variables.current_datetime, told, "{zone} at {now}");
        }
    }
}
