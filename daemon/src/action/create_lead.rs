//! A member enters a customer who called or walked in.

use lotline_common::{
    LeadId, PhoneNumber,
    api::lead::{CreateLead, Lead},
    event::EventKind,
};
use rlibphonenumber::{PhoneNumberFormat, Region};

use super::{do_once, send_message::author};
use crate::{
    app::App,
    db::Scope,
    domain::permission::{Agent, Principal},
    error::{Error, Result},
    store::{self, event::NewEvent, lead::NewLead},
};

/// Numbers without a country code are read as North American.
const REGION: Region = Region::US;
const MAX_FIELD: usize = 200;

pub async fn run(app: &App, agent: &Agent, wish: CreateLead) -> Result<Lead> {
    let phone = phone(&wish.phone)?;
    let new = NewLead {
        id: LeadId::new(),
        name: line("name", wish.name)?,
        vehicle: line("vehicle", wish.vehicle)?,
        source: line("source", wish.source)?,
        phone,
    };
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            if let Some(existing) = store::lead::by_phone(tx, member.org, &new.phone).await? {
                return Err(Error::Conflict {
                    code: "lead_exists",
                    title: "This phone number is a lead already.",
                    existing: Some(existing.to_string()),
                });
            }
            store::lead::insert(tx, member.org, member.user, now, &new).await?;
            let lead = store::lead::find(tx, member.org, new.id).await?;
            let created = NewEvent::new(EventKind::LeadCreated).lead(lead.id).by(author(&member));
            let created = created.detail(|detail| {
                (detail.floor, detail.opted_out) = (Some(lead.floor.clone()), Some(lead.opted_out));
                detail.member_id = Some(member.user);
            });
            store::event::append(tx, member.org, now, created)?;
            Ok(lead)
        })
    })
    .await
}

/// What people type, as E.164.
fn phone(text: &str) -> Result<PhoneNumber> {
    let wrong =
        || Error::invalid("phone", "not a phone number; write it like (303) 555-0101 or +13035550101");
    let parsed = rlibphonenumber::PhoneNumber::parse(text, Some(REGION)).map_err(|_unreadable| wrong())?;
    if parsed.is_possible_with_reason().is_err() {
        return Err(wrong());
    }
    parsed.format_as(PhoneNumberFormat::E164).parse().map_err(|_short| wrong())
}

/// One line of text without control characters; an empty one is none.
pub(super) fn line(field: &'static str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_FIELD || text.contains(char::is_control) {
        return Err(Error::invalid(field, format!("one line of at most {MAX_FIELD} characters")));
    }
    Ok(Some(text))
}
