//! Functions that only read.

use lotline_common::{
    LeadId, PhoneNumber,
    api::lead::{Lead, LeadSort},
};
use lotlined::{
    db::{DbError, Tx},
    domain::{breaker::Vendor, job::Job, organization::OrgKey},
    store::{
        agent_profile, alarm, api_key, application, audit, breaker, carrier_account, consent, data_key,
        dead_letter, delivery, draft, event, history, idempotency_key, ingest, invite, job, lead, member,
        organization, phone_number, receipt, retention, sealed, thread, turn,
    },
};

use super::{
    calls::asks,
    furnish::{Ids, USER},
    world::Ask,
    writing::once,
};
use crate::store::{at, phone};

/// Whose phone in ours, in the first organization and in that one alone.
const PHONES: [&str; 3] = ["+17205550111", "+17205550121", "+17205550141"];

pub(super) const ASKS: &[(&str, Ask)] = asks! { |tx, org, ids|
    agent_profile::live: agent_profile::live(tx, org).await.map(|row| row.persona);
    alarm::list: alarm::list(tx, org).await;
    api_key::list: api_key::list(tx, org, at(0)).await;
    application::fields: application::fields(tx, org, ids.lead).await;
    application::filled: application::filled(tx, org, ids.lead).await;
    audit::head: audit::head(tx, org).await;
    audit::page: audit_of(tx, org, Some(ids.lead)).await;
    audit::read: audit::read(tx, org, 0, 10).await;
    audit::Chain::begin: audit::Chain::begin(tx, org).await.map(drop);
    audit::Chain::walk: walk(tx, org).await;
    breaker::find: breaker::find(tx, org, Vendor::Carrier).await;
    carrier_account::live: carrier_account::live(tx, org).await.map(|row| row.account_sid);
    consent::newest: newest_consents(tx, org).await;
    consent::since: consents_since(tx, org).await;
    data_key::of: data_key::of(tx, org).await.map(|keys| keys.into_iter().map(|key| key.sealed).collect::<Vec<_>>());
    data_key::of_erasure: data_key::of_erasure(tx, org).await;
    data_key::of_lead: data_key::of_lead(tx, org, ids.lead).await;
    dead_letter::count: dead_letter::count(tx, org).await;
    dead_letter::find: dead_letter::find(tx, org, ids.dead()).await;
    dead_letter::list: dead_letter::list(tx, org).await;
    delivery::automatic_since: delivery::automatic_since(tx, org, ids.lead, at(-500_000_000)).await;
    delivery::by_client_id: delivery::by_client_id(tx, org, ids.client()).await;
    delivery::find: delivery::find(tx, org, ids.turn()).await;
    delivery::is_claimed: delivery::is_claimed(tx, org, &ids.sid()).await;
    delivery::open_of: delivery::open_of(tx, org, ids.lead).await;
    delivery::said_since: said_since(tx, org, ids).await;
    delivery::underway: delivery::underway(tx, org, &phone("+13035550102"), at(-200_000_000), at(1_000)).await;
    delivery::unsettled: delivery::unsettled(tx, org).await;
    delivery::waiting_from: delivery::waiting_from(tx, org, &phone("+13035550102")).await;
    draft::find: draft::find(tx, org, ids.draft()).await;
    draft::list: draft::list(tx, org, ids.lead).await;
    event::after: event::after(tx, org, 0, 100).await;
    event::of_lead: event::of_lead(tx, org, ids.lead, (0, 100)).await;
    event::newest: event::newest(tx, &[org]).await;
    event::present: event::present(tx, org).await;
    history::counts: history::counts(tx, org, ids.lead).await;
    history::newest: history::newest(tx, org, ids.lead, 10).await.map(|said| format!("{:?}", said.len()));
    history::promises: history::promises(tx, org, ids.lead, 10).await.map(|said| format!("{:?}", said.len()));
    idempotency_key::answered: idempotency_key::answered(tx, &once(org, *ids), at(-100)).await
        .map(|found| found.map(|found| found.request));
    invite::open: invite::open(tx, org, at(0)).await;
    job::waiting: job::waiting(tx, org, Job::ForgetReceipts.kind()).await;
    lead::by_phone: leads_by_phone(tx, org).await;
    lead::consents: lead::consents(tx, org, ids.lead, None, 10).await;
    lead::exists: lead::exists(tx, org, ids.lead).await;
    lead::conversation: lead::conversation(tx, org, ids.lead).await;
    lead::find: lead::find(tx, org, ids.lead).await;
    lead::is_held: lead::is_held(tx, org, ids.lead).await;
    lead::known: lead::known(tx, org, ids.lead).await;
    lead::page: every_page(tx, org).await;
    lead::recognised: lead::recognised(tx, org, b"phone".to_vec()).await;
    member::all: member::all(tx, org).await;
    member::find: member::find(tx, org, USER).await;
    member::list: member::list(tx, org).await;
    organization::find: organization::find(tx, org).await;
    phone_number::held: held(tx, org).await;
    ingest::stored: stored(tx, org, ids).await;
    phone_number::list: phone_number::list(tx, org).await;
    phone_number::listed: phone_number::listed(tx, org, ids.number()).await;
    phone_number::traffic: phone_number::traffic(tx, org).await;
    receipt::of_deliveries: receipt::of_deliveries(tx, org, ids.lead).await;
    retention::settings: retention::settings(tx, org).await;
    retention::unused_applications: retention::unused_applications(tx, org, at(-50_000_000), 10).await;
    sealed::under_another: under_another(tx, org).await;
    thread::read: thread::read(tx, org, ids.lead).await;
    turn::find: turns(tx, org, ids).await;
    turn::newest_of_customer: turn::newest_of_customer(tx, org, ids.lead).await;
    turn::page: turn::page(tx, org, ids.lead, None, 10).await;
};

async fn audit_of(tx: &mut Tx, org: OrgKey, lead: Option<LeadId>) -> Result<String, DbError> {
    let lines = audit::page(tx, org, &audit::Filter { lead, ..audit::Filter::default() }, None, 10).await?;
    Ok(format!("{lines:?}"))
}

async fn walk(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let chain = audit::Chain::begin(tx, org).await?;
    Ok(format!("{:?}", chain.walk(tx).await?))
}

async fn newest_consents(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let mut found = Vec::new();
    for number in PHONES {
        found.push(consent::newest(tx, org, &phone(number)).await?);
    }
    Ok(format!("{found:?}"))
}

async fn consents_since(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let mut found = Vec::new();
    for number in PHONES {
        found.push(consent::since(tx, org, &phone(number), at(-500_000_000)).await?);
    }
    Ok(format!("{found:?}"))
}

async fn leads_by_phone(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let mut found = Vec::new();
    for number in PHONES {
        found.push(lead::by_phone(tx, org, &phone(number)).await?);
    }
    Ok(format!("{found:?}"))
}

/// What was said to whom, asked of everybody.
async fn stored(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<String, DbError> {
    let (mut found, sid) = (Vec::new(), ids.sid_said());
    for number in PHONES.into_iter().chain(["+17205550112"]) {
        found.push(ingest::stored(tx, org, &[(&phone(number), &sid)]).await?);
    }
    Ok(format!("{found:?}"))
}

/// Every sort, and every way to search: by one word and by several, by what stands within one, who somebody is and what
/// was said.
async fn every_page(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let mut pages: Vec<Vec<Lead>> = Vec::new();
    for sort in [LeadSort::Waiting, LeadSort::Recent, LeadSort::Created, LeadSort::Name] {
        pages.push(lead::page(tx, org, &lead::Filter::default(), sort, None, 10).await?.0);
    }
    for words in [
        "ours",
        "before",
        "efore",
        "answered",
        "7205550121",
        "ours customer",
        "before customer",
        "ours answered",
    ] {
        let words = words.split(' ').map(str::to_owned).collect();
        let filter = lead::Filter { words, ..lead::Filter::default() };
        pages.push(lead::page(tx, org, &filter, LeadSort::Recent, None, 10).await?.0);
    }
    Ok(format!("{pages:?}"))
}

/// Their number asked for as ours, and ours.
async fn held(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let numbers: [PhoneNumber; 2] = [phone("+13035550101"), phone("+13035550102")];
    let found = phone_number::held(tx, numbers.iter().map(|number| (org, number))).await?;
    let mut found: Vec<String> = found.iter().map(|found| format!("{found:?}")).collect();
    found.sort_unstable();
    Ok(format!("{found:?}"))
}

async fn under_another(tx: &mut Tx, org: OrgKey) -> Result<String, DbError> {
    let mut found = Vec::new();
    for column in sealed::COLUMNS {
        let mut rows = sealed::under_another(tx, org, *column, b"none".to_vec(), 10).await?;
        rows.sort_unstable();
        found.push(rows);
    }
    Ok(format!("{found:?}"))
}

/// What the AI said and what the customer did: each is shown with another name.
async fn turns(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<String, DbError> {
    let (ai, customer) = (turn::find(tx, org, ids.turn()).await?, turn::find(tx, org, ids.said()).await?);
    Ok(format!("{ai:?} {customer:?}"))
}

async fn said_since(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<[bool; 2], DbError> {
    let mut said = [false; 2];
    for (said, words) in said.iter_mut().zip(["ours wrote", "not ours wrote"]) {
        *said = delivery::said_since(tx, org, ids.lead, words, 0, at(-1_700_000_000)).await?;
    }
    Ok(said)
}
