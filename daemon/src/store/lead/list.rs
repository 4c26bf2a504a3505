//! The lead list: pages by keyset, each sort as one or more parts that an index yields in order.
//!
//! `waiting` is three lists after one another: customers who wait for a person, customers who wait for the AI (both
//! longest first, by the small index of those who wait), then everybody else by last turn. A cursor names the part and
//! the last row's keys, so a page begins inside a part and may run over into the next. Each part is limited by itself,
//! so a page reads at most as many index entries per part as it has rows; a part is not read at all when those before it
//! fill the page.

use lotline_common::{
    At, LeadId, UserId,
    api::lead::{FloorKind, Lead, LeadSort, LeadStatus, Sentiment},
};
use serde::{Deserialize, Serialize};

use super::view::{self, LeadRow};
use crate::{
    db::{DbError, EngineKind, Json, Query, Tx},
    domain::organization::OrgKey,
    store::search,
};

/// Which leads. Every word must be found in who a lead is, or in one thing that was said with them.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<LeadStatus>,
    pub floor: Option<FloorKind>,
    pub assigned_to: Option<UserId>,
    pub sentiment: Option<Sentiment>,
    pub waiting: Option<bool>,
    pub words: Vec<String>,
}

/// The last row of a page, as its sort sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    part: u8,
    at: At,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    id: LeadId,
}

/// One stretch of a sort. `part`, `k` and `w` put the rows of all parts into one order again.
struct Part {
    number: u8,
    /// Where `k` and `w` come from.
    columns: &'static str,
    /// The organization's leads, in a way that leads the engine to the right index.
    source: &'static str,
    among: &'static str,
    /// Opens the comparison with a position; its keys follow.
    seek: &'static str,
    order: &'static str,
    key: Key,
}

enum Key {
    At,
    Name,
    Id,
}

const ALL: &str = " FROM leads WHERE organization_id = $1";
/// Those that a search found, which are few and looked up once for all parts.
const FOUND: &str = " FROM found WHERE TRUE";

const FOR_PERSON: Part = Part {
    number: 0,
    columns: "SELECT 0 AS part, waiting_since AS k, '' AS w, id",
    source: ALL,
    among: " AND waiting_since IS NOT NULL AND floor_kind <> 'ai'",
    seek: " AND (waiting_since, id) > (",
    order: " ORDER BY waiting_since, id LIMIT ",
    key: Key::At,
};
const FOR_AI: Part = Part {
    number: 1,
    columns: "SELECT 1 AS part, waiting_since AS k, '' AS w, id",
    among: " AND waiting_since IS NOT NULL AND floor_kind = 'ai'",
    ..FOR_PERSON
};
const ANSWERED: Part = Part {
    number: 2,
    columns: "SELECT 2 AS part, -last_turn_at AS k, '' AS w, id",
    among: " AND waiting_since IS NULL",
    ..RECENT
};
const RECENT: Part = Part {
    number: 3,
    columns: "SELECT 3 AS part, -last_turn_at AS k, '' AS w, id",
    source: ALL,
    among: "",
    seek: " AND (last_turn_at, id) < (",
    order: " ORDER BY last_turn_at DESC, id DESC LIMIT ",
    key: Key::At,
};
/// Ids grow with time: newest id, newest lead. No index begins with the organization and goes on with the id.
const CREATED: Part = Part {
    number: 4,
    columns: "SELECT 4 AS part, 0 AS k, '' AS w, id",
    source: ALL,
    among: "",
    seek: " AND (id) < (",
    order: " ORDER BY id DESC LIMIT ",
    key: Key::Id,
};
/// SQLite would read and sort all of the organization's leads. The sign keeps it from that: it walks the key backwards
/// and passes over the rows of the few other organizations of its file.
const CREATED_ON_SQLITE: Part = Part { source: " FROM leads WHERE +organization_id = $1", ..CREATED };
const NAMED: Part = Part {
    number: 5,
    columns: "SELECT 5 AS part, 0 AS k, sort_name AS w, id",
    source: ALL,
    among: " AND sort_name IS NOT NULL",
    seek: " AND (sort_name, id) > (",
    order: " ORDER BY sort_name, id LIMIT ",
    key: Key::Name,
};
const NAMELESS: Part = Part {
    number: 6,
    columns: "SELECT 6 AS part, -last_turn_at AS k, '' AS w, id",
    among: " AND sort_name IS NULL",
    ..RECENT
};
/// For PostgreSQL, which may join in any order. Parts 0, 1 and 5 break ties by growing id, the others by falling id.
const IN_ORDER: &str = " ORDER BY part, k, w, CASE WHEN part IN (0, 1, 5) THEN p.id END, p.id DESC";

/// How the next part joins those before it.
struct Step {
    opening: &'static str,
    /// Taken from the rows of a page: what the parts before it found.
    found: &'static str,
    all: &'static str,
}

const STEPS: [Step; 3] = [
    Step { opening: "one AS (SELECT * FROM (", found: "", all: "SELECT * FROM one" },
    Step {
        opening: "two AS (SELECT * FROM (",
        found: " - (SELECT COUNT(*) FROM one)",
        all: "SELECT * FROM one UNION ALL SELECT * FROM two",
    },
    Step {
        opening: "three AS (SELECT * FROM (",
        found: " - (SELECT COUNT(*) FROM one) - (SELECT COUNT(*) FROM two)",
        all: "SELECT * FROM one UNION ALL SELECT * FROM two UNION ALL SELECT * FROM three",
    },
];

fn parts(tx: &Tx, sort: LeadSort, waiting: Option<bool>) -> &'static [Part] {
    match (sort, waiting) {
        (LeadSort::Waiting, Some(true)) => const { &[FOR_PERSON, FOR_AI] },
        (LeadSort::Waiting, Some(false)) => const { &[ANSWERED] },
        (LeadSort::Waiting, None) => const { &[FOR_PERSON, FOR_AI, ANSWERED] },
        (LeadSort::Recent, _) => const { &[RECENT] },
        (LeadSort::Created, _) => tx.pick(const { &[CREATED_ON_SQLITE] }, const { &[CREATED] }),
        (LeadSort::Name, _) => const { &[NAMED, NAMELESS] },
    }
}

/// A page of at most `limit` leads after `after`, and where the next one begins if there is more.
pub async fn page(
    tx: &mut Tx,
    org: OrgKey,
    filter: &Filter,
    sort: LeadSort,
    after: Option<&Position>,
    limit: u32,
) -> Result<(Vec<Lead>, Option<Position>), DbError> {
    tx.guard(org)?;
    // One more than asked for tells whether there is a next page.
    let wanted = i64::from(limit) + 1;
    let engine = tx.pick(EngineKind::Sqlite, EngineKind::Postgres);
    let begun = after.map_or(0, |position| position.part);
    let parts = parts(tx, sort, filter.waiting);
    let parts = parts.get(parts.partition_point(|part| part.number < begun)..).unwrap_or_default();
    if parts.is_empty() {
        // `after` is where a longer list goes on.
        return Ok((Vec::new(), None));
    }
    let mut query = tx.query("WITH ").bind(org.number());
    if !filter.words.is_empty() {
        query = search::found(query, engine, org, &filter.words).push(", ");
    }
    let mut all = "";
    for (part, step) in parts.iter().zip(STEPS) {
        let separator = if all.is_empty() { "" } else { ", " };
        let seek = after.filter(|position| position.part == part.number);
        query = part.write(query.push(separator).push(step.opening), filter, seek, wanted);
        query = query.push(") p LIMIT ").push_bind(wanted).push(step.found).push(")");
        all = step.all;
    }
    // Crossing, SQLite goes through the page from its beginning to its end: it sorts nothing again.
    let (open, order, close, join) = match engine {
        EngineKind::Sqlite => (
            concat!(" SELECT json_group_array(", view::row_on_sqlite!()),
            "",
            ") FROM (",
            concat!(") p CROSS JOIN leads l ON l.id = p.id AND l.organization_id = $1", view::joins!()),
        ),
        EngineKind::Postgres => (
            concat!(" SELECT COALESCE(json_agg(", view::row_on_postgres!()),
            IN_ORDER,
            "), '[]')::text FROM (",
            concat!(") p JOIN leads l ON l.id = p.id AND l.organization_id = $1", view::joins!()),
        ),
    };
    let (Json(mut rows),): (Json<Vec<LeadRow>>,) =
        query.push(open).push(order).push(close).push(all).push(join).one().await?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| position(sort, row));
    Ok((rows.into_iter().map(Lead::from).collect(), next))
}

impl Part {
    fn write<'q>(
        &self,
        query: Query<'q>,
        filter: &Filter,
        after: Option<&Position>,
        limit: i64,
    ) -> Query<'q> {
        let source = if filter.words.is_empty() { self.source } else { FOUND };
        let mut query = filter.write(query.push(self.columns).push(source).push(self.among));
        if let Some(position) = after {
            query = query.push(self.seek);
            query = match self.key {
                Key::At => query.push_bind(position.at).push(", "),
                Key::Name => query.push_bind(position.name.clone()).push(", "),
                Key::Id => query,
            };
            query = query.push_bind(position.id).push(")");
        }
        query.push(self.order).push_bind(limit)
    }
}

impl Filter {
    fn write<'q>(&self, query: Query<'q>) -> Query<'q> {
        let mut query = query.push(" AND erased_at IS NULL");
        if let Some(status) = self.status {
            query = query.push(" AND status = ").push_bind(status);
            // What the index is of, in its own words: an engine does not look into an argument.
            query = if status == LeadStatus::New { query } else { query.push(" AND status <> 'new'") };
        }
        if let Some(floor) = self.floor {
            query = query.push(" AND floor_kind = ").push_bind(floor);
            query = if floor == FloorKind::Ai { query } else { query.push(" AND floor_kind <> 'ai'") };
        }
        if let Some(member) = self.assigned_to {
            query = query.push(" AND assigned_to = ").push_bind(member);
        }
        if let Some(sentiment) = self.sentiment {
            query = query.push(" AND sentiment = ").push_bind(sentiment);
        }
        match self.waiting {
            Some(true) => query.push(" AND waiting_since IS NOT NULL"),
            Some(false) => query.push(" AND waiting_since IS NULL"),
            None => query,
        }
    }
}

/// Where a row stands in its sort.
fn position(sort: LeadSort, row: &LeadRow) -> Position {
    let (part, at, name) = match (sort, row.waiting_since, &row.name) {
        (LeadSort::Waiting, Some(since), _) if row.floor_kind == FloorKind::Ai => {
            (FOR_AI.number, since, None)
        }
        (LeadSort::Waiting, Some(since), _) => (FOR_PERSON.number, since, None),
        (LeadSort::Waiting, None, _) => (ANSWERED.number, row.last_turn_at, None),
        (LeadSort::Recent, ..) => (RECENT.number, row.last_turn_at, None),
        (LeadSort::Created, ..) => (CREATED.number, row.last_turn_at, None),
        (LeadSort::Name, _, Some(_)) => (NAMED.number, row.last_turn_at, row.sort_name.clone()),
        (LeadSort::Name, _, None) => (NAMELESS.number, row.last_turn_at, None),
    };
    Position { part, at, name, id: row.id }
}
