//! The palette, the switchers and the help page: one line of input, the things it finds, Enter runs one.

use super::{act, inbox};
use crate::{
    action::{ALL, Action, Group},
    cmd::Cmd,
    key::Context,
    model::{
        Model,
        inbox::View,
        overlay::{Finder, Found, Overlay},
    },
    widget::{fuzzy::score, input::Input},
};

const MOST: usize = 60;
/// Lines that the page keys go.
const PAGE: i32 = 10;

pub(super) fn open(model: &mut Model, prefix: &str) -> Vec<Cmd> {
    model.overlay = Some(Overlay::Finder(Finder { input: Input::new(prefix), ..Finder::default() }));
    refresh(model);
    Vec::new()
}

pub(super) fn help(model: &mut Model) -> Vec<Cmd> {
    model.overlay = Some(Overlay::Help(Finder::default()));
    refresh(model);
    Vec::new()
}

pub(super) fn type_into(model: &mut Model, change: impl FnOnce(&mut Input) -> bool) {
    if let Some(Overlay::Finder(finder) | Overlay::Help(finder)) = &mut model.overlay
        && change(&mut finder.input)
    {
        finder.line = 0;
        refresh(model);
    }
}

fn refresh(model: &mut Model) {
    let found = match &model.overlay {
        Some(Overlay::Finder(finder)) => search(model, finder.input.text()),
        Some(Overlay::Help(finder)) => pages(finder.input.text()),
        _ => return,
    };
    if let Some(Overlay::Finder(finder) | Overlay::Help(finder)) = &mut model.overlay {
        finder.found = found;
    }
}

/// `>` actions, `@` leads, `#` views, `!` organizations; without a sign, everything that fits.
fn search(model: &Model, text: &str) -> Vec<Found> {
    let text = text.trim_start().to_lowercase();
    let (sign, word) = match text.chars().next() {
        Some(sign @ ('>' | '@' | '#' | '!')) => (Some(sign), text[1..].trim()),
        _ => (None, text.trim()),
    };
    let wants = |which: char| sign.is_none_or(|sign| sign == which);
    let mut scored: Vec<(u32, Found)> = Vec::new();
    if wants('>') {
        scored.extend(actions(model, word).into_iter().map(|(score, action)| (score, Found::Action(action))));
    }
    if wants('#') {
        let views = View::ALL.iter().filter_map(|view| Some((score(word, view.name())?, Found::View(*view))));
        scored.extend(views);
    }
    if wants('!') {
        let memberships = model.seat.iter().flat_map(|seat| &seat.memberships);
        scored.extend(memberships.filter_map(|membership| {
            let found = Found::Organization(membership.organization_id, membership.name.clone());
            Some((score(word, &membership.name)?, found))
        }));
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut found: Vec<Found> = scored.into_iter().map(|(_, found)| found).collect();
    if wants('@') && (sign.is_some() || !word.is_empty()) {
        let leads = model.inbox.search(word, MOST).into_iter().map(Found::Lead);
        // Without a sign a good action stands before leads, a poor one behind them.
        let at = if sign.is_none() { found.len().min(5) } else { 0 };
        found.splice(at..at, leads);
    }
    found.truncate(MOST);
    found
}

/// Actions that make sense when run from a list, the best first.
fn actions(model: &Model, word: &str) -> Vec<(u32, Action)> {
    let page = model.team.as_ref().map(|team| team.page.context());
    let runs = |action: Action| {
        let contexts = action.spec().contexts;
        let here = page.is_some_and(|page| contexts.contains(&page)) && model.offers(action);
        here || contexts.is_empty()
            || contexts.contains(&Context::List)
            || contexts.contains(&Context::Thread)
    };
    let fits = |spec: &crate::action::Spec| {
        score(word, spec.name).max(score(word, spec.group.name()).map(|s| s / 2))
    };
    let found = ALL.iter().filter(|spec| runs(spec.action));
    let mut found: Vec<_> = found.filter_map(|spec| Some((fits(spec)?, spec.action))).collect();
    // Nobody looks for the arrow keys here: they stand last.
    found.sort_by_key(|(_, action)| matches!(action.spec().group, Group::Move | Group::Panes));
    found
}

/// The help page keeps the registry's order.
fn pages(text: &str) -> Vec<Found> {
    let word = text.trim().to_lowercase();
    let fits = |spec: &&crate::action::Spec| {
        let all = [spec.name, spec.help, spec.group.name(), spec.id].join(" ").to_lowercase();
        word.split_whitespace().all(|word| all.contains(word)) || spec.keys.contains(&text.trim())
    };
    ALL.iter().filter(fits).map(|spec| Found::Action(spec.action)).collect()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Cmd> {
    let Some(Overlay::Finder(finder) | Overlay::Help(finder)) = &mut model.overlay else {
        return Vec::new();
    };
    let count = finder.found.len();
    match action {
        Action::No => model.overlay = None,
        Action::NextField if count > 0 => finder.line = (finder.line + 1) % count,
        Action::PreviousField if count > 0 => finder.line = (finder.line + count - 1) % count,
        Action::NextPage => scroll(model, PAGE),
        Action::PreviousPage => scroll(model, -PAGE),
        Action::Press => {
            let chosen = finder.found.get(finder.line).cloned();
            model.overlay = None;
            return chosen.map(|found| run(model, found)).unwrap_or_default();
        }
        _ => {}
    }
    Vec::new()
}

/// Goes some lines on, to the ends and not around them.
pub(super) fn scroll(model: &mut Model, lines: i32) {
    if let Some(Overlay::Finder(finder) | Overlay::Help(finder)) = &mut model.overlay {
        let by = isize::try_from(lines).unwrap_or(0);
        finder.line = finder.line.saturating_add_signed(by).min(finder.found.len().saturating_sub(1));
    }
}

fn run(model: &mut Model, found: Found) -> Vec<Cmd> {
    let stays = match &found {
        Found::Action(action) => {
            let contexts = action.spec().contexts;
            contexts.is_empty() || contexts.contains(&model.context())
        }
        _ => false,
    };
    if !stays {
        // It is about the desk.
        model.team = None;
    }
    match found {
        // What only means something inside a dialog or the composer does nothing from here.
        Found::Action(action) if !actions(model, "").iter().any(|(_, known)| *known == action) => Vec::new(),
        Found::Action(action) => act::act(model, action),
        Found::Lead(id) => inbox::jump(model, id),
        Found::View(view) => inbox::show_view(model, view),
        Found::Organization(id, _) => {
            super::compose::stash(model);
            vec![Cmd::SaveState, Cmd::Switch(id)]
        }
    }
}
