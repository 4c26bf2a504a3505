//! How a row becomes the lead that operators see.

use lotline_common::{
    At, LeadId, UserId,
    api::{
        lead::{Floor, FloorKind, LastTurn, Lead, LeadStatus, MemberRef, Sentiment},
        turn::{AuthorKind, Channel},
    },
};
use serde::{Deserialize, Deserializer};

/// A [`LeadRow`] as SQLite writes it: one JSON array, since each row and each value costs more than its text. The aliases are
/// those of `joins`.
macro_rules! row_on_sqlite {
    () => {
        "json_array(hex(l.id), l.name, l.sort_name, l.status, l.sentiment, l.floor_kind,
             NULLIF(hex(l.floor_member), ''), fm.name, l.floor_fence, NULLIF(hex(l.assigned_to), ''), am.name,
             l.waiting_since, l.last_turn_at, l.unread, json(l.tags), l.source, l.vehicle, l.opted_out, l.created_at,
             l.turn_seq, l.version, t.text, t.author_kind, t.channel, t.at,
             (SELECT json_group_array(json_array(c.kind, c.value, c.created_at)) FROM lead_contacts c
              WHERE c.lead_id = l.id AND c.organization_id = l.organization_id))"
    };
}

/// The same of PostgreSQL.
macro_rules! row_on_postgres {
    () => {
        "json_build_array(l.id, l.name, l.sort_name, l.status, l.sentiment, l.floor_kind,
             l.floor_member, fm.name, l.floor_fence, l.assigned_to, am.name,
             l.waiting_since, l.last_turn_at, l.unread, l.tags::json, l.source, l.vehicle, l.opted_out::int, l.created_at,
             l.turn_seq, l.version, t.text, t.author_kind, t.channel, t.at,
             (SELECT COALESCE(json_agg(json_build_array(c.kind, c.value, c.created_at)), '[]') FROM lead_contacts c
              WHERE c.lead_id = l.id AND c.organization_id = l.organization_id))"
    };
}

/// The last thing said, and the names of the members who hold the floor and the lead.
macro_rules! joins {
    () => {
        " LEFT JOIN turns t ON t.lead_id = l.id AND t.organization_id = l.organization_id AND t.seq = l.said_seq
          LEFT JOIN users fm ON fm.id = l.floor_member
          LEFT JOIN users am ON am.id = l.assigned_to"
    };
}

pub(super) use {joins, row_on_postgres, row_on_sqlite};

/// A lead in the order of the engines' arrays.
#[derive(Debug, Deserialize)]
pub(super) struct LeadRow {
    pub(super) id: LeadId,
    pub(super) name: Option<String>,
    /// The name as its engine sorts it: engines do not agree on lower case beyond ASCII.
    pub(super) sort_name: Option<String>,
    status: LeadStatus,
    sentiment: Option<Sentiment>,
    pub(super) floor_kind: FloorKind,
    floor_member: Option<UserId>,
    floor_member_name: Option<String>,
    floor_fence: i64,
    assigned_to: Option<UserId>,
    assigned_name: Option<String>,
    #[serde(deserialize_with = "moment")]
    pub(super) waiting_since: Option<At>,
    #[serde(deserialize_with = "micros")]
    pub(super) last_turn_at: At,
    unread: i64,
    tags: Vec<String>,
    source: Option<String>,
    vehicle: Option<String>,
    /// 0 or 1: SQLite has no booleans.
    opted_out: u8,
    #[serde(deserialize_with = "micros")]
    created_at: At,
    turn_seq: i64,
    version: i64,
    last_text: Option<String>,
    last_author: Option<AuthorKind>,
    last_channel: Option<Channel>,
    #[serde(deserialize_with = "moment")]
    last_at: Option<At>,
    contacts: Vec<Contact>,
}

#[derive(Debug, Deserialize)]
struct Contact {
    kind: ContactKind,
    value: String,
    created_at: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContactKind {
    Phone,
    Email,
}

fn micros<'de, D: Deserializer<'de>>(deserializer: D) -> Result<At, D::Error> {
    i64::deserialize(deserializer).map(At::from_micros)
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<At>, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map(At::from_micros))
}

impl From<LeadRow> for Lead {
    fn from(row: LeadRow) -> Self {
        let (mut phones, mut emails, mut contacts) = (Vec::new(), Vec::new(), row.contacts);
        contacts.sort_unstable_by(|a, b| (a.created_at, &a.value).cmp(&(b.created_at, &b.value)));
        for contact in contacts {
            match contact.kind {
                ContactKind::Email => emails.push(contact.value),
                ContactKind::Phone => match contact.value.parse() {
                    Ok(phone) => phones.push(phone),
                    Err(_) => tracing::warn!(lead = %row.id, "a stored phone number is not one"),
                },
            }
        }
        Self {
            id: row.id,
            name: row.name,
            phones,
            emails,
            status: row.status,
            sentiment: row.sentiment,
            floor: Floor {
                kind: row.floor_kind,
                member: member(row.floor_member, row.floor_member_name),
                fence: row.floor_fence,
            },
            assigned_to: member(row.assigned_to, row.assigned_name),
            waiting_since: row.waiting_since,
            last_turn: last_turn(row.last_text, row.last_author, row.last_channel, row.last_at),
            unread: row.unread,
            tags: row.tags,
            source: row.source,
            vehicle: row.vehicle,
            opted_out: row.opted_out == 1,
            created_at: row.created_at,
            turn_seq: row.turn_seq,
            version: row.version,
        }
    }
}

fn member(id: Option<UserId>, name: Option<String>) -> Option<MemberRef> {
    id.zip(name).map(|(id, name)| MemberRef { id, name })
}

fn last_turn(
    text: Option<String>,
    author: Option<AuthorKind>,
    channel: Option<Channel>,
    at: Option<At>,
) -> Option<LastTurn> {
    Some(LastTurn { text: text?, author: author?, channel, at: at? })
}
