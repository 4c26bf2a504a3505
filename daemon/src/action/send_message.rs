//! A member writes to a customer: the floor is theirs from that moment, and the message is held for the undo window.

use std::time::Duration;

use lotline_common::{
    At, LeadId, PhoneNumber,
    api::{
        consent::Purpose,
        message::SendMessage,
        turn::{Author, AuthorKind, Turn},
    },
    sms,
};

use super::queue_message::{self, NotQueued, Outgoing};
use crate::{
    app::App,
    db::{DbError, Scope, Tx},
    domain::{
        floor::{FloorTarget, moved_by_person},
        permission::{Agent, Principal},
    },
    error::{Error, Result},
    limits,
    store::{self, thread::Thread},
};

/// Longest undo window.
const MAX_HOLD: u32 = 30;
/// Turns in which the same words are looked for.
const LATELY: i64 = 64;
/// Farthest a message may be scheduled.
const MAX_AHEAD: Duration = Duration::from_secs(35 * 24 * 3600);

const CLIENT_ID_USED: Error = Error::Conflict {
    code: "client_id_used",
    title: "This client_id belongs to another message; make a new one.",
    existing: None,
};

/// Queues the message, once per `client_id`: the same id again answers with the same message.
pub async fn run(app: &App, agent: &Agent, lead: LeadId, message: SendMessage) -> Result<Turn> {
    let now = app.clock.now();
    check(&message, now)?;
    let hold =
        message.hold_seconds.map_or(app.config.delivery.hold, |seconds| Duration::from_secs(seconds.into()));
    let own_number = own_number(app, agent).await?;
    let stale_after = app.config.delivery.stale_after;
    let member = Principal::clone(agent);
    app.db
        .write(Scope::Org(agent.org), move |tx| {
            Box::pin(async move {
                // Under the thread's lock: the same intent, sent twice at once, waits here for its twin.
                let mut thread = store::thread::open(tx, member.org, lead).await?;
                if let Some(sent) = store::delivery::by_client_id(tx, member.org, message.client_id).await? {
                    return repeated(tx, &member, lead, &message, sent).await;
                }
                unchanged(&thread, message.expected_turn)?;
                not_said(tx, &thread, &message.body, now).await?;
                let outgoing = Outgoing {
                    author: author(&member),
                    text: message.body,
                    purpose: Purpose::Conversation,
                    answers: true,
                    hold,
                    client_id: Some(message.client_id),
                    not_before: message.send_at,
                    stale_after,
                    own_number,
                };
                take_floor(tx, &mut thread, &member, now).await?;
                queue_message::queue(tx, &mut thread, now, outgoing).await.map_err(not_queued)
            })
        })
        .await
}

/// Two equal texts within minutes are one text and a slip; and in the carrier's list nobody could tell them apart.
pub(super) async fn not_said(tx: &mut Tx, thread: &Thread, text: &str, now: At) -> Result<()> {
    let (after, since) = (thread.turn_seq - LATELY, now - limits::SAME_WORDS);
    if store::delivery::said_since(tx, thread.org, thread.id, text, after, since).await? {
        return Err(Error::conflict(
            "same_words",
            "This customer was sent the very same a few minutes ago; change it to say it again.",
        ));
    }
    Ok(())
}

/// Any message of a person takes the floor, in the same transaction.
pub(super) async fn take_floor(tx: &mut Tx, thread: &mut Thread, member: &Principal, now: At) -> Result<()> {
    let target = FloorTarget::Member(member.user);
    let marker = moved_by_person(&member.name, target, &member.name);
    store::floor::put(tx, thread, now, target, author(member), marker).await?;
    Ok(())
}

/// A number to text from when the customer never wrote to one.
pub(super) async fn own_number(app: &App, member: &Principal) -> Result<Option<PhoneNumber>> {
    let desk = app.directory.organization(member.org).await?;
    Ok(desk.and_then(|desk| {
        desk.numbers.iter().find(|number| number.sms).map(|number| number.phone_number.clone())
    }))
}

pub(super) fn author(member: &Principal) -> Author {
    Author { kind: AuthorKind::Member, id: Some(member.user.uuid()), name: Some(member.name.clone()) }
}

pub(super) fn not_queued(error: NotQueued) -> Error {
    match error {
        NotQueued::Refused(refusal) => {
            Error::Refused { reasons: refusal.reasons, next_allowed_at: refusal.next_allowed_at }
        }
        NotQueued::NoPhone => Error::conflict("no_phone", "This lead has no phone number."),
        NotQueued::NoOwnNumber => Error::conflict(
            "no_number",
            "The organization has no number to text from: an admin must add one.",
        ),
        // Two conversations were sent the same id at once.
        NotQueued::Db(DbError::Taken(_)) => CLIENT_ID_USED,
        NotQueued::Db(error) => error.into(),
    }
}

/// The text of a message that may be sent at all.
pub(super) fn check_body(body: &str) -> Result<()> {
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "write something to send"));
    }
    if body.chars().count() > sms::MAX_CHARACTERS {
        return Err(Error::invalid("body", format!("shorten it to {} characters", sms::MAX_CHARACTERS)));
    }
    if body.contains(|c: char| c.is_control() && c != '\n') {
        return Err(Error::invalid("body", "control characters cannot be sent"));
    }
    Ok(())
}

fn check(message: &SendMessage, now: At) -> Result<()> {
    check_body(&message.body)?;
    if message.hold_seconds.is_some_and(|seconds| seconds > MAX_HOLD) {
        return Err(Error::invalid("hold_seconds", format!("at most {MAX_HOLD}")));
    }
    if message.send_at.is_some_and(|at| at > now + MAX_AHEAD) {
        return Err(Error::invalid("send_at", "at most 35 days ahead"));
    }
    Ok(())
}

/// The sender must have seen what the customer or the AI said last.
fn unchanged(thread: &Thread, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(seen) if seen != thread.turn_seq => Err(Error::conflict(
            "thread_changed",
            "Something was said since you looked; read it and send again.",
        )),
        _ => Ok(()),
    }
}

async fn repeated(
    tx: &mut Tx,
    member: &Principal,
    lead: LeadId,
    message: &SendMessage,
    sent: store::delivery::Sending,
) -> Result<Turn> {
    if sent.lead_id != lead || sent.text != message.body || sent.author_id != Some(member.user) {
        return Err(CLIENT_ID_USED);
    }
    Ok(store::turn::find(tx, member.org, sent.turn_id).await?)
}
