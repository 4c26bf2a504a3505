//! Answers of the daemon to what was asked of it.

use lotline_common::{LeadId, api::lead::Lead, client::Error};

use super::{act::tell, audit, compose, failure, inbox, server, session, team, thread, wrong};
use crate::{
    cmd::Cmd,
    model::{
        Model,
        notice::Level,
        overlay::{FormKind, Overlay},
    },
    msg::What,
};

pub(super) fn take(model: &mut Model, answer: What) -> Vec<Cmd> {
    match answer {
        What::SignedIn(outcome) => session::signed_in(model, outcome),
        What::Leads { source, q, first, asked, page } => match page {
            Ok(page) => {
                if first && source != inbox::SEARCH {
                    model.link.snapshot = true;
                }
                inbox::take_page(model, source, q.as_deref(), asked, page)
            }
            Err(error) => {
                model.inbox.paging.remove(&source);
                failure::fetch(model, &error)
            }
        },
        What::Lead { id, asked, lead } => {
            model.fetching.remove(&id);
            match lead {
                Ok(lead) => {
                    inbox::merge(model, *lead, asked);
                    inbox::open_first(model)
                }
                Err(error) if error.is_transport() => failure::fetch(model, &error),
                Err(_gone) => Vec::new(),
            }
        }
        What::Timeline { id, older, asked, page } => match page {
            Ok(page) => {
                thread::take_page(model, id, older, asked, page);
                Vec::new()
            }
            Err(error) => {
                if let Some(thread) = model.threads.get_mut(&id) {
                    thread.asked = false;
                    thread.asking_failed();
                }
                failure::fetch(model, &error)
            }
        },
        What::Drafts { id, drafts } => {
            if let (Some(thread), Ok(drafts)) = (model.threads.get_mut(&id), drafts) {
                thread.drafts = drafts;
                let Some(thread) = model.threads.get_mut(&id) else {
                    return Vec::new();
                };
                let unwanted = &thread.unwanted;
                thread.drafts.retain(|draft| !unwanted.contains(&draft.id));
                thread.drafts.sort_by_key(|draft| draft.at);
            }
            Vec::new()
        }
        What::Checked { id, answer } => {
            if let (Some(thread), Ok(answer)) = (model.threads.get_mut(&id), answer) {
                thread.gate = Some(answer);
            }
            Vec::new()
        }
        What::Team(answer) => team::answer::take(model, answer),
        What::Audit(page) => {
            audit::take(model, page);
            Vec::new()
        }
        What::Alarms(alarms) => {
            wrong::take(model, alarms);
            Vec::new()
        }
        What::Members(members) => {
            if let Ok(members) = members {
                team::keep(model);
                model.members = members;
            }
            Vec::new()
        }
        other => talk(model, other),
    }
}

/// Answers about texts and the floor.
fn talk(model: &mut Model, answer: What) -> Vec<Cmd> {
    match answer {
        What::Sent { id, client_id, turn } => match turn {
            Ok(turn) => {
                let cmds = server::confirmed(model, id, &turn);
                if let Some(thread) = model.threads.get_mut(&id) {
                    thread.echoes.retain(|echo| echo.client_id != client_id);
                    // Number 0: whatever an event said of it is later.
                    thread.put(*turn, 0, false);
                }
                cmds
            }
            Err(error) => failure::send(model, id, client_id, &error),
        },
        What::Recalled { id, turn, recalled } => match recalled {
            Ok(recalled) => take_back(model, id, turn, &recalled.draft),
            Err(error) => failure::recall(model, id, &error),
        },
        What::Resolved { id, done } => said(model, id, done, "Settled", "Not settled"),
        What::FloorSet { id, floor } => match floor {
            Ok(changed) => {
                model.inbox.change(id, |entry| {
                    if changed.floor.fence >= entry.lead.floor.fence {
                        entry.lead.floor = changed.floor;
                        entry.handoff = false;
                    }
                });
                Vec::new()
            }
            Err(error) => failure::say(model, "The floor did not change", &error, Some(id)),
        },
        What::DraftGone { id, draft, done } => match done {
            Ok(()) => {
                if let Some(thread) = model.threads.get_mut(&id) {
                    thread.drafts.retain(|known| known.id != draft);
                }
                Vec::new()
            }
            Err(Error::Problem(problem)) if problem.status == 404 => Vec::new(),
            Err(error) => failure::say(model, "The draft is still there", &error, None),
        },
        other => forms(model, other),
    }
}

/// Answers to forms: the form stays open, with what is wrong, until the daemon has taken it.
fn forms(model: &mut Model, answer: What) -> Vec<Cmd> {
    match answer {
        What::Edited { id, lead } => match lead {
            Ok(lead) => {
                let own = |kind| matches!(kind, FormKind::EditLead { lead, .. } | FormKind::Assign { lead, .. } if lead == id);
                close(model, own);
                inbox::merge(model, *lead, 0);
                tell(model, Level::Info, "Saved")
            }
            Err(error) => refused(model, &error, Some(id)),
        },
        What::Created(lead) => match lead {
            Ok(lead) => created(model, *lead),
            Err(error) => match existing(&error) {
                Some(id) => {
                    close(model, |kind| kind == FormKind::NewLead);
                    tell(model, Level::Info, "This number is a lead already; here it is");
                    let mut cmds = inbox::jump(model, id);
                    cmds.push(Cmd::FetchLead { id, asked: model.link.asked() });
                    cmds
                }
                None => refused(model, &error, None),
            },
        },
        What::Noted { id, turn } => match turn {
            Ok(turn) => {
                close(model, |kind| kind == FormKind::Note(id));
                if let Some(thread) = model.threads.get_mut(&id) {
                    thread.put(*turn, 0, false);
                }
                tell(model, Level::Info, "Note kept")
            }
            Err(error) => refused(model, &error, None),
        },
        What::ConsentRecorded { id, consent } => {
            if consent.is_ok() {
                model.inbox.change(id, |entry| entry.lead.opted_out = true);
            }
            said(
                model,
                id,
                consent.map(drop),
                "Opt-out recorded: no more texts",
                "The opt-out was NOT recorded",
            )
        }
        _ => Vec::new(),
    }
}

fn existing(error: &Error) -> Option<LeadId> {
    match error {
        Error::Problem(problem) if problem.code == "lead_exists" => {
            problem.existing_id.as_ref()?.parse().ok()
        }
        _ => None,
    }
}

fn created(model: &mut Model, lead: Lead) -> Vec<Cmd> {
    let id = lead.id;
    close(model, |kind| kind == FormKind::NewLead);
    inbox::merge(model, lead, model.link.asked());
    inbox::jump(model, id)
}

pub(super) fn close(model: &mut Model, own: impl Fn(FormKind) -> bool) {
    model.overlay.take_if(|overlay| matches!(overlay, Overlay::Form(form) if own(form.kind)));
}

pub(super) fn refused(model: &mut Model, error: &Error, lead: Option<LeadId>) -> Vec<Cmd> {
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        form.busy = false;
        form.refused |= matches!(error, Error::Problem(problem) if problem.status == 412);
        form.trouble = Some(error.to_string());
        if let (Error::Problem(problem), FormKind::NewLead) = (error, form.kind) {
            form.line = match problem.field.as_deref() {
                Some("name") => 1,
                Some("vehicle") => 2,
                _ => 0,
            };
        }
        // The form says it.
        return failure::follow_up(model, error, lead);
    }
    failure::say(model, "Not saved", error, lead)
}

fn said(model: &mut Model, id: LeadId, done: Result<(), Error>, good: &str, bad: &str) -> Vec<Cmd> {
    match done {
        Ok(()) => tell(model, Level::Info, good),
        Err(error) => failure::say(model, bad, &error, Some(id)),
    }
}

/// The text is ours again: into the composer with it, and the draft the daemon made of it is not needed.
fn take_back(
    model: &mut Model,
    id: LeadId,
    turn: lotline_common::TurnId,
    draft: &lotline_common::api::draft::Draft,
) -> Vec<Cmd> {
    if let Some(thread) = model.threads.get_mut(&id) {
        thread.unwanted.insert(draft.id);
        thread.drafts.retain(|known| known.id != draft.id);
        thread.recalled(turn);
    }
    compose::give_back(model, id, &draft.text);
    let mut cmds = Vec::new();
    if model.inbox.selected == Some(id) && model.overlay.is_none() {
        cmds.extend(compose::open(model));
    }
    let who = failure::name(model, id);
    tell(model, Level::Info, &format!("Taken back; {who} got nothing"));
    cmds.push(Cmd::DeleteDraft { id, draft: draft.id });
    cmds
}
