//! One event of the daemon into every pane it concerns. Applying one twice changes nothing.

use lotline_common::{
    LeadId,
    api::{
        lead::LastTurn,
        message::DeliveryState,
        turn::{AuthorKind, Turn, TurnKind},
    },
    event::{Event, EventKind},
    stream::StreamUpdate,
};

use super::{act::tell, erased, failure, inbox, session, team, thread, wrong};
use crate::{
    call::Call,
    cmd::Cmd,
    model::{Model, link::State, notice::Level},
};

pub(super) fn stream(model: &mut Model, update: StreamUpdate) -> Vec<Cmd> {
    if model.seat.is_none() {
        return Vec::new();
    }
    match update {
        StreamUpdate::Connecting => Vec::new(),
        StreamUpdate::Open => {
            (model.link.state, model.link.tries, model.link.fresh_at) = (State::Live, 0, model.now);
            // Subscribed first, asked second: what happens in between comes as an event.
            if model.link.snapshot { Vec::new() } else { snapshot(model) }
        }
        StreamUpdate::Event(event) => {
            model.link.fresh_at = model.now;
            apply(model, *event)
        }
        StreamUpdate::Reset { seq } => {
            model.link.seq = seq;
            snapshot(model)
        }
        StreamUpdate::Lost { retry_in } => {
            if model.link.is_live() {
                model.link.fresh_at = model.now;
            }
            model.link.state = State::Lost { retry_at: model.now + retry_in };
            model.link.tries += 1;
            // Refused twice over: it may be that this operator is let in no more before a second factor is set up.
            if model.link.tries == 2 {
                return vec![Cmd::Team(Call::Me)];
            }
            // The list may be had although the stream is not.
            if model.link.snapshot || model.link.tries > 1 { Vec::new() } else { snapshot(model) }
        }
        StreamUpdate::SignedOut => session::signed_out(model),
    }
}

pub(super) fn snapshot(model: &mut Model) -> Vec<Cmd> {
    let mut cmds = inbox::refetch(model);
    cmds.extend(thread::fetch(model));
    cmds.push(Cmd::FetchAlarms);
    cmds
}

fn apply(model: &mut Model, event: Event) -> Vec<Cmd> {
    if model.link.seq.is_some_and(|last| event.seq <= last) {
        return Vec::new();
    }
    model.link.seq = Some(event.seq);
    let seq = event.seq;
    let Some(id) = event.lead_id else {
        return of_organization(model, &event);
    };
    if event.kind == EventKind::LeadErased {
        return erased::forget(model, id);
    }
    if matches!(event.kind, EventKind::DeadLetterAdded | EventKind::DeadLetterRemoved) {
        return team::work_changed(model, event.kind);
    }
    let known = model.inbox.change(id, |entry| entry.touched = seq);
    let mut cmds = if known { Vec::new() } else { fetch(model, id) };
    cmds.extend(match event.kind {
        EventKind::LeadCreated | EventKind::LeadUpdated | EventKind::AssignmentChanged => fetch(model, id),
        EventKind::TurnAdded => turn_added(model, id, event),
        EventKind::DraftAdded | EventKind::DraftRemoved => drafts(model, id, &event),
        EventKind::FloorChanged | EventKind::HandoffAccepted | EventKind::HandoffExpired => {
            floor(model, id, &event)
        }
        EventKind::HandoffRequested => handoff(model, id, &event),
        EventKind::ConsentChanged => {
            if let Some(opted_out) = event.detail.opted_out {
                model.inbox.change(id, |entry| entry.lead.opted_out = opted_out);
                if let Some(thread) = model.threads.get_mut(&id) {
                    thread.gate = None;
                }
            }
            Vec::new()
        }
        _ => delivery(model, id, event),
    });
    cmds
}

fn of_organization(model: &mut Model, event: &Event) -> Vec<Cmd> {
    match event.kind {
        EventKind::MemberChanged => team::changed(model),
        EventKind::AlarmRaised | EventKind::AlarmCleared => wrong::changed(model, event),
        EventKind::SecurityAlert => {
            let reason = event.detail.reason.as_deref().unwrap_or("see the audit log");
            tell(model, Level::Bad, &format!("Security: {reason}"))
        }
        _ => Vec::new(),
    }
}

/// Asks for a lead once, however many events name it before the answer.
fn fetch(model: &mut Model, id: LeadId) -> Vec<Cmd> {
    let asked = model.link.asked();
    if model.fetching.insert(id) { vec![Cmd::FetchLead { id, asked }] } else { Vec::new() }
}

fn turn_added(model: &mut Model, id: LeadId, event: Event) -> Vec<Cmd> {
    let Some(turn) = event.turn else { return Vec::new() };
    let mut cmds = confirmed(model, id, &turn);
    model.inbox.change(id, |entry| {
        let lead = &mut entry.lead;
        if turn.seq <= lead.turn_seq {
            return;
        }
        lead.turn_seq = turn.seq;
        if turn.kind == TurnKind::System || turn.kind == TurnKind::Note {
            return;
        }
        lead.waiting_since = event.detail.waiting_since;
        lead.unread = if turn.author.kind == AuthorKind::Customer { lead.unread + 1 } else { 0 };
        let (author, channel, at) = (turn.author.kind, turn.channel, turn.at);
        lead.last_turn = Some(LastTurn { text: turn.text.clone(), author, channel, at });
    });
    cmds.extend(thread::arrive(model, id, turn, event.seq));
    cmds
}

/// A turn of ours is confirmed: a recall that waited for it can go, and a text that seemed lost was not.
pub(super) fn confirmed(model: &mut Model, id: LeadId, turn: &Turn) -> Vec<Cmd> {
    let Some(client_id) = turn.delivery.as_ref().and_then(|delivery| delivery.client_id) else {
        return Vec::new();
    };
    if let Some((_, _, text)) = model.compose.failed.take_if(|failed| failed.1 == client_id) {
        if model.compose.lead == Some(id) && model.compose.text().trim() == text {
            model.compose.set("");
            super::compose::stash(model);
        }
        let who = failure::name(model, id);
        tell(model, Level::Info, &format!("The text to {who} did reach the server"));
    }
    let echo = model
        .threads
        .get(&id)
        .and_then(|thread| thread.echoes.iter().find(|echo| echo.client_id == client_id));
    let (recall, draft) = echo.map_or((false, None), |echo| (echo.recall, echo.draft));
    // The text that was made from a draft is on its way: the draft has served.
    let served = draft.map(|draft| Cmd::DeleteDraft { id, draft });
    recall.then_some(Cmd::Recall { id, turn: turn.id }).into_iter().chain(served).collect()
}

fn delivery(model: &mut Model, id: LeadId, event: Event) -> Vec<Cmd> {
    let turn_id = event.detail.turn_id.or(event.turn.as_ref().map(|turn| turn.id));
    let delivery = event.detail.delivery.or(event.turn.and_then(|turn| turn.delivery));
    let (Some(turn_id), Some(delivery)) = (turn_id, delivery) else {
        return Vec::new();
    };
    let bad =
        matches!(delivery.state, DeliveryState::Failed | DeliveryState::Undelivered | DeliveryState::Refused);
    let unknown = delivery.needs_operator;
    if let Some(thread) = model.threads.get_mut(&id) {
        thread.deliver(turn_id, delivery.clone(), event.seq);
    }
    if !bad && !unknown {
        return Vec::new();
    }
    let who = failure::name(model, id);
    let advice = delivery.advice.unwrap_or_else(|| crate::text::delivery(delivery.state).to_owned());
    tell(model, Level::Bad, &format!("Text to {who}: {advice}"))
}

fn drafts(model: &mut Model, id: LeadId, event: &Event) -> Vec<Cmd> {
    let Some(thread) = model.threads.get_mut(&id) else {
        return Vec::new();
    };
    if event.kind == EventKind::DraftRemoved {
        thread.drafts.retain(|draft| Some(draft.id) != event.detail.draft_id);
        return Vec::new();
    }
    vec![Cmd::FetchDrafts { id }]
}

fn floor(model: &mut Model, id: LeadId, event: &Event) -> Vec<Cmd> {
    let settled = event.kind != EventKind::HandoffExpired;
    let floor = event.detail.floor.clone();
    model.inbox.change(id, |entry| {
        if settled {
            entry.handoff = false;
        }
        if let Some(floor) = floor.filter(|floor| floor.fence >= entry.lead.floor.fence) {
            entry.lead.floor = floor;
        }
    });
    if settled {
        return Vec::new();
    }
    let who = failure::name(model, id);
    let mut cmds = tell(model, Level::Bad, &format!("Nobody took over {who} in time"));
    cmds.push(Cmd::Bell);
    cmds
}

fn handoff(model: &mut Model, id: LeadId, event: &Event) -> Vec<Cmd> {
    let floor = event.detail.floor.clone();
    model.inbox.change(id, |entry| {
        entry.handoff = true;
        if let Some(floor) = floor.filter(|floor| floor.fence >= entry.lead.floor.fence) {
            entry.lead.floor = floor;
        }
    });
    let who = failure::name(model, id);
    // Where somebody types, the key would only write itself.
    let way = match model.keymap.key(crate::action::Action::NextNeedsMe) {
        _ if model.context().is_typing() => String::new(),
        key => format!(": {key} goes there"),
    };
    let mut cmds = tell(model, Level::Warn, &format!("{who} needs a person{way}"));
    cmds.push(Cmd::Bell);
    cmds
}
