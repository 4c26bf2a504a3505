//! What an operator of the installation asks about a phone: is it a customer, whose turn is it, may we text them?

use lotline_common::{
    LeadId, PhoneNumber,
    api::{
        audit::AuditAction,
        consent::{Consent, ContactAnswer, Purpose},
        lead::Lead,
        turn::Turn,
    },
};
use serde::Serialize;

use super::{by_system, check_contact};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{audit::Entry, organization::OrgKey},
    error::{Error, Result},
    store::{self, organization::OrganizationRow},
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

/// What is shown of a customer is told in the organization's audit log first.
pub async fn run(app: &App, phone: PhoneNumber, organization: &OrganizationRow) -> Result<Explanation> {
    let (org, now) = (organization.key, app.clock.now());
    let lead = store::lead::by_phone(&mut app.db.read(Scope::Org(org)).await?, org, &phone).await?;
    let customer = match lead {
        Some(lead) => {
            let entry = Entry::new(AuditAction::LeadRead, by_system()).on(lead);
            let told = app.db.write(Scope::Org(org), move |tx| {
                Box::pin(async move { store::audit::append(tx, org, now, entry).await })
            });
            told.await.map_err(|error: DbError| Error::from(error))?;
            Some(customer(app, &mut app.db.read(Scope::Org(org)).await?, org, lead, &phone).await?)
        }
        None => None,
    };
    Ok(Explanation { phone, organization: organization.public.slug.clone(), customer })
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
