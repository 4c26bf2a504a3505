//! Members, and invites that can still be used.

use lotline_common::api::{invite::OpenInvite, organization::Member};

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
    let required = model.seat.as_ref().is_some_and(|seat| seat.organization.require_totp);
    let rule = if required { "required" } else { "not required" };
    let mut all = vec![heading(model, format!("Members {}   second factor: {rule}", model.members.len()))];
    all.extend(model.members.iter().map(|one| item(Row::Member(one.id), member(model, one, width))));
    if model.may_invite() {
        all.push(note(model, ""));
        all.extend(invites(model, team, width));
    }
    if let Some(whole) = whole(model, team) {
        all.extend([note(model, ""), note(model, &whole)]);
    }
    all
}

fn invites(model: &Model, team: &Team, width: usize) -> Vec<Entry> {
    let Some(invites) = &team.invites else {
        return vec![heading(model, "Open invites".to_owned()), waiting(model, team)];
    };
    let mut all = vec![heading(model, format!("Open invites {}", invites.len()))];
    all.extend(invites.iter().map(|one| item(Row::Invite(one.id), invite(model, one, width))));
    all
}

/// The selected one's name and address, which their line may have cut.
fn whole(model: &Model, team: &Team) -> Option<String> {
    match model.chosen()? {
        Row::Member(id) => {
            let member = model.member(id)?;
            Some(format!("{} <{}>", text::line(&member.name), text::line(&member.email)))
        }
        Row::Invite(id) => Some(text::line(&team.invite(id)?.email).into_owned()),
        Row::Key(_) | Row::Letter(_) | Row::Session(_) => None,
    }
}

/// Role and state must be seen: name and address share what is left.
fn member(model: &Model, member: &Member, width: usize) -> String {
    let dots = ellipsis(model);
    let name =
        if Some(member.id) == model.me() { format!("{} (you)", member.name) } else { member.name.clone() };
    let factor = match member.totp {
        Some(true) => "2FA",
        Some(false) => "no 2FA",
        None => "",
    };
    let state = if member.disabled { "shut out" } else { "" };
    let room = width.saturating_sub(2 + 8 + 7 + 8 + 4);
    let (short, long) = (room * 2 / 5, room - room * 2 / 5);
    format!(
        "{} {} {} {} {state}",
        pad(&text::line(&name), short, dots),
        pad(&text::line(&member.email), long, dots),
        pad(member.role.as_str(), 8, dots),
        pad(factor, 7, dots),
    )
}

fn invite(model: &Model, invite: &OpenInvite, width: usize) -> String {
    let zone = model.zone();
    let until = format!(
        "until {} {}",
        when::day(model.now, invite.expires_at, &zone),
        when::clock(invite.expires_at, &zone)
    );
    let room = width.saturating_sub(2 + 8 + 28 + 2);
    format!(
        "{} {} {until}",
        pad(&text::line(&invite.email), room, ellipsis(model)),
        pad(invite.role.as_str(), 8, ellipsis(model)),
    )
}
