//! Everything that can happen to the console, with the moment at which it did.

use std::time::Duration;

use lotline_common::{
    At, DraftId, LeadId, Page, TurnId,
    api::{
        alarm::Alarm,
        audit::AuditLine,
        auth::Session,
        consent::{Consent, ContactAnswer},
        draft::Draft,
        lead::{FloorChanged, Lead},
        message::Recalled,
        organization::Member,
        turn::Turn,
    },
    client::Error,
    stream::StreamUpdate,
};
use uuid::Uuid;

use crate::{call::Answer, key::Key, model::inbox::Source};

#[derive(Debug)]
pub struct Msg {
    pub at: At,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Key(Key),
    Paste(String),
    Click {
        column: u16,
        row: u16,
    },
    /// Lines; downwards is positive.
    Wheel {
        column: u16,
        row: u16,
        lines: i32,
    },
    Resize {
        columns: u16,
        rows: u16,
    },
    /// A deadline of the model's has come.
    Tick,
    Stream(StreamUpdate),
    RoundTrip(Duration),
    SignedIn(Result<Box<Session>, Error>),
    Leads {
        source: Source,
        q: Option<String>,
        first: bool,
        asked: i64,
        page: Result<Page<Lead>, Error>,
    },
    Lead {
        id: LeadId,
        asked: i64,
        lead: Result<Box<Lead>, Error>,
    },
    Timeline {
        id: LeadId,
        older: bool,
        asked: i64,
        page: Result<Page<Turn>, Error>,
    },
    Drafts {
        id: LeadId,
        drafts: Result<Vec<Draft>, Error>,
    },
    Alarms(Result<Page<Alarm>, Error>),
    Members(Result<Vec<Member>, Error>),
    Audit(Result<Page<AuditLine>, Error>),
    Team(Answer),
    Sent {
        id: LeadId,
        client_id: Uuid,
        turn: Result<Box<Turn>, Error>,
    },
    /// What `ApplyTheme` led to.
    Themed(crate::theme::Theme),
    Recalled {
        id: LeadId,
        turn: TurnId,
        recalled: Result<Box<Recalled>, Error>,
    },
    Resolved {
        id: LeadId,
        done: Result<(), Error>,
    },
    FloorSet {
        id: LeadId,
        floor: Result<FloorChanged, Error>,
    },
    DraftGone {
        id: LeadId,
        draft: DraftId,
        done: Result<(), Error>,
    },
    Edited {
        id: LeadId,
        lead: Result<Box<Lead>, Error>,
    },
    Created(Result<Box<Lead>, Error>),
    Noted {
        id: LeadId,
        turn: Result<Box<Turn>, Error>,
    },
    ConsentRecorded {
        id: LeadId,
        consent: Result<Consent, Error>,
    },
    Checked {
        id: LeadId,
        answer: Result<ContactAnswer, Error>,
    },
    /// Something of this computer's failed, such as writing the drafts.
    Trouble(String),
}
