//! Moving in the list, narrowing it, and fetching what it lacks.

use crossterm::event::KeyCode;
use lotline_common::{LeadId, Page, api::lead::Lead};

use super::{alarm, compose, thread};
use crate::{
    cmd::Cmd,
    key::Key,
    layout::Desk,
    model::{
        Focus, Model,
        inbox::{Entry, Source, View, query},
    },
    widget::input::Input,
};

pub(super) const SEARCH: Source = Source::Search;

/// The selection rests this long before its thread is fetched, so that holding `j` asks for nothing.
const REST: u64 = 120;
/// Typing rests this long before the server is asked.
const TYPED: u64 = 250;

pub(super) fn step(model: &mut Model, by: i32) -> Vec<Cmd> {
    let count = model.inbox.len();
    if count == 0 {
        return Vec::new();
    }
    let at = model.inbox.selected.and_then(|id| model.inbox.position(id));
    let to = match at {
        Some(at) => {
            let by = isize::try_from(by).unwrap_or(0);
            at.saturating_add_signed(by).min(count - 1)
        }
        None => 0,
    };
    let lines = Desk::of(model).list_lines();
    let moved = to.abs_diff(at.unwrap_or(0));
    model.inbox.row = if by < 0 {
        model.inbox.row.saturating_sub(moved)
    } else {
        model.inbox.row.saturating_add(moved).min(lines - 1)
    };
    let Some(id) = model.inbox.at(to) else {
        return Vec::new();
    };
    let mut cmds = select(model, id);
    if to + 50 >= model.inbox.len() {
        cmds.extend(fetch_page(model, Source::View(model.inbox.view)));
    }
    cmds
}

/// Makes a lead the open one; its unsent text comes with it.
pub(super) fn select(model: &mut Model, id: LeadId) -> Vec<Cmd> {
    if model.inbox.selected == Some(id) {
        return Vec::new();
    }
    compose::stash(model);
    model.inbox.select(id);
    compose::load(model);
    model.alarms.open = Some(alarm::after(model, REST));
    Vec::new()
}

/// Selects from anywhere: a finder, a notice, the next that needs me.
pub(super) fn jump(model: &mut Model, id: LeadId) -> Vec<Cmd> {
    select(model, id);
    model.inbox.row = 2;
    model.alarms.open = None;
    if matches!(model.focus, Focus::Compose) {
        model.focus = Focus::Thread;
    }
    thread::fetch(model)
}

pub(super) fn next_needing(model: &mut Model) -> Vec<Cmd> {
    match model.inbox.next_needing() {
        Some(id) => jump(model, id),
        None => super::act::tell(model, crate::model::notice::Level::Info, "Nobody waits for you"),
    }
}

pub(super) fn show_view(model: &mut Model, view: View) -> Vec<Cmd> {
    model.inbox.show_view(view);
    model.inbox.row = 0;
    let selected = model.inbox.selected.and_then(|id| model.inbox.position(id));
    let mut cmds = Vec::new();
    if let (None, Some(first)) = (selected, model.inbox.at(0)) {
        cmds.extend(select(model, first));
    }
    if !model.inbox.paging.get(&Source::View(view)).is_some_and(|paging| paging.begun) {
        cmds.extend(fetch_page(model, Source::View(view)));
    }
    cmds
}

pub(super) fn begin_filter(model: &mut Model) -> Vec<Cmd> {
    model.focus = Focus::List;
    model.inbox.typing = Some(Input::new(model.inbox.filter().to_owned()));
    Vec::new()
}

/// Keys while the filter is typed: letters narrow, arrows move, Enter keeps, Esc clears.
pub(super) fn type_filter(model: &mut Model, key: Key) -> Vec<Cmd> {
    match key.code {
        KeyCode::Esc => {
            model.inbox.typing = None;
            model.inbox.set_filter("");
            model.alarms.search = None;
        }
        KeyCode::Enter => model.inbox.typing = None,
        KeyCode::Down => return step(model, 1),
        KeyCode::Up => return step(model, -1),
        KeyCode::Char('c') if key.ctrl => model.inbox.typing = None,
        _ => {
            if model.inbox.typing.as_mut().is_some_and(|input| input.handle(key)) {
                filter_changed(model);
            }
        }
    }
    Vec::new()
}

pub(super) fn filter_changed(model: &mut Model) {
    let text = model.inbox.typing.as_ref().map(|input| input.text().to_owned()).unwrap_or_default();
    model.inbox.set_filter(&text);
    model.inbox.paging.remove(&Source::Search);
    model.alarms.search = (!model.inbox.filter().is_empty()).then(|| alarm::after(model, TYPED));
}

/// What is loaded was searched at once; the server knows the rest, and the words of messages.
pub(super) fn ask_server(model: &mut Model) -> Vec<Cmd> {
    model.inbox.paging.remove(&Source::Search);
    fetch_page(model, Source::Search)
}

/// The next page of a source, unless it is on its way or there is none.
pub(super) fn fetch_page(model: &mut Model, source: Source) -> Vec<Cmd> {
    let can_be_asked = source != Source::Search || model.inbox.can_be_searched();
    let paging = model.inbox.paging.entry(source).or_default();
    if paging.asked || paging.done || !can_be_asked {
        return Vec::new();
    }
    (paging.asked, paging.begun) = (true, true);
    let cursor = paging.cursor.clone();
    let query = query(source, model.inbox.filter(), model.me(), cursor);
    vec![Cmd::FetchLeads { source, query, asked: model.link.asked() }]
}

/// Everything from the first page: after a reset, or when a page failed.
pub(super) fn refetch(model: &mut Model) -> Vec<Cmd> {
    model.inbox.forget_pages();
    for thread in model.threads.values_mut() {
        thread.stale = true;
    }
    let mut cmds = fetch_page(model, Source::View(View::All));
    if model.inbox.view != View::All {
        cmds.extend(fetch_page(model, Source::View(model.inbox.view)));
    }
    cmds
}

/// A page came.
pub(super) fn take_page(
    model: &mut Model,
    source: Source,
    q: Option<&str>,
    asked: i64,
    page: Page<Lead>,
) -> Vec<Cmd> {
    let current = source != Source::Search || q == Some(model.inbox.filter());
    let paging = model.inbox.paging.entry(source).or_default();
    paging.asked = false;
    paging.done = page.next_cursor.is_none();
    paging.cursor = page.next_cursor;
    // Whoever waits must be known, however many they are: they come first, so the last one tells.
    let waiting = page.items.last().is_some_and(|lead| lead.waiting_since.is_some());
    for lead in page.items {
        let id = lead.id;
        merge(model, lead, asked);
        if source == Source::Search && current {
            model.inbox.hit(id);
        }
    }
    model.link.fresh_at = model.now;
    let more = waiting && source == Source::View(View::All);
    let mut cmds = if more { fetch_page(model, source) } else { Vec::new() };
    cmds.extend(open_first(model));
    cmds
}

/// Something is open as soon as there is something; later the operator decides.
pub(super) fn open_first(model: &mut Model) -> Vec<Cmd> {
    match (model.inbox.selected, model.inbox.at(0)) {
        (None, Some(first)) => {
            select(model, first);
            thread::fetch(model)
        }
        _ => Vec::new(),
    }
}

/// Takes in a lead as the daemon knew it when it was asked: what later events said stays.
pub(super) fn merge(model: &mut Model, mut lead: Lead, asked: i64) {
    if let Some(old) = model.inbox.entry(lead.id) {
        keep_later(old, &mut lead, asked);
    }
    model.inbox.put(lead);
}

fn keep_later(old: Entry, lead: &mut Lead, asked: i64) {
    let Entry { lead: old, touched, .. } = old;
    // The ledger has no number of its own here: an event after the question is the newer word.
    if touched > asked {
        lead.opted_out = old.opted_out;
    }
    if old.floor.fence > lead.floor.fence {
        lead.floor = old.floor;
    }
    if old.turn_seq > lead.turn_seq {
        (lead.turn_seq, lead.last_turn) = (old.turn_seq, old.last_turn);
        (lead.waiting_since, lead.unread) = (old.waiting_since, old.unread);
    }
    if old.version > lead.version {
        (lead.version, lead.name, lead.vehicle) = (old.version, old.name, old.vehicle);
        (lead.assigned_to, lead.tags) = (old.assigned_to, old.tags);
        (lead.status, lead.sentiment) = (old.status, old.sentiment);
    }
}
