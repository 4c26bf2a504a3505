//! Words on the screen for the contract's states. Every state is a word before it is a colour.

use std::borrow::Cow;

use lotline_common::{
    At, UserId,
    api::{
        lead::{FloorKind, Lead, LeadStatus, Sentiment},
        message::{Delivery, DeliveryState},
    },
    plain::plain,
};

use crate::model::inbox::{Entry, holds};

/// Text from outside on one line of the screen.
pub fn line(text: &str) -> Cow<'_, str> {
    match plain(text) {
        Cow::Borrowed(text) if !text.contains('\n') => Cow::Borrowed(text),
        text => Cow::Owned(text.replace('\n', " ")),
    }
}

/// The customer's name, or the number, or what is left.
pub fn lead_name(lead: &Lead) -> String {
    match (&lead.name, lead.phones.first()) {
        (Some(name), _) if !name.trim().is_empty() => line(name).trim().to_owned(),
        (_, Some(phone)) => phone.display(),
        _ => "(no name)".to_owned(),
    }
}

/// How the customer is called in the thread.
pub fn first_name(lead: &Lead) -> String {
    let name = lead_name(lead);
    match &lead.name {
        Some(_) => name.split_whitespace().next().unwrap_or("Customer").to_owned(),
        None => "Customer".to_owned(),
    }
}

/// Two letters for the list: who must act, or who has the floor.
pub fn tag(entry: &Entry, me: Option<UserId>) -> String {
    let lead = &entry.lead;
    if lead.opted_out {
        return "NO".to_owned();
    }
    if entry.needs_person() && (lead.floor.kind != FloorKind::Member || holds(lead, me)) {
        return "!!".to_owned();
    }
    match lead.floor.kind {
        FloorKind::Ai => "AI".to_owned(),
        FloorKind::Paused => "ZZ".to_owned(),
        FloorKind::Nobody => "--".to_owned(),
        FloorKind::Member if holds(lead, me) => "ME".to_owned(),
        FloorKind::Member => {
            let name = lead.floor.member.as_ref().map(|member| line(&member.name).into_owned());
            let initial = name.and_then(|name| name.chars().next()).filter(char::is_ascii_alphanumeric);
            format!("@{}", initial.unwrap_or('?'))
        }
    }
}

/// Who has the floor, in words.
pub fn floor(lead: &Lead, me: Option<UserId>) -> String {
    match lead.floor.kind {
        FloorKind::Ai => "AI answers".to_owned(),
        FloorKind::Nobody => "waits for a person".to_owned(),
        FloorKind::Paused => "paused".to_owned(),
        FloorKind::Member if holds(lead, me) => "you have the floor".to_owned(),
        FloorKind::Member => match &lead.floor.member {
            Some(member) => format!("{} has the floor", line(&member.name)),
            None => "a colleague has the floor".to_owned(),
        },
    }
}

pub const fn status(status: LeadStatus) -> &'static str {
    match status {
        LeadStatus::New => "new",
        LeadStatus::Attempting => "attempting contact",
        LeadStatus::Engaged => "engaged",
        LeadStatus::Qualified => "qualified",
        LeadStatus::AppointmentSet => "appointment set",
        LeadStatus::AppointmentConfirmed => "appointment confirmed",
        LeadStatus::Showed => "showed",
        LeadStatus::SoldPending => "sold, pending",
        LeadStatus::Delivered => "delivered",
        LeadStatus::Nurture => "nurture",
        LeadStatus::Lost => "lost",
        LeadStatus::Bad => "bad lead",
        LeadStatus::Duplicate => "duplicate",
    }
}

pub const fn sentiment(sentiment: Sentiment) -> &'static str {
    match sentiment {
        Sentiment::NeedsHuman => "wants a person",
        other => other.as_str(),
    }
}

/// A delivery in one word.
pub const fn delivery(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Held => "held",
        DeliveryState::Queued => "queued",
        DeliveryState::Attempting => "sending",
        DeliveryState::Accepted => "accepted",
        DeliveryState::Sent => "sent",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Undelivered => "NOT DELIVERED",
        DeliveryState::Failed => "FAILED",
        DeliveryState::Unknown => "UNKNOWN",
        DeliveryState::Recalled => "taken back",
        DeliveryState::Refused => "REFUSED",
    }
}

/// The mark behind an outgoing text: ticks for what went well, words for the rest.
pub fn mark(delivery_of: &Delivery, now: At, unicode: bool) -> String {
    match (delivery_of.state, unicode) {
        (DeliveryState::Held, _) => match delivery_of.hold_until {
            Some(until) if until > now => {
                format!("held, sends in {}s", until.since(now).as_secs_f64().ceil())
            }
            _ => "sending".to_owned(),
        },
        (DeliveryState::Queued, _) if delivery_of.attempts > 0 => {
            format!("queued, tried {} times", delivery_of.attempts)
        }
        (DeliveryState::Accepted | DeliveryState::Sent, true) => "✓".to_owned(),
        (DeliveryState::Delivered, true) => "✓✓".to_owned(),
        (state, _) => delivery(state).to_owned(),
    }
}

/// What an operator should do about a delivery that went wrong; `None` when nothing is to be done.
pub fn advice(delivery_of: &Delivery) -> Option<String> {
    let own = match delivery_of.state {
        DeliveryState::Undelivered => "The phone did not get it. Call, or ask for another number.",
        DeliveryState::Failed => "It was not sent. Read the reason, then write again.",
        DeliveryState::Unknown if delivery_of.needs_operator => {
            "Nobody knows whether it arrived. Check with the carrier, then settle it."
        }
        // What the daemon would advise is for later: nobody has to do anything while it still looks.
        DeliveryState::Unknown => {
            return Some("The carrier did not say whether it has it; being looked into.".to_owned());
        }
        DeliveryState::Refused => "The contact rules refused it. Nothing was sent.",
        _ => return None,
    };
    let advice = delivery_of.advice.clone().unwrap_or_else(|| own.to_owned());
    Some(match delivery_of.error_code {
        Some(code) => format!("{advice} (carrier error {code})"),
        None => advice,
    })
}

/// A stable word of the daemon's as people read it: `price_without_source` becomes `price without source`.
pub fn reason(word: &str) -> String {
    line(word).replace('_', " ")
}
