//! The two engines hold the same tables: what works on one works on the other. Only what a search looks through is made for
//! each engine.

use std::collections::BTreeMap;

use lotlined::db::{Db, Scope};

use super::open;
use crate::support::db::Fresh;

type Tables = BTreeMap<String, Vec<String>>;

const COLUMNS_SQLITE: &str = "SELECT m.name, 'column ' || c.name || ' ' || lower(c.type)
         || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END || COALESCE(' default ' || lower(c.dflt_value), '')
     FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'search\\_%' ESCAPE '\\'
       AND m.name NOT LIKE 'sqlite%'";
const COLUMNS_POSTGRES: &str = "SELECT table_name::text, 'column ' || column_name || ' ' || data_type
         || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
         || COALESCE(' default ' || regexp_replace(lower(column_default), '::[a-z]+', ''), '')
     FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'
       AND table_name NOT LIKE 'search\\_%'";
const UNIQUE_SQLITE: &str = "SELECT name, CASE WHEN partial THEN 'partly ' ELSE '' END || 'unique '
         || group_concat(columns, ', ') FROM (
         SELECT m.name AS name, l.name AS list, l.partial AS partial, i.name AS columns
         FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'search\\_%' ESCAPE '\\' AND l.\"unique\" ORDER BY m.name, l.name, i.seqno)
     GROUP BY name, list, partial";
const UNIQUE_POSTGRES: &str = "SELECT t.relname::text, CASE WHEN i.indpred IS NULL THEN '' ELSE 'partly ' END
         || 'unique ' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k (c, n)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.c)
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = current_schema()::regnamespace AND i.indisunique AND t.relname NOT LIKE '\\_%'
       AND t.relname NOT LIKE 'search\\_%'";
const REFERENCES_SQLITE: &str =
    "SELECT name, 'references ' || target || ' by ' || group_concat(own, ', ') FROM (
         SELECT m.name AS name, f.id AS id, f.\"table\" AS target, f.\"from\" AS own
         FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
         WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'search\\_%' ESCAPE '\\' ORDER BY m.name, f.id, f.seq)
     GROUP BY name, id, target";
const REFERENCES_POSTGRES: &str = "SELECT t.relname::text, 'references ' || f.relname || ' by '
         || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (c, n)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.c)
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
     WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND t.relname NOT LIKE 'search\\_%'";

async fn tables(db: &Db) -> Tables {
    let mut tx = db.read(Scope::System).await.unwrap();
    let mut tables = Tables::new();
    for (sqlite, postgres) in [
        (COLUMNS_SQLITE, COLUMNS_POSTGRES),
        (UNIQUE_SQLITE, UNIQUE_POSTGRES),
        (REFERENCES_SQLITE, REFERENCES_POSTGRES),
    ] {
        let sql = tx.pick(sqlite, postgres);
        for (table, fact) in tx.query(sql).all::<(String, String)>().await.unwrap() {
            // One word for a type on each side, and one way to print a text.
            let fact = fact.replace(" blob", " bytea").replace("'::text", "'");
            tables.entry(table).or_default().push(fact);
        }
    }
    for facts in tables.values_mut() {
        facts.sort();
        facts.dedup();
    }
    tables
}

/// Moving up from a file to a server must change nothing but the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_tables() {
    let (file, server) = (Fresh::sqlite(), Fresh::postgres().await);
    let (one, two) = (open(&file.url).await.unwrap(), open(&server.url).await.unwrap());
    let (sqlite, postgres) = (tables(&one).await, tables(&two).await);
    assert!(sqlite.len() >= 15 && sqlite.values().flatten().count() > 150, "{sqlite:#?}");
    let names = |tables: &Tables| tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    for (table, facts) in &sqlite {
        assert_eq!(facts, &postgres[table], "{table}");
    }
    for (db, fresh) in [(one, file), (two, server)] {
        db.close().await;
        fresh.remove().await;
    }
}
