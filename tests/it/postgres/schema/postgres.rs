//! What PostgreSQL says of its schema, in the words of its own catalog.

use lotlined::db::Tx;

use super::{Facts, say};

const COLUMNS: &str = "SELECT table_name::text, 'column ' || column_name || ' ' || data_type
         || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || COALESCE(' default ' || column_default, '')
     FROM information_schema.columns WHERE table_schema = current_schema()";
/// Keys, unique lists, references and checks.
const CONSTRAINTS: &str = "SELECT t.relname::text, pg_get_constraintdef(c.oid)
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
     WHERE t.relnamespace = current_schema()::regnamespace AND c.contype IN ('p', 'u', 'f', 'c')";
const INDEXES: &str = "SELECT t.relname::text, substr(pg_get_indexdef(i.indexrelid), length('CREATE '))
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = current_schema()::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))";
const TRIGGERS: &str =
    "SELECT g.event_object_table::text, g.action_timing || ' ' || g.event_manipulation, p.prosrc
     FROM information_schema.triggers g
     JOIN pg_trigger o ON o.tgname = g.trigger_name AND o.tgrelid = g.event_object_table::regclass
     JOIN pg_proc p ON p.oid = o.tgfoid WHERE g.trigger_schema = current_schema()";
const ROW_SECURITY: &str = "SELECT relname::text, 'row security' FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity AND relforcerowsecurity";

pub(super) async fn facts(tx: &mut Tx) -> Facts {
    let mut facts = Facts::new();
    for sql in [COLUMNS, CONSTRAINTS, INDEXES, ROW_SECURITY] {
        for (table, fact) in tx.query(sql).all::<(String, String)>().await.unwrap() {
            say(&mut facts, &table, &fact);
        }
    }
    for (table, event, body) in tx.query(TRIGGERS).all::<(String, String, String)>().await.unwrap() {
        say(&mut facts, &table, &format!("{event} {}", deed(&body)));
    }
    facts
}

/// A refusal in the words that both engines have for it, anything else as it was written.
fn deed(body: &str) -> String {
    if !body.contains("RAISE EXCEPTION") {
        return format!("does {body}");
    }
    let when = body.split_once("IF ").and_then(|(_, rest)| rest.split_once("THEN"));
    format!("refused {}", when.map_or("", |(when, _)| when))
}
