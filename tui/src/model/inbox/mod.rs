//! The leads we know and the order in which the list shows them.
//!
//! The order is a sorted vector kept up to date lead by lead: no frame and no event costs more with 100,000 leads
//! than a binary search and one move of memory. A letter of the filter is one look through all rows, one after
//! another in memory. Selection is by id, so new data never moves it.

mod row;
mod source;

use std::collections::{BTreeSet, HashMap, HashSet};

use lotline_common::{
    LeadId, UserId,
    api::lead::{FloorKind, Lead},
};

pub use row::Entry;
use row::Row;
pub use source::{Paging, Source, View, query};

use crate::widget::input::Input;

/// Place in the rows.
type Slot = u32;
/// Rank, then time: what the list is sorted by.
type Key = (u8, i64, Slot);
/// Since when somebody waits for me.
type Wait = (i64, Slot);

#[derive(Debug, Default)]
pub struct Inbox {
    rows: Vec<Row>,
    slots: HashMap<LeadId, Slot>,
    /// Every row.
    order: Vec<Key>,
    /// Those of them that the view and the filter let through; nothing when both let everybody through.
    shown: Option<Vec<Key>>,
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

/// Where a lead stands.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Standing {
    key: Key,
    shown: bool,
    wait: Option<Wait>,
}

impl Inbox {
    pub fn new(me: UserId) -> Self {
        Self { me: Some(me), ..Self::default() }
    }

    fn row(&self, slot: Slot) -> Option<&Row> {
        self.rows.get(usize::try_from(slot).ok()?)
    }

    fn row_of(&self, id: LeadId) -> Option<&Row> {
        self.row(*self.slots.get(&id)?)
    }

    fn list(&self) -> &[Key] {
        self.shown.as_deref().unwrap_or(&self.order)
    }

    pub fn lead(&self, id: LeadId) -> Option<Lead> {
        self.entry(id).map(|entry| entry.lead)
    }

    pub fn entry(&self, id: LeadId) -> Option<Entry> {
        self.row_of(id).map(Row::unpack)
    }

    /// How many leads the list shows.
    pub fn len(&self) -> usize {
        self.list().len()
    }

    pub fn is_empty(&self) -> bool {
        self.list().is_empty()
    }

    /// Customers who wait for a person, and not for a colleague's.
    pub fn needing(&self) -> usize {
        self.needing.len()
    }

    /// The one of them who has waited longest, whatever the list shows.
    pub fn longest_waiting(&self) -> Option<Entry> {
        self.needing.first().and_then(|(_, slot)| self.row(*slot)).map(Row::unpack)
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The server looks for words, not for a letter: that much the loaded leads narrow by themselves.
    pub fn can_be_searched(&self) -> bool {
        self.filter.split_whitespace().any(|word| word.chars().nth(1).is_some())
    }

    /// The leads of the lines `from..from + count`.
    pub fn window(&self, from: usize, count: usize) -> impl Iterator<Item = Entry> {
        let keys = self.list().iter().skip(from).take(count);
        keys.filter_map(|(.., slot)| self.row(*slot)).map(Row::unpack)
    }

    pub fn at(&self, line: usize) -> Option<LeadId> {
        let (.., slot) = self.list().get(line)?;
        self.row(*slot).map(|row| row.facts.id)
    }

    pub fn position(&self, id: LeadId) -> Option<usize> {
        let standing = self.standing(*self.slots.get(&id)?)?;
        self.list().binary_search(&standing.key).ok()
    }

    /// The first lead of the list that needs me, after the selected one if that needs me too.
    pub fn next_needing(&self) -> Option<LeadId> {
        let needs_me = |row: &&Row| row.facts.needs(self.me);
        let waiting = self.list().iter().take_while(|(rank, ..)| *rank == 0);
        let mut needing =
            waiting.filter_map(|(.., slot)| self.row(*slot)).filter(needs_me).map(|row| row.facts.id);
        let first = needing.next()?;
        if self.selected == Some(first) {
            return needing.next().or(Some(first));
        }
        let at = self.selected.and_then(|id| self.position(id));
        let after = needing.find(|id| self.position(*id) > at && self.selected != Some(*id));
        let selected_needs = self.selected.and_then(|id| self.row_of(id)).as_ref().is_some_and(needs_me);
        if selected_needs { after.or(Some(first)) } else { Some(first) }
    }

    /// Puts a lead in, or in the place of the one that is there.
    pub fn put(&mut self, lead: Lead) {
        let id = lead.id;
        if self.slots.contains_key(&id) {
            self.change(id, |entry| entry.lead = lead);
        } else if let Ok(slot) = Slot::try_from(self.rows.len()) {
            self.rows.push(Row::pack(&Entry { lead, touched: 0, handoff: false }));
            self.slots.insert(id, slot);
            self.settle(slot, None);
        }
    }

    /// Changes a lead that is there; false when it is not.
    pub fn change(&mut self, id: LeadId, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(slot) = self.slots.get(&id).copied() else {
            return false;
        };
        let before = self.standing(slot);
        if let Some(row) = usize::try_from(slot).ok().and_then(|slot| self.rows.get_mut(slot)) {
            let mut entry = row.unpack();
            change(&mut entry);
            *row = Row::pack(&entry);
        }
        self.settle(slot, before);
        true
    }

    /// Forgets a lead. The last row takes its place.
    pub fn remove(&mut self, id: LeadId) {
        self.selected.take_if(|selected| *selected == id);
        self.hits.remove(&id);
        let Some(slot) = self.slots.remove(&id) else { return };
        let last = Slot::try_from(self.rows.len() - 1).unwrap_or(slot);
        for standing in [self.standing(slot), self.standing(last)].into_iter().flatten() {
            self.lift(standing);
        }
        if let Ok(hole) = usize::try_from(slot) {
            self.rows.swap_remove(hole);
        }
        if let Some(moved) = self.row(slot).map(|row| row.facts.id) {
            self.slots.insert(moved, slot);
            self.settle(slot, None);
        }
    }

    fn standing(&self, slot: Slot) -> Option<Standing> {
        let row = self.row(slot)?;
        let (rank, time) = row.facts.rank(self.me);
        let wait = row.facts.needs(self.me).then(|| (row.facts.waits_since(), slot));
        Some(Standing { key: (rank, time, slot), shown: self.shows(row), wait })
    }

    /// Gives a lead the place where it belongs now.
    fn settle(&mut self, slot: Slot, before: Option<Standing>) {
        let now = self.standing(slot);
        if now == before {
            return;
        }
        if let Some(before) = before {
            self.lift(before);
        }
        if let Some(now) = now {
            insert(&mut self.order, now.key);
            if let Some(shown) = self.shown.as_mut().filter(|_| now.shown) {
                insert(shown, now.key);
            }
            self.needing.extend(now.wait);
        }
    }

    fn lift(&mut self, standing: Standing) {
        for list in [Some(&mut self.order), self.shown.as_mut()].into_iter().flatten() {
            if let Ok(at) = list.binary_search(&standing.key) {
                list.remove(at);
            }
        }
        if let Some(wait) = standing.wait {
            self.needing.remove(&wait);
        }
    }

    /// Chooses anew who is shown: after the view or the filter changed.
    fn choose(&mut self) {
        let all = self.view == View::All && self.filter.is_empty();
        self.shown = (!all).then(|| self.those(|row| self.shows(row)).collect());
    }

    /// The rows that fit, in the list's order. They are looked at in the order of memory.
    fn those(&self, fits: impl FnMut(&Row) -> bool) -> impl Iterator<Item = Key> {
        let fits: Vec<bool> = self.rows.iter().map(fits).collect();
        let fits = move |slot: Slot| usize::try_from(slot).is_ok_and(|slot| fits.get(slot) == Some(&true));
        self.order.iter().copied().filter(move |(.., slot)| fits(*slot))
    }

    fn shows(&self, row: &Row) -> bool {
        // The selected lead stays until the operator leaves it, whatever became of it.
        let viewed = row.facts.is_in(self.view, self.me) || self.selected == Some(row.facts.id);
        viewed && (self.filter.is_empty() || row.has(&self.filter) || self.hits.contains(&row.facts.id))
    }

    /// Another view; the selection goes to its first lead when the selected one is none of it.
    pub fn show_view(&mut self, view: View) {
        self.view = view;
        let selected = self.selected.and_then(|id| self.row_of(id));
        let strange = selected.is_some_and(|row| !row.facts.is_in(view, self.me));
        let left = self.selected.take_if(|_| strange);
        self.choose();
        if self.is_empty() && left.is_some() {
            self.selected = left;
            self.choose();
        }
    }

    /// Narrows the list; `hits` of another filter are forgotten.
    pub fn set_filter(&mut self, filter: &str) {
        let filter = filter.trim().to_lowercase();
        if filter != self.filter {
            self.filter = filter;
            self.hits.clear();
            self.choose();
        }
    }

    /// A lead that the server found for the present filter.
    pub fn hit(&mut self, id: LeadId) {
        self.settled([id], |inbox| _ = inbox.hits.insert(id));
    }

    /// Moves the selection; the lead left behind leaves the view if it no longer belongs there.
    pub fn select(&mut self, id: LeadId) {
        self.settled(self.selected.into_iter().chain([id]), |inbox| inbox.selected = Some(id));
    }

    /// Changes something that some leads' places hang on.
    fn settled(&mut self, leads: impl IntoIterator<Item = LeadId>, change: impl FnOnce(&mut Self)) {
        let slots = leads.into_iter().filter_map(|id| self.slots.get(&id).copied());
        let before: Vec<_> = slots.map(|slot| (slot, self.standing(slot))).collect();
        change(self);
        for (slot, before) in before {
            self.settle(slot, before);
        }
    }

    /// Leads whose name, phone or vehicle fits, those that are called so first. `query` is lower-case.
    pub fn search(&self, query: &str, limit: usize) -> Vec<LeadId> {
        let called = self.those(|row| row.is_called(query));
        let others = self.those(|row| row.has(query) && !row.is_called(query));
        let found = called.chain(others).filter_map(|(.., slot)| self.row(slot));
        found.take(limit).map(|row| row.facts.id).collect()
    }

    /// Forgets every page read so far, not the leads.
    pub fn forget_pages(&mut self) {
        self.paging.clear();
    }
}

fn insert(list: &mut Vec<Key>, key: Key) {
    if let Err(at) = list.binary_search(&key) {
        list.insert(at, key);
    }
}

/// The member `me` has the floor.
pub fn holds(lead: &Lead, me: Option<UserId>) -> bool {
    lead.floor.kind == FloorKind::Member && lead.floor.member.as_ref().map(|member| member.id) == me
}
