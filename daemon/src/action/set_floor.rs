//! Take over, hand back, pause, give to somebody: the floor moved by a person.

use std::time::Duration;

use lotline_common::{
    At, LeadId, UserId,
    api::{
        lead::{DraftsChoice, FloorChanged, FloorKind, SetFloor},
        turn::AuthorKind,
    },
    event::EventKind,
};

use super::{do_once, send_message::author};
use crate::{
    app::App,
    db::{Scope, Tx},
    domain::{
        floor::{FloorTarget, moved_by_person},
        job::Job,
        permission::{Agent, Principal},
    },
    error::{Error, Result},
    store::{self, event::NewEvent, job::Claim, thread::Thread},
};

const MAX_HAND_BACK: u32 = 7 * 24 * 3600;

pub async fn run(app: &App, agent: &Agent, lead: LeadId, wish: SetFloor) -> Result<FloorChanged> {
    let target = target(&wish.to, agent.user)?;
    if wish.hand_back_after.is_some_and(|seconds| seconds == 0 || seconds > MAX_HAND_BACK) {
        return Err(Error::invalid("hand_back_after", "1 second to 7 days"));
    }
    let hand_back =
        wish.hand_back_after.map(|s| Duration::from_secs(s.into())).or(app.config.floor.hand_back_after);
    let (now, member) = (app.clock.now(), Principal::clone(agent));
    do_once::run(app, Scope::Org(agent.org), agent.once.clone(), move |tx| {
        Box::pin(async move {
            let mut thread = store::thread::open(tx, member.org, lead).await?;
            if wish.if_fence.is_some_and(|fence| fence != thread.floor.fence) {
                return Err(Error::conflict("floor_changed", "Somebody moved the floor in the meantime."));
            }
            let name = target_name(tx, &member, target).await?;
            let was = thread.floor.kind;
            let marker = moved_by_person(&member.name, target, &name);
            let moved = store::floor::put(tx, &mut thread, now, target, author(&member), marker).await?;
            if moved.is_some() {
                follow_up(tx, &mut thread, &member, now, was, target, hand_back).await?;
            }
            drafts(tx, &thread, now, wish.drafts).await?;
            let floor = store::floor::view(tx, thread.floor).await?;
            Ok(FloorChanged { fence: floor.fence, floor })
        })
    })
    .await
}

fn target(to: &str, me: UserId) -> Result<FloorTarget> {
    Ok(match to {
        "me" => FloorTarget::Member(me),
        "ai" => FloorTarget::Ai,
        "nobody" => FloorTarget::Nobody,
        "paused" => FloorTarget::Paused,
        id => FloorTarget::Member(
            id.parse().map_err(|_not| Error::invalid("to", "me, ai, nobody, paused or a member's id"))?,
        ),
    })
}

/// The floor goes to members of this organization only.
async fn target_name(tx: &mut Tx, member: &Principal, target: FloorTarget) -> Result<String> {
    match target.member() {
        Some(user) if user == member.user => Ok(member.name.clone()),
        Some(user) => {
            let members = store::member::list(tx, member.org).await?;
            let found = members.into_iter().find(|other| other.id == user);
            Ok(found.ok_or_else(|| Error::invalid("to", "no such member"))?.name)
        }
        None => Ok(String::new()),
    }
}

async fn follow_up(
    tx: &mut Tx,
    thread: &mut Thread,
    member: &Principal,
    now: At,
    was: FloorKind,
    target: FloorTarget,
    hand_back: Option<Duration>,
) -> Result<()> {
    match target {
        // The customer may have written while a person held the floor: the AI answers that now.
        FloorTarget::Ai if thread.waiting_since.is_some() && !thread.opted_out => {
            store::job::enqueue(tx, thread.org, thread.id, Job::ReplyWithAgent, now, now).await?;
        }
        FloorTarget::Ai => {}
        _ => store::job::cancel(tx, thread.org, thread.id, Job::ReplyWithAgent.kind()).await?,
    }
    if let FloorTarget::Member(_) = target {
        if was == FloorKind::Nobody {
            let accepted = NewEvent::new(EventKind::HandoffAccepted).lead(thread.id).by(author(member));
            store::event::append(tx, thread.org, now, accepted)?;
        }
        if let Some(after) = hand_back {
            let job = Job::HandBackFloor { fence: thread.floor.fence };
            store::job::enqueue(tx, thread.org, thread.id, job, now + after, now).await?;
        }
    }
    Ok(())
}

/// What becomes of the AI's drafts. `send` leaves them to be sent one by one by the person who looks at them.
async fn drafts(tx: &mut Tx, thread: &Thread, now: At, choice: DraftsChoice) -> Result<()> {
    if choice != DraftsChoice::Discard {
        return Ok(());
    }
    for draft in store::draft::list(tx, thread.org, thread.id).await? {
        if draft.author.kind == AuthorKind::Ai {
            store::draft::remove(tx, thread.org, now, thread.id, draft.id).await?;
        }
    }
    Ok(())
}

/// The timer of a hand-over: the AI gets the floor back if its fence stands and the member has been idle.
pub async fn hand_back(app: &App, claim: Claim, fence: i64) -> Result<()> {
    let Some(lead) = claim.lead else { return Ok(()) };
    let now = app.clock.now();
    let ai = lotline_common::api::turn::Author { kind: AuthorKind::System, id: None, name: None };
    app.db
        .write(Scope::Org(claim.org), move |tx| {
            Box::pin(async move {
                store::job::finish(tx, &claim).await?;
                let mut thread = store::thread::open(tx, claim.org, lead).await?;
                if thread.floor.fence != fence || thread.floor.kind != FloorKind::Member {
                    return Ok(());
                }
                let marker = "The time was up: the conversation is the AI's again.".to_owned();
                store::floor::put(tx, &mut thread, now, FloorTarget::Ai, ai, marker).await?;
                if thread.waiting_since.is_some() && !thread.opted_out {
                    store::job::enqueue(tx, claim.org, lead, Job::ReplyWithAgent, now, now).await?;
                }
                Ok(())
            })
        })
        .await
}
