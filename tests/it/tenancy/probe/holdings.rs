//! What an organization holds: every row, every id and every word of it, read from every table that there is.

use std::collections::{BTreeSet, HashSet};

use futures::TryStreamExt;
use lotlined::{
    app::App,
    db::{Cell, Column, Scope},
    domain::organization::OrgKey,
};
use uuid::Uuid;

/// Shorter texts are words of ours, such as a role.
const SHORTEST: usize = 6;

#[derive(Default)]
pub(super) struct Holdings {
    /// Whatever changes, one of these is another.
    pub(super) rows: BTreeSet<String>,
    /// By table and column; an id stands where it is seen first, which is where it is made.
    pub(super) ids: Vec<(String, Vec<Uuid>)>,
    pub(super) texts: BTreeSet<String>,
}

/// Everything that is the organization's or speaks of one of its people.
pub(super) async fn of(app: &App, org: OrgKey) -> Holdings {
    let mut held = Holdings::default();
    let mut seen = HashSet::new();
    let mut tx = app.db.read(Scope::System).await.unwrap();
    let members = tx.query("SELECT user_id FROM memberships WHERE organization_id = $1").bind(org.number());
    let members: Vec<(Uuid,)> = members.all().await.unwrap();
    for table in tx.catalog().await.unwrap() {
        let key = if table.name == "organizations" { "id" } else { "organization_id" };
        let key = table.columns.iter().position(|column| column.name == key);
        let mut all = tx.rows(&table).unwrap();
        while let Some(row) = all.try_next().await.unwrap() {
            // Which id a client gives its message is the client's own affair.
            let speaks = |(cell, column): (&Cell, &Column)| {
                matches!(cell, Cell::Uuid(id) if members.contains(&(*id,))) && column.name != "client_id"
            };
            let theirs = key.is_some_and(|at| row[at] == Cell::Integer(org.number()));
            if !theirs && !row.iter().zip(&table.columns).any(speaks) {
                continue;
            }
            held.rows.insert(format!("{}: {row:?}", table.name));
            for (cell, column) in row.into_iter().zip(&table.columns) {
                match cell {
                    Cell::Uuid(id) if seen.insert(id) => {
                        held.add(format!("{}.{}", table.name, column.name), id);
                    }
                    Cell::Text(text) if text.len() >= SHORTEST => drop(held.texts.insert(text)),
                    _ => {}
                }
            }
        }
    }
    held
}

impl Holdings {
    fn add(&mut self, kind: String, id: Uuid) {
        match self.ids.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, ids)) => ids.push(id),
            None => self.ids.push((kind, vec![id])),
        }
    }

    pub(super) fn every_id(&self) -> impl Iterator<Item = Uuid> {
        self.ids.iter().flat_map(|(_, ids)| ids.iter().copied())
    }

    /// One id of each kind.
    pub(super) fn one_of_each(&self) -> impl Iterator<Item = Uuid> {
        self.ids.iter().filter_map(|(_, ids)| ids.first().copied())
    }

    /// What tells that a byte came from here: ids and texts which `other` does not have too.
    pub(super) fn marks(&self, other: &Self) -> BTreeSet<String> {
        let ids = self.every_id().map(|id| id.to_string());
        ids.chain(self.texts.difference(&other.texts).cloned()).collect()
    }
}
