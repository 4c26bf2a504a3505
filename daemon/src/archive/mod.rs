//! An installation as one file: lines of JSON, read and written as they come.
//!
//! ```text
//! {"format":"lotline-installation","version":1,"schema":[1,…],"tables":[{"name":"…","columns":[…]},…]}
//! {"table":"organizations"}
//! [1760000000000000,0,1,"Example Motors",…]                 one row, its cells in the order of the columns
//! {"end":{"rows":1,"checksum":"…"}}
//! …
//! {"file":{"sha256":"…"}}                                   of every byte before this line
//! ```
//!
//! Bytes are base64. A table's checksum is the sum of its rows' hashes, so it does not depend on the order in which an
//! engine yields them and can be compared with what the other engine holds.

mod error;
mod format;
mod line;
mod reader;
mod tally;
mod writer;

pub use error::ArchiveError;
pub use line::encode;
pub use reader::{Piece, Reader};
pub use tally::{Moved, Tally};
pub use writer::Writer;
