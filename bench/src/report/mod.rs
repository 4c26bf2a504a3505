//! What was measured, beside what was hoped for; as a table, as Markdown or as JSON.

mod document;
mod row;
mod section;

pub(crate) use document::write;
pub(crate) use row::{Load, Row};
pub(crate) use section::Section;
