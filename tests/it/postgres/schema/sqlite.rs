//! What SQLite says of its schema. Of checks, indexes and triggers it keeps only the words that made them.

use lotlined::db::Tx;

use super::{Facts, say};

const COLUMNS: &str = "SELECT t.name, 'column ' || c.name || ' ' || c.type
         || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END || COALESCE(' default ' || c.dflt_value, '')
     FROM pragma_table_list t, pragma_table_xinfo(t.name) c
     WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden <> 1";
const PRIMARY_KEYS: &str = "SELECT t.name, 'primary key ' || group_concat(c.name, ' ' ORDER BY c.pk)
     FROM pragma_table_list t, pragma_table_info(t.name) c
     WHERE t.schema = 'main' AND t.type = 'table' AND c.pk > 0 GROUP BY t.name";
const UNIQUE: &str = "SELECT t.name, 'unique ' || group_concat(c.name, ' ' ORDER BY c.seqno)
     FROM pragma_table_list t, pragma_index_list(t.name) l, pragma_index_info(l.name) c
     WHERE t.schema = 'main' AND t.type = 'table' AND l.origin = 'u' GROUP BY t.name, l.name";
const REFERENCES: &str =
    "SELECT t.name, 'foreign key ' || group_concat(f.\"from\", ' ' ORDER BY f.seq) || ' references '
         || f.\"table\" || ' ' || group_concat(f.\"to\", ' ' ORDER BY f.seq)
         || CASE f.on_update WHEN 'NO ACTION' THEN '' ELSE ' on update ' || f.on_update END
         || CASE f.on_delete WHEN 'NO ACTION' THEN '' ELSE ' on delete ' || f.on_delete END
     FROM pragma_table_list t, pragma_foreign_key_list(t.name) f
     WHERE t.schema = 'main' AND t.type = 'table' GROUP BY t.name, f.id";
const ONE_TREE: &str =
    "SELECT name, 'without rowid' FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND wr";
/// An index that a key brings along has no words; the tables under a virtual one are that one's own business.
const WORDS: &str = "SELECT s.type, s.tbl_name, s.sql FROM sqlite_schema s
     WHERE s.sql IS NOT NULL AND s.name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')";

pub(super) async fn facts(tx: &mut Tx) -> Facts {
    let mut facts = Facts::new();
    for sql in [COLUMNS, PRIMARY_KEYS, UNIQUE, REFERENCES, ONE_TREE] {
        for (table, fact) in tx.query(sql).all::<(String, String)>().await.unwrap() {
            say(&mut facts, &table, &fact);
        }
    }
    for (kind, table, sql) in tx.query(WORDS).all::<(String, String, String)>().await.unwrap() {
        match kind.as_str() {
            "table" if sql.starts_with("CREATE VIRTUAL") => say(&mut facts, &table, &sql["CREATE ".len()..]),
            "table" => checks(&sql).for_each(|check| say(&mut facts, &table, &format!("check {check}"))),
            "trigger" => say(&mut facts, &table, &trigger(&sql)),
            _ => say(&mut facts, &table, &sql["CREATE ".len()..]),
        }
    }
    facts
}

/// What stands between the brackets after each CHECK.
fn checks(table: &str) -> impl Iterator<Item = &str> {
    table.split("CHECK (").skip(1).map(|rest| {
        let mut depth = 1;
        let end = rest.find(|letter| {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0
        });
        &rest[..end.unwrap()]
    })
}

/// A refusal in the words that both engines have for it, anything else as it was written.
fn trigger(sql: &str) -> String {
    let (_, rest) = sql.split_once("TRIGGER ").unwrap();
    let (_, rest) = rest.split_once(' ').unwrap();
    let (head, body) = rest.split_once("BEGIN").unwrap();
    let (event, when) = head.split_once("WHEN").unwrap_or((head, ""));
    let (event, _) = event.split_once(" ON ").unwrap();
    if body.contains("RAISE(ABORT") {
        format!("{event} refused {when}")
    } else {
        format!("{event} does {body}")
    }
}
