//! Reading a thread: scrolling by lines, older pages on the way up, the newest at the end.

use lotline_common::{LeadId, Page, api::turn::Turn};

use crate::{
    cmd::Cmd,
    layout::Desk,
    model::{
        Model,
        thread::{Anchor, Older, Thread, is_theirs},
    },
    view::block,
};

/// Threads kept in memory.
const KEPT: usize = 48;

/// Fetches the open thread if it is not here, and its drafts with it.
pub(super) fn fetch(model: &mut Model) -> Vec<Cmd> {
    model.alarms.open = None;
    let Some(id) = model.inbox.selected else {
        return Vec::new();
    };
    drop_least_used(model, id);
    let asked = model.link.asked();
    let used = u64::try_from(model.now.micros()).unwrap_or(0);
    let thread = model.threads.entry(id).or_default();
    thread.used = used;
    if thread.anchor.is_none() {
        thread.unseen = 0;
    }
    if thread.asked || thread.loaded && !thread.stale {
        return Vec::new();
    }
    thread.asked = true;
    vec![Cmd::FetchTimeline { id, cursor: None, asked }, Cmd::FetchDrafts { id }]
}

fn drop_least_used(model: &mut Model, keep: LeadId) {
    if model.threads.len() < KEPT {
        return;
    }
    let idle = model.threads.iter().filter(|(id, thread)| **id != keep && thread.echoes.is_empty());
    if let Some(id) = idle.min_by_key(|(_, thread)| thread.used).map(|(id, _)| *id) {
        model.threads.remove(&id);
    }
}

/// A page of the timeline came, newest first.
pub(super) fn take_page(model: &mut Model, id: LeadId, older: bool, asked: i64, page: Page<Turn>) {
    let Some(thread) = model.threads.get_mut(&id) else {
        return;
    };
    if !older {
        let oldest = page.items.last().map_or(0, |turn| turn.seq);
        // Pages that do not touch would leave a hole in the middle.
        if thread.last_seq() + 1 < oldest {
            thread.clear_turns();
        }
        (thread.asked, thread.loaded, thread.stale) = (false, true, false);
    }
    if older
        || thread.turns().is_empty()
        || page.items.last().is_some_and(|turn| turn.seq <= thread.turns()[0].seq)
    {
        thread.older = page.next_cursor.into();
    }
    for turn in page.items {
        thread.put(turn, asked, false);
    }
}

/// Scrolls by lines; far beyond an end is that end.
pub(super) fn scroll(model: &mut Model, by: i32) -> Vec<Cmd> {
    let Some(id) = model.inbox.selected else {
        return Vec::new();
    };
    let Some(thread) = model.open_thread() else {
        return Vec::new();
    };
    let (width, height) = Desk::of(model).thread_size();
    let lines = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
    let count = block::count(thread);
    if count == 0 {
        return Vec::new();
    }
    let reader = Reader { model, thread, width, height, count };
    let from = reader.edge();
    let edge = if by < 0 { reader.up(from, lines) } else { reader.down(from, lines) };
    let at_top = edge.is_some_and(|edge| reader.above(edge, height * 2) < height * 2);
    let anchor = edge.map(|(index, below)| Anchor { seq: block::seq(thread, index), below });
    let asked = model.link.asked();
    let Some(thread) = model.threads.get_mut(&id) else {
        return Vec::new();
    };
    thread.anchor = anchor;
    if anchor.is_none() {
        thread.unseen = 0;
    }
    if at_top && by < 0 { older(thread, id, asked) } else { Vec::new() }
}

/// The page before the oldest turn here; asked for once at a time.
fn older(thread: &mut Thread, id: LeadId, asked: i64) -> Vec<Cmd> {
    let Older::More(cursor) = &thread.older else {
        return Vec::new();
    };
    let cursor = cursor.clone();
    thread.older = Older::Asked(cursor.clone());
    vec![Cmd::FetchTimeline { id, cursor: Some(cursor), asked }]
}

/// Walks over the blocks of a thread; only the ones it passes are laid out.
struct Reader<'a> {
    model: &'a Model,
    thread: &'a Thread,
    width: usize,
    height: usize,
    count: usize,
}

/// A block, and how many of its lines lie below the pane.
type Edge = (usize, usize);

impl Reader<'_> {
    fn tall(&self, index: usize) -> usize {
        block::block(self.model, self.thread, index, self.width).len()
    }

    fn edge(&self) -> Edge {
        match self.thread.anchor {
            Some(anchor) => (block::index(self.thread, anchor.seq), anchor.below),
            None => (self.count - 1, 0),
        }
    }

    fn up(&self, (mut index, mut below): Edge, lines: usize) -> Option<Edge> {
        below = below.saturating_add(lines);
        loop {
            let tall = self.tall(index);
            if below < tall {
                break;
            }
            if index == 0 {
                below = tall;
                break;
            }
            below -= tall;
            index -= 1;
        }
        // The oldest turn stops at the top of the pane.
        let missing = self.height.saturating_sub(self.above((index, below), self.height));
        if missing > 0 { self.down((index, below), missing) } else { Some((index, below)) }
    }

    fn down(&self, (mut index, below): Edge, lines: usize) -> Option<Edge> {
        if lines < below {
            return Some((index, below - lines));
        }
        let mut left = lines - below;
        loop {
            index += 1;
            if index >= self.count {
                return None;
            }
            let tall = self.tall(index);
            if left < tall {
                return Some((index, tall - left));
            }
            left -= tall;
        }
    }

    /// Lines above the edge, counted up to `enough`.
    fn above(&self, (index, below): Edge, enough: usize) -> usize {
        let mut lines = self.tall(index).saturating_sub(below);
        for index in (0..index).rev() {
            if lines >= enough {
                break;
            }
            lines += self.tall(index);
        }
        lines
    }
}

/// A turn came by event; what the operator is reading stays where it is.
pub(super) fn arrive(model: &mut Model, id: LeadId, turn: Turn, seq: i64) -> Vec<Cmd> {
    let now = model.now;
    let open = model.inbox.selected == Some(id);
    let Some(thread) = model.threads.get_mut(&id) else {
        return Vec::new();
    };
    if thread.loaded && turn.seq > thread.last_seq() + 1 {
        thread.stale = true;
    }
    let theirs = is_theirs(&turn);
    let new = thread.put(turn, seq, true);
    if new && theirs {
        thread.newest_at = Some(now);
        if thread.anchor.is_some() || !open {
            thread.unseen += 1;
        }
    }
    if open && thread.stale { fetch(model) } else { Vec::new() }
}
