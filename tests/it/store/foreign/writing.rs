//! Functions that write.

use std::time::Duration;

use lotline_common::{
    AgentProfileId, ApiKeyId, At, CarrierAccountId, DraftId, InviteId, LeadId, PhoneNumberId, ReceiptId,
    UserId,
    api::{
        alarm::AlarmKind,
        api_key::ApiKey,
        application::ApplicationField,
        audit::AuditAction,
        auth::{Organization, Role},
        consent::{ConsentKind, ConsentSource},
        draft::Draft,
        invite::OpenInvite,
        lead::Sentiment,
        message::DeliveryState,
        organization::{AgentConnect, AgentProvider, CarrierProvider, OwnNumber, VoiceMode},
        retention::RecordClass,
        turn::{Author, AuthorKind},
    },
    event::EventKind,
};
use lotlined::{
    db::{DbError, Tx},
    domain::{
        audit::{Actor, Entry, Origin},
        breaker::{Breaker, Vendor},
        floor::{FloorTarget, Handoff},
        job::Job,
        mention::Mention,
        once::Once,
        organization::OrgKey,
        pace::share,
        silence::Traffic,
    },
    store::{
        agent_profile::{self, SealedProfile},
        alarm, api_key, application, audit, breaker,
        carrier_account::{self, SealedAccount},
        consent::{self, NewConsent},
        data_key::{self, SealedKey},
        dead_letter, delivery, draft,
        event::{self, NewEvent},
        floor, idempotency_key, ingest, invite,
        job::{self, Claim, Lease},
        lead, member, organization, pace, phone_number,
        receipt::{self, NewReceipt},
        retention, sealed, search, session,
        thread::{self, NewTurn},
    },
};
use uuid::Uuid;

use super::{
    calls::asks,
    furnish::{FAY, Ids, SESSION, USER},
    world::Ask,
};
use crate::store::{BURST, at, inbound, phone, queued};

const NAME: ApplicationField = ApplicationField::Name;
const MESSAGES: RecordClass = RecordClass::Messages;
/// Before it everything is old.
const OLD: At = At::from_micros(1_650_000_000_000_000);
const LEASE: Duration = Duration::from_secs(30);

pub(super) const ASKS: &[(&str, Ask)] = asks! { |tx, org, ids|
    agent_profile::replace: agent_profile::replace(tx, org, profile(org), at(9)).await;
    alarm::clear: alarm::clear(tx, org, AlarmKind::NumberSilent, None).await;
    alarm::raise: alarm::raise(tx, org, AlarmKind::DiskFull, None, at(9)).await;
    api_key::insert: api_key::insert(tx, org, &api_key(), vec![9]).await;
    api_key::revoke: api_key::revoke(tx, org, ids.key(), at(9)).await;
    api_key::revoke_of: api_key::revoke_of(tx, org, USER, at(9)).await;
    application::empty: application::empty(tx, org, ids.lead, vec![NAME]).await;
    application::put: application::put(tx, org, ids.lead, [(NAME, vec![9])].into(), USER, at(9)).await;
    audit::append: audit::append(tx, org, at(9), read_by_us(ids.lead)).await;
    audit::append_once: audit::append_once(tx, org, at(101), read_by_us(ids.lead), LEASE).await;
    audit::cut: audit::cut(tx, org, at(50), 1).await;
    breaker::open: breaker::open(tx, org, Vendor::Carrier).await;
    breaker::save: save_breaker(tx, org).await;
    carrier_account::replace: carrier_account::replace(tx, org, account(org), at(9)).await;
    consent::record: record(tx, org, ids).await;
    data_key::destroy_of_lead: data_key::destroy_of_lead(tx, org, ids.lead).await;
    data_key::insert: data_key::insert(tx, key(org, 3), at(9)).await;
    data_key::insert_of_erasure: data_key::insert_of_erasure(tx, org, Uuid::nil(), vec![9], at(9)).await;
    data_key::insert_of_lead: data_key::insert_of_lead(tx, org, ids.lead, vec![9], at(9)).await;
    data_key::lock: data_key::lock(tx, org).await.map(|keys| keys.len());
    data_key::remove_before: data_key::remove_before(tx, org, 2).await;
    data_key::reseal: data_key::reseal(tx, key(org, 1)).await;
    data_key::share: data_key::share(tx, org).await.map(|keys| keys.len());
    dead_letter::remove: dead_letter::remove(tx, org, ids.dead()).await;
    dead_letter::revive: dead_letter::revive(tx, org, ids.dead(), at(9)).await;
    delivery::insert: send(tx, org, ids).await;
    delivery::open: delivery::open(tx, org, ids.turn()).await;
    delivery::save: save(tx, org, ids).await;
    draft::edit: draft::edit(tx, org, ids.draft(), "Mine now".into()).await;
    draft::insert: draft::insert(tx, org, &draft_of(ids.lead)).await;
    draft::remove: draft::remove(tx, org, at(9), ids.lead, ids.draft()).await;
    event::append: event::append(tx, org, at(9), NewEvent::new(EventKind::LeadUpdated).lead(ids.lead));
    event::leave_out: event::leave_out(tx, org, 9).await;
    floor::hand_off: hand_off(tx, org, ids.lead).await;
    floor::put: put(tx, org, ids.lead).await;
    idempotency_key::answer: idempotency_key::answer(tx, org, ids.answered(), vec![9]).await;
    idempotency_key::take: idempotency_key::take(tx, &once(org, *ids), at(9), at(-9)).await.map(|id| id.is_some());
    ingest::receive: receive(tx, org, ids).await;
    invite::accept: invite::accept(tx, org, ids.invite(), at(9)).await;
    invite::insert: invite::insert(tx, org, &open_invite(), vec![9]).await;
    invite::revoke: invite::revoke(tx, org, ids.invite(), at(9)).await;
    job::again: job::again(tx, &claim(org, ids), at(9), "failed").await;
    job::bury: job::bury(tx, &claim(org, ids), at(9), "failed").await;
    job::cancel: job::cancel(tx, org, ids.lead, Job::ForgetReceipts.kind()).await;
    job::cancel_all: job::cancel_all(tx, org, ids.lead).await;
    job::enqueue: job::enqueue(tx, org, ids.lead, Job::ReplyWithAgent, at(9), at(9)).await;
    job::extend: job::extend(tx, &claim(org, ids), Lease { steady: at(9), length: LEASE }).await;
    job::finish: job::finish(tx, &claim(org, ids)).await;
    job::holds: job::holds(tx, &claim(org, ids)).await;
    job::put_off: job::put_off(tx, &claim(org, ids), at(9), "paused", Some(Vendor::Carrier)).await;
    job::wake: job::wake(tx, org, Vendor::Carrier, at(9)).await;
    lead::change: change(tx, org, ids.lead).await;
    lead::erase: lead::erase(tx, org, ids.lead, at(9)).await;
    lead::insert: lead::insert(tx, org, USER, at(9), &new_lead()).await;
    lead::learn: lead::learn(tx, org, ids.lead, at(9), &mention()).await;
    lead::set_hold: hold(tx, org, ids.lead).await;
    lead::tombstone: lead::tombstone(tx, org, ids.lead, None, at(9)).await;
    member::change: member::change(tx, org, USER, Role::Viewer, None).await;
    member::remove: member::remove(tx, org, USER).await;
    member::set: member::set(tx, org, USER, Role::Viewer, at(9)).await;
    organization::hold: organization::hold(tx, org).await;
    organization::update: rename(tx, org).await;
    pace::take: pace::take(tx, org, &phone("+13035550102"), share(1, 1), at(9)).await;
    phone_number::delete: phone_number::delete(tx, org, ids.number()).await;
    phone_number::set_listed: phone_number::set_listed(tx, org, ids.number(), at(9), 2).await;
    phone_number::set_traffic: phone_number::set_traffic(tx, org, ids.number(), &Traffic::new(9)).await;
    phone_number::insert: phone_number::insert(tx, org, &own_number(), at(9)).await;
    phone_number::update: phone_number::update(tx, org, &OwnNumber { id: ids.number(), ..own_number() }).await;
    receipt::insert: receipt::insert(tx, org, at(9), new_receipt()).await;
    receipt::remove: receipt::remove(tx, org, vec![ids.receipt()]).await;
    retention::any_hold: any_hold(tx, org, ids.lead).await;
    retention::consents: retention::consents(tx, org, OLD, 10).await;
    retention::destroy_application: retention::destroy_application(tx, org, ids.lead).await;
    retention::done: retention::done(tx, org, MESSAGES, at(9)).await;
    retention::drafts: retention::drafts(tx, org, OLD, 10).await;
    retention::look_again: retention::look_again(tx, org).await;
    retention::messages: retention::messages(tx, org, At::from_micros(0), OLD, 10).await;
    retention::receipts: retention::receipts(tx, org, OLD, 10).await;
    retention::set: retention::set(tx, org, MESSAGES, Some(9)).await;
    sealed::replace: seal_again(tx, org, ids).await;
    search::advance: advance(tx, org, ids.lead).await;
    search::forget: search::forget(tx, org, ids.lead).await;
    search::forget_before: forget_before(tx, org).await;
    session::insert_token: session::insert_token(tx, SESSION, org, vec![9], (at(0), at(9))).await;
    session::move_to: session::move_to(tx, SESSION, org).await;
    session::revoke_in: session::revoke_in(tx, org, USER, at(9), "test").await;
    thread::add: add(tx, org, ids.lead).await;
    thread::open: thread::open(tx, org, ids.lead).await;
    thread::settle: settle(tx, org, ids.lead).await;
    thread::unsaid: unsaid(tx, org, ids).await;
};

pub(super) fn once(org: OrgKey, ids: Ids) -> Once {
    let key = if ids.lead == FAY.lead { "theirs" } else { "once" };
    Once { org, user: USER, key: key.to_owned(), request: vec![9] }
}

fn us() -> Author {
    Author { kind: AuthorKind::Member, id: Some(USER.uuid()), name: None }
}

fn read_by_us(lead: LeadId) -> Entry {
    Entry::new(AuditAction::LeadRead, Actor::member(USER, "Dana Example".into(), Origin::default())).on(lead)
}

fn profile(org: OrgKey) -> SealedProfile {
    SealedProfile {
        organization_id: org.number(),
        id: AgentProfileId::new(),
        provider: AgentProvider::Elevenlabs,
        agent_id: "agent".into(),
        api_key: vec![9],
        connect: AgentConnect::SignedUrl,
        persona: "Riley".into(),
        disclosure: String::new(),
        language: "en".into(),
    }
}

fn account(org: OrgKey) -> SealedAccount {
    SealedAccount {
        organization_id: org.number(),
        id: CarrierAccountId::new(),
        provider: CarrierProvider::Twilio,
        account_sid: "AC9".into(),
        auth_token: vec![9],
        auth_token_secondary: None,
        api_key_sid: None,
        api_key_secret: None,
        answers_keywords: false,
    }
}

fn key(org: OrgKey, generation: i64) -> SealedKey {
    SealedKey { organization_id: org.number(), generation, sealed: vec![9] }
}

fn api_key() -> ApiKey {
    let (id, name, role) = (ApiKeyId::new(), "CRM".to_owned(), Role::Agent);
    ApiKey {
        id,
        name,
        role,
        scopes: None,
        made_by: USER,
        created_at: at(0),
        expires_at: at(1_000_000),
        last_used_at: None,
    }
}

fn open_invite() -> OpenInvite {
    let (id, email, role) = (InviteId::new(), "eli@example.com".to_owned(), Role::Agent);
    OpenInvite { id, email, role, invited_by: None, created_at: at(0), expires_at: at(1_000_000) }
}

fn own_number() -> OwnNumber {
    let (id, phone_number) = (PhoneNumberId::new(), phone("+13035550190"));
    OwnNumber { id, phone_number, label: None, sms: true, voice_mode: VoiceMode::RingTeam }
}

fn new_receipt() -> NewReceipt {
    NewReceipt { id: ReceiptId::new(), source: "test", key: "k".into(), body: String::new() }
}

fn new_lead() -> lead::NewLead {
    let phone = phone("+17205550121");
    lead::NewLead { id: LeadId::new(), name: None, vehicle: None, source: None, phone }
}

fn mention() -> Mention {
    Mention { name: Some("Ann".into()), vehicle: None }
}

fn draft_of(lead_id: LeadId) -> Draft {
    let (id, text, reason) = (DraftId::new(), "Tomorrow?".to_owned(), "recalled".to_owned());
    Draft { id, lead_id, author: us(), text, reason, at: at(9) }
}

/// One row of ours is removed, one of the other vendor's is written.
async fn save_breaker(tx: &mut Tx, org: OrgKey) -> Result<(), DbError> {
    breaker::save(tx, org, Vendor::Carrier, Breaker::CLOSED).await?;
    breaker::save(tx, org, Vendor::Carrier, Breaker { failures: 9, ..Breaker::CLOSED }).await
}

fn claim(org: OrgKey, ids: &Ids) -> Claim {
    let (lead, job) = (Some(ids.lead), Job::ReplyWithAgent);
    Claim { org, id: ids.job(), lead, job, attempts: 1, fence: 1, created_at: at(0) }
}

async fn record(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<(), DbError> {
    let mut thread = thread::open(tx, org, ids.lead).await?;
    let (phone, source) = (phone("+17205550111"), ConsentSource::Member);
    let new = NewConsent {
        kind: ConsentKind::OptOut,
        phone,
        source,
        turn: None,
        member: None::<UserId>,
        note: None,
    };
    consent::record(tx, &mut thread, at(9), us(), new).await
}

async fn send(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<(), DbError> {
    let thread = thread::open(tx, org, ids.lead).await?;
    delivery::insert(tx, &thread, ids.said(), at(9), &queued(phone("+17205550111"), at(9))).await
}

/// As an action does it; what is not there is saved as if it had been.
async fn save(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<(), DbError> {
    let mut sending = delivery::find(tx, org, super::furnish::ANN.turn()).await?;
    sending.state = DeliveryState::Recalled;
    (sending.turn_id, sending.lead_id) = (ids.turn(), ids.lead);
    delivery::save(tx, org, at(9), &sending).await
}

async fn put(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    let mut thread = thread::open(tx, org, lead).await?;
    floor::put(tx, &mut thread, at(9), FloorTarget::Member(USER), us(), "Dana took over.".into())
        .await
        .map(drop)
}

async fn hand_off(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    let mut thread = thread::open(tx, org, lead).await?;
    floor::hand_off(tx, &mut thread, at(9), Handoff::NoAgent).await
}

/// From somebody known, from somebody whom only others know, and a text that only others had before.
async fn receive(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<String, DbError> {
    let mut received = Vec::new();
    for (customer, sid) in [(11, "SMnew1"), (21, "SMnew2"), (41, "SMnew3"), (12, &*ids.sid_said())] {
        let text = inbound(org, sid, customer, "Hello", 9);
        received.extend(ingest::receive(tx, &[&text], BURST).await?);
    }
    Ok(format!("{received:?}"))
}

async fn change(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    let before = lead::find(tx, org, super::furnish::ANN.lead).await?;
    let change = lead::Change {
        name: Some(Some("Ann".into())),
        status: None,
        sentiment: Some(lead::SentimentChange { sentiment: Some(Sentiment::Warm), at: at(9) }),
        assigned_to: None,
        vehicle: None,
        tags: None,
    };
    lead::change(tx, org, lead, at(9), &before, change).await
}

async fn rename(tx: &mut Tx, org: OrgKey) -> Result<(), DbError> {
    let found = organization::find(tx, org).await?.public;
    organization::update(tx, org, &Organization { name: "Another".into(), ..found }).await
}

async fn hold(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<bool, DbError> {
    lead::set_hold(tx, org, lead, true).await?;
    lead::set_hold(tx, org, lead, false).await
}

/// Ours are held no more; the others' are.
async fn any_hold(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<bool, DbError> {
    lead::set_hold(tx, org, lead, false).await?;
    retention::any_hold(tx, org).await
}

async fn seal_again(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<(), DbError> {
    for column in sealed::COLUMNS {
        let values = (b"sealed".to_vec(), b"sealed anew".to_vec());
        sealed::replace(tx, org, *column, ids.row(column.table), values).await?;
    }
    Ok(())
}

/// Over events of which some others' tell of a lead that ours do not.
async fn advance(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<bool, DbError> {
    search::forget(tx, org, lead).await?;
    search::advance(tx, org, 17).await
}

/// Of what was said a part is old.
async fn forget_before(tx: &mut Tx, org: OrgKey) -> Result<(), DbError> {
    search::advance(tx, org, 17).await?;
    search::forget_before(tx, org, At::from_micros(3)).await
}

async fn add(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    let mut thread = thread::open(tx, org, lead).await?;
    thread::add(tx, &mut thread, at(9), NewTurn::marker("Noted.".into())).await.map(drop)
}

async fn settle(tx: &mut Tx, org: OrgKey, lead: LeadId) -> Result<(), DbError> {
    let mut thread = thread::open(tx, org, lead).await?;
    thread::settle(tx, &mut thread).await
}

/// Nothing of ours was said; the same messages of the others were.
async fn unsaid(tx: &mut Tx, org: OrgKey, ids: &Ids) -> Result<(), DbError> {
    let (mut sending, mut thread) = delivery::open(tx, org, ids.turn()).await?;
    sending.state = DeliveryState::Failed;
    delivery::save(tx, org, at(9), &sending).await?;
    thread::unsaid(tx, &mut thread, at(9)).await
}
