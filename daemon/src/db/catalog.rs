//! What tables a database has, read from the engine itself, so that nobody keeps a list of them by hand.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{DbError, Tx};

/// A table with its columns, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A column that is stored; what an engine computes is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a column holds: the types of our DDL, which both engines have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Integer,
    Boolean,
    Text,
    Uuid,
    Bytes,
}

impl Kind {
    fn of_type(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().as_str() {
            "BIGINT" => Self::Integer,
            "BOOLEAN" => Self::Boolean,
            "TEXT" => Self::Text,
            "UUID" => Self::Uuid,
            "BYTEA" => Self::Bytes,
            _ => return None,
        })
    }
}

impl Tx {
    /// Every table of the schema, those that others refer to before those that refer to them. What a search looks
    /// through is made from the others, differs between the engines and is none of them.
    pub async fn catalog(&mut self) -> Result<Vec<Table>, DbError> {
        let columns = self.pick(
            "SELECT t.name, c.name, c.type FROM pragma_table_list t, pragma_table_xinfo(t.name) c
             WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden = 0
               AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE 'search\\_%' ESCAPE '\\'
               AND t.name <> '_sqlx_migrations'",
            "SELECT t.relname::text, c.attname::text, format_type(c.atttypid, NULL)
             FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
             WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
               AND c.attnum > 0 AND NOT c.attisdropped AND c.attgenerated = '' AND t.relname <> '_sqlx_migrations'
               AND t.relname NOT LIKE 'search\\_%'",
        );
        let columns: Vec<(String, String, String)> = self.query(columns).all().await?;
        let references = self.pick(
            "SELECT t.name, r.\"table\" FROM pragma_table_list t, pragma_foreign_key_list(t.name) r
             WHERE t.schema = 'main' AND t.type = 'table'",
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
             WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
        );
        let references: Vec<(String, String)> = self.query(references).all().await?;
        parents_first(tables(columns)?, &references)
    }
}

fn tables(rows: Vec<(String, String, String)>) -> Result<BTreeMap<String, Table>, DbError> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (table, name, kind) in rows {
        let kind = Kind::of_type(&kind).ok_or_else(|| {
            DbError::Refused(format!("{table}.{name} has a type that cannot be moved: {kind}"))
        })?;
        let table = tables.entry(table.clone()).or_insert(Table { name: table, columns: Vec::new() });
        table.columns.push(Column { name, kind });
    }
    for table in tables.values_mut() {
        table.columns.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(tables)
}

/// Among those whose parents are placed, the first by name comes next: both engines give one order.
fn parents_first(
    mut waiting: BTreeMap<String, Table>,
    references: &[(String, String)],
) -> Result<Vec<Table>, DbError> {
    let (mut placed, mut order) = (BTreeSet::new(), Vec::with_capacity(waiting.len()));
    while !waiting.is_empty() {
        let free = |name: &String| {
            references
                .iter()
                .all(|(child, parent)| child != name || parent == name || placed.contains(parent))
        };
        let next = waiting.keys().find(|name| free(name)).cloned();
        let Some(table) = next.and_then(|name| waiting.remove(&name)) else {
            let names: Vec<String> = waiting.into_keys().collect();
            return Err(DbError::Refused(format!(
                "tables refer to each other in a circle: {}",
                names.join(", ")
            )));
        };
        placed.insert(table.name.clone());
        order.push(table);
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(names: &[&str]) -> BTreeMap<String, Table> {
        names.iter().map(|&name| (name.into(), Table { name: name.into(), columns: Vec::new() })).collect()
    }

    fn references(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(child, parent)| (child.into(), parent.into())).collect()
    }

    /// Rows that come before those they refer to are refused by the database.
    #[test]
    fn a_table_comes_after_those_it_refers_to() {
        let references = references(&[("a", "c"), ("c", "b"), ("a", "a")]);
        let order = parents_first(waiting(&["a", "b", "c", "d"]), &references).unwrap();
        let names: Vec<&str> = order.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "a", "d"]);
    }

    #[test]
    fn a_circle_is_named_and_not_walked_for_ever() {
        let refused = parents_first(waiting(&["a", "b"]), &references(&[("a", "b"), ("b", "a")]));
        assert!(refused.unwrap_err().to_string().contains("a, b"));
    }

    /// A column of a type nobody thought of must not be left behind in silence.
    #[test]
    fn an_unknown_type_is_named() {
        let refused = tables(vec![("leads".into(), "weight".into(), "REAL".into())]);
        assert!(refused.unwrap_err().to_string().contains("leads.weight"));
    }
}
