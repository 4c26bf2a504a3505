//! What a batch of texts will write, worked out in memory between the two reads and the writes.

use std::collections::HashMap;

use lotline_common::{
    At, Id, JobId, LeadId, PhoneNumber, TurnId,
    api::{
        lead::{Floor, FloorKind},
        turn::{Author, AuthorKind, Channel, Turn, TurnKind},
    },
    event::EventKind,
};
use uuid::Uuid;

use super::{Burst, InboundText, Received, statement::Found};
use crate::{
    domain::{floor::FIRST_FENCE, keyword::keyword, organization::OrgKey},
    store::event::NewEvent,
};

/// Rows to write and answers to give.
pub(super) struct Plan<'a> {
    pub(super) received: Vec<Received>,
    pub(super) leads: Vec<LeadRow<'a>>,
    pub(super) turns: Vec<TurnRow<'a>>,
    pub(super) events: Vec<(OrgKey, At, NewEvent)>,
    pub(super) jobs: Vec<JobRow>,
    burst: Burst,
    by_phone: HashMap<(OrgKey, &'a PhoneNumber), usize>,
    by_sid: HashMap<(OrgKey, &'a str), usize>,
}

/// A lead of the batch: new, or with what it had before.
pub(super) struct LeadRow<'a> {
    pub(super) org: OrgKey,
    pub(super) id: LeadId,
    pub(super) is_new: bool,
    pub(super) phone: &'a PhoneNumber,
    pub(super) own_number: &'a PhoneNumber,
    pub(super) name: Option<String>,
    pub(super) floor: FloorKind,
    pub(super) opted_out: bool,
    pub(super) waiting_since: At,
    pub(super) turn_seq: i64,
    /// Texts of this batch.
    pub(super) added: i64,
    pub(super) at: At,
}

pub(super) struct TurnRow<'a> {
    pub(super) id: TurnId,
    pub(super) lead: LeadId,
    pub(super) seq: i64,
    pub(super) text: &'a InboundText,
}

pub(super) struct JobRow {
    pub(super) org: OrgKey,
    pub(super) id: JobId,
    pub(super) lead: LeadId,
    pub(super) run_at: i64,
    pub(super) created_at: i64,
}

impl<'a> Plan<'a> {
    pub(super) fn make(texts: &[&'a InboundText], found: &HashMap<usize, Found>, burst: Burst) -> Self {
        let mut plan = Self {
            received: Vec::with_capacity(texts.len()),
            leads: Vec::with_capacity(texts.len()),
            turns: Vec::with_capacity(texts.len()),
            events: Vec::with_capacity(texts.len() * 2),
            jobs: Vec::with_capacity(texts.len()),
            burst,
            by_phone: HashMap::with_capacity(texts.len()),
            by_sid: HashMap::with_capacity(texts.len()),
        };
        for (index, &text) in texts.iter().enumerate() {
            let received = plan.add(index, text, found.get(&index));
            plan.received.push(received);
        }
        plan
    }

    fn add(&mut self, index: usize, text: &'a InboundText, found: Option<&Found>) -> Received {
        if let Some((turn, lead)) = found.and_then(Found::repeated) {
            return Received { lead, turn, repeated: true, keyword: None };
        }
        let twin =
            self.by_sid.get(&(text.org, text.sid.as_str())).and_then(|&first| self.received.get(first));
        if let Some(first) = twin {
            return Received { repeated: true, keyword: None, ..*first };
        }
        self.by_sid.insert((text.org, &text.sid), index);
        let lead = self.lead_of(text, found);
        let turn = text.id;
        let Some(row) = self.leads.get_mut(lead) else {
            return Received { lead: LeadId::new(), turn, repeated: true, keyword: None };
        };
        row.turn_seq += 1;
        row.added += 1;
        (row.own_number, row.at) = (&text.to, text.at);
        let keyword = keyword(&text.body, row.opted_out);
        let (id, seq) = (row.id, row.turn_seq);
        let event = turn_added(row, turn, text);
        if row.is_new && row.added == 1 {
            let created = lead_created(row);
            self.events.push((text.org, text.at, created));
        }
        self.events.push((text.org, text.at, event));
        if row.floor == FloorKind::Ai && !row.opted_out && keyword.is_none() {
            self.reply(text, id);
        }
        self.turns.push(TurnRow { id: turn, lead: id, seq, text });
        Received { lead: id, turn, repeated: false, keyword }
    }

    fn lead_of(&mut self, text: &'a InboundText, found: Option<&Found>) -> usize {
        let (leads, next) = (&mut self.leads, self.by_phone.len());
        *self.by_phone.entry((text.org, &text.from)).or_insert_with(|| {
            leads.push(match found.and_then(Found::lead) {
                Some(known) => LeadRow {
                    org: text.org,
                    id: known.id,
                    is_new: false,
                    phone: &text.from,
                    own_number: &text.to,
                    name: known.name,
                    floor: known.floor,
                    opted_out: known.opted_out,
                    waiting_since: known.waiting_since.unwrap_or(text.at),
                    turn_seq: known.turn_seq,
                    added: 0,
                    at: text.at,
                },
                None => LeadRow {
                    org: text.org,
                    id: LeadId::new(),
                    is_new: true,
                    phone: &text.from,
                    own_number: &text.to,
                    name: None,
                    // Short codes are machines: two of them would talk for ever.
                    floor: if text.from.is_short_code() { FloorKind::Nobody } else { FloorKind::Ai },
                    opted_out: found.is_some_and(Found::opted_out),
                    waiting_since: text.at,
                    turn_seq: 0,
                    added: 0,
                    at: text.at,
                },
            });
            next
        })
    }

    /// One job answers a burst; the row that is ready already slides instead.
    fn reply(&mut self, text: &InboundText, lead: LeadId) {
        let run_at = (text.at + self.burst.window).micros();
        let longest = self.burst_max_micros();
        match self.jobs.iter_mut().find(|job| job.lead == lead) {
            Some(job) => job.run_at = run_at.min(job.created_at.saturating_add(longest)),
            None => self.jobs.push(JobRow {
                org: text.org,
                id: Id::new(),
                lead,
                run_at,
                created_at: text.at.micros(),
            }),
        }
    }

    pub(super) fn burst_max_micros(&self) -> i64 {
        i64::try_from(self.burst.max.as_micros()).unwrap_or(i64::MAX)
    }
}

fn customer(row: &LeadRow<'_>) -> Author {
    Author { kind: AuthorKind::Customer, id: None, name: row.name.clone() }
}

fn lead_created(row: &LeadRow<'_>) -> NewEvent {
    let floor = Floor { kind: row.floor, member: None, fence: FIRST_FENCE };
    let created = NewEvent::new(EventKind::LeadCreated).lead(row.id).by(customer(row));
    created.detail(|detail| (detail.floor, detail.opted_out) = (Some(floor), Some(row.opted_out)))
}

fn turn_added(row: &LeadRow<'_>, id: TurnId, text: &InboundText) -> NewEvent {
    let turn = Turn {
        id,
        seq: row.turn_seq,
        kind: TurnKind::Message,
        channel: Some(Channel::Sms),
        author: customer(row),
        text: text.body.clone(),
        at: text.at,
        delivery: None,
        call_id: None,
        media: text.media.clone(),
    };
    let added = NewEvent::new(EventKind::TurnAdded).lead(row.id).by(turn.author.clone()).turn(turn);
    added.detail(|detail| detail.waiting_since = Some(row.waiting_since))
}

/// The 32 digits that `unhex` and PostgreSQL's `uuid` both read.
pub(super) fn hex(uuid: Uuid) -> String {
    uuid.simple().to_string()
}
