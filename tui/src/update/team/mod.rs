//! The screens of the team and of the own account: opened, walked through, kept up to date.

pub(super) mod answer;
mod deed;
pub(super) mod enrol;
pub(super) mod form;

use lotline_common::event::EventKind;

use super::{act::tell, session};
use crate::{
    action::Action,
    call::Call,
    cmd::Cmd,
    layout::Desk,
    model::{
        Model,
        notice::Level,
        team::{Page, Team},
    },
};

pub(super) fn open(model: &mut Model, page: Page) -> Vec<Cmd> {
    if !model.pages().contains(&page) {
        return tell(model, Level::Warn, "Only admins see the API keys");
    }
    let mut team = model.team.take().unwrap_or_else(|| Team::new(page));
    if team.page != page {
        (team.chosen, team.line) = (None, 0);
    }
    (team.page, team.trouble) = (page, None);
    model.team = Some(team);
    fetch(model)
}

/// Reads what the open page shows.
fn fetch(model: &Model) -> Vec<Cmd> {
    let calls = match model.team.as_ref().map(|team| team.page) {
        Some(Page::People) if model.may_invite() => vec![Call::Me, Call::Invites],
        Some(Page::People) => vec![Call::Me],
        Some(Page::Keys) => vec![Call::ApiKeys],
        Some(Page::Work) => vec![Call::DeadLetters],
        Some(Page::Account) => vec![Call::Me, Call::Sessions],
        None => Vec::new(),
    };
    // Keys tell who made them, so the members are read for each page.
    let members = model.team.as_ref().map(|_| Cmd::FetchMembers);
    members.into_iter().chain(calls.into_iter().map(Cmd::Team)).collect()
}

/// Somebody came, went or has another role. It may be this operator, whose keys then do more or less.
pub(super) fn changed(model: &Model) -> Vec<Cmd> {
    if model.team.is_some() {
        return fetch(model);
    }
    vec![Cmd::FetchMembers, Cmd::Team(Call::Me)]
}

/// Work was given up, tried again or let go.
pub(super) fn work_changed(model: &mut Model, kind: EventKind) -> Vec<Cmd> {
    if model.team.as_ref().is_some_and(|team| team.page == Page::Work) {
        return fetch(model);
    }
    if kind == EventKind::DeadLetterAdded {
        let say = format!("Some work was given up; {} shows it", model.keymap.key(Action::Work));
        return tell(model, Level::Bad, &say);
    }
    Vec::new()
}

/// `None` for what these screens leave to the desk.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Cmd>> {
    let page = model.team.as_ref()?.page;
    if model.overlay.is_some() || !action.spec().contexts.contains(&page.context()) {
        return None;
    }
    Some(match action {
        Action::Down => step(model, 1),
        Action::Up => step(model, -1),
        Action::HalfDown => step(model, half(model)),
        Action::HalfUp => step(model, -half(model)),
        Action::Top => step(model, i32::MIN),
        Action::Bottom => step(model, i32::MAX),
        Action::NextView | Action::NextPane => turn(model, 1),
        Action::PreviousView | Action::PreviousPane => turn(model, model.pages().len() - 1),
        Action::Back => {
            model.team = None;
            Vec::new()
        }
        Action::NextNeedsMe => {
            model.team = None;
            return None;
        }
        Action::Reconnect => {
            let mut cmds = session::reconnect(model);
            cmds.extend(fetch(model));
            cmds
        }
        _ => return deed::act(model, action),
    })
}

/// Selects some lines further, to the ends and not around them.
pub(super) fn step(model: &mut Model, by: i32) -> Vec<Cmd> {
    let rows = model.rows();
    let at = model.chosen().and_then(|row| rows.iter().position(|known| *known == row)).unwrap_or(0);
    let by = isize::try_from(by).unwrap_or(0);
    let line = at.saturating_add_signed(by).min(rows.len().saturating_sub(1));
    if let Some(team) = &mut model.team {
        (team.line, team.chosen) = (line, rows.get(line).copied());
    }
    Vec::new()
}

fn half(model: &Model) -> i32 {
    i32::from(Desk::of(model).body.height / 2).max(1)
}

fn turn(model: &mut Model, by: usize) -> Vec<Cmd> {
    let (pages, team) = (model.pages(), &model.team);
    let at = pages.iter().position(|page| team.as_ref().is_some_and(|team| team.page == *page)).unwrap_or(0);
    open(model, pages[(at + by) % pages.len()])
}

/// Before a list is replaced: whoever is selected stays selected, also when the first line was so by itself.
pub(super) fn keep(model: &mut Model) {
    step(model, 0);
}
