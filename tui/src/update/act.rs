//! What each action of the registry does.

use std::time::Duration;

use lotline_common::api::lead::{FloorKind, Lead};

use super::{ask, audit, compose, edit, find, inbox, key, session, team, thread, told, wrong};
use crate::{
    action::Action,
    cmd::Cmd,
    model::{
        Focus, Model,
        inbox::holds,
        notice::Level,
        overlay::{Ask, Destination, Overlay},
        team::Page,
    },
};

/// Within this time a second Ctrl-C quits.
const QUIT: Duration = Duration::from_secs(2);

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    if let Some(cmds) = team::act(model, action) {
        return cmds;
    }
    match action {
        Action::Down => lines(model, 1),
        Action::Up => lines(model, -1),
        Action::HalfDown => half(model, 1),
        Action::HalfUp => half(model, -1),
        Action::Top => lines(model, i32::MIN / 2),
        Action::Bottom => lines(model, i32::MAX / 2),
        Action::NextNeedsMe => inbox::next_needing(model),
        Action::Open | Action::FocusThread => focus(model, Focus::Thread),
        Action::FocusList => focus(model, Focus::List),
        Action::FocusDetails => focus(model, Focus::Details),
        Action::NextPane => step_focus(model, 1),
        Action::PreviousPane => step_focus(model, 2),
        Action::Back => key::back(model),
        Action::Narrower => resize(model, -2),
        Action::Wider => resize(model, 2),
        Action::Filter => inbox::begin_filter(model),
        Action::SwitchLead => find::open(model, "@"),
        Action::NextView => inbox::show_view(model, model.inbox.view.step(1)),
        Action::PreviousView => inbox::show_view(model, model.inbox.view.step(4)),
        Action::Reply => compose::open(model),
        Action::Send => compose::send(model),
        Action::LeaveCompose => compose::leave(model),
        Action::Recall => compose::recall(model),
        Action::EditDraft => compose::edit_draft(model),
        Action::Palette => find::open(model, ""),
        Action::Help => find::help(model),
        Action::Organization => find::open(model, "!"),
        Action::Audit => audit::open(model),
        Action::Alarms => wrong::open(model),
        Action::People => team::open(model, Page::People),
        Action::ApiKeys => team::open(model, Page::Keys),
        Action::Work => team::open(model, Page::Work),
        Action::Account => team::open(model, Page::Account),
        Action::CopyTold => told::copy(model),
        Action::CloseTold => told::close(model),
        Action::Reconnect => session::reconnect(model),
        Action::Suspend => vec![Cmd::Suspend],
        Action::Quit => quit(model),
        Action::Zoom | Action::Settings | Action::Notices | Action::HideText | Action::SignOut => {
            show(model, action);
            Vec::new()
        }
        Action::Yes
        | Action::No
        | Action::Press
        | Action::NextField
        | Action::PreviousField
        | Action::ChoiceBefore
        | Action::ChoiceAfter
        | Action::Submit
        | Action::Save
        | Action::NextPage
        | Action::PreviousPage => answer(model, action),
        _ => on_lead(model, action),
    }
}

/// Actions that need a lead, and the right to change something.
fn on_lead(model: &mut Model, action: Action) -> Vec<Cmd> {
    if action == Action::CopyPhone {
        return copy_phone(model);
    }
    if !model.may_write() {
        return tell(model, Level::Warn, "You may only read in this organization");
    }
    if action == Action::NewLead {
        edit::new_lead(model);
        return Vec::new();
    }
    let Some(lead) = model.open() else {
        return tell(model, Level::Info, "Choose a lead first");
    };
    match action {
        Action::TakeOver => floor(model, &lead, Destination::Me),
        Action::HandBack => floor(model, &lead, Destination::Ai),
        Action::Pause => floor(model, &lead, Destination::Paused),
        Action::Resolve => return ask::resolve(model, lead.id),
        Action::DiscardDraft => return ask::discard_draft(model, lead.id),
        Action::Note => edit::note(model, lead.id),
        Action::EditLead => edit::edit_lead(model, &lead),
        Action::Assign => edit::assign(model, &lead),
        Action::OptOut => edit::opt_out(model, lead.id),
        _ => {}
    }
    Vec::new()
}

fn floor(model: &mut Model, lead: &Lead, to: Destination) {
    let already = match to {
        Destination::Me => holds(lead, model.me()),
        Destination::Ai => lead.floor.kind == FloorKind::Ai,
        Destination::Paused => lead.floor.kind == FloorKind::Paused,
    };
    if already {
        let say = format!("Nothing to change: {}", crate::text::floor(lead, model.me()));
        tell(model, Level::Info, &say);
        return;
    }
    ask::put(model, Ask::Floor { lead: lead.id, fence: lead.floor.fence, to });
}

fn answer(model: &mut Model, action: Action) -> Vec<Cmd> {
    match &model.overlay {
        Some(Overlay::Form(_)) => edit::act(model, action),
        Some(Overlay::Finder(_) | Overlay::Help(_)) => find::act(model, action),
        Some(Overlay::Audit(_)) => audit::act(model, action),
        Some(_) => ask::act(model, action),
        None => session::form(model, action),
    }
}

fn lines(model: &mut Model, by: i32) -> Vec<Cmd> {
    match model.focus {
        Focus::List => inbox::step(model, by),
        _ => thread::scroll(model, by),
    }
}

fn half(model: &mut Model, direction: i32) -> Vec<Cmd> {
    let desk = crate::layout::Desk::of(model);
    let page = if model.focus == Focus::List { desk.list_lines() } else { desk.thread_size().1 };
    lines(model, direction * i32::try_from(page / 2).unwrap_or(1).max(1))
}

fn focus(model: &mut Model, focus: Focus) -> Vec<Cmd> {
    model.focus = focus;
    model.details_open = focus == Focus::Details;
    if focus == Focus::List { Vec::new() } else { thread::fetch(model) }
}

fn step_focus(model: &mut Model, by: usize) -> Vec<Cmd> {
    const PANES: [Focus; 3] = [Focus::List, Focus::Thread, Focus::Details];
    let at = PANES.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    focus(model, PANES[(at + by) % PANES.len()])
}

fn resize(model: &mut Model, by: i16) -> Vec<Cmd> {
    model.settings.list_shift = model.settings.list_shift.saturating_add(by).clamp(-12, 60);
    vec![Cmd::SaveState]
}

fn copy_phone(model: &mut Model) -> Vec<Cmd> {
    match model.open().and_then(|lead| lead.phones.into_iter().next()) {
        Some(phone) => {
            let shown = if model.hidden { "the phone number".to_owned() } else { phone.display() };
            tell(model, Level::Info, &format!("Copied {shown}"));
            vec![Cmd::Copy(phone.as_str().to_owned())]
        }
        None => tell(model, Level::Info, "This lead has no phone number"),
    }
}

fn quit(model: &mut Model) -> Vec<Cmd> {
    // Before anybody has signed in there is nothing to lose by one key.
    let again = model.seat.is_none() || model.quit_asked.is_some_and(|asked| model.now.since(asked) < QUIT);
    if again {
        compose::stash(model);
        return vec![Cmd::SaveState, Cmd::Quit];
    }
    model.quit_asked = Some(model.now);
    let key = model.keymap.key(Action::Quit);
    tell(model, Level::Info, &format!("{key} again quits; what you wrote is kept"))
}

pub(super) fn tell(model: &mut Model, level: Level, text: &str) -> Vec<Cmd> {
    model.notices.push(model.now, level, text);
    Vec::new()
}

/// Actions that only change what is on the screen.
fn show(model: &mut Model, action: Action) {
    match action {
        Action::Zoom => model.zoomed = !model.zoomed,
        Action::HideText => {
            model.hidden = !model.hidden;
            model.notices.hide();
        }
        Action::Settings => model.overlay = Some(Overlay::Settings { line: 0 }),
        Action::Notices => model.overlay = Some(Overlay::Notices { top: 0 }),
        Action::SignOut => ask::put(model, Ask::SignOut),
        _ => {}
    }
}
