//! Writing, sending and taking back. A text leaves only by the send key, and only to the thread the operator saw.

use std::time::Duration;

use lotline_common::{
    LeadId,
    api::{consent::Purpose, message::SendMessage},
    sms,
};
use uuid::Uuid;

use super::{act::tell, alarm, ask, thread};
use crate::{
    cmd::Cmd,
    model::{
        Focus, Model,
        notice::Level,
        overlay::Ask,
        thread::{Echo, is_theirs},
    },
};

/// A turn that came in sight less than this ago was not read before the send key was pressed.
const UNREAD: Duration = Duration::from_millis(800);
/// Typing rests this long before the text is written to disk.
const KEEP: u64 = 800;

/// Opens the composer for the open lead, and asks whether this customer may be texted now.
pub(super) fn open(model: &mut Model) -> Vec<Cmd> {
    if !model.may_write() {
        return tell(model, Level::Warn, "You may only read in this organization");
    }
    let Some(lead) = model.open() else {
        return tell(model, Level::Info, "Choose a lead first");
    };
    let purpose = if lead.waiting_since.is_some() { Purpose::Reply } else { Purpose::Conversation };
    let check = Cmd::CheckContact { id: lead.id, purpose };
    model.details_open = false;
    load(model);
    model.focus = Focus::Compose;
    let mut cmds = thread::fetch(model);
    cmds.push(check);
    cmds
}

pub(super) fn leave(model: &mut Model) -> Vec<Cmd> {
    stash(model);
    model.focus = Focus::Thread;
    vec![Cmd::SaveState]
}

/// Brings the open lead's unsent text into the composer.
pub(super) fn load(model: &mut Model) {
    let Some(id) = model.inbox.selected else { return };
    if model.compose.lead != Some(id) {
        let text = unsent(model).and_then(|texts| texts.get(&id)).cloned().unwrap_or_default();
        model.compose.set(&text);
        (model.compose.lead, model.compose.draft) = (Some(id), None);
    }
}

/// Writes the composer's text down beside the others.
pub fn stash(model: &mut Model) {
    let (Some(id), text) = (model.compose.lead, model.compose.text()) else {
        return;
    };
    keep(model, id, text);
}

fn keep(model: &mut Model, id: LeadId, text: String) {
    let Some(seat) = &model.seat else { return };
    model.unsent_changed.insert((seat.organization.id, id));
    let texts = model.unsent.entry(seat.organization.id).or_default();
    if text.trim().is_empty() {
        texts.remove(&id);
    } else {
        texts.insert(id, text);
    }
}

fn unsent(model: &Model) -> Option<&std::collections::BTreeMap<LeadId, String>> {
    model.unsent.get(&model.seat.as_ref()?.organization.id)
}

pub(super) fn changed(model: &mut Model) {
    model.alarms.save = Some(alarm::after(model, KEEP));
}

/// Puts a text back in front of its writer: into the composer, or beside it for a lead that is not open.
pub(super) fn give_back(model: &mut Model, id: LeadId, text: &str) {
    let joined = |old: &str| {
        if old.trim().is_empty() { text.to_owned() } else { format!("{text}\n{old}") }
    };
    if model.compose.lead == Some(id) {
        let both = joined(&model.compose.text());
        model.compose.set(&both);
        stash(model);
    } else {
        let old = unsent(model).and_then(|texts| texts.get(&id)).cloned().unwrap_or_default();
        keep(model, id, joined(&old));
    }
    changed(model);
}

/// The send key.
pub(super) fn send(model: &mut Model) -> Vec<Cmd> {
    let Some(id) = model.compose.lead.filter(|id| model.inbox.selected == Some(*id)) else {
        return Vec::new();
    };
    let body = model.compose.text().trim().to_owned();
    if body.is_empty() {
        return tell(model, Level::Info, "There is nothing to send yet");
    }
    if body.chars().count() > sms::MAX_CHARACTERS {
        return tell(model, Level::Warn, "A text may have 1,600 characters at most; shorten it");
    }
    let Some(thread) = model.threads.get(&id).filter(|thread| thread.loaded) else {
        let mut cmds = tell(model, Level::Warn, "The thread has not been read yet; try again in a moment");
        cmds.extend(thread::fetch(model));
        return cmds;
    };
    // The daemon wants the number of the last turn, and that one has none yet.
    if !thread.echoes.is_empty() {
        return tell(
            model,
            Level::Info,
            "The text before is still on its way to the server; press again in a moment",
        );
    }
    let just_now = thread.newest_at.is_some_and(|at| model.now.since(at) < UNREAD);
    if thread.unseen > 0 || just_now {
        let newest = thread.turns().iter().rev().find(|turn| is_theirs(turn)).map_or(0, |turn| turn.seq);
        let since = thread.seen_seq().min(newest - 1);
        ask::put(model, Ask::SendAnyway { lead: id, body, since });
        return Vec::new();
    }
    post(model, id, body)
}

/// Hands a text to the daemon and shows it at once. The daemon holds it for the undo time.
pub(super) fn post(model: &mut Model, id: LeadId, body: String) -> Vec<Cmd> {
    let (now, hold_seconds) = (model.now, model.settings.hold);
    let client_id = client_id(model, id, &body);
    let Some(thread) = model.threads.get_mut(&id) else {
        return Vec::new();
    };
    thread.anchor = None;
    thread.unseen = 0;
    thread.newest_at = None;
    let expected_turn = Some(thread.last_seq());
    let draft = model.compose.draft.take().filter(|_| model.compose.lead == Some(id));
    thread.echoes.push(Echo { client_id, text: body.clone(), at: now, recall: false, draft });
    model.compose.set("");
    keep(model, id, String::new());
    model.last_sent = Some(id);
    model.focus = Focus::Thread;
    let send = SendMessage { body, client_id, hold_seconds, send_at: None, expected_turn };
    vec![Cmd::Send { id, body: send }, Cmd::SaveState]
}

/// The id of a text: the one of a failed attempt when it is the same text, else a new one.
fn client_id(model: &mut Model, id: LeadId, body: &str) -> Uuid {
    match model.compose.failed.take() {
        Some((lead, client_id, text)) if lead == id && text == body => client_id,
        _ => new_id(model),
    }
}

/// Made from the moment and the texts sent so far, so that `update` stays a function of its arguments.
fn new_id(model: &mut Model) -> Uuid {
    model.compose.sent += 1;
    let millis = u64::try_from(model.now.micros() / 1000).unwrap_or(0);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&model.compose.salt.wrapping_add(model.compose.sent).to_be_bytes());
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Takes back a text that is still held, here or where the last one went.
pub(super) fn recall(model: &mut Model) -> Vec<Cmd> {
    let me = model.me().map(lotline_common::Id::uuid);
    for id in model.inbox.selected.into_iter().chain(model.last_sent) {
        let Some(thread) = model.threads.get_mut(&id) else {
            continue;
        };
        if let Some(echo) = thread.echoes.last_mut() {
            echo.recall = true;
            return tell(model, Level::Info, "Taking it back as soon as the server has it…");
        }
        if let Some(turn) = thread.held(me) {
            return vec![Cmd::Recall { id, turn: turn.id }];
        }
    }
    tell(model, Level::Info, "Nothing is held that could be taken back")
}

/// The newest draft into the composer; sending it then replaces the draft.
pub(super) fn edit_draft(model: &mut Model) -> Vec<Cmd> {
    let draft = model
        .open_thread()
        .and_then(|thread| thread.drafts.last())
        .map(|draft| (draft.id, draft.text.clone()));
    let Some((draft, text)) = draft else {
        return tell(model, Level::Info, "There is no draft in this thread");
    };
    let cmds = open(model);
    if model.focus == Focus::Compose {
        if !model.compose.is_blank() {
            tell(model, Level::Info, "The draft was put before what you had written");
        }
        if let Some(id) = model.compose.lead {
            give_back(model, id, &text);
        }
        model.compose.draft = Some(draft);
    }
    cmds
}
