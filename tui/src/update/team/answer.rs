//! Answers of the daemon to the team and account screens.

use lotline_common::{
    api::{auth::Organization, invite::NewInvite, me::Me},
    client::Error,
};

use super::super::{
    act::tell,
    answer::{close, refused},
    failure, told,
};
use super::{enrol, fetch, keep};
use crate::{
    call::{Answer, Deed},
    cmd::Cmd,
    model::{Model, notice::Level, overlay::FormKind, team::Team},
};

pub(in super::super) fn take(model: &mut Model, answer: Answer) -> Vec<Cmd> {
    match answer {
        Answer::Invites(read) => list(model, read, |team, invites| team.invites = Some(invites)),
        Answer::ApiKeys(read) => list(model, read, |team, keys| team.keys = Some(keys)),
        Answer::DeadLetters(read) => list(model, read, |team, letters| team.letters = Some(letters)),
        Answer::Sessions(read) => list(model, read, |team, sessions| team.sessions = Some(sessions)),
        Answer::Me(Ok(me)) => myself(model, me),
        Answer::Me(Err(error)) => list(model, Err(error), |_, ()| {}),
        Answer::Invited(Ok(invite)) => invited(model, *invite),
        Answer::ApiKeyMade(Ok(made)) => {
            let say = format!(
                "The key {:?} acts in your name. Give it to the program and to nobody else.",
                made.api_key.name
            );
            told::show(model, "API key", say, vec![made.key]);
            fetch(model)
        }
        Answer::TotpBegun(setup) => enrol::begun(model, setup),
        Answer::Codes(Ok(codes)) => enrol::codes(model, codes),
        Answer::Organization(Ok(organization)) => required(model, organization),
        Answer::Done { deed, done: Ok(()) } => did(model, &deed),
        Answer::Done { deed, done: Err(error) } => failed(model, &deed, &error),
        Answer::Invited(Err(error)) | Answer::ApiKeyMade(Err(error)) | Answer::Codes(Err(error)) => {
            refused(model, &error, None)
        }
        Answer::Organization(Err(error)) => failure::say(model, "Nothing was changed", &error, None),
    }
}

/// A list that was read; one that could not be read is said where it would stand.
fn list<T>(model: &mut Model, read: Result<T, Error>, put: impl FnOnce(&mut Team, T)) -> Vec<Cmd> {
    keep(model);
    // Closed meanwhile.
    let Some(team) = &mut model.team else { return Vec::new() };
    match read {
        Ok(items) => {
            put(team, items);
            team.trouble = None;
            Vec::new()
        }
        Err(error) => {
            team.trouble = Some(error.to_string());
            failure::follow_up(model, &error, None)
        }
    }
}

/// What I may changes with my role, while I look.
fn myself(model: &mut Model, me: Box<Me>) -> Vec<Cmd> {
    let here = model.seat.as_ref().is_some_and(|seat| seat.organization.id == me.organization.id);
    if here && me.organization.require_totp && !me.totp {
        return enrol::wanted(model);
    }
    if let Some(seat) = model.seat.as_mut().filter(|_| here) {
        (seat.role, seat.organization) = (me.role, me.organization.clone());
        seat.memberships.clone_from(&me.memberships);
    }
    let pages = model.pages();
    if let Some(team) = &mut model.team {
        team.me = Some(me);
        if !pages.contains(&team.page) {
            model.team = None;
        }
    }
    Vec::new()
}

fn invited(model: &mut Model, invite: NewInvite) -> Vec<Cmd> {
    let who = crate::text::line(&invite.invite.email).into_owned();
    let (say, line) = match (invite.link, invite.link_missing) {
        (Some(link), _) => (format!("Only {who} can use it. They open it, or type: lotline join LINK"), link),
        (None, why) => {
            (format!("Only {who} can use it. There is no link: {}", why.unwrap_or_default()), invite.token)
        }
    };
    told::show(model, "Invite", say, vec![line]);
    fetch(model)
}

fn required(model: &mut Model, organization: Organization) -> Vec<Cmd> {
    let say = if organization.require_totp {
        "A second factor is required now"
    } else {
        "A second factor is not required any more"
    };
    if let Some(seat) = &mut model.seat {
        seat.organization = organization;
    }
    tell(model, Level::Info, say)
}

fn did(model: &mut Model, deed: &Deed) -> Vec<Cmd> {
    close(model, |kind| own(kind, deed));
    let say = match deed {
        Deed::EditMember { edit, .. } => match edit.disabled {
            Some(true) => "Shut out",
            Some(false) => "Let in again",
            None => "The role is changed",
        },
        Deed::RemoveMember(_) => "Removed from the team",
        Deed::RevokeInvite(_) => "The invite is revoked",
        Deed::RevokeApiKey(_) => "The key is revoked",
        Deed::RetryJob(_) => "It is tried again",
        Deed::GiveUpJob(_) => "It is let go",
        Deed::EndSession(_) => "The session is ended",
        Deed::EndOtherSessions => "All other sessions are ended",
        Deed::ChangePassword(_) => "The password is changed; every other session is ended",
        Deed::RemoveTotp(_) => "The second factor is removed",
    };
    tell(model, Level::Info, say);
    fetch(model)
}

/// A form stays open and says it; without one the footer does. What is shown may be old: it is read again.
fn failed(model: &mut Model, deed: &Deed, error: &Error) -> Vec<Cmd> {
    let form =
        matches!(&model.overlay, Some(crate::model::overlay::Overlay::Form(form)) if own(form.kind, deed));
    let mut cmds = if form {
        refused(model, error, None)
    } else {
        failure::say(model, "Nothing was changed", error, None)
    };
    cmds.extend(fetch(model));
    cmds
}

/// The form that asked for this.
fn own(kind: FormKind, deed: &Deed) -> bool {
    match (kind, deed) {
        (FormKind::Role(one), Deed::EditMember { id, .. }) => one == *id,
        (FormKind::Password, Deed::ChangePassword(_)) | (FormKind::RemoveTotp, Deed::RemoveTotp(_)) => true,
        _ => false,
    }
}
