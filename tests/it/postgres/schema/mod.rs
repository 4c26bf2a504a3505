//! The two engines hold the same tables, with the same keys, checks, indexes and triggers: what works on one works on the
//! other. Where they differ, it is meant.

mod postgres;
mod sqlite;

use std::collections::BTreeSet;

use lotlined::db::{Db, Scope};

use super::open;
use crate::support::db::Fresh;

/// A table and one thing that is so of it, in words that are the same for both engines.
type Facts = BTreeSet<(String, String)>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Engine {
    Sqlite,
    Postgres,
}
use Engine::{Postgres, Sqlite};

/// What only one engine has: the table (`*`: any), how the fact begins, and why.
const INTENDED: [(Engine, &str, &str, &str); 11] = [
    (Postgres, "*", "row security", "SQLite has none; there the statement's own predicate stands alone"),
    (Sqlite, "lead_contacts", "without rowid", "the key's tree holds the rows; PostgreSQL has heaps only"),
    (Sqlite, "search_leads", "column k integer", "FTS5 asks for the row's own number"),
    (Postgres, "search_leads", "column k bigint", "the same number"),
    (Sqlite, "search_leads", "after ", "FTS5 is told of its texts; an index knows"),
    (Sqlite, "search_leads_index", "virtual table", "trigrams by FTS5"),
    (Postgres, "search_leads", "index search_leads_index", "trigrams by pg_trgm"),
    (
        Sqlite,
        "search_leads_words",
        "virtual table",
        "beginnings of words by FTS5; trigrams find them as well",
    ),
    (Sqlite, "search_leads_in_words", "view", "what that index is told of a lead"),
    (Sqlite, "search_words", "virtual table", "words by FTS5"),
    (Postgres, "search_words", "", "words by tsvector"),
];

fn say(facts: &mut Facts, table: &str, fact: &str) {
    if !table.starts_with("_sqlx") && !table.starts_with("sqlite_") {
        facts.insert((table.to_owned(), plain(fact)));
    }
}

/// One way to print what each engine prints its own way. Brackets and commas go: order is compared, nesting is not.
fn plain(fact: &str) -> String {
    let lines = fact.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let mut text = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    for (printed, as_here) in [
        ("extract(epoch from now())::bigint", "unixepoch()"),
        ("'::text", "'"),
        (" on public.", " on "),
        (" using btree", ""),
        (" blob", " bytea"),
        ("any (array", ""),
    ] {
        text = text.replace(printed, as_here);
    }
    let words = text.split(|letter: char| letter.is_whitespace() || "(),[]".contains(letter));
    // PostgreSQL keeps `IN` as `=`.
    let words = words.filter(|word| !word.is_empty()).map(|word| if word == "in" { "=" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

async fn facts(db: &Db) -> Facts {
    let mut tx = db.read(Scope::System).await.unwrap();
    if tx.pick(true, false) { sqlite::facts(&mut tx).await } else { postgres::facts(&mut tx).await }
}

/// Moving up from a file to a server must change nothing but the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_schema() {
    let (file, server) = (Fresh::sqlite(), Fresh::postgres().await);
    let (one, two) = (open(&file.url).await.unwrap(), open(&server.url).await.unwrap());
    let (sqlite, postgres) = (facts(&one).await, facts(&two).await);
    for kind in ["column", "primary key", "unique", "foreign key", "check", "index", "before"] {
        assert!(sqlite.iter().filter(|(_, fact)| fact.starts_with(kind)).count() >= 5, "{kind}: {sqlite:#?}");
    }
    let mut unexplained = Vec::new();
    let mut unused = INTENDED.to_vec();
    let only = [(Sqlite, sqlite.difference(&postgres)), (Postgres, postgres.difference(&sqlite))];
    for (engine, (table, fact)) in
        only.into_iter().flat_map(|(engine, facts)| facts.map(move |fact| (engine, fact)))
    {
        let covers = |(on, about, begins, _): &(Engine, &str, &str, &str)| {
            *on == engine && ["*", table].contains(about) && fact.starts_with(begins)
        };
        if !INTENDED.iter().any(covers) {
            unexplained.push(format!("{engine:?} alone: {table} {fact}"));
        }
        unused.retain(|intended| !covers(intended));
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    assert!(unused.is_empty(), "no longer needed: {unused:#?}");
    for (db, fresh) in [(one, file), (two, server)] {
        db.close().await;
        fresh.remove().await;
    }
}
