//! What an operator of the installation asks about a phone: is it a customer, whose turn is it, may we text them?

use lotline_common::{
    LeadId, PhoneNumber,
    api::{
        audit::AuditAction,
        consent::{Consent, ContactAnswer, Purpose},
        lead::Lead,
        turn::Turn,
    },
    event::EventKind,
};
use serde::Serialize;

use super::{by_system, check_contact};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{audit::Entry, organization::OrgKey},
    error::Result,
    store::{self, event::NewEvent},
};

/// How far back messages and consents are shown.
const NEWEST: i64 = 10;

/// What one organization has to do with a phone.
#[derive(Debug, Serialize)]
pub struct Explanation {
    pub phone: PhoneNumber,
    /// The organization's slug.
    pub organization: String,
    /// `None`: nobody with this phone is a customer there.
    pub customer: Option<Customer>,
}

/// A lead with what decides whether they may be texted.
#[derive(Debug, Serialize)]
pub struct Customer {
    pub lead: Lead,
    /// The gate, for an answer and for a message of one's own accord.
    pub reply: ContactAnswer,
    pub conversation: ContactAnswer,
    /// Newest first, as are the messages.
    pub consents: Vec<Consent>,
    pub messages: Vec<Turn>,
}

/// What a phone means.
#[derive(Debug)]
pub enum Meaning {
    /// It was asked in an installation of several organizations without naming one: nothing is shown.
    Ambiguous,
    Clear(Box<Explanation>),
}

/// Without `slug` only an installation of one organization answers; a guess would show one store another's customer.
pub async fn run(app: &App, phone: PhoneNumber, slug: Option<&str>) -> Result<Meaning> {
    let mut tx = app.db.read(Scope::System).await?;
    let mut organizations = store::organization::all(&mut tx).await?;
    drop(tx);
    organizations.retain(|organization| slug.is_none_or(|slug| organization.public.slug == slug));
    let Some(organization) = organizations.pop() else {
        return Err(DbError::NotFound.into());
    };
    if !organizations.is_empty() {
        warn(app, phone).await?;
        return Ok(Meaning::Ambiguous);
    }
    let mut tx = app.db.read(Scope::Org(organization.key)).await?;
    let customer = match store::lead::by_phone(&mut tx, organization.key, &phone).await? {
        Some(lead) => Some(customer(app, &mut tx, organization.key, lead, &phone).await?),
        None => None,
    };
    Ok(Meaning::Clear(Box::new(Explanation { phone, organization: organization.public.slug, customer })))
}

async fn customer(
    app: &App,
    tx: &mut Tx,
    org: OrgKey,
    lead: LeadId,
    phone: &PhoneNumber,
) -> Result<Customer> {
    let thread = store::thread::read(tx, org, lead).await?;
    let ask = |purpose| check_contact::answer(&thread, phone, purpose, app.clock.now());
    let (reply, conversation) = (ask(Purpose::Reply), ask(Purpose::Conversation));
    let consents = store::lead::consents(tx, org, lead, None, NEWEST).await?;
    let mut messages = store::turn::page(tx, org, lead, None, 10 * NEWEST).await?;
    messages.retain(|turn| turn.delivery.is_some());
    messages.truncate(usize::try_from(NEWEST).unwrap_or(usize::MAX));
    Ok(Customer {
        lead: store::lead::find(tx, org, lead).await?,
        reply,
        conversation,
        consents: consents.into_iter().map(|(_, consent)| consent).collect(),
        messages,
    })
}

/// Every organization that has this customer learns that somebody asked without saying for whom.
async fn warn(app: &App, phone: PhoneNumber) -> Result<()> {
    let now = app.clock.now();
    app.db
        .write(Scope::System, move |tx| {
            Box::pin(async move {
                for organization in store::organization::all(tx).await? {
                    let org = organization.key;
                    if let Some(lead) = store::lead::by_phone(tx, org, &phone).await? {
                        let alert =
                            NewEvent::new(EventKind::SecurityAlert).lead(lead).by(by_system().author());
                        let alert =
                            alert.detail(|detail| detail.reason = Some("ambiguous_phone_lookup".into()));
                        store::event::append(tx, org, now, alert).await?;
                        let entry = Entry::new(AuditAction::LookupAmbiguous, by_system()).on(lead);
                        store::audit::append(tx, org, now, entry).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}
