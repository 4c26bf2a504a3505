//! Small parts that know nothing of leads: a line of input, wrapping, finding.

pub mod fuzzy;
pub mod input;
pub mod wrap;
