//! How many rows, and which: what both sides of a move must agree on.

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

/// Count and checksum of rows in any order: the sum of their SHA-256 as numbers of 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    pub rows: u64,
    #[serde(with = "text")]
    sum: [u8; 32],
}

/// A table that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub table: String,
    pub tally: Tally,
}

impl Tally {
    /// Counts one encoded row.
    pub fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        let hash = digest::digest(&digest::SHA256, row);
        let mut carry = 0;
        for (sum, byte) in self.sum.iter_mut().zip(hash.as_ref()) {
            let total = u16::from(*sum) + u16::from(*byte) + carry;
            [*sum, _] = total.to_le_bytes();
            carry = total >> 8;
        }
    }

    /// As it is shown and stored.
    pub fn checksum(&self) -> String {
        BASE64_STANDARD.encode(self.sum)
    }
}

mod text {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(sum: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(sum))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let bytes = BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        bytes.try_into().map_err(|_length| D::Error::custom("a checksum has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for row in rows {
            tally.add(row.as_bytes());
        }
        tally
    }

    /// Two engines yield the same rows in different orders.
    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        assert_eq!(tally(&["a", "b", "c"]), tally(&["c", "a", "b"]));
        for other in [&["a", "b"][..], &["a", "b", "d"], &["a", "b", "c", "c"], &["a", "b", "b"]] {
            assert_ne!(tally(&["a", "b", "c"]).sum, tally(other).sum, "{other:?}");
        }
    }

    #[test]
    fn it_reads_back_what_it_writes() {
        let written = serde_json::to_string(&tally(&["a", "b"])).unwrap();
        assert_eq!(serde_json::from_str::<Tally>(&written).unwrap(), tally(&["a", "b"]));
        assert!(serde_json::from_str::<Tally>(r#"{"rows":2,"sum":"YQ=="}"#).is_err());
    }
}
