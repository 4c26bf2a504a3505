//! What can be done on these screens: a form is opened, or a question put.

use lotline_common::{UserId, api::organization::EditMember};

use super::super::{act::tell, ask};
use super::{enrol, form};
use crate::{
    action::{Action, Group},
    call::{Call, Deed},
    cmd::Cmd,
    model::{Model, notice::Level, overlay::Ask, team::Row},
};

/// `None` for an action that is none of these.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    if !matches!(action.spec().group, Group::Team | Group::Account) {
        return None;
    }
    Some(if model.offers(action) {
        begin(model, action)
    } else {
        let why = refusal(model, action);
        tell(model, Level::Warn, why)
    })
}

fn begin(model: &mut Model, action: Action) -> Vec<Cmd> {
    let row = model.chosen();
    match (action, row) {
        (Action::Invite, _) => form::invite(model),
        (Action::ChangeRole, Some(Row::Member(id))) => form::role(model, id),
        (Action::MakeKey, _) => form::key(model),
        (Action::ChangePassword, _) => form::password(model),
        (Action::RenewCodes, _) => form::new_codes(model),
        (Action::SecondFactor, _) => return enrol::second_factor(model),
        (Action::ShutOut, Some(Row::Member(id))) => shut_out(model, id),
        (Action::Remove, Some(Row::Member(id))) => confirm(model, Call::Do(Deed::RemoveMember(id))),
        (Action::Remove, Some(Row::Invite(id))) => confirm(model, Call::Do(Deed::RevokeInvite(id))),
        (Action::RevokeKey, Some(Row::Key(id))) => confirm(model, Call::Do(Deed::RevokeApiKey(id))),
        (Action::TryAgain, Some(Row::Letter(id))) => return vec![Cmd::Team(Call::Do(Deed::RetryJob(id)))],
        (Action::LetGo, Some(Row::Letter(id))) => confirm(model, Call::Do(Deed::GiveUpJob(id))),
        (Action::EndSession, Some(Row::Session(id))) => confirm(model, Call::Do(Deed::EndSession(id))),
        (Action::EndOthers, _) => confirm(model, Call::Do(Deed::EndOtherSessions)),
        (Action::RequireTotp, _) => {
            let now = model.seat.as_ref().is_some_and(|seat| seat.organization.require_totp);
            confirm(model, Call::RequireTotp(!now));
        }
        _ => {}
    }
    Vec::new()
}

fn confirm(model: &mut Model, call: Call) {
    ask::put(model, Ask::Call(Box::new(call)));
}

fn shut_out(model: &mut Model, id: UserId) {
    let Some(member) = model.member(id) else { return };
    let edit = EditMember { disabled: Some(!member.disabled), role: None };
    confirm(model, Call::Do(Deed::EditMember { id, edit }));
}

fn refusal(model: &Model, action: Action) -> &'static str {
    let myself = matches!((model.chosen(), model.me()), (Some(Row::Member(id)), Some(me)) if id == me);
    match action {
        Action::Invite => "Only admins and managers invite people",
        Action::ChangeRole | Action::ShutOut | Action::Remove if !model.is_admin() => {
            "Only admins change who belongs to the team"
        }
        Action::ChangeRole | Action::ShutOut | Action::Remove if myself => {
            "Another admin has to do that to you"
        }
        Action::ChangeRole | Action::ShutOut => "Choose a member first",
        Action::TryAgain | Action::LetGo if !model.may_write() => "You may only read",
        Action::RequireTotp => "Only admins decide whether a second factor is needed",
        Action::EndSession => "This is the session you are in; sign out to end it",
        Action::EndOthers => "There is no other session",
        Action::RenewCodes => "Set up a second factor first",
        _ => "There is nothing to choose yet",
    }
}
