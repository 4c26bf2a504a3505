//! What is said and done when a call fails.

use lotline_common::{LeadId, client::Error};
use uuid::Uuid;

use super::{act::tell, ask, compose, thread};
use crate::{
    cmd::Cmd,
    model::{Model, notice::Level, overlay::Ask},
};

/// Says it; a lead that somebody else changed is fetched again.
pub(super) fn say(model: &mut Model, what: &str, error: &Error, lead: Option<LeadId>) -> Vec<Cmd> {
    tell(model, Level::Bad, &format!("{what}: {error}"));
    follow_up(model, error, lead)
}

/// What a failure asks for besides being said.
pub(super) fn follow_up(model: &mut Model, error: &Error, lead: Option<LeadId>) -> Vec<Cmd> {
    let mut cmds = Vec::new();
    let stale = matches!(error, Error::Problem(problem) if matches!(problem.status, 404 | 409 | 412));
    if let (true, Some(id)) = (stale, lead) {
        cmds.push(Cmd::FetchLead { id, asked: model.link.asked() });
    }
    if error.code() == Some("totp_setup_required") {
        cmds.extend(super::team::enrol::wanted(model));
    }
    if matches!(error, Error::SignedOut) {
        cmds.extend(super::session::signed_out(model));
    }
    cmds
}

/// A fetch failed: what is on the screen stays, and it is tried again.
pub(super) fn fetch(model: &mut Model, error: &Error) -> Vec<Cmd> {
    model.alarms.refetch = Some(super::alarm::after(model, 3000));
    if error.is_transport() { Vec::new() } else { say(model, "Could not read from the server", error, None) }
}

/// A text did not get away. It goes back to its writer and is never sent by itself.
pub(super) fn send(model: &mut Model, id: LeadId, client_id: Uuid, error: &Error) -> Vec<Cmd> {
    let Some(thread) = model.threads.get_mut(&id) else {
        return Vec::new();
    };
    let Some(at) = thread.echoes.iter().position(|echo| echo.client_id == client_id) else {
        // Its turn came by the stream meanwhile: it did get away.
        return Vec::new();
    };
    let echo = thread.echoes.remove(at);
    let seen = thread.seen_seq();
    match error {
        Error::Problem(problem) if problem.code == "thread_changed" => {
            thread.stale = true;
            let free = model.overlay.is_none() && model.inbox.selected == Some(id);
            if free && !echo.recall {
                ask::put(model, Ask::SendAnyway { lead: id, body: echo.text, since: seen });
                return thread::fetch(model);
            }
            compose::give_back(model, id, &echo.text);
            tell(
                model,
                Level::Warn,
                &format!("Not sent to {}: the thread went on meanwhile", name(model, id)),
            )
        }
        Error::Problem(problem) if problem.status == 422 => {
            compose::give_back(model, id, &echo.text);
            let refused = Ask::Refused { lead: id, problem: problem.clone() };
            if model.overlay.is_none() {
                ask::put(model, refused);
            }
            tell(model, Level::Warn, &format!("Not sent to {}: {}", name(model, id), problem.title))
        }
        _ => {
            compose::give_back(model, id, &echo.text);
            if error.outcome_unknown() {
                model.compose.failed = Some((id, client_id, echo.text));
            }
            let what = format!("Not sent to {}; the text is kept", name(model, id));
            say(model, &what, error, None)
        }
    }
}

pub(super) fn name(model: &Model, id: LeadId) -> String {
    if model.hidden {
        return "a customer".to_owned();
    }
    model.inbox.lead(id).map_or_else(|| "this lead".to_owned(), |lead| crate::text::lead_name(&lead))
}

/// A recall that failed: too late, most often.
pub(super) fn recall(model: &mut Model, id: LeadId, error: &Error) -> Vec<Cmd> {
    let late = matches!(error, Error::Problem(problem) if problem.status == 409);
    let who = name(model, id);
    if late {
        tell(model, Level::Warn, &format!("Too late: the text to {who} is on its way"))
    } else {
        say(model, &format!("The text to {who} was not taken back"), error, None)
    }
}
