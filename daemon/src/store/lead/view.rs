//! How a row becomes the lead that operators see.

use std::collections::HashMap;

use lotline_common::{
    At, LeadId, PhoneNumber, UserId,
    api::{
        lead::{Floor, FloorKind, LastTurn, Lead, LeadStatus, MemberRef, Sentiment},
        turn::{AuthorKind, Channel},
    },
};
use sqlx::FromRow;

use crate::{
    db::{DbError, Json, Tx},
    domain::organization::OrgKey,
};

/// Columns of a [`LeadRow`]; the aliases are those of `joins`.
macro_rules! columns {
    () => {
        "l.id, l.name, l.sort_name, l.status, l.sentiment, l.floor_kind, l.floor_member,
         fm.name AS floor_member_name, l.floor_fence, l.assigned_to, am.name AS assigned_name, l.waiting_since,
         l.last_turn_at, l.unread, l.tags, l.source, l.vehicle, l.opted_out, l.created_at, l.turn_seq, l.version,
         t.text AS last_text, t.author_kind AS last_author, t.channel AS last_channel, t.at AS last_at"
    };
}

/// The last thing said (markers and notes are not), and the names of the members who hold the floor and the lead.
macro_rules! joins {
    () => {
        " LEFT JOIN turns t ON t.lead_id = l.id AND t.organization_id = l.organization_id
              AND t.seq = (SELECT s.seq FROM turns s WHERE s.lead_id = l.id AND s.organization_id = l.organization_id
                           AND s.kind IN ('message', 'utterance') ORDER BY s.seq DESC LIMIT 1)
          LEFT JOIN users fm ON fm.id = l.floor_member
          LEFT JOIN users am ON am.id = l.assigned_to"
    };
}

pub(super) use {columns, joins};

/// A lead without its contacts.
#[derive(Debug, FromRow)]
pub struct LeadRow {
    pub id: LeadId,
    pub name: Option<String>,
    /// The name as its engine sorts it: engines do not agree on lower case beyond ASCII.
    pub sort_name: Option<String>,
    status: LeadStatus,
    sentiment: Option<Sentiment>,
    pub floor_kind: FloorKind,
    floor_member: Option<UserId>,
    floor_member_name: Option<String>,
    floor_fence: i64,
    assigned_to: Option<UserId>,
    assigned_name: Option<String>,
    pub waiting_since: Option<At>,
    pub last_turn_at: At,
    unread: i64,
    tags: Json<Vec<String>>,
    source: Option<String>,
    vehicle: Option<String>,
    opted_out: bool,
    created_at: At,
    turn_seq: i64,
    version: i64,
    last_text: Option<String>,
    last_author: Option<AuthorKind>,
    last_channel: Option<Channel>,
    last_at: Option<At>,
}

#[derive(Default)]
struct Contacts {
    phones: Vec<PhoneNumber>,
    emails: Vec<String>,
}

#[derive(FromRow)]
struct ContactRow {
    lead_id: LeadId,
    kind: String,
    value: String,
}

/// Adds phones and e-mails with one statement for all rows. The order of the rows stays.
pub(super) async fn with_contacts(
    tx: &mut Tx,
    org: OrgKey,
    rows: Vec<LeadRow>,
) -> Result<Vec<Lead>, DbError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.uuid().simple().to_string()).collect();
    let sql = tx.pick(
        // As a condition `IN` SQLite would read all contacts of the organization instead: it knows no sizes.
        "SELECT c.lead_id, c.kind, c.value FROM json_each($2) j
         CROSS JOIN lead_contacts c ON c.lead_id = unhex(j.value) AND c.organization_id = $1
         ORDER BY c.created_at, c.value",
        "SELECT lead_id, kind, value FROM lead_contacts
         WHERE organization_id = $1 AND lead_id = ANY (
             ARRAY(SELECT id::uuid FROM jsonb_array_elements_text($2::jsonb) AS id))
         ORDER BY created_at, value",
    );
    let found: Vec<ContactRow> = tx.query(sql).bind(org.number()).bind(Json(ids)).all().await?;
    let mut contacts: HashMap<LeadId, Contacts> = HashMap::new();
    for row in found {
        let of_lead = contacts.entry(row.lead_id).or_default();
        match row.value.parse() {
            Ok(phone) if row.kind == "phone" => of_lead.phones.push(phone),
            _ if row.kind == "email" => of_lead.emails.push(row.value),
            _ => tracing::warn!(lead = %row.lead_id, "a stored phone number is not one"),
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let contacts = contacts.remove(&row.id).unwrap_or_default();
            view(row, contacts)
        })
        .collect())
}

fn view(row: LeadRow, contacts: Contacts) -> Lead {
    Lead {
        id: row.id,
        name: row.name,
        phones: contacts.phones,
        emails: contacts.emails,
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
        tags: row.tags.0,
        source: row.source,
        vehicle: row.vehicle,
        opted_out: row.opted_out,
        created_at: row.created_at,
        turn_seq: row.turn_seq,
        version: row.version,
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
