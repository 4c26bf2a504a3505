//! Small parts that know nothing of leads: a line of input, wrapping, finding, a QR code.

pub mod fuzzy;
pub mod input;
pub mod qr;
pub mod wrap;
