//! The leads we know and the order in which the list shows them.
//!
//! The order is a sorted vector kept up to date lead by lead: no frame and no event costs more with 100,000 leads
//! than a binary search and one move of memory. Selection is by id, so new data never moves it.

use std::collections::{BTreeSet, HashMap, HashSet};

use lotline_common::{
    At, LeadId, UserId,
    api::lead::{FloorKind, Lead, LeadQuery, LeadSort},
};

use crate::widget::input::Input;

/// Saved ways of looking at the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum View {
    #[default]
    All,
    NeedsMe,
    Mine,
    Ai,
    OptedOut,
}

impl View {
    pub const ALL: [Self; 5] = [Self::All, Self::NeedsMe, Self::Mine, Self::Ai, Self::OptedOut];

    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::NeedsMe => "Needs me",
            Self::Mine => "Mine",
            Self::Ai => "AI",
            Self::OptedOut => "Opted out",
        }
    }

    /// The view `by` places further, around the end.
    #[must_use]
    pub fn step(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|view| *view == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// A list the server is asked for, page by page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    View(View),
    Search,
}

/// How far a source has been read.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    pub cursor: Option<String>,
    pub asked: bool,
    pub done: bool,
    pub begun: bool,
}

/// Rank, then time, then id: what the list is sorted by.
type Key = (u8, i64, LeadId);

/// Since when somebody waits for a person.
type Wait = (i64, LeadId);

#[derive(Debug)]
pub struct Entry {
    pub lead: Lead,
    /// Number of the last event that changed it here.
    pub touched: i64,
    /// The AI asked for a person and nobody came yet.
    pub handoff: bool,
    key: Option<Key>,
    needs_me: Option<Wait>,
    /// What the filter looks through, lower-case.
    needle: Box<str>,
}

#[derive(Debug, Default)]
pub struct Inbox {
    entries: HashMap<LeadId, Entry>,
    order: Vec<Key>,
    needing: BTreeSet<Wait>,
    me: Option<UserId>,
    pub view: View,
    pub selected: Option<LeadId>,
    /// Line of the screen on which the selection stands: it stays there while others move around it.
    pub row: usize,
    filter: String,
    pub typing: Option<Input>,
    hits: HashSet<LeadId>,
    pub paging: HashMap<Source, Paging>,
}

impl Inbox {
    pub fn new(me: UserId) -> Self {
        Self { me: Some(me), ..Self::default() }
    }

    pub fn lead(&self, id: LeadId) -> Option<&Lead> {
        self.entries.get(&id).map(|entry| &entry.lead)
    }

    pub fn entry(&self, id: LeadId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub fn leads(&self) -> impl Iterator<Item = &Lead> {
        self.entries.values().map(|entry| &entry.lead)
    }

    /// How many leads the list shows.
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Customers who wait for a person, and not for a colleague's.
    pub fn needing(&self) -> usize {
        self.needing.len()
    }

    /// The one of them who has waited longest, whatever the list shows.
    pub fn longest_waiting(&self) -> Option<&Entry> {
        self.needing.first().and_then(|(_, id)| self.entries.get(id))
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The leads of the lines `from..from + count`.
    pub fn window(&self, from: usize, count: usize) -> impl Iterator<Item = &Entry> {
        let upto = from.saturating_add(count).min(self.order.len());
        self.order[from.min(upto)..upto].iter().filter_map(|(_, _, id)| self.entries.get(id))
    }

    pub fn at(&self, line: usize) -> Option<LeadId> {
        self.order.get(line).map(|(_, _, id)| *id)
    }

    pub fn position(&self, id: LeadId) -> Option<usize> {
        self.order.binary_search(&self.entries.get(&id)?.key?).ok()
    }

    /// The first lead of the list that needs me, after the selected one if that needs me too.
    pub fn next_needing(&self) -> Option<LeadId> {
        let mut needing = self
            .order
            .iter()
            .take_while(|(rank, ..)| *rank == 0)
            .map(|(_, _, id)| *id)
            .filter(|id| self.needs_me(*id));
        let first = needing.next()?;
        if self.selected == Some(first) {
            return needing.next().or(Some(first));
        }
        let at = self.selected.and_then(|id| self.position(id));
        let after = needing.find(|id| self.position(*id) > at && self.selected != Some(*id));
        let selected_needs = self.selected.is_some_and(|id| self.needs_me(id));
        if selected_needs { after.or(Some(first)) } else { Some(first) }
    }

    fn needs_me(&self, id: LeadId) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.needs_me.is_some())
    }

    /// Puts a lead in, or changes the one that is there, and gives it its place.
    pub fn put(&mut self, lead: Lead, change: impl FnOnce(&mut Entry)) {
        let id = lead.id;
        let entry = self.entries.entry(id).or_insert_with(|| Entry {
            needle: Box::default(),
            lead,
            touched: 0,
            handoff: false,
            key: None,
            needs_me: None,
        });
        change(entry);
        entry.needle = needle(&entry.lead);
        self.place(id);
    }

    /// Changes a lead that is there; false when it is not.
    pub fn change(&mut self, id: LeadId, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        change(entry);
        self.place(id);
        true
    }

    /// Forgets a lead.
    pub fn remove(&mut self, id: LeadId) {
        self.selected.take_if(|selected| *selected == id);
        self.hits.remove(&id);
        let Some(entry) = self.entries.remove(&id) else { return };
        if let Some(needed) = entry.needs_me {
            self.needing.remove(&needed);
        }
        if let Some(at) = entry.key.and_then(|key| self.order.binary_search(&key).ok()) {
            self.order.remove(at);
        }
    }

    fn place(&mut self, id: LeadId) {
        let shown = self.shows(id);
        let me = self.me;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let needs = needs_me(entry, me).then(|| (waits_since(entry), id));
        let needed = std::mem::replace(&mut entry.needs_me, needs);
        if needed != needs {
            if let Some(needed) = needed {
                self.needing.remove(&needed);
            }
            self.needing.extend(needs);
        }
        let key = shown.then(|| key(entry, me));
        let old = std::mem::replace(&mut entry.key, key);
        if old == key {
            return;
        }
        if let Some(at) = old.and_then(|old| self.order.binary_search(&old).ok()) {
            self.order.remove(at);
        }
        if let Some(key) = key
            && let Err(at) = self.order.binary_search(&key)
        {
            self.order.insert(at, key);
        }
    }

    /// Sorts everything anew: after the view or the filter changed.
    fn rebuild(&mut self) {
        let shown: HashSet<LeadId> = self.entries.keys().copied().filter(|id| self.shows(*id)).collect();
        self.order.clear();
        for (id, entry) in &mut self.entries {
            entry.key = shown.contains(id).then(|| key(entry, self.me));
            self.order.extend(entry.key);
        }
        self.order.sort_unstable();
    }

    fn shows(&self, id: LeadId) -> bool {
        let Some(entry) = self.entries.get(&id) else {
            return false;
        };
        // The selected lead stays until the operator leaves it, whatever became of it.
        let filtered =
            self.filter.is_empty() || entry.needle.contains(self.filter.as_str()) || self.hits.contains(&id);
        filtered && (self.selected == Some(id) || in_view(entry, self.view, self.me))
    }

    /// Another view; the selection goes to its first lead when the selected one is none of it.
    pub fn show_view(&mut self, view: View) {
        self.view = view;
        let strange = |entry: &Entry| !in_view(entry, view, self.me);
        let left = self.selected.take_if(|id| self.entries.get(id).is_some_and(strange));
        self.rebuild();
        if self.order.is_empty() && left.is_some() {
            self.selected = left;
            self.rebuild();
        }
    }

    /// Narrows the list; `hits` of another filter are forgotten.
    pub fn set_filter(&mut self, filter: &str) {
        let filter = filter.trim().to_lowercase();
        if filter != self.filter {
            self.filter = filter;
            self.hits.clear();
            self.rebuild();
        }
    }

    /// A lead that the server found for the present filter.
    pub fn hit(&mut self, id: LeadId) {
        self.hits.insert(id);
        self.place(id);
    }

    /// Moves the selection; the lead left behind leaves the view if it no longer belongs there.
    pub fn select(&mut self, id: LeadId) {
        let left = self.selected.replace(id);
        for id in left.into_iter().chain([id]) {
            self.place(id);
        }
    }

    /// Leads whose name, phone or vehicle fits, the best first. `query` is lower-case.
    pub fn search(&self, query: &str, limit: usize) -> Vec<LeadId> {
        let mut found: Vec<(bool, Key)> = self
            .entries
            .values()
            .filter(|entry| entry.needle.contains(query))
            .map(|entry| (!entry.needle.starts_with(query), key(entry, self.me)))
            .collect();
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, (_, _, id))| id).collect()
    }

    /// Forgets every page read so far, not the leads.
    pub fn forget_pages(&mut self) {
        self.paging.clear();
    }
}

/// The question for the next page of a source.
pub fn query(source: Source, filter: &str, me: Option<UserId>, cursor: Option<String>) -> LeadQuery {
    let base = LeadQuery { limit: Some(200), sort: Some(LeadSort::Waiting), cursor, ..LeadQuery::default() };
    match source {
        Source::Search => LeadQuery { q: Some(filter.to_owned()), limit: Some(50), sort: None, ..base },
        Source::View(View::All | View::OptedOut) => base,
        Source::View(View::NeedsMe) => LeadQuery { waiting: Some(true), ..base },
        Source::View(View::Mine) => LeadQuery { assigned_to: me, ..base },
        Source::View(View::Ai) => LeadQuery { floor: Some(FloorKind::Ai), ..base },
    }
}

/// A person must act: the customer waits and the AI will not answer, or it asked for somebody.
pub fn needs_person(entry: &Entry) -> bool {
    let lead = &entry.lead;
    !lead.opted_out && (entry.handoff || lead.waiting_since.is_some() && lead.floor.kind != FloorKind::Ai)
}

fn needs_me(entry: &Entry, me: Option<UserId>) -> bool {
    let colleague = entry.lead.floor.kind == FloorKind::Member && !holds(&entry.lead, me);
    needs_person(entry) && !colleague
}

/// The member `me` has the floor.
pub fn holds(lead: &Lead, me: Option<UserId>) -> bool {
    lead.floor.kind == FloorKind::Member && lead.floor.member.as_ref().map(|member| member.id) == me
}

fn in_view(entry: &Entry, view: View, me: Option<UserId>) -> bool {
    let lead = &entry.lead;
    match view {
        View::All => true,
        View::NeedsMe => needs_me(entry, me),
        View::Mine => {
            holds(lead, me) || lead.assigned_to.as_ref().map(|member| member.id) == me && me.is_some()
        }
        View::Ai => lead.floor.kind == FloorKind::Ai,
        View::OptedOut => lead.opted_out,
    }
}

/// Who waits for a person, then whom I talk to, then whom the AI talks to, then the rest.
fn key(entry: &Entry, me: Option<UserId>) -> Key {
    let lead = &entry.lead;
    let newest_first = last(lead).saturating_neg();
    if needs_person(entry) {
        (0, waits_since(entry), lead.id)
    } else if lead.opted_out {
        (3, newest_first, lead.id)
    } else if holds(lead, me) {
        (1, newest_first, lead.id)
    } else if lead.floor.kind == FloorKind::Ai && lead.last_turn.is_some() {
        (2, newest_first, lead.id)
    } else {
        (3, newest_first, lead.id)
    }
}

fn last(lead: &Lead) -> i64 {
    lead.last_turn.as_ref().map_or(lead.created_at, |turn| turn.at).micros()
}

fn waits_since(entry: &Entry) -> i64 {
    entry.lead.waiting_since.map_or_else(|| last(&entry.lead), At::micros)
}

fn needle(lead: &Lead) -> Box<str> {
    let mut text = lead.name.clone().unwrap_or_default();
    for phone in &lead.phones {
        text.push(' ');
        text.push_str(phone.as_str());
    }
    for word in lead.vehicle.iter().chain(&lead.tags).chain(&lead.emails) {
        text.push(' ');
        text.push_str(word);
    }
    text.to_lowercase().into_boxed_str()
}
