//! Signing in and out, changing organization, connecting again.

use lotline_common::{api::auth::Session, client::Error};

use super::{compose, server, team::enrol};
use crate::{
    action::Action,
    cmd::Cmd,
    model::{Alarms, Focus, Model, Seat, compose::Compose, inbox::Inbox, link::Link, sign_in::Line},
    widget::input::Input,
};

/// The first effects: the stream when somebody is signed in, else nothing until they are.
pub fn start(model: &mut Model, session: Option<Session>) -> Vec<Cmd> {
    match session {
        Some(session) if session.totp_setup_required => {
            enrol::lead(model, session.organization.id, &session.organization.name)
        }
        Some(session) => begin(model, session),
        None => Vec::new(),
    }
}

/// A session begins: everything of another organization is forgotten, but never what was written.
pub fn begin(model: &mut Model, session: Session) -> Vec<Cmd> {
    compose::stash(model);
    model.epoch += 1;
    let seat = Seat::from(session);
    model.inbox = Inbox::new(seat.user.id);
    model.link = Link::new(model.now);
    model.threads.clear();
    model.fetching.clear();
    model.members.clear();
    model.wrong.clear();
    (model.team, model.enrolling) = (None, None);
    model.compose = Compose { salt: model.compose.salt, sent: model.compose.sent, ..Compose::default() };
    model.seat = Some(seat);
    model.focus = Focus::List;
    (model.overlay, model.last_sent, model.alarms) = (None, None, Alarms::default());
    (model.sign_in.busy, model.sign_in.trouble) = (false, None);
    vec![Cmd::Follow { after: None }, Cmd::FetchMembers]
}

pub(super) fn signed_in(model: &mut Model, outcome: Result<Box<Session>, Error>) -> Vec<Cmd> {
    model.sign_in.busy = false;
    match outcome {
        Ok(session) if session.totp_setup_required => {
            clear_secrets(model);
            let mut cmds = if model.seat.is_some() { signed_out(model) } else { Vec::new() };
            cmds.extend(enrol::lead(model, session.organization.id, &session.organization.name));
            cmds
        }
        Ok(session) => {
            clear_secrets(model);
            begin(model, *session)
        }
        Err(error) if model.seat.is_some() => {
            super::failure::say(model, "The organization did not change", &error, None)
        }
        Err(error) => {
            if error.code() == Some("totp_required") {
                model.sign_in.line = Line::Code;
            }
            model.sign_in.trouble = Some(error.to_string());
            Vec::new()
        }
    }
}

fn clear_secrets(model: &mut Model) {
    (model.sign_in.password, model.sign_in.code) = (Input::default(), Input::default());
}

/// The session is over: nothing of it stays on the screen, the unsent texts stay on disk.
pub(super) fn signed_out(model: &mut Model) -> Vec<Cmd> {
    compose::stash(model);
    model.epoch += 1;
    model.inbox = Inbox::default();
    model.threads.clear();
    model.compose = Compose { salt: model.compose.salt, sent: model.compose.sent, ..Compose::default() };
    model.seat = None;
    (model.overlay, model.team) = (None, None);
    model.alarms = Alarms::default();
    model.wrong.clear();
    model.sign_in.trouble = Some("You are signed out. What you wrote is kept.".to_owned());
    vec![Cmd::Unfollow, Cmd::SaveState]
}

/// Connects at once, and reads everything anew.
pub(super) fn reconnect(model: &mut Model) -> Vec<Cmd> {
    let mut cmds = vec![Cmd::Follow { after: model.link.seq }];
    cmds.extend(server::snapshot(model));
    cmds
}

/// Keys of the sign-in form.
pub(super) fn form(model: &mut Model, action: Action) -> Vec<Cmd> {
    let form = &mut model.sign_in;
    match action {
        Action::NextField => form.go(1),
        Action::PreviousField => form.go(Line::ALL.len() - 1),
        Action::Submit | Action::Save if !form.busy => return submit(model),
        _ => {}
    }
    Vec::new()
}

fn submit(model: &mut Model) -> Vec<Cmd> {
    let form = &mut model.sign_in;
    let missing =
        [(Line::Server, &form.server), (Line::Email, &form.email), (Line::Password, &form.password)]
            .into_iter()
            .find(|(_, input)| input.text().trim().is_empty());
    if let Some((line, _)) = missing {
        form.line = line;
        return Vec::new();
    }
    (form.busy, form.trouble) = (true, None);
    let code = form.code.text().trim().to_owned();
    vec![Cmd::SignIn {
        server: form.server.text().trim().to_owned(),
        email: form.email.text().trim().to_owned(),
        password: form.password.text().to_owned(),
        totp: Some(code).filter(|code| !code.is_empty()),
    }]
}
