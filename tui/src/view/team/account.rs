//! The operator's own: second factor and sessions.

use lotline_common::api::me::{Me, OpenSession};

use super::{Entry, heading, item, note, waiting};
use crate::{
    model::{
        Model,
        team::{Row, Team},
    },
    text,
    view::frame::ellipsis,
    when,
    widget::wrap::pad,
};

pub(super) fn lines(model: &Model, team: &Team, width: usize) -> Vec<Entry> {
    let mut all = Vec::new();
    if let Some(seat) = &model.seat {
        let (user, role) = (&seat.user, seat.role);
        all.push(heading(model, format!("{} <{}>, {role}", text::line(&user.name), text::line(&user.email))));
    }
    match &team.me {
        Some(me) => all.push(note(model, &format!("Second factor: {}", factor(me)))),
        None => all.push(waiting(model, team)),
    }
    all.push(note(model, ""));
    let Some(sessions) = &team.sessions else {
        all.extend([heading(model, "Sessions".to_owned()), waiting(model, team)]);
        return all;
    };
    all.push(heading(model, format!("Sessions {}", sessions.len())));
    all.extend(sessions.iter().map(|one| item(Row::Session(one.id), session(model, one, width))));
    all
}

fn factor(me: &Me) -> String {
    match (me.totp, me.recovery_codes_left) {
        (false, _) => "none".to_owned(),
        (true, 0) => "authenticator app; no recovery code left".to_owned(),
        (true, 1) => "authenticator app; 1 recovery code left".to_owned(),
        (true, left) => format!("authenticator app; {left} recovery codes left"),
    }
}

fn session(model: &Model, session: &OpenSession, width: usize) -> String {
    let place = if session.current { "this one" } else { "" };
    let used = format!("used {}", when::age(model.now, session.last_used_at));
    let dots = ellipsis(model);
    let room = width.saturating_sub(2 + 8 + 10 + 3);
    let program = session.user_agent.as_deref().map(text::line).unwrap_or_default();
    let address = session.address.as_deref().map(text::line).unwrap_or_default();
    let long = room.saturating_sub(16);
    format!(
        "{} {} {} {}",
        pad(place, 8, dots),
        pad(&used, 10, dots),
        pad(&address, 15, dots),
        pad(&program, long, dots)
    )
}
