//! One row as one line.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::db::{Cell, Column, DbError, Kind};

struct Shown<'a>(&'a Cell);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Null => serializer.serialize_none(),
            Cell::Integer(value) => serializer.serialize_i64(*value),
            Cell::Boolean(value) => serializer.serialize_bool(*value),
            Cell::Text(value) => serializer.serialize_str(value),
            Cell::Uuid(value) => serializer.collect_str(&value.hyphenated()),
            Cell::Bytes(value) => serializer.serialize_str(&BASE64_STANDARD.encode(value)),
        }
    }
}

/// The same row gives the same bytes, whichever engine it came from: checksums rest on that.
pub fn encode(row: &[Cell]) -> Result<Vec<u8>, DbError> {
    let cells: Vec<Shown<'_>> = row.iter().map(Shown).collect();
    serde_json::to_vec(&cells).map_err(|error| DbError::Statement(error.to_string()))
}

/// `None` when the line is not a row of these columns.
pub(super) fn decode(line: &[u8], columns: &[Column]) -> Option<Vec<Cell>> {
    let values: Vec<Value> = serde_json::from_slice(line).ok()?;
    if values.len() != columns.len() {
        return None;
    }
    columns.iter().zip(values).map(|(column, value)| cell(column.kind, value)).collect()
}

fn cell(kind: Kind, value: Value) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (Kind::Integer, Value::Number(number)) => Cell::Integer(number.as_i64()?),
        (Kind::Boolean, Value::Bool(value)) => Cell::Boolean(value),
        (Kind::Text, Value::String(text)) => Cell::Text(text),
        (Kind::Uuid, Value::String(text)) => Cell::Uuid(text.parse().ok()?),
        (Kind::Bytes, Value::String(text)) => Cell::Bytes(BASE64_STANDARD.decode(text).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const KINDS: [Kind; 5] = [Kind::Integer, Kind::Boolean, Kind::Text, Kind::Uuid, Kind::Bytes];

    fn columns() -> Vec<Column> {
        KINDS.map(|kind| Column { name: format!("{kind:?}"), kind }).to_vec()
    }

    proptest! {
        /// Whatever a customer wrote arrives as it was.
        #[test]
        fn a_row_is_read_as_it_was_written(
            number: i64, truth: bool, text: String, id: u128, bytes: Vec<u8>, absent in 0..32_u8
        ) {
            let mut row = vec![
                Cell::Integer(number),
                Cell::Boolean(truth),
                Cell::Text(text),
                Cell::Uuid(Uuid::from_u128(id)),
                Cell::Bytes(bytes),
            ];
            for (at, cell) in row.iter_mut().enumerate() {
                if absent & (1 << at) != 0 {
                    *cell = Cell::Null;
                }
            }
            let line = encode(&row).unwrap();
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(decode(&line, &columns()), Some(row));
        }
    }

    #[test]
    fn a_cell_of_the_wrong_kind_is_no_row() {
        for line in [
            "[1]",
            "[\"1\",true,\"\",null,null]",
            "[1.5,null,null,null,null]",
            "[null,null,null,\"x\",null]",
            "[9223372036854775808,null,null,null,null]",
            "[null,null,null,null,\"*\"]",
            "{}",
        ] {
            assert_eq!(decode(line.as_bytes(), &columns()), None, "{line}");
        }
    }
}
