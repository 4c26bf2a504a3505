//! What each predicate is for: without it the others are told of or changed, and a test says so.
//!
//! Every comparison with an organization, of every statement that a store function runs, is made true whatever it
//! compares, one at a time. Alone that changes nothing; among the others it must be noticed. On PostgreSQL the same
//! mutants harm nobody in an organization's own scope: row security holds without the statement.

use std::collections::BTreeMap;

use lotlined::db::{EngineKind, Lens, Scope};

use super::{
    calls::calls,
    furnish::OURS,
    list::List,
    predicate::Mutant,
    world::{Call, Outcome, World},
};
use crate::support::db::Fresh;

both_engines!(a_predicate_that_is_missing_is_noticed);

const BOTH: &[EngineKind] = &[EngineKind::Sqlite, EngineKind::Postgres];

/// A predicate without which nothing is lost, and why.
struct Redundant {
    on: &'static [EngineKind],
    part: &'static str,
    why: &'static str,
}

const REDUNDANT: &[Redundant] = &[
    Redundant {
        on: BOTH,
        part: "t.lead_id = l.id AND [t.organization_id = l.organization_id] AND t.seq =",
        why: "a lead and a number are those of one turn: UNIQUE (lead_id, seq)",
    },
    Redundant {
        on: BOTH,
        part: "SELECT id FROM organizations WHERE [id = $1]",
        why: "a lock: nobody reads the row",
    },
    Redundant {
        on: &[EngineKind::Postgres],
        part: "SELECT id FROM leads WHERE id = $1 AND [organization_id = $2] FOR UPDATE",
        why: "a lock: nobody reads the row",
    },
    Redundant {
        on: &[EngineKind::Postgres],
        part: "AND [organization_id = $2] ORDER BY id FOR UPDATE",
        why: "a lock: nobody reads the row",
    },
    Redundant {
        on: &[EngineKind::Postgres],
        part: "DELETE FROM search_words WHERE [organization_id = $1] AND k IN",
        why: "the keys are made of the organization",
    },
    Redundant {
        on: &[EngineKind::Sqlite],
        part: "text MATCH $6 AND [rowid BETWEEN",
        why: "the event of ours that a key names is joined to it; the range spares the reading of theirs",
    },
    Redundant {
        on: &[EngineKind::Postgres],
        part: "FROM search_words WHERE [organization_id = $1] AND words",
        why: "the event of ours that a key names is joined to it; this spares the reading of theirs",
    },
];

struct Mutants {
    alone: World,
    among: World,
    calls: Vec<Call>,
    /// Alone, by call.
    expected: Vec<Outcome>,
    /// The calls that run a statement, in their order.
    users: BTreeMap<String, Vec<usize>>,
}

/// Everything rests on these predicates on SQLite; on PostgreSQL they are the first of two belts.
async fn a_predicate_that_is_missing_is_noticed(fresh: &Fresh) {
    let spare = fresh.another().await;
    let mutants = Mutants::on(&spare, fresh).await;
    let engine = if fresh.is_sqlite() { EngineKind::Sqlite } else { EngineKind::Postgres };
    let mut redundant: Vec<(&Redundant, bool)> =
        REDUNDANT.iter().filter(|entry| entry.on.contains(&engine)).map(|entry| (entry, false)).collect();
    let (mut list, mut unnoticed) = (List::default(), Vec::new());
    for mutant in mutants.users.keys().flat_map(|sql| Mutant::all(sql)) {
        let asked = mutants.calls[mutants.users[mutant.original()][0]].name;
        if let Some((call, how)) = mutants.noticed(&mutant).await {
            list.add(call, &mutant, how);
        } else if let Some((entry, needed)) =
            redundant.iter_mut().find(|(entry, _)| mutant.shown().contains(entry.part))
        {
            *needed = true;
            list.add(asked, &mutant, entry.why);
        } else {
            unnoticed.push(format!("{asked}: {}", mutant.shown()));
        }
    }
    assert!(unnoticed.is_empty(), "nobody notices that these are missing:\n{}", unnoticed.join("\n"));
    let idle: Vec<&str> =
        redundant.iter().filter(|(_, needed)| !needed).map(|(entry, _)| entry.part).collect();
    assert!(idle.is_empty(), "these are needed, or gone: {idle:?}");
    if fresh.is_sqlite() {
        list.is_kept();
    }
    spare.remove().await;
}

impl Mutants {
    async fn on(spare: &Fresh, fresh: &Fresh) -> Self {
        let (alone, among) = (World::on(spare, true).await, World::on(fresh, false).await);
        let (calls, mut expected, mut users) = (calls(), Vec::new(), BTreeMap::<String, Vec<usize>>::new());
        for (index, call) in calls.iter().enumerate() {
            expected.push(alone.ask(Scope::System, *call, Lens::default()).await);
            for sql in among.statements(Scope::System, *call).await {
                let users = users.entry(sql).or_default();
                if users.last() != Some(&index) {
                    users.push(index);
                }
            }
        }
        for outcome in &mut expected {
            outcome.theirs.clone_from(&among.others);
        }
        Self { alone, among, calls, expected, users }
    }

    /// The first call that tells the mutant from the original, and by what.
    async fn noticed(&self, mutant: &Mutant) -> Option<(&'static str, &'static str)> {
        for &index in &self.users[mutant.original()] {
            let (call, expected) = (self.calls[index], &self.expected[index]);
            let told = self.among.ask(Scope::System, call, lens(mutant)).await;
            let how = match &told {
                told if told.theirs != expected.theirs => "rows of others change",
                told if told.ours != expected.ours => "other rows of ours change",
                told if told.answer != expected.answer => "another answer",
                _ => continue,
            };
            self.is_harmless(mutant, index).await;
            return Some((call.name, how));
        }
        None
    }

    /// Behind row security, or where nobody else is: it is the others who notice, not a statement that is broken.
    async fn is_harmless(&self, mutant: &Mutant, index: usize) {
        let (call, expected) = (self.calls[index], &self.expected[index]);
        let harmless = if self.among.is_sqlite() {
            let alone = self.alone.ask(Scope::System, call, lens(mutant)).await;
            alone.answer == expected.answer && alone.ours == expected.ours
        } else {
            self.among.ask(Scope::Org(OURS), call, lens(mutant)).await == *expected
        };
        assert!(harmless, "{} is not what it was with {}", call.name, mutant.mutated());
    }
}

fn lens(mutant: &Mutant) -> Lens {
    let (original, mutated) = (mutant.original().to_owned(), mutant.mutated());
    Lens::new(move |sql| (sql == original).then(|| mutated.clone()))
}
